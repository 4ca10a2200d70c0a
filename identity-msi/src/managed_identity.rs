//! The public source: which identity, on which host, with which limits.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use identity_core::explain::Inspection;
use identity_core::source::WorkloadIdentity;
use identity_core::tenant::Tenancy;
use identity_core::{Env, Error, ErrorKind, Grant, Moment, Result, Retry, Source, Step, TokenRequest};

use crate::detect::{AzureHost, Decision, decisive_file, detect, variables};
use crate::endpoint::Endpoint;
use crate::identity::{Selector, UserAssigned};
use crate::settings::Settings;
use crate::wanted::Wanted;
use crate::workload;

const NAME: &str = "ManagedIdentityCredential";

/// Tokens for the managed identity of the place where the program runs: virtual machines, scale sets, container
/// instances and AKS nodes (IMDS), App Service, Functions, Container Apps, Azure Arc, Service Fabric, Azure ML, Cloud Shell
/// and, through workload identity, pods in Kubernetes. Tokens are cached.
///
/// The place is [detected](crate::detect()) from the environment when the credential is built. No request to an endpoint of
/// the host goes through a proxy. A request takes exactly one scope; its tenant and CAE are ignored, and claims pass by the
/// cache without being sent (Service Fabric is told which token was refused). Workload identity asks Entra, with everything
/// that [`WorkloadIdentity`] does.
///
/// Inside a chain, IMDS is looked for with one attempt of at most 1 s before anything else; used directly, the credential
/// is patient: five retries after 404, 410, 429 and 5xx, three after failed connections, within 120 s in all.
///
/// # Environment variables
///
/// | Host | Variables |
/// | --- | --- |
/// | Service Fabric | `IDENTITY_ENDPOINT`, `IDENTITY_HEADER`, `IDENTITY_SERVER_THUMBPRINT` |
/// | App Service, Functions, Container Apps | `IDENTITY_ENDPOINT`, `IDENTITY_HEADER` |
/// | Azure Arc | `IDENTITY_ENDPOINT`, `IMDS_ENDPOINT` |
/// | Azure ML | `MSI_ENDPOINT`, `MSI_SECRET` |
/// | Cloud Shell | `MSI_ENDPOINT` |
/// | workload identity | `AZURE_AUTHORITY_HOST`, `AZURE_TENANT_ID`, `AZURE_FEDERATED_TOKEN_FILE` |
/// | IMDS | `AZURE_POD_IDENTITY_AUTHORITY_HOST`, which is its address |
///
/// The first row whose variables are all set decides; without any it is Azure Arc if its agent is installed, else IMDS.
/// `IDENTITY_ENDPOINT` with nothing that belongs to it is an error. On Windows, `ProgramFiles` and `ProgramData` say where
/// the agent and its keys are. Workload identity reads everything that [`WorkloadIdentity`] does. In a chain, IMDS is not
/// looked for first if its address is set.
///
/// # Errors
/// [`Refusal::of`](crate::Refusal::of) tells refusals of a host apart.
pub struct ManagedIdentity {
    selector: Selector,
    settings: Settings,
    host: Option<AzureHost>,
    without_workload_identity: bool,
    plan: Option<Plan>,
}

/// What the environment led to.
enum Plan {
    /// An endpoint of the host; if a file exists, another one.
    Endpoint { agent: Option<(PathBuf, Place)>, otherwise: Place },
    /// The token endpoint of Entra.
    Workload { decision: Decision, source: Box<WorkloadIdentity> },
}

type Place = Result<(Decision, Arc<Endpoint>)>;

impl ManagedIdentity {
    /// The identity of the resource itself. On App Service and virtual machines with a single user-assigned identity and
    /// no system-assigned one, the host may give a token of that one.
    #[inline]
    pub fn system_assigned() -> Self {
        Self::of(Selector(None))
    }

