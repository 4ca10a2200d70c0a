//! What a caller wants: scopes, tenant, claims, and how fresh the token must be.

mod owned;

use std::time::Duration;

pub(crate) use owned::OwnedRequest;

use crate::{Error, Result};

/// A request for one access token. Borrowed and `Copy`: building one costs nothing.
///
/// ```
/// use identity_core::TokenRequest;
/// let request = TokenRequest::new(&["https://management.azure.com/.default"]).with_tenant_id("contoso.example");
/// assert_eq!(request.tenant_id(), Some("contoso.example"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenRequest<'a> {
    scopes: &'a [&'a str],
    tenant_id: Option<&'a str>,
    claims: Option<&'a str>,
    enable_cae: bool,
    force_refresh: bool,
    chained: bool,
    prompt: bool,
    early: bool,
    deadline: Option<Duration>,
    assertion_audience: Option<&'a str>,
}

impl<'a> TokenRequest<'a> {
    /// A request for a token with these scopes, for example `https://vault.azure.net/.default`.
    pub const fn new(scopes: &'a [&'a str]) -> Self {
        Self {
            scopes,
            tenant_id: None,
            claims: None,
            enable_cae: false,
            force_refresh: false,
            chained: false,
            prompt: false,
            early: false,
            deadline: None,
            assertion_audience: None,
        }
    }

    /// Asks another tenant than the configured one. It must be in the credential's allow list.
    /// An empty text counts as no tenant.
    #[must_use]
    pub const fn with_tenant_id(mut self, tenant_id: &'a str) -> Self {
        self.tenant_id = if tenant_id.is_empty() { None } else { Some(tenant_id) };
        self
    }

    /// Additional claims, JSON text, usually from a [claims challenge](crate::claims::challenge). They are never
    /// answered from the cache. An empty text counts as no claims.
    #[must_use]
    pub const fn with_claims(mut self, claims: &'a str) -> Self {
        self.claims = if claims.is_empty() { None } else { Some(claims) };
        self
    }

    /// Asks for a token that resources can revoke at once (continuous access evaluation). Such tokens live longer
    /// and are cached apart from others. The default is `false`.
    #[must_use]
    pub const fn with_cae(mut self, enable_cae: bool) -> Self {
        self.enable_cae = enable_cae;
        self
    }

    /// Passes by the cached access token and asks the service, for example after a role assignment changed. A host with a
    /// managed identity keeps tokens itself, for up to 24 hours, and has no way to pass by that: there, a changed role
    /// shows when the token has expired.
    #[must_use]
    pub const fn with_force_refresh(mut self, force_refresh: bool) -> Self {
        self.force_refresh = force_refresh;
        self
    }

    /// The longest this call may take, retries, sleeps and child processes included. The default is the
    /// credential's own (120 s for those that need no person).
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Marks the request as coming from a chain, where absence must show quickly. Chains set it.
    #[must_use]
    pub const fn in_chain(mut self, chained: bool) -> Self {
        self.chained = chained;
        self
    }

    /// Lets a credential ask its person even where it was told not to do so by itself. `authenticate` sets it.
    #[must_use]
    pub const fn allowing_prompt(mut self) -> Self {
        self.prompt = true;
        self
    }

    /// The scopes, in the caller's order.
    pub const fn scopes(&self) -> &'a [&'a str] {
        self.scopes
    }

    /// The requested tenant; for a [`Source`](crate::Source) the one that the rules of the credential led to.
    pub const fn tenant_id(&self) -> Option<&'a str> {
        self.tenant_id
    }

    /// The additional claims.
    pub const fn claims(&self) -> Option<&'a str> {
        self.claims
    }

    /// Whether continuous access evaluation is asked for.
    pub const fn enable_cae(&self) -> bool {
        self.enable_cae
    }

    /// Whether the cached access token is passed by.
    pub const fn force_refresh(&self) -> bool {
        self.force_refresh
    }

    /// Whether a chain asks.
    pub const fn is_in_chain(&self) -> bool {
        self.chained
    }

    /// Marks the request as one for a token that is still good, which is no reason to bother anybody.
    pub(crate) const fn ahead_of_time(mut self) -> Self {
        self.early = true;
        self
    }

    /// Whether the cache still has a token for this request.
    pub(crate) const fn is_early(&self) -> bool {
        self.early
    }

    /// Whether a person may be asked in any case.
    pub const fn is_prompt_allowed(&self) -> bool {
        self.prompt
    }

    /// The deadline set by the caller.
    pub const fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// The token endpoint that an assertion is meant for: set when a [`Source`](crate::Source) is asked for a client
    /// assertion, see [`ClientAssertion`](crate::ClientAssertion).
    pub const fn assertion_audience(&self) -> Option<&'a str> {
        self.assertion_audience
    }

    /// Asks a source for a client assertion in place of an access token.
    pub(crate) const fn for_assertion(mut self, token_endpoint: &'a str) -> Self {
        self.assertion_audience = Some(token_endpoint);
        self
    }

    /// Whether a cached access token can answer this request.
    pub(crate) const fn reads_cache(&self) -> bool {
        self.claims.is_none() && !self.force_refresh
    }

    /// The same request for other scopes.
    pub(crate) const fn for_scopes<'b>(self, scopes: &'b [&'b str]) -> TokenRequest<'b>
    where
        'a: 'b,
    {
        TokenRequest { scopes, ..self }
    }

    /// The same request with another tenant, or none.
    pub(crate) const fn for_tenant(mut self, tenant_id: Option<&'a str>) -> Self {
        self.tenant_id = tenant_id;
        self
    }

    /// Refuses requests without scopes or with empty ones.
    pub(crate) fn validate(&self) -> Result<()> {
        if self.scopes.is_empty() {
            return Err(Error::invalid_argument(
                "a token request needs at least one scope, such as https://management.azure.com/.default",
            ));
        }
        let splits = |c: char| c.is_whitespace() || c.is_control();
        let is_plain = |scope: &str| !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic());
        let mut others = self.scopes.iter().filter(|scope| !is_plain(scope));
        if let Some(bad) = others.find(|scope| scope.is_empty() || scope.contains(splits)) {
            return Err(Error::invalid_argument(format!(
                "{bad:?} is not a scope: a scope has at least one character and no spaces; pass several as several"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_needed_and_named_when_bad() {
        let error = TokenRequest::new(&[]).validate().unwrap_err();
        assert!(error.to_string().contains("at least one scope"), "{error}");
        let error = TokenRequest::new(&["a b"]).validate().unwrap_err();
        assert!(error.to_string().contains("\"a b\""), "{error}");
    }

    #[test]
    fn empty_tenant_and_claims_count_as_absent() {
        let request = TokenRequest::new(&["s"]).with_tenant_id("").with_claims("");
        assert!(request.tenant_id().is_none() && request.claims().is_none());
    }
}
