//! The object-safe face of a credential, which lets chains and clients take any, users' own included.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::credential::Credential;
use super::flavour;
use super::host::Host;
use crate::explain::{Outlook, Report};
use crate::{AccessToken, Result, Source, TokenRequest};

/// Anything that gives access tokens. Implement it for credentials of your own. A shared one is one as well.
#[flavour(AFIT)]
pub trait TokenCredential: fmt::Debug + Send + Sync {
    /// The name in errors and logs.
    fn name(&self) -> &str;

    /// An access token for the request.
    ///
    /// An error that [is unavailable](crate::Error::is_unavailable) lets a chain go on to its next member. Take no longer
    /// than [`TokenRequest::deadline`], if there is one: nobody else can end the call.
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

    /// The time of day by the credential's clock, for a [provider](super::BearerTokenProvider) that keeps tokens for it.
    fn now(&self) -> Option<SystemTime> {
        None
    }

    /// Time by a clock that nobody sets, for a chain that has to share out the caller's deadline among its members. Where no
    /// member has one, each is given the whole of it.
    fn uptime(&self) -> Option<Duration> {
        None
    }

    /// What the credential looked at, what it found and what it would do. Nothing is sent.
    fn explain<'a>(&'a self) -> Pin<Box<dyn Future<Output = Report> + Send + 'a>> {
        Box::pin(async move { Report::new(self.name(), Outlook::Candidate, "is asked, and says no more") })
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

    fn now(&self) -> Option<SystemTime> {
        Some(Self::now(self))
    }

    fn uptime(&self) -> Option<Duration> {
        Some(Self::uptime(self))
    }

    fn explain<'a>(&'a self) -> Pin<Box<dyn Future<Output = Report> + Send + 'a>> {
        Box::pin(async move { Self::explain(self).await })
    }

    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move { Self::close(self).await })
    }
}

#[flavour(AFIT)]
impl<T: TokenCredential + ?Sized> TokenCredential for Arc<T> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn get_token<'a>(
        &'a self,
        request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        (**self).get_token(request)
    }

    fn cached_token(&self, request: &TokenRequest<'_>) -> Option<AccessToken> {
        (**self).cached_token(request)
    }

    fn invalidate(&self, request: &TokenRequest<'_>, token: &AccessToken) -> bool {
        (**self).invalidate(request, token)
    }

    fn now(&self) -> Option<SystemTime> {
        (**self).now()
    }

    fn uptime(&self) -> Option<Duration> {
        (**self).uptime()
    }

    fn explain<'a>(&'a self) -> Pin<Box<dyn Future<Output = Report> + Send + 'a>> {
        (**self).explain()
    }

    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        (**self).close()
    }
}
