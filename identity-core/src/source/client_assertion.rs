//! An application that authenticates with an assertion from elsewhere (RFC 7523, section 2.2).

use crate::authority::{Authority, hosts};
use crate::client::{Client, ClientOptions};
use crate::explain::Inspection;
use crate::oauth::Form;
use crate::source::Source;
use crate::tenant::Tenancy;
use crate::{Env, Error, Grant, Moment, Result, Secret, Step, TokenRequest};

/// Tokens for an application, by assertions that another source gives: a function of yours
/// ([`AssertionFn`](crate::source::AssertionFn)), a file, a CI system, a managed identity, any other credential.
///
/// Tokens are cached. Assertions never are: each token request asks for a new one.
#[derive(Clone, Debug)]
pub struct ClientAssertion<A> {
    tenant_id: String,
    client_id: String,
    assertion: A,
    options: ClientOptions,
    exchange_scope: Option<String>,
    client: Option<Client>,
}

impl<A: Source> ClientAssertion<A> {
    /// An application of a tenant (id or domain name), its client id and where its assertions come from.
    ///
    /// Nothing is checked here: malformed input is refused when the credential is built.
    #[inline]
    pub fn new(tenant_id: impl Into<String>, client_id: impl Into<String>, assertion: A) -> Self {
        Self {
            tenant_id: tenant_id.into(),
            client_id: client_id.into(),
            assertion,
            options: ClientOptions::new(),
            exchange_scope: None,
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

    /// The scope that a source of tokens, such as a managed identity, is asked for to get an assertion. By default the one
    /// of the cloud: `api://AzureADTokenExchange/.default` in the public one.
    #[must_use]
    #[inline]
    pub fn with_exchange_scope(mut self, scope: impl Into<String>) -> Self {
        self.exchange_scope = Some(scope.into());
        self
    }

    #[inline]
    pub(super) fn map_assertion(self, change: impl FnOnce(A) -> A) -> Self {
        Self { assertion: change(self.assertion), ..self }
    }
}

impl<A: Source> Source for ClientAssertion<A> {
    #[inline]
    fn name(&self) -> &str {
        "ClientAssertionCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        let client = Client::new(&self.tenant_id, &self.client_id, &self.options, env)?;
        self.assertion.configure(env).map_err(|error| error.of_credential(self.assertion.name()))?;
        if self.exchange_scope.is_none() {
            self.exchange_scope = Some(exchange_scope(client.authority()));
        }
        self.client = Some(client);
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        let client = self.client.as_ref().map(Client::partition).unwrap_or_default();
        format!("{client}|{}", self.assertion.partition())
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
        self.options.inspection(env, "asks Entra, with an assertion").besides(self.assertion.inspect(env))
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, _previous: Option<&Grant>, moment: &Moment) -> Step {
        let Some(client) = self.client.clone() else { return Step::fail(Error::not_configured()) };
        let form = match Form::grant_type("client_credentials").request(request, &[]) {
            Ok(form) => form,
            Err(error) => return Step::fail(error),
        };
        let tenant = client.tenant(request).to_owned();
        let endpoint = client.token_endpoint(&tenant);
        let scopes = [self.exchange_scope.as_deref().unwrap_or_default()];
        let mut wanted = TokenRequest::new(&scopes).in_chain(request.is_in_chain()).for_assertion(&endpoint);
        if self.assertion.tenancy().is_none() {
            // A source with a tenant of its own signs in there, wherever the assertion goes.
            wanted = wanted.with_tenant_id(&tenant);
        }
        let name = self.assertion.name().to_owned();
        let first = self.assertion.acquire(&wanted, None, moment);
        let exchange = move |moment: Moment, assertion: Result<Grant>| match assertion {
            Ok(grant) if grant.access_token.is_empty() => {
                Step::fail(Error::authentication("the assertion is empty").of_credential(&name))
            }
            Ok(grant) => client.exchange(&tenant, form.client_assertion(&grant.access_token), &moment),
            Err(error) => Step::fail(error.of_credential(&name)),
        };
        first.and_then(exchange, moment.clone())
    }
}

/// An assertion as the result of a flow. It counts as expired at once, as nobody may keep it.
#[inline]
pub(crate) fn assertion(text: impl Into<Secret>, moment: &Moment) -> Grant {
    Grant::new(text, moment.now(), moment.now()).from_origin("assertion")
}

/// What Entra expects as the audience of federated tokens in each cloud.
/// Source: Microsoft's documentation of workload identity federation, "Federated identity credential considerations".
#[inline]
pub(crate) fn exchange_audience(authority: &Authority) -> &'static str {
    match authority.host() {
        hosts::US_GOVERNMENT | "login.usgovcloudapi.net" => "api://AzureADTokenExchangeUSGov",
        hosts::CHINA | "login.partner.microsoftonline.cn" => "api://AzureADTokenExchangeChina",
        _ => "api://AzureADTokenExchange",
    }
}

/// The scope of tokens with that audience.
#[inline]
pub(crate) fn exchange_scope(authority: &Authority) -> String {
    format!("{}/.default", exchange_audience(authority))
}
