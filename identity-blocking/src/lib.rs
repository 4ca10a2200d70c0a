//! Microsoft Entra credentials for scripts and programs without a runtime.

mod agents;
#[cfg(feature = "devtools")]
mod process;
mod system;
mod tls;
mod transport;

pub use identity_core::blocking::{
    BearerTokenProvider, Builder, Chain, Host, Refresh, Task, TokenCredential,
};
pub use identity_core::{
    AccessToken, Authority, Cache, ClientOptions, ClientSecret, Env, Error, ErrorKind, Grant, Identity,
    Moment, Platform, Result, Retry, Secret, ServiceError, Source, Step, TokenRequest, ToolFailure,
};
pub use identity_core::{authority, claims, effect};
#[cfg(feature = "devtools")]
pub use identity_devtools::{
    AzureCli, AzureDeveloperCli, AzurePowerShell, TIMEOUT_VARIABLE, VisualStudioCode,
};
pub use transport::{Proxy, Transport, TransportBuilder};

/// A source with its cache on the [`Transport`] of this crate.
pub type Credential<S> = identity_core::blocking::Credential<S, Transport>;

/// A source with its cache on a [`Host`] of your own; see [`CredentialOn::on`].
pub type CredentialOn<S, H> = identity_core::blocking::Credential<S, H>;

/// An application with a client secret.
pub type ClientSecretCredential = Credential<ClientSecret>;

/// Whoever is signed in to the Azure CLI.
#[cfg(feature = "devtools")]
pub type AzureCliCredential = Credential<AzureCli>;

/// Whoever is signed in to the Azure Developer CLI.
#[cfg(feature = "devtools")]
pub type AzureDeveloperCliCredential = Credential<AzureDeveloperCli>;

/// Whoever is signed in to Azure PowerShell.
#[cfg(feature = "devtools")]
pub type AzurePowerShellCredential = Credential<AzurePowerShell>;

/// The account signed in to Visual Studio Code, and what is missing to use it.
#[cfg(feature = "devtools")]
pub type VisualStudioCodeCredential = Credential<VisualStudioCode>;
