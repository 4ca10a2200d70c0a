//! A web API that calls another API in the name of its caller (OAuth 2.0 on-behalf-of, after RFC 7523).

use std::fmt;

use super::client_assertion::exchange_scope;
use super::refresh::refresh;
use crate::client::{Client, ClientOptions};
use crate::digest;
use crate::explain::Inspection;
use crate::oauth::Form;
use crate::request::OwnedRequest;
use crate::source::Source;
use crate::tenant::Tenancy;
use crate::{Env, Error, Grant, Moment, Result, Secret, Step, TokenRequest};

/// Tokens for the person whose access token came with a request to a web API.
///
/// Make one for each incoming token; they are cheap, and may share one [`Cache`](crate::Cache): entries are kept apart by
/// the SHA-256 of the incoming token, so that nobody ever gets what was issued to somebody else. One that is closed or
/// dropped with its request takes its background refresh with it: build it with `Refresh::Inline`, or keep it for as long
/// as the person calls.
///
/// The scopes go out as they are: add `offline_access` to get a refresh token, which serves after the incoming token
/// has expired.
pub struct OnBehalfOf {
    tenant_id: String,
    client_id: String,
    user_assertion: Secret,
    proof: Proof,
    options: ClientOptions,
    client: Option<Client>,
}

/// How the web API authenticates itself.
enum Proof {
    Secret(Secret),
    Assertion(Box<dyn Source>),
}

impl OnBehalfOf {
    /// The web API with a client secret, and the access token that its caller sent.
    #[inline]
    pub fn with_secret(
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
        user_assertion: impl Into<Secret>,
    ) -> Self {
        Self::of(
            tenant_id.into(),
            client_id.into(),
            Proof::Secret(client_secret.into()),
            user_assertion.into(),
        )
    }

    /// The web API with a source of assertions, such as [`AssertionFn`](crate::source::AssertionFn) or a managed identity,
    /// and the access token that its caller sent.
    #[inline]
    pub fn with_assertion(
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        assertion: impl Source,
        user_assertion: impl Into<Secret>,
    ) -> Self {
        let proof = Proof::Assertion(Box::new(assertion));
        Self::of(tenant_id.into(), client_id.into(), proof, user_assertion.into())
    }

    /// The web API with a certificate and its key (PEM or PKCS#12), and the access token that its caller sent. A key with
    /// a password is given to [`with_assertion`](Self::with_assertion), as a
    /// [`CertificateAssertion`](crate::CertificateAssertion).
    #[cfg(feature = "certificate")]
    #[inline]
    pub fn with_certificate(
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        client_certificate: impl Into<Vec<u8>>,
        user_assertion: impl Into<Secret>,
    ) -> Self {
        let client_id = client_id.into();
        let assertion = super::CertificateAssertion::from_bytes(client_id.clone(), client_certificate);
        Self::with_assertion(tenant_id, client_id, assertion, user_assertion)
    }

    #[inline]
    fn of(tenant_id: String, client_id: String, proof: Proof, user_assertion: Secret) -> Self {
        Self { tenant_id, client_id, user_assertion, proof, options: ClientOptions::new(), client: None }
    }

    /// Authority, further tenants, retry.
    #[must_use]
    #[inline]
    pub fn with_options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }
}

