//! Which host gives the managed identity: a pure function of the environment and of one file that a step looked for.
//!
//! The order is that of Microsoft's Python library (`azure-identity` 1.27). A variable counts when it is not empty.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use identity_core::{Env, Error, Platform, Result};

/// A kind of place where programs have a managed identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AzureHost {
    /// Service Fabric clusters.
    ServiceFabric,
    /// App Service, Functions, Container Apps, Automation.
    AppService,
    /// Servers outside Azure with the agent of Azure Arc.
    AzureArc,
    /// Azure Machine Learning.
    AzureMl,
    /// Azure Cloud Shell.
    CloudShell,
    /// Kubernetes with workload identity.
    WorkloadIdentity,
    /// Virtual machines, scale sets, container instances, AKS nodes: the instance metadata service.
    Imds,
}

impl AzureHost {
    /// The name for people.
    #[inline]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceFabric => "Service Fabric",
            Self::AppService => "App Service",
            Self::AzureArc => "Azure Arc",
            Self::AzureMl => "Azure ML",
            Self::CloudShell => "Cloud Shell",
            Self::WorkloadIdentity => "workload identity",
            Self::Imds => "IMDS",
        }
    }
}

impl fmt::Display for AzureHost {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A host and why it was chosen: "Azure Arc, because IDENTITY_ENDPOINT and IMDS_ENDPOINT are set".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// The host.
    pub host: AzureHost,
    /// What decided, without a subject: "because ...".
    pub because: String,
    /// What is set and yet of no use, with what is missing for it; usually nothing.
    pub ignored: Vec<String>,
}

impl fmt::Display for Decision {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.host, self.because)?;
        for note in &self.ignored {
            write!(f, "; {note}")?;
        }
        Ok(())
    }
}

/// Variables that lead to a host, in order of precedence.
const ROWS: [(&[&str], AzureHost); 6] = [
    (&["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"], AzureHost::ServiceFabric),
    (&["IDENTITY_ENDPOINT", "IDENTITY_HEADER"], AzureHost::AppService),
    (&["IDENTITY_ENDPOINT", "IMDS_ENDPOINT"], AzureHost::AzureArc),
    (&["MSI_ENDPOINT", "MSI_SECRET"], AzureHost::AzureMl),
    (&["MSI_ENDPOINT"], AzureHost::CloudShell),
    (&["AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"], AzureHost::WorkloadIdentity),
];

/// Sets one of whose members announces a host, and the others of which must be there as well.
const PARTIAL: [(&str, &[&str]); 4] = [
    ("IDENTITY_HEADER", &["IDENTITY_ENDPOINT"]),
    ("IMDS_ENDPOINT", &["IDENTITY_ENDPOINT"]),
    ("MSI_SECRET", &["MSI_ENDPOINT"]),
    ("AZURE_FEDERATED_TOKEN_FILE", &["AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID"]),
];

/// Every variable that is looked at, once.
#[inline]
pub(crate) fn variables() -> BTreeSet<&'static str> {
    let rows = ROWS.iter().flat_map(|(names, _)| names.iter().copied());
    rows.chain(["AZURE_POD_IDENTITY_AUTHORITY_HOST"]).collect()
}

/// The file of the Azure Arc agent, whose existence decides between Azure Arc and IMDS; `None` where the environment
/// decides alone. `without_workload_identity` leaves that host out, as chains do that have a member for it.
#[inline]
pub fn decisive_file(env: &Env, without_workload_identity: bool) -> Option<PathBuf> {
    let decided = env.non_empty("IDENTITY_ENDPOINT").is_some()
        || env.non_empty("AZURE_POD_IDENTITY_AUTHORITY_HOST").is_some()
        || by_variables(env, without_workload_identity).is_some();
    if decided { None } else { agent_file(env) }
}

/// The host. `agent_found` says whether [`decisive_file`] exists, and is `false` if there is none.
///
/// # Errors
/// [`Unavailable`](identity_core::ErrorKind::Unavailable) if the environment announces a host without saying which,
/// naming the missing variables.
#[inline]
pub fn detect(env: &Env, without_workload_identity: bool, agent_found: bool) -> Result<Decision> {
    let ignored = ignored(env);
    if let Some((variables, host)) = by_variables(env, without_workload_identity) {
        let verb = if variables.len() == 1 { "is" } else { "are" };
        let because = format!("because {} {verb} set", list(variables));
        return Ok(Decision { host, because, ignored });
    }
    if env.non_empty("IDENTITY_ENDPOINT").is_some() {
        return Err(Error::unavailable(
            "no managed identity endpoint found: IDENTITY_ENDPOINT is set and does not say alone where this program \
             runs; missing is IDENTITY_HEADER (App Service), IDENTITY_HEADER and IDENTITY_SERVER_THUMBPRINT \
             (Service Fabric) or IMDS_ENDPOINT (Azure Arc)",
        ));
    }
    let (host, because) = if agent_found {
        (AzureHost::AzureArc, "because the agent of Azure Arc is installed")
    } else if env.non_empty("AZURE_POD_IDENTITY_AUTHORITY_HOST").is_some() {
        (AzureHost::Imds, "because AZURE_POD_IDENTITY_AUTHORITY_HOST is set")
    } else {
        (AzureHost::Imds, "because nothing points to another host")
    };
    Ok(Decision { host, because: because.to_owned(), ignored })
}

