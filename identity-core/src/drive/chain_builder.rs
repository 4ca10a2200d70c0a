//! How a chain is put together.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::chain::Chain;
use super::token_credential::TokenCredential;
use crate::chain::Remember;
use crate::{Error, Expected, Result};

/// Options of a [`Chain`].
#[must_use]
pub struct ChainBuilder {
    name: Arc<str>,
    members: Vec<Arc<dyn TokenCredential>>,
    remember: Remember,
    expected: Expected,
    deadline: Option<Duration>,
}

impl ChainBuilder {
    pub(super) fn new(members: Vec<Arc<dyn TokenCredential>>) -> Self {
        Self {
            name: Arc::from("ChainedTokenCredential"),
            members,
            remember: Remember::default(),
            expected: Expected::new(),
            deadline: None,
        }
    }

    /// The name in errors and logs; by default `ChainedTokenCredential`.
    #[inline]
    pub fn name(mut self, name: &str) -> Self {
        self.name = Arc::from(name);
        self
    }

    /// Whether the first member that gives a token is the only one asked from then on; by default [`Remember::Always`].
    #[inline]
    pub const fn remember(mut self, remember: Remember) -> Self {
        self.remember = remember;
        self
    }

    /// The longest one call may take, however many members are asked, unless the request says otherwise. By default each
    /// member that is asked has a deadline of its own.
    #[inline]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Refuses tokens for anybody else, whichever member they come from: the search ends there.
    #[inline]
    pub fn expect(mut self, expected: Expected) -> Self {
        self.expected = expected;
        self
    }

    /// The chain.
    ///
    /// # Errors
    /// If there are no members, or if nobody can be whom it expects.
    #[inline]
    pub fn build(self) -> Result<Chain> {
        let Self { name, members, remember, expected, deadline } = self;
        expected.validate()?;
        if members.is_empty() {
            return Err(Error::invalid_argument("a chain needs at least one credential"));
        }
        Ok(Chain::of(name, members, remember, expected, deadline))
    }
}

impl fmt::Debug for ChainBuilder {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<&str> = self.members.iter().map(|member| member.name()).collect();
        f.debug_struct("ChainBuilder")
            .field("name", &self.name)
            .field("members", &members)
            .finish_non_exhaustive()
    }
}
