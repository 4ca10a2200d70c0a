//! A workload with a federated token in a file: pods in Kubernetes, and whatever else projects such a file.

mod proxy;

use std::path::PathBuf;
use std::sync::Arc;

use super::token_file;
use crate::client::{Client, ClientOptions};
use crate::explain::{Inspection, Outlook};
use crate::oauth::Form;
use crate::source::Source;
use crate::tenant::Tenancy;
use crate::{Env, Error, Grant, Moment, Result, Secret, Step, TokenRequest};
use proxy::TokenProxy;

const TENANT: &str = "AZURE_TENANT_ID";
const CLIENT: &str = "AZURE_CLIENT_ID";
const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// Entra's code for an assertion outside its validity: the file has most likely been replaced by now.
const EXPIRED: u32 = 700_024;

/// Tokens for an application by the federated token in a file. Tokens are cached; the file is read for each token request.
///
/// Tenant, client id and file come from `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_FEDERATED_TOKEN_FILE` unless they
/// are given. When Entra refuses an assertion as expired (AADSTS700024), the file is read once more and the request made
/// once more; after any other refusal only if the file has changed meanwhile.
///
/// It also reads what every application reads: `AZURE_AUTHORITY_HOST`, `AZURE_REGIONAL_AUTHORITY_NAME`,
/// `AZURE_IDENTITY_DISABLE_MULTITENANTAUTH`; and the variables of [`with_token_proxy`](Self::with_token_proxy) if that is on.
#[derive(Clone, Debug, Default)]
pub struct WorkloadIdentity {
    tenant_id: Option<String>,
    client_id: Option<String>,
    token_file: Option<PathBuf>,
    token_proxy: bool,
    options: ClientOptions,
    ready: Option<Ready>,
}

#[derive(Clone, Debug)]
struct Ready {
    client: Client,
    path: PathBuf,
    proxy: Option<Arc<TokenProxy>>,
}

impl WorkloadIdentity {
    /// Everything from the environment.
    #[inline]
    pub fn new() -> Self {
        Self::default()
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

    /// The file with the federated token.
    #[must_use]
    #[inline]
    pub fn with_token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.token_file = Some(path.into());
        self
    }

    /// Whether to use the token proxy that AKS identity binding offers through `AZURE_KUBERNETES_TOKEN_PROXY`,
    /// `AZURE_KUBERNETES_SNI_NAME` and `AZURE_KUBERNETES_CA_FILE` or `AZURE_KUBERNETES_CA_DATA`. The default is `false`.
    /// Requests go to the proxy directly, past every other proxy.
    #[must_use]
    #[inline]
    pub const fn with_token_proxy(mut self, enabled: bool) -> Self {
        self.token_proxy = enabled;
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

impl Source for WorkloadIdentity {
    #[inline]
    fn name(&self) -> &str {
        "WorkloadIdentityCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        let given = |option: Option<&str>, variable| {
            let option = option.filter(|text| !text.is_empty());
            option.or_else(|| env.non_empty(variable)).map(str::to_owned)
        };
        let tenant = given(self.tenant_id.as_deref(), TENANT);
        let client = given(self.client_id.as_deref(), CLIENT);
        let file = self.token_file.clone().filter(|path| !path.as_os_str().is_empty());
        let path = file.or_else(|| env.non_empty(TOKEN_FILE).map(PathBuf::from));
        let (Some(tenant), Some(client), Some(path)) = (&tenant, &client, &path) else {
            let inputs = [
                ("tenant_id (AZURE_TENANT_ID)", tenant.is_none()),
                ("client_id (AZURE_CLIENT_ID)", client.is_none()),
                ("token_file_path (AZURE_FEDERATED_TOKEN_FILE)", path.is_none()),
            ];
            let missing: Vec<&str> =
                inputs.iter().filter(|(_, missing)| *missing).map(|(name, _)| *name).collect();
            return Err(Error::invalid_argument(format!(
                "workload identity is not fully configured, missing are {}: label the pod \
                 azure.workload.identity/use and annotate its service account, or pass them with with_tenant_id, with_client_id and with_token_file",
                missing.join(", ")
            )));
        };
        let proxy = if self.token_proxy { TokenProxy::from_env(env)?.map(Arc::new) } else { None };
        let client = Client::new(tenant, client, &self.options, env)?;
        self.ready = Some(Ready { client, path: path.clone(), proxy });
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        self.ready.as_ref().map(|ready| ready.client.partition()).unwrap_or_default()
    }

    #[inline]
    fn tenancy(&self) -> Option<&Tenancy> {
        self.ready.as_ref().map(|ready| ready.client.tenancy())
    }

    #[cfg(feature = "persistent-cache")]
    #[inline]
    fn owner(&self, request: &TokenRequest<'_>, _previous: Option<&Grant>) -> Option<crate::store::Owner> {
        Some(self.ready.as_ref()?.client.owner(request, crate::store::Holder::Application))
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        let has = |given: bool, variable| given || env.non_empty(variable).is_some();
        let file = self.token_file.clone().or_else(|| env.non_empty(TOKEN_FILE).map(PathBuf::from));
        let complete =
            has(self.tenant_id.is_some(), TENANT) && has(self.client_id.is_some(), CLIENT) && file.is_some();
        let inspection = if complete {
            self.options.inspection(env, "asks Entra, with the federated token in the file")
        } else {
            Inspection::absent(format!(
                "no workload identity is configured: it takes {TENANT}, {CLIENT} and {TOKEN_FILE}"
            ))
        };
        inspection
            .with_variables([TENANT, CLIENT, TOKEN_FILE])
            .with_files(file)
            .without_files(Outlook::Broken)
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, _previous: Option<&Grant>, _moment: &Moment) -> Step {
        let Some(ready) = self.ready.clone() else { return Step::fail(Error::not_configured()) };
        let tenant = ready.client.tenant(request).to_owned();
        match Form::grant_type("client_credentials").request(request, &[]) {
            Ok(form) => Exchange { ready, tenant, form, refused: None }.read(),
            Err(error) => Step::fail(error),
        }
    }
}

/// One token request: the file, the trust in the proxy, the exchange, and perhaps all of it once more.
struct Exchange {
    ready: Ready,
    tenant: String,
    form: Form,
    /// The assertion that was refused, and how.
    refused: Option<(Secret, Error)>,
}

impl Exchange {
    #[inline]
    fn read(self) -> Step {
        let path = self.ready.path.clone();
        token_file::read(&path, move |moment, token| match (token, &self.refused) {
            (Err(error), None) => Step::fail(error),
            // The file is about to change: what the service said tells more.
            (Err(_), Some((_, refusal))) => Step::fail(refusal.clone()),
            (Ok(token), Some((old, refusal)))
                if token == *old && !refusal.aadsts_codes().contains(&EXPIRED) =>
            {
                Step::fail(refusal.clone())
            }
            (Ok(token), _) => self.send(token, &moment),
        })
    }