#[inline]
fn by_variables(env: &Env, without_workload_identity: bool) -> Option<(&'static [&'static str], AzureHost)> {
    let all_set = |variables: &[&str]| variables.iter().all(|name| env.non_empty(name).is_some());
    let found = ROWS.into_iter().find(|(variables, host)| {
        all_set(variables) && !(*host == AzureHost::WorkloadIdentity && without_workload_identity)
    });
    // An endpoint without companions ends the search: what follows is another generation of hosts.
    let alone = env.non_empty("IDENTITY_ENDPOINT").is_some();
    found.filter(|(variables, _)| !alone || variables.contains(&"IDENTITY_ENDPOINT"))
}

#[inline]
fn ignored(env: &Env) -> Vec<String> {
    let mut notes = Vec::new();
    for (set, needed) in PARTIAL {
        let missing: Vec<&str> =
            needed.iter().copied().filter(|name| env.non_empty(name).is_none()).collect();
        if env.non_empty(set).is_some() && !missing.is_empty() {
            notes.push(format!("{set} is ignored without {}", list(&missing)));
        }
    }
    notes
}

#[inline]
fn agent_file(env: &Env) -> Option<PathBuf> {
    match env.platform() {
        Platform::Linux => Some(PathBuf::from("/opt/azcmagent/bin/himds")),
        Platform::Windows => {
            let programs = env.non_empty("ProgramFiles")?;
            Some(PathBuf::from(format!(r"{programs}\AzureConnectedMachineAgent\himds.exe")))
        }
        _ => None,
    }
}

#[inline]
fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every variable, in the order in which leaving them out changes the decision.
    const ALL: [&str; 9] = [
        "IDENTITY_SERVER_THUMBPRINT",
        "IDENTITY_HEADER",
        "IDENTITY_ENDPOINT",
        "IMDS_ENDPOINT",
        "MSI_SECRET",
        "MSI_ENDPOINT",
        "AZURE_AUTHORITY_HOST",
        "AZURE_TENANT_ID",
        "AZURE_FEDERATED_TOKEN_FILE",
    ];

    fn env(names: &[&str]) -> Env {
        names.iter().map(|name| (*name, "x")).collect::<Env>().on(Platform::Linux)
    }

    #[test]
    fn the_first_complete_set_wins() {
        for (from, host) in [
            (
                0,
                "Service Fabric, because IDENTITY_ENDPOINT, IDENTITY_HEADER and IDENTITY_SERVER_THUMBPRINT are set",
            ),
            (1, "App Service, because IDENTITY_ENDPOINT and IDENTITY_HEADER are set"),
            (2, "Azure Arc, because IDENTITY_ENDPOINT and IMDS_ENDPOINT are set"),
            (4, "Azure ML, because MSI_ENDPOINT and MSI_SECRET are set"),
            (5, "Cloud Shell, because MSI_ENDPOINT is set"),
            (
                6,
                "workload identity, because AZURE_AUTHORITY_HOST, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE are set",
            ),
            (9, "IMDS, because nothing points to another host"),
        ] {
            assert_eq!(detect(&env(&ALL[from..]), false, false).unwrap().to_string(), host);
        }
        let excluded = detect(&env(&ALL[6..]), true, false).unwrap();
        assert_eq!(excluded.host, AzureHost::Imds);
    }

    #[test]
    fn an_endpoint_alone_names_what_is_missing() {
        let error = detect(&env(&["IDENTITY_ENDPOINT", "MSI_ENDPOINT"]), false, false).unwrap_err();
        for name in ["IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT"] {
            assert!(error.to_string().contains(name), "{error}");
        }
        assert!(error.is_unavailable());
        assert_eq!(decisive_file(&env(&["IDENTITY_ENDPOINT"]), false), None);
    }

    #[test]
    fn partial_sets_are_ignored_and_said() {
        let decision = detect(&env(&["MSI_SECRET", "AZURE_FEDERATED_TOKEN_FILE"]), false, false).unwrap();
        assert_eq!(
            decision.to_string(),
            "IMDS, because nothing points to another host; MSI_SECRET is ignored without MSI_ENDPOINT; \
             AZURE_FEDERATED_TOKEN_FILE is ignored without AZURE_AUTHORITY_HOST and AZURE_TENANT_ID"
        );
    }

    #[test]
    fn the_agent_of_arc_is_looked_for_where_nothing_else_decides() {
        let linux = PathBuf::from("/opt/azcmagent/bin/himds");
        assert_eq!(decisive_file(&env(&[]), false), Some(linux.clone()));
        assert_eq!(decisive_file(&env(&ALL[6..]), false), None);
        assert_eq!(decisive_file(&env(&ALL[6..]), true), Some(linux));
        assert_eq!(decisive_file(&env(&["AZURE_POD_IDENTITY_AUTHORITY_HOST"]), false), None);
        assert_eq!(decisive_file(&env(&[]).on(Platform::MacOs), false), None);
        let windows = Env::from_iter([("PROGRAMFILES", r"C:\Program Files")]).on(Platform::Windows);
        assert_eq!(
            decisive_file(&windows, false),
            Some(r"C:\Program Files\AzureConnectedMachineAgent\himds.exe".into())
        );
        assert_eq!(
            detect(&windows, false, true).unwrap().to_string(),
            "Azure Arc, because the agent of Azure Arc is installed"
        );
    }
}
