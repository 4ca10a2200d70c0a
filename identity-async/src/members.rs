//! The credentials that this crate puts into its default chain, and the feature that each of them takes.

use std::sync::Arc;

#[cfg(feature = "interactive-browser")]
use identity_core::InteractiveBrowser;
#[cfg(feature = "persistent-cache")]
use identity_core::SharedTokenCache;
use identity_core::{Environment, Member, WorkloadIdentity};
#[cfg(feature = "devtools")]
use identity_devtools::{
    AzureCli, AzureDeveloperCli, AzurePowerShell, DeveloperTool, Tool, VisualStudioCode,
};
#[cfg(feature = "msi")]
use identity_msi::{ManagedIdentity, UserAssigned};

#[cfg(feature = "persistent-cache")]
use crate::driver::PersistentCache;
use crate::driver::{Host, Kit, Members, TokenCredential};
#[cfg(feature = "persistent-cache")]
use crate::store::SystemStore;

/// Every credential of this crate.
#[derive(Debug)]
pub struct AllMembers;

impl<H: Host + Clone> Members<H> for AllMembers {
    fn member(member: Member, kit: &Kit<'_, H>) -> Arc<dyn TokenCredential> {
        match member {
            Member::Environment => {
                kit.credential(Environment::new().with_options(kit.options().client.clone()))
            }
            Member::WorkloadIdentity => kit.credential(workload_identity(kit)),
            #[cfg(feature = "msi")]
            Member::ManagedIdentity => kit.credential(managed_identity(kit)),
            #[cfg(not(feature = "msi"))]
            Member::ManagedIdentity => kit.not_compiled_in(member, "msi"),
            #[cfg(feature = "devtools")]
            Member::AzureCli => kit.credential(tool(AzureCli::new(), kit)),
            #[cfg(feature = "devtools")]
            Member::AzurePowerShell => kit.credential(tool(AzurePowerShell::new(), kit)),
            #[cfg(feature = "devtools")]
            Member::AzureDeveloperCli => kit.credential(tool(AzureDeveloperCli::new(), kit)),
            #[cfg(feature = "devtools")]
            Member::VisualStudioCode => {
                let tenant = kit.options().visual_studio_code_tenant_id.clone();
                kit.credential(VisualStudioCode::new().with_tenant_id(tenant.unwrap_or_default()))
            }
            #[cfg(not(feature = "devtools"))]
            Member::AzureCli
            | Member::AzurePowerShell
            | Member::AzureDeveloperCli
            | Member::VisualStudioCode => kit.not_compiled_in(member, "devtools"),
            #[cfg(feature = "interactive-browser")]
            Member::InteractiveBrowser => kit.credential(interactive_browser(kit)),
            #[cfg(not(feature = "interactive-browser"))]
            Member::InteractiveBrowser => kit.not_compiled_in(member, "interactive-browser"),
            #[cfg(feature = "persistent-cache")]
            Member::SharedTokenCache => shared_token_cache(kit),
            #[cfg(not(feature = "persistent-cache"))]
            Member::SharedTokenCache => kit.not_compiled_in(member, "persistent-cache"),
            Member::Broker => kit.missing(member, "this library has no authentication broker"),
            other => kit.missing(other, "this version of the library does not have it"),
        }
    }
}

fn workload_identity<H: Host + Clone>(kit: &Kit<'_, H>) -> WorkloadIdentity {
    let (options, env) = (kit.options(), kit.env());
    // It is of the cloud that its cluster is in, which the environment names.
    let client = options.client.clone().without_authority();
    let mut source = WorkloadIdentity::new().with_options(client);
    if let Some(tenant) = options.workload_identity_tenant_id(env) {
        source = source.with_tenant_id(tenant);
    }
    match options.workload_identity_client_id(env) {
        Some(client) => source.with_client_id(client),
        None => source,
    }
}

#[cfg(feature = "interactive-browser")]
fn interactive_browser<H: Host + Clone>(kit: &Kit<'_, H>) -> InteractiveBrowser {
    let options = kit.options();
    let mut source = InteractiveBrowser::new().with_options(options.client.clone());
    if let Some(tenant) = options.interactive_browser_tenant_id(kit.env()) {
        source = source.with_tenant_id(tenant);
    }
    match &options.interactive_browser_client_id {
        Some(client) => source.with_client_id(client),
        None => source,
    }
}

/// The cache in which an older Visual Studio and other tools of Microsoft keep their sign-ins, if they made one.
#[cfg(feature = "persistent-cache")]
fn shared_token_cache<H: Host + Clone>(kit: &Kit<'_, H>) -> Arc<dyn TokenCredential> {
    let (options, env) = (kit.options(), kit.env());
    let store = match SystemStore::from_env(env) {
        Ok(store) => store.allow_unencrypted_storage().only_if_there(),
        Err(error) => return kit.missing(Member::SharedTokenCache, error.message()),
    };
    let source = SharedTokenCache::new()
        .with_options(options.client.clone())
        .with_username(options.shared_cache_username(env).unwrap_or_default())
        .with_tenant_id(options.shared_cache_tenant_id(env).unwrap_or_default());
    kit.persistent_credential(source, PersistentCache::new(store, PersistentCache::DEFAULT_NAME))
}

/// Workload identity has a member of its own, and nobody chose the identity for the host that happens to be here.
#[cfg(feature = "msi")]
fn managed_identity<H: Host + Clone>(kit: &Kit<'_, H>) -> ManagedIdentity {
    let source = match kit.options().managed_identity_client_id(kit.env()) {
        Some(id) => ManagedIdentity::user_assigned(UserAssigned::client_id(id)),
        None => ManagedIdentity::system_assigned(),
    };
    let source = source.without_workload_identity().with_identity_as_hint();
    if kit.options().is_named(Member::ManagedIdentity) { source.without_probe() } else { source }
}

/// A tool with the options that all have.
#[cfg(feature = "devtools")]
fn tool<T: Tool, H: Host + Clone>(tool: DeveloperTool<T>, kit: &Kit<'_, H>) -> DeveloperTool<T> {
    match kit.options().process_timeout {
        Some(timeout) => tool.with_process_timeout(timeout),
        None => tool,
    }
}
