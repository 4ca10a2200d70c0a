//! A web application that got an authorization code from a person's browser (RFC 6749, section 4.1.3).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::refresh::refresh;
use crate::client::{Client, ClientOptions};
use crate::explain::Inspection;
use crate::oauth::Form;
use crate::source::Source;
use crate::tenant::Tenancy;
use crate::{Env, Error, Grant, Moment, Result, Secret, Step, TokenRequest};

/// Tokens for the person who brought an authorization code. The code is redeemed once, by the first request that the
/// service accepts, for which others wait; from then on tokens come from the cache or by the refresh token.
///
/// The scopes go out as they are: add `offline_access` to get a refresh token, and `openid profile` to learn who it is.
#[derive(Clone, Debug)]
pub struct AuthorizationCode {
    tenant_id: String,
    client_id: String,
    code: Secret,
    redirect_uri: String,
    client_secret: Option<Secret>,
    code_verifier: Option<Secret>,
    options: ClientOptions,
    client: Option<Client>,
    session: u64,
    redeemed: Arc<AtomicBool>,
}

impl AuthorizationCode {
    /// The code, the application that it was issued to, and the redirect URI that it came to.
    #[inline]
    pub fn new(
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        code: impl Into<Secret>,
        redirect_uri: impl Into<String>,
    ) -> Self {
        Self {
            tenant_id: tenant_id.into(),
            client_id: client_id.into(),
            code: code.into(),
            redirect_uri: redirect_uri.into(),
            client_secret: None,
            code_verifier: None,
            options: ClientOptions::new(),
            client: None,
            session: 0,
            redeemed: Arc::default(),
        }
    }

    /// The secret of a confidential client application.
    #[must_use]
    #[inline]
    pub fn with_client_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// The PKCE verifier (RFC 7636) whose challenge the authorization request carried.
    #[must_use]
    #[inline]
    pub fn with_code_verifier(mut self, verifier: impl Into<Secret>) -> Self {
        self.code_verifier = Some(verifier.into());
        self
    }

    /// Authority, further tenants, retry.
    #[must_use]
    #[inline]
    pub fn with_options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }

    #[inline]
    fn redeem(&self, client: &Client, request: &TokenRequest<'_>, moment: &Moment) -> Step {
        let form = Form::grant_type("authorization_code")
            .secret("code", &self.code)
            .field("redirect_uri", &self.redirect_uri)
            .field("client_info", "1");
        let form = match &self.code_verifier {
            Some(verifier) => form.secret("code_verifier", verifier),
            None => form,
        };
        let form = match proven(form, self.client_secret.as_ref()).request(request, &[]) {
            Ok(form) => form,
            Err(error) => return Step::fail(error),
        };
        let redeemed = self.redeemed.clone();
        client.exchange_then(client.tenant(request), form, moment, move |_, result| {
            if result.is_ok() {
                redeemed.store(true, Ordering::Release);
            }
            Step::Done(result)
        })
    }
}

impl Source for AuthorizationCode {
    #[inline]
    fn name(&self) -> &str {
        "AuthorizationCodeCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        static SESSIONS: AtomicU64 = AtomicU64::new(1);
        if self.code.is_empty() {
            return Err(Error::invalid_argument(
                "the authorization code is empty: pass the one of the redirect",
            ));
        }
        if self.redirect_uri.is_empty() {
            return Err(Error::invalid_argument(
                "the redirect URI is empty: pass the one that the authorization request named",
            ));
        }
        self.session = SESSIONS.fetch_add(1, Ordering::Relaxed);
        self.client = Some(Client::of_people(&self.tenant_id, &self.client_id, &self.options, env)?);
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        format!("{}|{}", self.client.as_ref().map(Client::partition).unwrap_or_default(), self.session)
    }

    #[inline]
    fn tenancy(&self) -> Option<&Tenancy> {
        self.client.as_ref().map(Client::tenancy)
    }

    #[inline]
    fn begins_alone(&self, _request: &TokenRequest<'_>) -> bool {
        true
    }

    #[inline]
    fn starts_anew(&self) -> bool {
        !self.redeemed.load(Ordering::Acquire)
    }

    #[cfg(feature = "persistent-cache")]
    #[inline]
    fn owner(&self, request: &TokenRequest<'_>, previous: Option<&Grant>) -> Option<crate::store::Owner> {
        Some(self.client.as_ref()?.owner(request, super::person::holder(previous, None)))
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        self.options
            .inspection_of_people(env, "redeems the authorization code, or asks with the refresh token")
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step {
        let Some(client) = &self.client else { return Step::fail(Error::not_configured()) };
        if !self.redeemed.load(Ordering::Acquire) {
            return self.redeem(client, request, moment);
        }
        let prove = |form| proven(form, self.client_secret.as_ref());
        refresh(client, request, previous, &[], prove, moment, |_, result| {
            Step::Done(result.unwrap_or_else(|| {
                Err(Error::authentication(
                    "No authorization code, cached token or refresh token is left: send the person through the browser \
                     again (and ask for the scope offline_access to get a refresh token)",
                ))
            }))
        })
    }
}

#[inline]
fn proven(form: Form, secret: Option<&Secret>) -> Form {
    match secret {
        Some(secret) => form.secret("client_secret", secret),
        None => form,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::ENTROPY;
    use std::time::UNIX_EPOCH;

    fn moment() -> Moment {
        Moment::new(UNIX_EPOCH, [0; ENTROPY])
    }

    /// Takes one exchange: what was sent, and what came of it.
    fn exchange(
        source: &AuthorizationCode,
        previous: Option<&Grant>,
        status: u16,
        body: &str,
    ) -> (String, Step) {
        let step = source.acquire(&TokenRequest::new(&["s"]), previous, &moment());
        let Step::Send(outbound, then) = step else { panic!("{step:?}") };
        let answer = http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap();
        (String::from_utf8(outbound.request.into_body()).unwrap(), then(moment(), Ok(answer)))
    }

    #[test]
    fn the_code_is_redeemed_once() {
        let mut source = AuthorizationCode::new("t", "c", "the-code", "https://x/cb").with_code_verifier("v");
        source.configure(&Env::empty()).unwrap();
        let (sent, step) = exchange(&source, None, 400, r#"{"error":"invalid_grant"}"#);
        assert!(sent.contains("code=the-code") && sent.contains("code_verifier=v"), "{sent}");
        assert!(matches!(step, Step::Done(Err(_))));
        let (sent, step) =
            exchange(&source, None, 200, r#"{"access_token":"t","expires_in":1,"refresh_token":"r"}"#);
        assert!(sent.contains("code=the-code"), "a refused code may be tried again: {sent}");
        let Step::Done(Ok(grant)) = step else { panic!() };
        let (sent, _) = exchange(&source, Some(&grant), 400, r#"{"error":"x"}"#);
        assert!(sent.contains("refresh_token=r") && !sent.contains("the-code"), "{sent}");
        let Step::Done(Err(error)) = source.acquire(&TokenRequest::new(&["s"]), None, &moment()) else {
            panic!()
        };
        assert!(error.message().contains("No authorization code"), "{error}");
    }
}
