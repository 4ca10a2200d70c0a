//! A token request in the terms of managed identity, owned, so that it outlives the caller's.

use identity_core::digest::sha256_hex;
use identity_core::{Grant, Moment, Result, TokenRequest, scope};

use crate::detect::AzureHost;
use crate::identity::{Names, Selector};
use crate::response::Asked;

/// What a host is asked for.
pub(crate) struct Wanted {
    pub(crate) selector: Selector,
    pub(crate) resource: String,
    pub(crate) is_in_chain: bool,
    /// The SHA-256 digest of the token that a resource refused, where the claims of a request say so.
    pub(crate) refused: Option<String>,
}

impl Wanted {
    /// # Errors
    /// Several scopes.
    #[inline]
    pub(crate) fn new(
        request: &TokenRequest<'_>,
        selector: &Selector,
        previous: Option<&Grant>,
        credential: &str,
    ) -> Result<Self> {
        let refused = previous.filter(|_| request.claims().is_some());
        Ok(Self {
            selector: selector.clone(),
            resource: scope::resource(request, credential)?.to_owned(),
            is_in_chain: request.is_in_chain(),
            refused: refused.map(|grant| sha256_hex(grant.access_token.expose().as_bytes())),
        })
    }

    /// The parameters that most hosts take.
    #[inline]
    pub(crate) fn parameters<'a>(&'a self, api_version: &'a str, names: &Names) -> Vec<(&'a str, &'a str)> {
        let mut parameters = vec![("api-version", api_version), ("resource", self.resource.as_str())];
        parameters.extend(self.selector.parameter(names));
        parameters
    }

    /// What the answer is compared with and reported by.
    #[inline]
    pub(crate) fn asked(&self, host: AzureHost, moment: &Moment) -> Asked {
        Asked { host, selector: self.selector.clone(), resource: self.resource.clone(), on: moment.now() }
    }
}
