//! Credentials tried in order: the object-safe trait that lets users' own ones join, and the chain.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::credential::Credential;
use super::flavour;
use super::host::Host;
use crate::{AccessToken, Error, Result, Source, TokenRequest};

/// Anything that gives access tokens. Implement it for credentials of your own.
#[flavour(AFIT)]
pub trait TokenCredential: Send + Sync {
    /// The name in errors and logs.
    fn name(&self) -> &str;

    /// An access token for the request.
    ///
    /// An error that [is unavailable](Error::is_unavailable) lets a chain go on to its next member.
    fn get_token<'a>(
        &'a self,
        request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>>;

    /// A valid token at hand, without any effect.
    fn cached_token(&self, _request: &TokenRequest<'_>) -> Option<AccessToken> {
        None
    }

    /// Forgets a token and says whether it was there.
    fn invalidate(&self, _request: &TokenRequest<'_>, _token: &AccessToken) -> bool {
        false
    }

    /// Ends the credential.
    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {})
    }
}

#[flavour(AFIT)]
impl<S: Source, H: Host> TokenCredential for Credential<S, H> {
    fn name(&self) -> &str {
        Self::name(self)
    }

    fn get_token<'a>(
        &'a self,
        request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(async move { Self::get_token(self, request).await })
    }

    fn cached_token(&self, request: &TokenRequest<'_>) -> Option<AccessToken> {
        Self::cached_token(self, request)
    }

    fn invalidate(&self, request: &TokenRequest<'_>, token: &AccessToken) -> bool {
        Self::invalidate(self, request, token)
    }

    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move { Self::close(self).await })
    }
}

/// Tries its members in order until one gives a token. Each member keeps its own cache.
///
/// A member that [is unavailable](Error::is_unavailable) is passed over; any other failure ends the search, as going on
/// could succeed with an identity that nobody meant.
#[derive(Clone)]
pub struct Chain {
    name: Arc<str>,
    members: Vec<Arc<dyn TokenCredential>>,
}

impl Chain {
    /// A chain of these members.
    ///
    /// # Errors
    /// If there are none.
    pub fn new(members: Vec<Arc<dyn TokenCredential>>) -> Result<Self> {
        if members.is_empty() {
            return Err(Error::invalid_argument("a chain needs at least one credential"));
        }
        Ok(Self { name: Arc::from("ChainedTokenCredential"), members })
    }
}

#[flavour]
impl Chain {
    /// The token of the first member that gives one.
    ///
    /// # Errors
    /// [`Chain`](crate::ErrorKind::Chain) with what each member said; see [`Error::attempts`].
    pub async fn get_token(&self, request: &TokenRequest<'_>) -> Result<AccessToken> {
        let request = request.in_chain(true);
        let mut attempts = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let result = member.get_token(&request).await;
            match result {
                Ok(token) => return Ok(token),
                Err(error) => {
                    let goes_on = error.is_unavailable();
                    log::debug!("{}: {}: {}", self.name, member.name(), error.message());
                    attempts.push(error.of_credential(member.name()));
                    if !goes_on {
                        break;
                    }
                }
            }
        }
        Err(Error::chain("no member of the chain gave a token", attempts).of_credential(&self.name))
    }

    /// Closes every member.
    pub async fn close(&self) {
        for member in &self.members {
            member.close().await;
        }
    }
}

#[flavour(AFIT)]
impl TokenCredential for Chain {
    fn name(&self) -> &str {
        &self.name
    }

    fn get_token<'a>(
        &'a self,
        request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(async move { Self::get_token(self, request).await })
    }

    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move { Self::close(self).await })
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<&str> = self.members.iter().map(|member| member.name()).collect();
        f.debug_struct("Chain").field("name", &self.name).field("members", &members).finish()
    }
}
