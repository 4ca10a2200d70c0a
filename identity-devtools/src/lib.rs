//! Developers' sign-ins as sources of tokens: Azure CLI, Azure Developer CLI, Azure PowerShell, VS Code. Sans-IO.

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
