//! Chains, the default chain and the environment.

use std::sync::Arc;
#[cfg(feature = "facades")]
use std::time::Duration;

use identity_core::explain::Inspection;
use identity_core::{Environment, Error};
use serde_json::Value;

use super::super::super::driver::{Chain, Missing, TokenCredential};
use super::{Built, Row, Setup, Subject, Unbuilt, build};
use crate::conformance::options::Options;
use crate::conformance::vector;

pub(super) const ROWS: &[Row] = &[
    ("ChainedTokenCredential", chained),
    ("EnvironmentCredential", environment),
    ("DefaultAzureCredential", default_chain),
    ("BrokerCredential", broker),
];

fn chained(options: &Options<'_>, setup: &Setup) -> Built {
    let specs = options.value("credentials").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut members: Vec<Arc<dyn TokenCredential>> = Vec::new();
    for spec in &specs {
        let spec =
            vector::credential(spec).ok_or_else(|| Unbuilt::Unsupported("a member without type".into()))?;
        members.push(build(&spec, setup.clone())?.credential);
    }
    Ok(Subject { credential: Arc::new(Chain::new(members)?), authenticator: None })
}

fn environment(options: &Options<'_>, setup: &Setup) -> Built {
    setup.build(Environment::new().with_options(options.client()))
}

/// There is no broker: what the default chain has in its place.
fn broker(options: &Options<'_>, setup: &Setup) -> Built {
    for without_effect in ["tenant_id", "client_id", "additionally_allowed_tenants"] {
        options.value(without_effect);
    }
    let error = Error::unavailable("this library has no authentication broker");
    let missing = Missing::new("BrokerCredential", error, Inspection::default(), setup.host.clone(), None);
    Ok(Subject { credential: Arc::new(missing), authenticator: None })
}

/// The default chain with the members that the façade of this flavour gives it.
#[cfg(feature = "facades")]
fn default_chain(options: &Options<'_>, setup: &Setup) -> Built {
    use identity_core::{ErrorKind, ManagedIdentityId, Member};

    use super::super::super::driver::{DefaultChain, Refresh};
    use super::super::super::facade::AllMembers;

    if options.value("tenant_id").is_some() {
        // There is no such option, so that this cannot even be written down.
        return Err(Error::new(ErrorKind::InvalidArgument, "the default chain has no tenant_id").into());
    }
    let mut builder = DefaultChain::<AllMembers, _>::on(setup.host.clone()).refresh(Refresh::Inline);
    for (name, member) in [
        ("exclude_environment_credential", Member::Environment),
        ("exclude_workload_identity_credential", Member::WorkloadIdentity),
        ("exclude_managed_identity_credential", Member::ManagedIdentity),
        ("exclude_shared_token_cache_credential", Member::SharedTokenCache),
        ("exclude_visual_studio_code_credential", Member::VisualStudioCode),
        ("exclude_cli_credential", Member::AzureCli),
        ("exclude_powershell_credential", Member::AzurePowerShell),
        ("exclude_developer_cli_credential", Member::AzureDeveloperCli),
        ("exclude_interactive_browser_credential", Member::InteractiveBrowser),
        ("exclude_broker_credential", Member::Broker),
    ] {
        builder = match options.flag(name) {
            Some(true) => builder.exclude(member),
            Some(false) => builder.include(member),
            None => builder,
        };
    }
    if let Some(seconds) = options.number("process_timeout") {
        builder = builder.process_timeout(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    }
    let text = |name: &str| options.text(name).map(str::to_owned);
    builder = builder
        .require_selection(options.flag("require_envvar").unwrap_or(false))
        .client_options(options.client())
        .options(|members| {
            members.managed_identity = text("managed_identity_client_id").map(ManagedIdentityId::ClientId);
            members.workload_identity_client_id = text("workload_identity_client_id");
            members.workload_identity_tenant_id = text("workload_identity_tenant_id");
            members.visual_studio_code_tenant_id = text("visual_studio_code_tenant_id");
            members.shared_cache_username = text("shared_cache_username");
            members.shared_cache_tenant_id = text("shared_cache_tenant_id");
            members.interactive_browser_client_id = text("interactive_browser_client_id");
            members.interactive_browser_tenant_id = text("interactive_browser_tenant_id");
        });
    if let Some(cache) = setup.persistent() {
        builder = builder.persistent_cache(cache.clone());
    }
    // There is no broker to have them.
    options.text("broker_tenant_id");
    options.text("broker_client_id");
    Ok(Subject { credential: Arc::new(builder.build()?), authenticator: None })
}

#[cfg(not(feature = "facades"))]
fn default_chain(_options: &Options<'_>, _setup: &Setup) -> Built {
    Err(Unbuilt::Unsupported("the default chain takes the feature `facades`".into()))
}
