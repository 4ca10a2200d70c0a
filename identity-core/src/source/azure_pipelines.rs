//! A service connection of Azure Pipelines: the pipeline's OIDC endpoint vouches for the job.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method};

use super::oidc::{self, Issuer};
use crate::client::ClientOptions;
use crate::explain::Inspection;
use crate::oauth::query;
use crate::source::{ClientAssertion, Source};
use crate::tenant::Tenancy;
use crate::{Env, Error, ErrorKind, Grant, Moment, Result, Retry, Secret, Step, TokenRequest};

const ENDPOINT: &str = "SYSTEM_OIDCREQUESTURI";

/// Tokens for the application behind a service connection of Azure Pipelines. Tokens are cached; each token request
/// takes a new OIDC token of the job, so that a job may last as long as it likes.
///
/// It reads `SYSTEM_OIDCREQUESTURI`, which the agent sets, and what every application reads: `AZURE_AUTHORITY_HOST`,
/// `AZURE_REGIONAL_AUTHORITY_NAME`, `AZURE_IDENTITY_DISABLE_MULTITENANTAUTH`.
#[derive(Clone, Debug)]
pub struct AzurePipelines(ClientAssertion<PipelinesOidc>);

#[derive(Clone, Debug)]
struct PipelinesOidc {
    service_connection_id: String,
    access_token: Secret,
    endpoint: Option<String>,
    retry: Retry,
}

impl AzurePipelines {
    /// Tenant, client id and id of the service connection, and the job's `$(System.AccessToken)`, which the pipeline must
    /// map into a variable of the step. Nothing is checked here.
    #[inline]
    pub fn new(
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        service_connection_id: impl Into<String>,
        system_access_token: impl Into<Secret>,
    ) -> Self {
        let service_connection_id = service_connection_id.into();
        let access_token = system_access_token.into();
        let oidc =
            PipelinesOidc { service_connection_id, access_token, endpoint: None, retry: Retry::default() };
        Self(ClientAssertion::new(tenant_id, client_id, oidc))
    }

    /// Authority, further tenants, retry, region.
    #[must_use]
    #[inline]
    pub fn with_options(self, options: ClientOptions) -> Self {
        let retry = options.retry.clone();
        Self(self.0.map_assertion(|oidc| PipelinesOidc { retry, ..oidc }).with_options(options))
    }
}

super::delegate_source!(AzurePipelines, "AzurePipelinesCredential");

impl Source for PipelinesOidc {
    #[inline]
    fn name(&self) -> &str {
        "AzurePipelinesCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        if self.service_connection_id.trim().is_empty() {
            return Err(Error::invalid_argument(
                "service_connection_id is empty: pass the service connection's id",
            ));
        }
        if self.access_token.is_empty() {
            return Err(Error::invalid_argument(
                "system_access_token is empty: map $(System.AccessToken) into the step",
            ));
        }
        self.endpoint = env.non_empty(ENDPOINT).map(|url| url.trim_end_matches('/').to_owned());
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        self.service_connection_id.clone()
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        let inspection = match env.non_empty(ENDPOINT) {
            Some(endpoint) => Inspection::new("of this job of Azure Pipelines").with_endpoint(endpoint),
            None => Inspection::absent("this is not a job of Azure Pipelines"),
        };
        inspection.with_variables([ENDPOINT])
    }

    #[inline]
    fn acquire(&self, _request: &TokenRequest<'_>, _previous: Option<&Grant>, _moment: &Moment) -> Step {
        let Some(endpoint) = &self.endpoint else {
            return Step::fail(Error::unavailable(format!(
                "no value for environment variable {ENDPOINT}: this is not a job of Azure Pipelines"
            )));
        };
        let parameters = [("api-version", "7.1"), ("serviceConnectionId", &*self.service_connection_id)];
        let url = format!("{endpoint}?{}", query(&parameters));
        let mut request = match oidc::request(Method::POST, &url, ENDPOINT, &self.access_token) {
            Ok(request) => request,
            Err(error) => return Step::fail(error),
        };
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        // Makes the service answer 401 in place of a redirect to a sign-in page.
        request.headers_mut().insert("x-tfs-fedauthredirect", HeaderValue::from_static("Suppress"));
        let (ids, refused): (&[&str], _) = (&["x-vss-e2eid", "x-msedge-ref"], ErrorKind::Authentication);
        oidc::ask(
            Issuer { name: "Azure Pipelines", member: "oidcToken", ids, refused },
            request,
            &self.access_token,
            &self.retry,
        )
    }
}
