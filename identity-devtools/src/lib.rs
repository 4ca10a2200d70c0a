//! Developer sign-ins (Azure CLI, Azure Developer CLI, Azure PowerShell, Visual Studio Code), as pure sources.
//!
//! The sources of this crate describe how a tool is run and what its output means. They become credentials in
//! `identity-blocking` and `identity-async` with the feature `devtools`.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod azure_cli;
mod developer_cli;
mod expiry;
mod kept;
mod output;
mod powershell;
mod time_zone;
mod tool;
mod vscode;

pub use azure_cli::{Az, AzureCli};
pub use developer_cli::{Azd, AzureDeveloperCli};
pub use powershell::{AzurePowerShell, Pwsh};
pub use tool::{DeveloperTool, TIMEOUT_VARIABLE, Tool};
pub use vscode::VisualStudioCode;
