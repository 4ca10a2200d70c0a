//! The bare token for clients that want a function and nothing else.

use std::fmt;
use std::sync::Arc;

use super::flavour;
use super::token_credential::TokenCredential;
use crate::{Result, Secret, TokenRequest};

/// Gives the bare token (no `Bearer ` in front) for fixed scopes, from the credential's cache whenever it can.
#[derive(Clone)]
pub struct BearerTokenProvider {
    credential: Arc<dyn TokenCredential>,
    scopes: Arc<[String]>,
}

impl BearerTokenProvider {
    /// A provider of tokens with these scopes.
    pub fn new(credential: Arc<dyn TokenCredential>, scopes: &[&str]) -> Self {
        Self { credential, scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect() }
    }
}

#[flavour]
impl BearerTokenProvider {
    /// The bare token.
    ///
    /// # Errors
    /// Those of the credential.
    #[inline]
    pub async fn token(&self) -> Result<Secret> {
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        let token = self.credential.get_token(&TokenRequest::new(&scopes)).await?;
        Ok(Secret::new(token.secret()))
    }
}

impl fmt::Debug for BearerTokenProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerTokenProvider")
            .field("credential", &self.credential.name())
            .field("scopes", &self.scopes)
            .finish()
    }
}