impl Source for OnBehalfOf {
    #[inline]
    fn name(&self) -> &str {
        "OnBehalfOfCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        if self.user_assertion.is_empty() {
            return Err(Error::invalid_argument(
                "the user assertion (user_assertion) is empty: pass the access token of the incoming request",
            ));
        }
        if matches!(&self.proof, Proof::Secret(secret) if secret.is_empty()) {
            return Err(Error::invalid_argument(
                "the client secret (client_secret) is empty: pass the value of a secret of the application",
            ));
        }
        if let Proof::Assertion(source) = &mut self.proof {
            source.configure(env).map_err(|error| error.context("client_certificate or client assertion"))?;
        }
        self.client = Some(Client::of_people(&self.tenant_id, &self.client_id, &self.options, env)?);
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        let client = self.client.as_ref().map(Client::partition).unwrap_or_default();
        format!("{client}|obo|{}", digest::sha256_hex(self.user_assertion.expose()))
    }

    /// The incoming token is at hand, and says more about what the person may do.
    #[inline]
    fn refreshes_other_scopes(&self) -> bool {
        false
    }

    #[inline]
    fn tenancy(&self) -> Option<&Tenancy> {
        self.client.as_ref().map(Client::tenancy)
    }

    #[cfg(feature = "persistent-cache")]
    #[inline]
    fn owner(&self, request: &TokenRequest<'_>, _previous: Option<&Grant>) -> Option<crate::store::Owner> {
        let mut owner = self.client.as_ref()?.owner(request, crate::store::Holder::Assertion);
        // The name that Azure Identity for Python keeps such tokens under; it is never sent.
        let hash = digest::sha256_hex(self.user_assertion.expose());
        owner.client_id =
            format!("{}:obo:{hash}:{}:{}", owner.client_id, owner.authority.host(), owner.tenant);
        Some(owner)
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        let inspection = self.options.inspection_of_people(env, "asks Entra, with the token of the caller");
        match &self.proof {
            Proof::Secret(_) => inspection,
            Proof::Assertion(source) => inspection.besides(source.inspect(env)),
        }
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step {
        let Some(client) = self.client.clone() else { return Step::fail(Error::not_configured()) };
        // A refresh token stays in the tenant that it came from.
        let previous =
            previous.filter(|grant| grant.tenant.as_deref() == Some(client.tenant(request))).cloned();
        let (owned, user_assertion) = (OwnedRequest::new(request), self.user_assertion.clone());
        match &self.proof {
            Proof::Secret(secret) => {
                exchange(client, owned, previous, user_assertion, Proven::Secret(secret.clone()), moment)
            }
            Proof::Assertion(source) => {
                let tenant = client.tenant(request).to_owned();
                let endpoint = client.token_endpoint(&tenant);
                let scope = exchange_scope(client.authority());
                let scopes = [scope.as_str()];
                let wanted =
                    TokenRequest::new(&scopes).in_chain(request.is_in_chain()).for_assertion(&endpoint);
                let wanted = if source.tenancy().is_none() { wanted.with_tenant_id(&tenant) } else { wanted };
                source.acquire(&wanted, None, moment).and_then(
                    move |moment, assertion| match assertion {
                        Ok(grant) => {
                            let proven = Proven::Assertion(grant.access_token);
                            exchange(client, owned, previous, user_assertion, proven, &moment)
                        }
                        Err(error) => Step::fail(error),
                    },
                    moment.clone(),
                )
            }
        }
    }
}

/// What authenticates the client in this very request.
#[derive(Clone)]
enum Proven {
    Secret(Secret),
    Assertion(Secret),
}

impl Proven {
    #[inline]
    fn add_to(&self, form: Form) -> Form {
        match self {
            Self::Secret(secret) => form.secret("client_secret", secret),
            Self::Assertion(assertion) => form.client_assertion(assertion),
        }
    }
}

/// The refresh token of the same assertion first; where there is none, or it is refused, the assertion.
#[inline]
fn exchange(
    client: Client,
    request: OwnedRequest,
    previous: Option<Grant>,
    user_assertion: Secret,
    proven: Proven,
    moment: &Moment,
) -> Step {
    let (again, prove, sender) = (request.clone(), proven.clone(), client.clone());
    let then = move |moment: Moment, refreshed: Option<Result<Grant>>| match refreshed {
        Some(Err(error)) if error.oauth_error().is_none() => Step::fail(error),
        Some(Ok(grant)) => Step::Done(Ok(grant)),
        _ => again.with(|request| {
            let form = Form::grant_type("urn:ietf:params:oauth:grant-type:jwt-bearer")
                .secret("assertion", &user_assertion)
                .field("requested_token_use", "on_behalf_of")
                .field("client_info", "1");
            match proven.add_to(form).request(request, &[]) {
                Ok(form) => client.exchange(client.tenant(request), form, &moment),
                Err(error) => Step::fail(error),
            }
        }),
    };
    request.with(|request| {
        refresh(&sender, request, previous.as_ref(), &[], |form| prove.add_to(form), moment, then)
    })
}

