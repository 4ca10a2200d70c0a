//! A member of a chain that could not be built, or is not part of this build: it says why whenever it is asked.

use std::fmt;
use std::pin::Pin;

use super::explain::look;
use super::flavour;
use super::host::Host;
use super::token_credential::TokenCredential;
use crate::explain::{Inspection, Report};
use crate::{AccessToken, Env, Error, Result, TokenRequest};

/// Answers every request with why there is no such credential. An [unavailable](Error::is_unavailable) one lets chains
/// go on; one that is configured wrongly ends the search.
pub struct Missing<H: Host> {
    name: String,
    error: Error,
    inspection: Inspection,
    host: H,
    env: Option<Env>,
}

impl<H: Host> Missing<H> {
    /// A credential with this name is missing for this reason. `inspection` is what it would have looked at.
    #[inline]
    pub fn new(name: &str, error: Error, inspection: Inspection, host: H, env: Option<Env>) -> Self {
        Self { name: name.to_owned(), error: error.of_credential(name), inspection, host, env }
    }
}

#[flavour(AFIT)]
impl<H: Host> TokenCredential for Missing<H> {
    #[inline]
    fn name(&self) -> &str {
        &self.name
    }

    #[inline]
    fn get_token<'a>(
        &'a self,
        _request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(async move { Err(self.error.clone()) })
    }

    #[inline]
    fn explain<'a>(&'a self) -> Pin<Box<dyn Future<Output = Report> + Send + 'a>> {
        Box::pin(async move {
            look(&self.host, self.env.as_ref(), &self.name, self.inspection.clone(), Some(&self.error)).await
        })
    }
}

impl<H: Host> fmt::Debug for Missing<H> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Missing")
            .field("name", &self.name)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
