//! The credentials that this crate puts into its default chain, and the feature that each of them takes.

use std::sync::Arc;

use identity_core::Member;
use identity_core::asynchronous::{Host, Kit, Members, TokenCredential};
#[cfg(feature = "devtools")]
use identity_devtools::{
    AzureCli, AzureDeveloperCli, AzurePowerShell, DeveloperTool, Tool, VisualStudioCode,
};

/// Every credential of this crate.
#[derive(Debug)]
pub struct AllMembers;

impl<H: Host + Clone> Members<H> for AllMembers {
    fn member(member: Member, kit: &Kit<'_, H>) -> Arc<dyn TokenCredential> {
        match member {
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
            Member::Broker => kit.missing(member, "this library has no authentication broker"),
            other => kit.missing(other, "this version of the library does not have it"),
        }
    }
}

/// A tool with the options that all have.
#[cfg(feature = "devtools")]
fn tool<T: Tool, H: Host + Clone>(tool: DeveloperTool<T>, kit: &Kit<'_, H>) -> DeveloperTool<T> {
    match kit.options().process_timeout {
        Some(timeout) => tool.with_process_timeout(timeout),
        None => tool,
    }
}
