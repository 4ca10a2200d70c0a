//! Requests that outlive their callers.

use std::time::Duration;

use super::TokenRequest;
use crate::scope::Scopes;

/// The owned form of a [`TokenRequest`], for work that outlives the caller.
#[derive(Clone, Debug)]
pub(crate) struct OwnedRequest {
    scopes: Scopes,
    tenant_id: Option<Box<str>>,
    claims: Option<Box<str>>,
    enable_cae: bool,
    force_refresh: bool,
    chained: bool,
    prompt: bool,
    early: bool,
    deadline: Option<Duration>,
}

impl OwnedRequest {
    pub(crate) fn new(request: &TokenRequest<'_>) -> Self {
        Self {
            scopes: Scopes::new(request.scopes),
            tenant_id: request.tenant_id.map(Into::into),
            claims: request.claims.map(Into::into),
            enable_cae: request.enable_cae,
            force_refresh: request.force_refresh,
            chained: request.chained,
            prompt: request.prompt,
            early: request.early,
            deadline: request.deadline,
        }
    }

    /// See [`TokenRequest::ahead_of_time`].
    #[cfg(feature = "persistent-cache")]
    pub(crate) const fn ahead_of_time(mut self) -> Self {
        self.early = true;
        self
    }

    /// The same request with these claims, if there are any.
    pub(crate) fn with_claims(mut self, claims: Option<&str>) -> Self {
        if let Some(claims) = claims.filter(|claims| !claims.is_empty()) {
            self.claims = Some(claims.into());
        }
        self
    }

    /// What those ask for whom a token in the cache will do: whether they may ask a person, and are a chain.
    pub(crate) fn plain(&self, (prompt, chained): (bool, bool)) -> Self {
        Self { claims: None, force_refresh: false, prompt, chained, ..self.clone() }
    }

    /// Whether one answer serves both.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.force_refresh == other.force_refresh
            && self.prompt == other.prompt
            && self.chained == other.chained
            && self.enable_cae == other.enable_cae
            && self.tenant_id == other.tenant_id
            && self.claims == other.claims
            && self.scopes.is_same(&other.scopes)
    }

    /// Lends the request to `use_it`.
    pub(crate) fn with<T>(&self, use_it: impl FnOnce(&TokenRequest<'_>) -> T) -> T {
        // Almost all requests name one scope.
        let (one, several): ([&str; 1], Vec<&str>);
        let scopes = match self.scopes.all() {
            [scope] => {
                one = [scope];
                one.as_slice()
            }
            scopes => {
                several = scopes.iter().map(|scope| &**scope).collect();
                several.as_slice()
            }
        };
        use_it(&TokenRequest {
            scopes,
            tenant_id: self.tenant_id.as_deref(),
            claims: self.claims.as_deref(),
            enable_cae: self.enable_cae,
            force_refresh: self.force_refresh,
            chained: self.chained,
            prompt: self.prompt,
            early: self.early,
            deadline: self.deadline,
            assertion_audience: None,
        })
    }
}
