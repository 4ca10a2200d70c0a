//! A job of GitHub Actions: GitHub's OIDC endpoint vouches for it.

use http::Method;

use super::oidc::{self, Issuer};
use crate::client::ClientOptions;
use crate::explain::Inspection;
use crate::oauth::percent_encode;
use crate::source::{ClientAssertion, Source};
use crate::tenant::Tenancy;
use crate::{Env, Error, ErrorKind, Grant, Moment, Result, Retry, Secret, Step, TokenRequest};

const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// Tokens for an application that trusts a GitHub repository. Tokens are cached; each token request takes a new OIDC
/// token of the job, so that a job may last as long as it likes. The job needs `permissions: id-token: write`.
#[derive(Clone, Debug)]
pub struct GitHubActions {
    tenant_id: Option<String>,
    client_id: Option<String>,
    audience: String,
    options: ClientOptions,
    inner: Option<ClientAssertion<GitHubOidc>>,
}

#[derive(Clone, Debug)]
struct GitHubOidc {
    audience: String,
    endpoint: Option<(String, Secret)>,
    retry: Retry,
}

impl GitHubActions {
    /// Tenant and client id from `AZURE_TENANT_ID` and `AZURE_CLIENT_ID`.
    #[inline]
    pub fn new() -> Self {
        let audience = "api://AzureADTokenExchange".to_owned();
        Self { tenant_id: None, client_id: None, audience, options: ClientOptions::new(), inner: None }
    }

    /// The tenant (id or domain name).
    #[must_use]
    #[inline]
    pub fn with_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant_id.into());
        self
    }

    /// The application (client) id.
    #[must_use]
    #[inline]
    pub fn with_client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The audience of the OIDC token; by default `api://AzureADTokenExchange`.
    #[must_use]
    #[inline]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// Authority, further tenants, retry, region.
    #[must_use]
    #[inline]
    pub fn with_options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }
}

impl Default for GitHubActions {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl Source for GitHubActions {
    #[inline]
    fn name(&self) -> &str {
        "GitHubActionsCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        let given = |option: &Option<String>, name: &str, variable: &str| {
            option.clone().or_else(|| env.non_empty(variable).map(str::to_owned)).ok_or_else(|| {
                Error::invalid_argument(format!(
                    "the {name} is missing: set {variable} for the job, or pass it"
                ))
            })
        };
        if self.audience.trim().is_empty() {
            return Err(Error::invalid_argument(
                "the audience is empty: Entra expects api://AzureADTokenExchange",
            ));
        }
        let tenant = given(&self.tenant_id, "tenant id", "AZURE_TENANT_ID")?;
        let client = given(&self.client_id, "client id", "AZURE_CLIENT_ID")?;
        let oidc =
            GitHubOidc { audience: self.audience.clone(), endpoint: None, retry: self.options.retry.clone() };
        let mut inner = ClientAssertion::new(tenant, client, oidc).with_options(self.options.clone());
        inner.configure(env)?;
        self.inner = Some(inner);
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        self.inner.as_ref().map(Source::partition).unwrap_or_default()
    }

    #[inline]
    fn tenancy(&self) -> Option<&Tenancy> {
        self.inner.as_ref()?.tenancy()
    }

    #[cfg(feature = "persistent-cache")]
    #[inline]
    fn owner(&self, request: &TokenRequest<'_>, previous: Option<&Grant>) -> Option<crate::store::Owner> {
        self.inner.as_ref()?.owner(request, previous)
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        let inspection =
            self.options.inspection(env, "asks Entra, with a token of this job of GitHub Actions");
        let ids = [(&self.tenant_id, "AZURE_TENANT_ID"), (&self.client_id, "AZURE_CLIENT_ID")];
        let ids = ids.into_iter().filter(|(given, _)| given.is_none()).map(|(_, variable)| variable);
        let inspection = inspection.with_variables(ids).with_variables([URL, TOKEN]);
        match env.non_empty(URL).zip(env.non_empty(TOKEN)) {
            Some(_) => inspection,
            None => inspection.besides(Inspection::absent("this is not a job of GitHub Actions")),
        }
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step {
        match &self.inner {
            Some(inner) => inner.acquire(request, previous, moment),
            None => Step::fail(Error::not_configured()),
        }
    }
}

impl Source for GitHubOidc {
    #[inline]
    fn name(&self) -> &str {
        "GitHubActionsCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        self.endpoint =
            env.non_empty(URL).zip(env.non_empty(TOKEN)).map(|(url, token)| (url.to_owned(), token.into()));
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        self.audience.clone()
    }

    #[inline]
    fn acquire(&self, _request: &TokenRequest<'_>, _previous: Option<&Grant>, _moment: &Moment) -> Step {
        let Some((url, token)) = &self.endpoint else {
            return Step::fail(Error::unavailable(format!(
                "{URL} and {TOKEN} are not both set: run as a job of GitHub Actions with `permissions: id-token: write`"
            )));
        };
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{separator}audience={}", percent_encode(&self.audience));
        match oidc::request(Method::GET, &url, URL, token) {
            Ok(request) => {
                let (ids, refused): (&[&str], _) = (&["x-github-request-id"], ErrorKind::Unavailable);
                let issuer = Issuer { name: "GitHub Actions", member: "value", ids, refused };
                oidc::ask(issuer, request, token, &self.retry)
            }
            Err(error) => Step::fail(error),
        }
    }
}
