//! The client of a token endpoint, shared by every credential that is an application: options, validation, exchange.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request, Uri};

use crate::effect::{self, Outbound};
use crate::explain::Inspection;
use crate::oauth::{self, Form};
use crate::retry::Retry;
use crate::tenant::{self, Tenancy};
use crate::{Authority, Env, Error, Grant, Moment, Result, Step, Then};

/// What the service and its support find a request by.
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// Options of every credential that speaks to a token endpoint.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ClientOptions {
    pub(crate) authority: Option<String>,
    pub(crate) allowed_tenants: Vec<String>,
    pub(crate) retry: Retry,
    pub(crate) region: Option<String>,
}

impl ClientOptions {
    /// The defaults: authority from `AZURE_AUTHORITY_HOST` or else the public cloud, no further tenants.
    pub fn new() -> Self {
        Self::default()
    }

    /// The sign-in service, such as `https://login.microsoftonline.us`; see [`Authority::parse`].
    #[must_use]
    pub fn with_authority(mut self, authority: impl Into<String>) -> Self {
        self.authority = Some(authority.into());
        self
    }

    /// The same with the authority of the environment.
    #[must_use]
    pub fn without_authority(mut self) -> Self {
        self.authority = None;
        self
    }

    /// Adds a tenant that requests may name besides the configured one; `*` allows every tenant.
    #[must_use]
    pub fn allow_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.allowed_tenants.push(tenant.into());
        self
    }

    /// How often and when failed requests are sent again.
    #[must_use]
    pub const fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The region whose token service an application uses, such as `westeurope`. By default the one named by
    /// `AZURE_REGIONAL_AUTHORITY_NAME`, else none. Only applications are served by regions, not people.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// What a credential with these options would look at, whatever else that is, to do what `plan` says.
    #[inline]
    pub(crate) fn inspection(&self, env: &Env, plan: impl Into<String>) -> Inspection {
        let inspection = Inspection::new(plan);
        let endpoint = Authority::resolve(self.authority.as_deref(), env);
        match endpoint.and_then(|authority| self.in_region(authority, env)) {
            Ok(endpoint) if self.authority.is_some() => inspection.with_endpoint(endpoint.as_str()),
            Ok(endpoint) => {
                inspection.with_variables(["AZURE_AUTHORITY_HOST"]).with_endpoint(endpoint.as_str())
            }
            Err(_) => inspection.with_variables(["AZURE_AUTHORITY_HOST"]),
        }
    }

    /// The same for a credential that acts for people, whom no region serves.
    #[inline]
    pub(crate) fn inspection_of_people(&self, env: &Env, plan: &str) -> Inspection {
        let (options, env) = self.of_people(env);
        options.inspection(&env, plan)
    }

    #[inline]
    fn of_people(&self, env: &Env) -> (Self, Env) {
        let mut env = env.clone();
        env.set("AZURE_REGIONAL_AUTHORITY_NAME", None);
        (Self { region: None, ..self.clone() }, env)
    }

    /// The authority's service of the region, if there is one to use.
    fn in_region(&self, authority: Authority, env: &Env) -> Result<Authority> {
        let region = self.region.as_deref().or_else(|| env.non_empty("AZURE_REGIONAL_AUTHORITY_NAME"));
        match region {
            // Detecting the region needs a metadata request; the global service serves everybody.
            Some(region) if !matches!(region.to_ascii_lowercase().as_str(), "tryautodetect" | "true") => {
                authority.in_region(&region.replace(' ', "").to_ascii_lowercase())
            }
            _ => Ok(authority),
        }
    }
}

/// An application (client id) at an authority, validated and ready to exchange forms for grants. Cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    client_id: String,
    authority: Authority,
    endpoint: Authority,
    /// Of the default tenant.
    token_endpoint: Option<Uri>,
    tenancy: Tenancy,
    retry: Retry,
}

impl Client {
    /// Validates ids and authority. `what` names the tenant argument in errors.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) naming the input and the remedy.
    pub fn new(tenant: &str, client_id: &str, options: &ClientOptions, env: &Env) -> Result<Self> {
        tenant::validate(tenant)?;
        if client_id.trim().is_empty() {
            return Err(Error::invalid_argument("client_id is empty: pass the application (client) id"));
        }
        if client_id.chars().any(char::is_control) {
            return Err(Error::invalid_argument(
                "client_id holds control characters: pass the application (client) id",
            ));
        }
        let authority = Authority::resolve(options.authority.as_deref(), env)?;
        let endpoint = options.in_region(authority.clone(), env)?;
        let tenancy = Tenancy::new(tenant, &options.allowed_tenants, env);
        Ok(Self(Arc::new(Inner {
            client_id: client_id.to_owned(),
            token_endpoint: address(&endpoint.token_endpoint(tenant)).ok(),
            authority,
            endpoint,
            tenancy,
            retry: options.retry.clone(),
        })))
    }

