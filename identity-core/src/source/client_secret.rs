//! An application that authenticates with a client secret (RFC 6749, section 4.4).

use crate::client::{Client, ClientOptions};
use crate::explain::Inspection;
use crate::oauth::Form;
use crate::source::Source;
use crate::tenant::Tenancy;
use crate::{Env, Error, Grant, Moment, Result, Secret, Step, TokenRequest};

/// Tokens for an application, by its client secret. Tokens are cached.
#[derive(Clone, Debug)]
pub struct ClientSecret {
    tenant_id: String,
    client_id: String,
    secret: Secret,
    options: ClientOptions,
    client: Option<Client>,
}

impl ClientSecret {
    /// An application of a tenant (id or domain name), its client id and a secret's value.
    ///
    /// Nothing is checked here: malformed input is refused when the credential is built.
    #[inline]
    pub fn new(
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> Self {
        Self {
            tenant_id: tenant_id.into(),
            client_id: client_id.into(),
            secret: secret.into(),
            options: ClientOptions::new(),
            client: None,
        }
    }

    /// Authority, further tenants, retry, region.
    #[must_use]
    #[inline]
    pub fn with_options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }
}

impl Source for ClientSecret {
    #[inline]
    fn name(&self) -> &str {
        "ClientSecretCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        if self.secret.is_empty() {
            return Err(Error::invalid_argument(
                "client_secret is empty: pass the value of a secret of the application",
            ));
        }
        self.client = Some(Client::new(&self.tenant_id, &self.client_id, &self.options, env)?);
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        self.client.as_ref().map(Client::partition).unwrap_or_default()
    }

    #[inline]
    fn tenancy(&self) -> Option<&Tenancy> {
        self.client.as_ref().map(Client::tenancy)
    }

    #[cfg(feature = "persistent-cache")]
    #[inline]
    fn owner(&self, request: &TokenRequest<'_>, _previous: Option<&Grant>) -> Option<crate::store::Owner> {
        Some(self.client.as_ref()?.owner(request, crate::store::Holder::Application))
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        self.options.inspection(env, "asks Entra, with the client secret")
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, _previous: Option<&Grant>, moment: &Moment) -> Step {
        let Some(client) = &self.client else { return Step::fail(Error::not_configured()) };
        let form = Form::grant_type("client_credentials").secret("client_secret", &self.secret);
        match form.request(request, &[]) {
            Ok(form) => client.exchange(client.tenant(request), form, moment),
            Err(error) => Step::fail(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::ENTROPY;
    use std::time::UNIX_EPOCH;

    #[test]
    fn one_request_asks_for_the_token() {
        let mut source = ClientSecret::new("contoso.example", "app", "s3cr+t");
        source.configure(&Env::empty()).unwrap();
        let moment = Moment::new(UNIX_EPOCH, [7; ENTROPY]);
        let step = source.acquire(&TokenRequest::new(&["https://vault.azure.net/.default"]), None, &moment);
        let Step::Send(outbound, then) = step else { panic!("{step:?}") };
        assert_eq!(
            outbound.request.uri(),
            "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token"
        );
        assert_eq!(
            String::from_utf8_lossy(outbound.request.body()),
            "grant_type=client_credentials&client_secret=s3cr%2Bt&scope=https%3A%2F%2Fvault.azure.net%2F.default&client_id=app"
        );
        let body = br#"{"error":"invalid_client","error_description":"who is s3cr+t?"}"#.to_vec();
        let Step::Done(Err(error)) = then(moment, Ok(http::Response::new(body))) else { panic!() };
        assert!(error.to_string().contains("who is ***?"), "{error}");
    }

    #[test]
    fn missing_input_is_named() {
        for (tenant, client, secret, names) in [
            ("", "c", "s", "tenant"),
            ("t", " ", "s", "client_id"),
            ("t", "c", "", "client_secret"),
            ("a b", "c", "s", "\"a b\""),
        ] {
            let error = ClientSecret::new(tenant, client, secret).configure(&Env::empty()).unwrap_err();
            assert!(error.to_string().contains(names), "{error}");
        }
    }
}