    #[inline]
    fn send(self, token: Secret, moment: &Moment) -> Step {
        let Some(proxy) = self.ready.proxy.clone() else { return self.exchange(token, None, moment) };
        proxy.clone().trusted(moment, move |moment, ready| match ready {
            Ok(()) => self.exchange(token, Some(proxy), &moment),
            Err(error) => Step::fail(error),
        })
    }

    #[inline]
    fn exchange(self, token: Secret, proxy: Option<Arc<TokenProxy>>, moment: &Moment) -> Step {
        let route = move |outbound| match &proxy {
            Some(proxy) => proxy.route(outbound),
            None => Ok(outbound),
        };
        let (client, tenant) = (self.ready.client.clone(), self.tenant.clone());
        let form = self.form.clone().client_assertion(&token);
        client.exchange_via(route, &tenant, form, moment, move |_, result| match result {
            Err(error)
                if self.refused.is_none() && error.oauth_error().is_some() && !error.is_transient() =>
            {
                Self { refused: Some((token, error)), ..self }.read()
            }
            result => Step::Done(result),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::ENTROPY;
    use http::Response;
    use std::time::UNIX_EPOCH;

    fn moment() -> Moment {
        Moment::new(UNIX_EPOCH, [7; ENTROPY])
    }

    fn first() -> Step {
        let mut source =
            WorkloadIdentity::new().with_tenant_id("t").with_client_id("c").with_token_file("/token");
        source.configure(&Env::empty()).unwrap();
        source.acquire(&TokenRequest::new(&["scope"]), None, &moment())
    }

    /// Answers the read with `content`, and the request that must follow with a refusal of this code.
    fn refused(step: Step, content: &str, code: u32) -> Step {
        let Step::Read(file, then) = step else { panic!("{step:?}") };
        assert_eq!(file.path.to_str(), Some("/token"));
        let step = then(moment(), Ok(content.into()));
        let Step::Send(outbound, then) = step else { panic!("{step:?}") };
        let body = String::from_utf8_lossy(outbound.request.body()).into_owned();
        assert!(body.contains(&format!("client_assertion={content}")), "{body}");
        let body = format!(r#"{{"error":"invalid_client","error_codes":[{code}]}}"#);
        then(moment(), Ok(Response::builder().status(401).body(body.into_bytes()).unwrap()))
    }

    #[test]
    fn an_expired_assertion_leads_to_one_more_attempt() {
        let again = refused(first(), "old", EXPIRED);
        let Step::Done(Err(error)) = refused(again, "old", EXPIRED) else { panic!() };
        assert_eq!(error.aadsts_codes(), [EXPIRED]);
    }

    #[test]
    fn another_refusal_leads_to_one_only_if_the_file_has_changed() {
        let Step::Read(_, then) = refused(first(), "cut", 50_027) else { panic!() };
        let Step::Done(Err(error)) = then(moment(), Ok("cut".into())) else { panic!() };
        assert_eq!(error.aadsts_codes(), [50_027]);
        assert!(matches!(refused(refused(first(), "cut", 50_027), "new", 50_027), Step::Done(Err(_))));
    }

    #[test]
    fn what_is_missing_is_named() {
        let env = Env::from_iter([("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "")]);
        let error = WorkloadIdentity::new().configure(&env).unwrap_err().to_string();
        assert!(error.contains(CLIENT) && error.contains("AZURE_FEDERATED_TOKEN_FILE"), "{error}");
        assert!(!error.contains(TENANT), "{error}");
    }
}