impl fmt::Debug for OnBehalfOf {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnBehalfOf")
            .field("tenant_id", &self.tenant_id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::ENTROPY;
    use std::time::UNIX_EPOCH;

    fn api(assertion: &str) -> OnBehalfOf {
        let mut source = OnBehalfOf::with_secret("t", "c", "s3cret", assertion);
        source.configure(&Env::empty()).unwrap();
        source
    }

    fn moment() -> Moment {
        Moment::new(UNIX_EPOCH, [0; ENTROPY])
    }

    type Answer = Result<http::Response<Vec<u8>>, crate::effect::TransportError>;

    fn body(step: Step) -> (String, crate::Then<Answer>) {
        let Step::Send(outbound, then) = step else { panic!("{step:?}") };
        (String::from_utf8(outbound.request.into_body()).unwrap(), then)
    }

    fn granted(tenant: &str) -> Grant {
        let mut grant = Grant::new("old", UNIX_EPOCH, UNIX_EPOCH);
        grant.refresh_token = Some("r0".into());
        grant.tenant = Some(tenant.into());
        grant
    }

    #[test]
    fn two_people_never_share_a_partition() {
        assert_eq!(api("one").partition(), api("one").partition());
        assert_ne!(api("one").partition(), api("two").partition());
        assert!(!api("one").partition().contains("one"));
    }

    #[test]
    fn a_refused_refresh_token_is_forgotten_and_the_assertion_sent() {
        let request = TokenRequest::new(&["s"]);
        let (sent, then) = body(api("user-token").acquire(&request, Some(&granted("t")), &moment()));
        assert!(sent.starts_with("grant_type=refresh_token&refresh_token=r0&"), "{sent}");
        assert!(sent.contains("client_secret=s3cret"), "{sent}");
        let refused =
            http::Response::builder().status(400).body(br#"{"error":"invalid_grant"}"#.to_vec()).unwrap();
        let Step::Forget(token, then) = then(moment(), Ok(refused)) else { panic!() };
        assert_eq!(token, "r0".into());
        let (sent, _) = body(then(moment(), ()));
        assert!(
            sent.contains("assertion=user-token") && sent.contains("requested_token_use=on_behalf_of"),
            "{sent}"
        );
    }

    #[test]
    fn a_refresh_token_stays_in_its_tenant() {
        let request = TokenRequest::new(&["s"]);
        let (sent, _) = body(api("user-token").acquire(&request, Some(&granted("other")), &moment()));
        assert!(sent.contains("assertion=user-token"), "{sent}");
    }

    /// A source of tokens that fails with the scopes that it is asked for.
    struct Asked;

    impl Source for Asked {
        fn name(&self) -> &str {
            "Asked"
        }

        fn configure(&mut self, _env: &Env) -> Result<()> {
            Ok(())
        }

        fn partition(&self) -> String {
            String::new()
        }

        fn acquire(&self, request: &TokenRequest<'_>, _: Option<&Grant>, _: &Moment) -> Step {
            Step::fail(Error::authentication(request.scopes().join(" ")))
        }
    }

    #[test]
    fn assertions_are_for_the_cloud_that_they_go_to() {
        for (host, scope) in [
            ("login.microsoftonline.com", "api://AzureADTokenExchange/.default"),
            ("login.microsoftonline.us", "api://AzureADTokenExchangeUSGov/.default"),
        ] {
            let mut source = OnBehalfOf::with_assertion("t", "c", Asked, "user-token")
                .with_options(ClientOptions::new().with_authority(host));
            source.configure(&Env::empty()).unwrap();
            let step = source.acquire(&TokenRequest::new(&["s"]), None, &moment());
            let Step::Done(Err(error)) = step else { panic!("{step:?}") };
            assert_eq!(error.message(), scope);
        }
    }

    #[test]
    fn missing_input_is_named() {
        for (secret, assertion, names) in [("s", "", "user_assertion"), ("", "a", "client_secret")] {
            let error =
                OnBehalfOf::with_secret("t", "c", secret, assertion).configure(&Env::empty()).unwrap_err();
            assert!(error.to_string().contains(names), "{error}");
        }
    }
}