    /// A user-assigned identity: `UserAssigned::client_id("...")`, `object_id` or `resource_id`.
    #[inline]
    pub fn user_assigned(identity: UserAssigned) -> Self {
        Self::of(Selector(Some(identity)))
    }

    #[inline]
    fn of(selector: Selector) -> Self {
        let settings = Settings::default();
        Self { selector, settings, host: None, without_workload_identity: false, plan: None }
    }

    /// Skips detection: the program runs on this host, whose variables must be there.
    #[must_use]
    #[inline]
    pub const fn on(mut self, host: AzureHost) -> Self {
        self.host = Some(host);
        self
    }

    /// The address of the endpoint, path included, in place of the one that the host has.
    #[must_use]
    #[inline]
    pub fn with_endpoint(mut self, url: impl Into<String>) -> Self {
        self.settings.endpoint = Some(url.into());
        self
    }

    /// How often and when failed requests are sent again, in place of the host's own rule ([`Retry::metadata`] for IMDS,
    /// `Retry::default()` for the others).
    #[must_use]
    #[inline]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.settings.retry = Some(retry);
        self
    }

    /// The longest that connecting may take: 2 s.
    #[must_use]
    #[inline]
    pub const fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.settings.connect_timeout = limit;
        self
    }

    /// The longest that one attempt may take, connecting included: 30 s.
    #[must_use]
    #[inline]
    pub const fn with_attempt_timeout(mut self, limit: Duration) -> Self {
        self.settings.attempt_timeout = limit;
        self
    }

    /// The longest that a chain waits for a sign of IMDS: 1 s.
    #[must_use]
    #[inline]
    pub const fn with_probe_timeout(mut self, limit: Duration) -> Self {
        self.settings.probe_timeout = limit;
        self
    }

    /// Where the agent of Azure Arc keeps its keys, in place of `/var/opt/azcmagent/tokens` or
    /// `%ProgramData%\AzureConnectedMachineAgent\Tokens`. For tests: nothing outside this directory is ever read.
    #[must_use]
    #[inline]
    pub fn with_arc_key_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.settings.arc_key_directory = Some(directory.into());
        self
    }

    /// Leaves out workload identity, for chains that have a member for it.
    #[must_use]
    #[inline]
    pub const fn without_workload_identity(mut self) -> Self {
        self.without_workload_identity = true;
        self
    }

    /// The user says that there is a managed identity: a chain does not look for a sign of IMDS first, and is patient with
    /// it. The default chain does so where `AZURE_TOKEN_CREDENTIALS` names this credential.
    #[must_use]
    #[inline]
    pub const fn without_probe(mut self) -> Self {
        self.settings.is_meant = true;
        self
    }

    /// The identity is a default that the user did not choose for this host, as in a default chain: Cloud Shell, which has
    /// only one, gets it as a hint in place of refusing it.
    #[must_use]
    #[inline]
    pub const fn with_identity_as_hint(mut self) -> Self {
        self.settings.identity_is_hint = true;
        self
    }

    /// The host that the environment led to, and why; with the other one if the agent of Azure Arc is installed. `None`
    /// before a credential was built, and where the environment leads nowhere.
    #[inline]
    pub fn decision(&self) -> Option<&Decision> {
        match self.plan.as_ref()? {
            Plan::Endpoint { otherwise, .. } => Some(&otherwise.as_ref().ok()?.0),
            Plan::Workload { decision, .. } => Some(decision),
        }
    }

    #[inline]
    fn workload(&self) -> Option<&WorkloadIdentity> {
        match self.plan.as_ref()? {
            Plan::Endpoint { .. } => None,
            Plan::Workload { source, .. } => Some(source),
        }
    }

    #[inline]
    fn decide(&self, env: &Env, agent_found: bool) -> Result<Decision> {
        match self.host {
            Some(host) => {
                Ok(Decision { host, because: "because the program says so".to_owned(), ignored: Vec::new() })
            }
            None => detect(env, self.without_workload_identity, agent_found),
        }
    }

    /// A place, or the reason why there is none that only shows when a token is asked for: a chain goes on then.
    #[inline]
    fn place(&self, env: &Env, agent_found: bool) -> Result<Place> {
        let decision = match self.decide(env, agent_found) {
            Ok(decision) => decision,
            Err(error) => return Ok(Err(error)),
        };
        match Endpoint::configure(decision.host, env, &self.settings, &self.selector) {
            Ok(endpoint) => Ok(Ok((decision, Arc::new(endpoint)))),
            Err(error) if error.kind() == ErrorKind::InvalidArgument => Err(error),
            Err(error) => Ok(Err(error)),
        }
    }
}