    /// The same for an application that acts for people: regions serve applications only.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    #[inline]
    pub(crate) fn of_people(
        tenant: &str,
        client_id: &str,
        options: &ClientOptions,
        env: &Env,
    ) -> Result<Self> {
        let (options, env) = options.of_people(env);
        Self::new(tenant, client_id, &options, &env)
    }

    /// The client id.
    pub fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// The authority.
    pub fn authority(&self) -> &Authority {
        &self.0.authority
    }

    /// The tenant rules.
    pub fn tenancy(&self) -> &Tenancy {
        &self.0.tenancy
    }

    /// The retry policy.
    pub fn retry(&self) -> &Retry {
        &self.0.retry
    }

    /// The tenant that a request was resolved to, else the configured one.
    pub fn tenant<'a>(&'a self, request: &crate::TokenRequest<'a>) -> &'a str {
        request.tenant_id().unwrap_or_else(|| self.0.tenancy.default_tenant())
    }

    /// The token endpoint for a tenant, without regard to regions: what assertions name as their audience.
    pub fn token_endpoint(&self, tenant: &str) -> String {
        self.0.authority.token_endpoint(tenant)
    }

    /// What separates the cache entries of this client from those of others.
    pub fn partition(&self) -> String {
        format!("{}|{}|{}", self.0.authority, self.0.tenancy.default_tenant(), self.0.client_id)
    }

    /// The owner of this client's entries in a persistent cache.
    #[cfg(feature = "persistent-cache")]
    pub fn owner(
        &self,
        request: &crate::TokenRequest<'_>,
        holder: crate::store::Holder,
    ) -> crate::store::Owner {
        crate::store::Owner::new(self.client_id(), self.authority().clone(), self.tenant(request), holder)
    }

    /// Sends a form to the token endpoint of a tenant, with retries; the answer ends the flow.
    pub fn exchange(&self, tenant: &str, form: Form, moment: &Moment) -> Step {
        self.exchange_then(tenant, form, moment, |_, result| Step::Done(result))
    }

    /// Sends a form to the token endpoint of a tenant, with retries, and goes on with the answer.
    pub fn exchange_then(
        &self,
        tenant: &str,
        form: Form,
        moment: &Moment,
        then: impl FnOnce(Moment, Result<Grant>) -> Step + Send + 'static,
    ) -> Step {
        self.exchange_via(Ok, tenant, form, moment, then)
    }

    /// The same by another way: `route` changes the request before it is sent, for example to go to a proxy.
    pub fn exchange_via(
        &self,
        route: impl FnOnce(Outbound) -> Result<Outbound>,
        tenant: &str,
        form: Form,
        moment: &Moment,
        then: impl FnOnce(Moment, Result<Grant>) -> Step + Send + 'static,
    ) -> Step {
        let form = form.field("client_id", self.client_id());
        let uri = match &self.0.token_endpoint {
            Some(uri) if tenant == self.0.tenancy.default_tenant() => Ok(uri.clone()),
            _ => address(&self.0.endpoint.token_endpoint(tenant)),
        };
        match uri.map(|uri| post(uri, form, moment)).and_then(route) {
            Ok(outbound) => self.send(outbound, tenant, moment.now(), Box::new(then)),
            Err(error) => Step::fail(error),
        }
    }

    /// What is the same for every flow, which is compiled once.
    fn send(
        &self,
        outbound: Outbound,
        tenant: &str,
        asked_on: SystemTime,
        then: Then<Result<Grant>>,
    ) -> Step {
        let (uri, secrets) = (outbound.request.uri().clone(), outbound.secrets.clone());
        let (tenant, origin) = (tenant.to_owned(), self.0.authority.host().to_owned());
        self.0.retry.clone().send(outbound, move |moment, outcome| {
            let result = match outcome {
                Ok(response) => oauth::grant(&response, asked_on, &secrets)
                    .map(|grant| Grant { tenant: Some(tenant), ..grant.from_origin(origin) }),
                Err(error) => {
                    let place = effect::place(&uri);
                    Err(Error::transport(format!("no answer from {place}: {error}"), &error))
                }
            };
            then(moment, result.map_err(|error| error.redacted(&secrets)))
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("authority", &self.0.authority)
            .field("tenant", &self.0.tenancy.default_tenant())
            .field("client_id", &self.0.client_id)
            .finish_non_exhaustive()
    }
}

/// Reads the address of an endpoint.
///
/// # Errors
/// Text that cannot be one, which is named.
pub(crate) fn address(url: &str) -> Result<Uri> {
    url.parse().map_err(|_| Error::invalid_argument(format!("{url:?} is not a URL")))
}

/// A form as a POST request that asks for JSON.
pub fn post(uri: Uri, form: Form, moment: &Moment) -> Outbound {
    let (body, secrets) = form.into_parts();
    let mut request = Request::new(body.into_bytes());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::try_from(moment.uuid()) {
        headers.insert(CLIENT_REQUEST_ID, id);
    }
    Outbound::new(request).with_secrets(secrets)
}
