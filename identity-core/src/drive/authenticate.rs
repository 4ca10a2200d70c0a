//! Signing in a person on demand, and the record of who it was.

use super::credential::Credential;
use super::flavour;
use super::host::Host;
use crate::source::SignsIn;
use crate::{AuthenticationRecord, Error, Result, TokenRequest};

#[flavour]
impl<S: SignsIn, H: Host> Credential<S, H> {
    /// Signs in the person and says who it was. Asks only if no token or refresh token of this session (or, with a
    /// record, of the persistent cache) will do; may ask also where automatic authentication was disabled.
    ///
    /// A request without scopes asks for the management scope of the cloud. Keep the record, which holds no secret.
    ///
    /// # Errors
    /// Those of [`get_token`](Self::get_token), and [`Unavailable`](crate::ErrorKind::Unavailable) for a request without
    /// scopes in a cloud whose management scope is not known.
    pub async fn authenticate(&self, request: &TokenRequest<'_>) -> Result<AuthenticationRecord> {
        let request = request.allowing_prompt();
        if !request.scopes().is_empty() {
            return self.authenticate_for(&request).await;
        }
        let scope = self.core.source.management_scope().map_err(|error| self.core.named(error))?;
        self.authenticate_for(&request.for_scopes(&[scope])).await
    }

    async fn authenticate_for(&self, request: &TokenRequest<'_>) -> Result<AuthenticationRecord> {
        self.get_token(request).await?;
        let grant = self.core.cache.previous(&self.core.key(request), true);
        let record = grant.map(|grant| AuthenticationRecord::of_grant(&grant));
        record.unwrap_or_else(|| Err(Error::closed())).map_err(|error| self.core.named(error))
    }
}