impl Source for ManagedIdentity {
    #[inline]
    fn name(&self) -> &str {
        NAME
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        self.selector.validate()?;
        if let Ok(decision) = self.decide(env, false)
            && decision.host == AzureHost::WorkloadIdentity
        {
            let source = Box::new(workload::configure(env, &self.settings, &self.selector)?);
            self.plan = Some(Plan::Workload { decision, source });
            return Ok(());
        }
        let file = match self.host {
            Some(_) => None,
            None => decisive_file(env, self.without_workload_identity),
        };
        let agent = match file {
            Some(file) => Some((file, self.place(env, true)?)),
            None => None,
        };
        self.plan = Some(Plan::Endpoint { agent, otherwise: self.place(env, false)? });
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        match &self.plan {
            Some(Plan::Workload { source, .. }) => source.partition(),
            Some(Plan::Endpoint { otherwise: Ok((_, endpoint)), .. }) => {
                format!("{}|{}", endpoint.url(), self.selector)
            }
            _ => self.selector.to_string(),
        }
    }

    #[inline]
    fn tenancy(&self) -> Option<&Tenancy> {
        self.workload()?.tenancy()
    }

    #[inline]
    fn supports_cae(&self) -> bool {
        self.workload().is_some()
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        let inspection = match self.place(env, false) {
            Ok(Ok((decision, endpoint))) => {
                let identity = self.selector.0.as_ref().map_or("system-assigned", UserAssigned::described);
                Inspection::new(format!("asks for the {identity} identity at {decision}"))
                    .with_endpoint(endpoint.url())
            }
            Ok(Err(error)) => Inspection::absent(error.message()),
            Err(error) => Inspection::new(error.message()),
        };
        let chosen_by = if self.settings.identity_is_hint { Some("AZURE_CLIENT_ID") } else { None };
        inspection
            .with_variables(chosen_by)
            .with_variables(variables())
            .with_files(decisive_file(env, self.without_workload_identity))
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step {
        let (agent, otherwise) = match &self.plan {
            None => return Step::fail(Error::not_configured()),
            Some(Plan::Workload { source, .. }) => return source.acquire(request, previous, moment),
            Some(Plan::Endpoint { agent, otherwise }) => (agent, otherwise),
        };
        let wanted = match Wanted::new(request, &self.selector, previous, NAME) {
            Ok(wanted) => wanted,
            Err(error) => return Step::fail(error),
        };
        let Some((file, with_agent)) = agent else { return go(otherwise, &wanted, moment) };
        let (with_agent, otherwise) = (with_agent.clone(), otherwise.clone());
        Step::exists(file.clone(), move |moment, found| {
            go(if found { &with_agent } else { &otherwise }, &wanted, &moment)
        })
    }
}

#[inline]
fn go(place: &Place, wanted: &Wanted, moment: &Moment) -> Step {
    match place {
        Ok((decision, endpoint)) => {
            log::info!("{NAME} asks {decision}");
            endpoint.acquire(wanted, moment)
        }
        Err(error) => Step::fail(error.clone()),
    }
}

impl fmt::Debug for ManagedIdentity {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedIdentity")
            .field("identity", &self.selector.to_string())
            .field("decision", &self.decision().map(ToString::to_string))
            .finish_non_exhaustive()
    }
}
