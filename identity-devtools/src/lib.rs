//! Developer sign-ins (Azure CLI, Azure Developer CLI, Azure PowerShell, Visual Studio Code), as pure sources.
//!
//! The sources of this crate describe how a tool is run and what its output means. They become credentials in
//! `identity-blocking` and `identity-async` with the feature `devtools`.
