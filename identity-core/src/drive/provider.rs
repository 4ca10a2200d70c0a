//! The bare token for clients that want a function and nothing else.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use super::flavour;
use super::token_credential::TokenCredential;
use crate::{AccessToken, Result, Secret, TokenRequest};

/// A token with less life than this is not given again.
const MARGIN: Duration = Duration::from_secs(300);

/// Gives the bare token (no `Bearer ` in front) for fixed scopes, from the credential's cache whenever it can. Cheap to
/// clone; clones share everything.
///
/// Where the credential keeps none but has a clock, as developer tools do, the provider keeps the token and gives it again
/// until 5 minutes before it expires: clients ask for each of their requests, and nobody wants to run a program for that.
/// Until then nothing ends it but [`invalidate`](Self::invalidate): neither a close, nor that somebody else signed in.
#[derive(Clone)]
pub struct BearerTokenProvider {
    credential: Arc<dyn TokenCredential>,
    scopes: Arc<[String]>,
    kept: Arc<ArcSwapOption<AccessToken>>,
}

impl BearerTokenProvider {
    /// A provider of tokens with these scopes.
    #[inline]
    pub fn new(credential: Arc<dyn TokenCredential>, scopes: &[&str]) -> Self {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        Self { credential, scopes, kept: Arc::default() }
    }

    /// Forgets a token, for example after a resource refused it, here and in the credential; says whether it was there.
    #[inline]
    pub fn invalidate(&self, token: &Secret) -> bool {
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        let request = TokenRequest::new(&scopes);
        let is_meant = |known: &AccessToken| known.secret() == token.expose();
        let kept = self.kept.load_full().filter(|kept| is_meant(kept));
        if kept.is_some() {
            self.kept.store(None);
        }
        let cached = self.credential.cached_token(&request).filter(is_meant);
        let known = kept.as_deref().or(cached.as_ref());
        known.is_some_and(|known| self.credential.invalidate(&request, known)) || kept.is_some()
    }

    /// The token that is kept, if it is good enough.
    #[inline]
    fn kept(&self) -> Option<Secret> {
        let kept = self.kept.load();
        let token = kept.as_ref()?;
        let now = self.credential.now()?;
        let is_due = token.refresh_on().is_some_and(|due| due <= now) || token.expires_on() < now + MARGIN;
        (!is_due).then(|| token.secret().into())
    }

    /// Keeps a token that the credential does not.
    #[inline]
    fn keep(&self, request: &TokenRequest<'_>, token: &AccessToken) {
        if !token.is_from_cache() && self.credential.cached_token(request).is_none() {
            self.kept.store(Some(Arc::new(token.clone())));
        }
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
        if let Some(token) = self.kept() {
            return Ok(token);
        }
        let scopes: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        let request = TokenRequest::new(&scopes);
        let token = self.credential.get_token(&request).await?;
        self.keep(&request, &token);
        Ok(Secret::new(token.secret()))
    }
}

impl fmt::Debug for BearerTokenProvider {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerTokenProvider")
            .field("credential", &self.credential.name())
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
