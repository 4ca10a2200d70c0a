//! Credentials for the clients of the official Azure SDK: an adapter to `azure_core`'s trait, and nothing else.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use ::azure_core::credentials::{AccessToken, TokenCredential as AzureCredential, TokenRequestOptions};
use ::azure_core::error::{Error, ErrorKind};

use crate::{TokenCredential, TokenRequest};

/// A credential as the official SDK knows them (`azure_core` 1.x). Clients take it as
/// `Arc<dyn azure_core::credentials::TokenCredential>`, which [`AzureCoreCredential::of`] gives.
///
/// Tokens come from the credential's own cache. Close the credential, not this; clients that outlive it get its error.
#[derive(Clone)]
pub struct AzureCoreCredential(Arc<dyn TokenCredential>);

impl AzureCoreCredential {
    /// Wraps a credential, a chain, or one of your own.
    pub fn of(credential: impl TokenCredential + 'static) -> Arc<Self> {
        Arc::new(Self(Arc::new(credential)))
    }
}

impl From<Arc<dyn TokenCredential>> for AzureCoreCredential {
    fn from(credential: Arc<dyn TokenCredential>) -> Self {
        Self(credential)
    }
}

impl AzureCredential for AzureCoreCredential {
    /// What `async fn get_token(&self, scopes: &[&str], options: Option<TokenRequestOptions<'_>>)` stands for.
    fn get_token<'own, 'list, 'scope, 'options, 'future>(
        &'own self,
        scopes: &'list [&'scope str],
        _options: Option<TokenRequestOptions<'options>>,
    ) -> Pin<Box<dyn Future<Output = ::azure_core::Result<AccessToken>> + Send + 'future>>
    where
        'own: 'future,
        'list: 'future,
        'scope: 'future,
        'options: 'future,
        Self: 'future,
    {
        Box::pin(async move {
            match self.0.get_token(&TokenRequest::new(scopes)).await {
                Ok(token) => Ok(AccessToken::new(token.secret().to_owned(), token.expires_on().into())),
                Err(error) => Err(Error::new(ErrorKind::Credential, error)),
            }
        })
    }
}

impl fmt::Debug for AzureCoreCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AzureCoreCredential").field(&self.0.name()).finish()
    }
}
