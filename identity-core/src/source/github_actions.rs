//! A job of GitHub Actions: GitHub's OIDC endpoint vouches for it.

use http::Method;

use super::client_assertion::exchange_audience;
use super::oidc::{self, Issuer};
use crate::client::ClientOptions;
use crate::explain::Inspection;
use crate::oauth::percent_encode;
use crate::source::{ClientAssertion, Source};
use crate::tenant::Tenancy;
use crate::{Authority, Env, Error, ErrorKind, Grant, Moment, Result, Retry, Secret, Step, TokenRequest};

const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// Tokens for an application that trusts a GitHub repository. Tokens are cached; each token request takes a new OIDC
/// token of the job, so that a job may last as long as it likes. The job needs `permissions: id-token: write`.
///
/// It reads `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`, which GitHub sets; `AZURE_TENANT_ID` and
/// `AZURE_CLIENT_ID` unless they are given; and what every application reads: `AZURE_AUTHORITY_HOST`,
/// `AZURE_REGIONAL_AUTHORITY_NAME`, `AZURE_IDENTITY_DISABLE_MULTITENANTAUTH`.
#[derive(Clone, Debug)]
pub struct GitHubActions {
    tenant_id: Option<String>,
    client_id: Option<String>,
    audience: Option<String>,
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
        Self { tenant_id: None, client_id: None, audience: None, options: ClientOptions::new(), inner: None }
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

    /// The audience of the OIDC token; by default `api://AzureADTokenExchange`, or what the cloud of the authority has in
    /// place of it.
    #[must_use]
    #[inline]
    pub fn with_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
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
        let authority = Authority::resolve(self.options.authority.as_deref(), env)?;
        let expected = exchange_audience(&authority);
        let audience = self.audience.clone().unwrap_or_else(|| expected.to_owned());
        if audience.trim().is_empty() {
            return Err(Error::invalid_argument(format!("the audience is empty: Entra expects {expected}")));
        }
        let tenant = given(&self.tenant_id, "tenant id", "AZURE_TENANT_ID")?;
        let client = given(&self.client_id, "client id", "AZURE_CLIENT_ID")?;
        let oidc = GitHubOidc { audience, endpoint: None, retry: self.options.retry.clone() };
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
                let (ids, refused): (&[&str], _) = (&["x-github-request-id"], ErrorKind::Authentication);
                let issuer = Issuer { name: "GitHub Actions", member: "value", ids, refused };
                oidc::ask(issuer, request, token, &self.retry)
            }
            Err(error) => Step::fail(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use http::Response;

    use super::*;
    use crate::moment::ENTROPY;

    #[test]
    fn a_refusal_in_a_job_is_no_absence() {
        let env = Env::from_iter([(URL, "https://runner.example/token"), (TOKEN, "not-a-token")]);
        let mut source = GitHubActions::new().with_tenant_id("t").with_client_id("c");
        source.configure(&env).unwrap();
        let moment = Moment::new(UNIX_EPOCH, [7; ENTROPY]);
        let step = source.acquire(&TokenRequest::new(&["https://vault.azure.net/.default"]), None, &moment);
        let Step::Send(_, then) = step else { panic!("{step:?}") };
        let refusal = Response::builder().status(401).body(b"no".to_vec()).unwrap();
        let Step::Done(Err(error)) = then(moment, Ok(refusal)) else { panic!() };
        assert_eq!((error.kind(), error.is_unavailable()), (ErrorKind::Authentication, false));
    }

    #[test]
    fn each_cloud_has_an_audience_of_its_own() {
        let env = Env::from_iter([(URL, "https://runner.example/token?v=1"), (TOKEN, "not-a-token")]);
        let asked = |options: ClientOptions| {
            let source = GitHubActions::new().with_tenant_id("t").with_client_id("c");
            let mut source = source.with_options(options);
            source.configure(&env).unwrap();
            let moment = Moment::new(UNIX_EPOCH, [7; ENTROPY]);
            match source.acquire(&TokenRequest::new(&["https://vault.azure.net/.default"]), None, &moment) {
                Step::Send(outbound, _) => outbound.request.uri().to_string(),
                step => panic!("{step:?}"),
            }
        };
        for (authority, audience) in [
            ("https://login.microsoftonline.com", "api%3A%2F%2FAzureADTokenExchange"),
            ("https://login.microsoftonline.us", "api%3A%2F%2FAzureADTokenExchangeUSGov"),
            ("https://login.chinacloudapi.cn", "api%3A%2F%2FAzureADTokenExchangeChina"),
        ] {
            let url = asked(ClientOptions::new().with_authority(authority));
            assert_eq!(url, format!("https://runner.example/token?v=1&audience={audience}"));
        }
    }
}
