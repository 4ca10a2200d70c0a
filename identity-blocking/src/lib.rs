//! Microsoft Entra credentials for scripts and programs without a runtime.
//!
//! A [`Credential`] is a source (a way to get a token, such as [`ClientSecret`]) with its cache on a [`Transport`]. Each
//! call blocks the calling thread until there is a token or an error; a cached token is returned at once. It may be
//! called from anywhere, also from inside an async runtime, where it holds up the worker that calls it.
//!
//! ```no_run
//! use identity_blocking::{ClientSecret, Credential, TokenRequest};
//!
//! let credential = Credential::new(ClientSecret::new("contoso.example", "client id", "client secret"))?;
//! let token = credential.get_token(&TokenRequest::new(&["https://vault.azure.net/.default"]))?;
//! # Ok::<(), identity_blocking::Error>(())
//! ```
//!
//! Dropping a credential ends it; [`Credential::close`](identity_core::blocking::Credential::close) also waits for its
//! background thread, if one runs. A request of that thread ends at once if the transport is the credential's own, or is
//! closed with its default chain. Others may depend on one that was handed in, or on an agent of yours: there the request
//! ends with its answer or its limit, 30 s at most.
//!
//! With the feature `persistent-cache` tokens survive the process: in the Secret Service on Linux, and, **untested**, in the
//! Keychain of macOS and in files that DPAPI of Windows encrypts.
//!
//! # Logs
//!
//! By way of the `log` crate, under the targets `identity_core`, `identity_msi`, `identity_devtools` and `identity_blocking`, as in
//! `RUST_LOG=identity_core=debug`:
//!
//! * `error`: the operating system gives no random bytes.
//! * `warn`: it works, but not as it should. A refresh failed, or could not be started, while the token is still valid;
//!   a token could not be kept, a kept cache was unreadable and is moved aside, or tokens are kept in clear text, as
//!   was allowed; a new certificate or CA file is unusable and the previous one stays; the environment describes nobody
//!   in full, or a person with a password; the answer of a managed identity has a time that cannot be read; the end of
//!   a developer tool cannot be awaited; a request did not end in its time; the log shows tokens, see below.
//! * `info`: decisions. For whom the first token of a credential is and where it came from (ids cut short and people
//!   left out, unless `full_ids` was asked for); which member a chain uses from now on, or no longer; which host a
//!   managed identity asks; that another person signed in; that the tenant of a request is ignored.
//! * `debug`: retries, members of a chain that were passed over and why, which credential the environment describes,
//!   programs that are run, failures without consequence.
//! * `trace`: every step of a flow.
//!
//! No secret is logged at any level, and a test looks for secrets at all of them; names of tenants, files, addresses
//! and messages of the server are logged.
//!
//! **One logger is not ours.** At `trace` the target `ureq_proto::util` of the HTTP client below shows all that goes over
//! the wire, tokens and secret headers among it, and no library can turn off the log of another: leave it out, as with
//! `RUST_LOG=trace,ureq_proto::util=off`. Where it is on, one warning says so.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod agents;

#[cfg(feature = "interactive-browser")]
mod browser;
mod members;

#[cfg(feature = "native-tls")]
mod native;
mod opening;

#[cfg(feature = "devtools")]
mod process;
mod resolve;
#[cfg(feature = "rustls")]
mod roots;
mod settings;
#[cfg(feature = "persistent-cache")]
mod store;
mod system;
mod tls;
#[cfg(feature = "persistent-cache")]
mod token_store;
mod transport;
mod tunnel;

// The driver of this flavour, by a name that files of both flavours can use.
use identity_core::blocking as driver;

pub use identity_core::AssertionFn;
#[allow(deprecated, reason = "exported for those who still need it")]
pub use identity_core::UsernamePassword;
pub use identity_core::blocking::{
    BearerTokenProvider, Builder, Chain, ChainBuilder, DefaultBuilder, DefaultChain, Host, Kit, Members,
    Missing, Refresh, Task, TokenCredential, scoped,
};
#[cfg(feature = "persistent-cache")]
pub use identity_core::blocking::{Change, PersistentCache, TokenStore};
pub use identity_core::{
    AccessToken, Account, AssertionRequest, AuthenticationRecord, Authority, AuthorizationCode,
    AzurePipelines, Cache, ClientAssertion, ClientOptions, ClientSecret, DeviceCode, DeviceCodePrompt, Env,
    Environment, Error, ErrorKind, FunctionError, GitHubActions, Grant, Identity, Moment, OnBehalfOf,
    Platform, Result, Retry, Secret, ServiceError, SignsIn, Source, Step, TokenFile, TokenRequest,
    WorkloadIdentity,
};
#[cfg(feature = "persistent-cache")]
pub use identity_core::{
    SharedTokenCache,
    store::{Holder, Owner},
};

pub use identity_core::proxy::Proxy;
#[cfg(feature = "certificate")]
pub use identity_core::{
    CertificateAssertion, ClientCertificate, Signature, Signer, SigningAlgorithm, SigningRequest,
};
pub use identity_core::{
    Closing, Pause, Then, Waiting, Work, authority, claims, client, effect, moment, oauth, retry, tenant,
};
pub use identity_core::{
    DefaultOptions, Expected, ManagedIdentityId, Member, Remember, SELECTION_VARIABLE, ToolFailure, explain,
};

#[cfg(feature = "interactive-browser")]
pub use identity_core::{
    InteractiveBrowser,
    browser::{Page, Redirect},
};

#[cfg(feature = "devtools")]
pub use identity_devtools::{
    AzureCli, AzureDeveloperCli, AzurePowerShell, DeveloperTool, TIMEOUT_VARIABLE, Tool, VisualStudioCode,
};

#[cfg(feature = "msi")]
pub use identity_msi::{AzureHost, Decision, ManagedIdentity, Refusal, UserAssigned, decisive_file, detect};
pub use members::AllMembers;
pub use settings::TransportBuilder;
#[cfg(feature = "persistent-cache")]
pub use store::SystemStore;
pub use tls::Tls;
pub use transport::Transport;

/// Obtains, caches and refreshes access tokens: a [`Source`] with its cache on the [`Transport`] of this crate.
///
/// Made by `Credential::new(source)` or, with options, `Credential::builder(source)`; asked by `get_token`; cheap to clone,
/// and clones share everything. `invalidate` forgets a token that a resource refused, `cached_token` only looks, `explain`
/// tells what the credential would do, and `close` ends it.
///
/// A cached token is returned without a lock or a wait. One that is due is returned at once and replaced in the background; a
/// refresh that fails never fails a caller whose token is still valid. Callers who need the same missing token share one
/// request, its result and its error.
pub type Credential<S> = identity_core::blocking::Credential<S, Transport>;

/// A source with its cache on a [`Host`] of your own; see [`CredentialOn::on`].
pub type CredentialOn<S, H> = identity_core::blocking::Credential<S, H>;

/// An application with a client secret.
pub type ClientSecretCredential = Credential<ClientSecret>;

/// An application with assertions from elsewhere.
pub type ClientAssertionCredential<A = AssertionFn> = Credential<ClientAssertion<A>>;

/// A workload with a federated token in a file, such as a pod in Kubernetes.
pub type WorkloadIdentityCredential = Credential<WorkloadIdentity>;

/// The service connection of a job of Azure Pipelines.
pub type AzurePipelinesCredential = Credential<AzurePipelines>;

/// A job of GitHub Actions.
pub type GitHubActionsCredential = Credential<GitHubActions>;

/// An application with a certificate.
#[cfg(feature = "certificate")]
pub type ClientCertificateCredential = Credential<ClientCertificate>;

/// The managed identity of the place where the program runs.
#[cfg(feature = "msi")]
pub type ManagedIdentityCredential = Credential<ManagedIdentity>;

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

/// The application that the environment describes.
pub type EnvironmentCredential = Credential<Environment>;

/// A web application with an authorization code from a person's browser.
pub type AuthorizationCodeCredential = Credential<AuthorizationCode>;

/// A person who enters a code on this or another device.
pub type DeviceCodeCredential = Credential<DeviceCode>;

/// A web API that calls another API in the name of its caller.
pub type OnBehalfOfCredential = Credential<OnBehalfOf>;

/// A person's name and password.
#[deprecated(note = "passwords cannot do multi-factor authentication: use a device code or a browser")]
#[allow(deprecated, reason = "this is the deprecated name itself")]
pub type UsernamePasswordCredential = Credential<UsernamePassword>;

/// The chain of every way in which a program is usually given an identity.
///
/// Its members are those that are compiled in: `msi` brings managed identity, `devtools` the developer tools,
/// `persistent-cache` the shared token cache, `interactive-browser` the browser. One whose feature is off is passed over, and
/// the chain's error says so. Cargo unifies features over a build, so that a dependency can add a member. In production name
/// the members: with `AZURE_TOKEN_CREDENTIALS`, which [`require_selection`](DefaultBuilder::require_selection) insists on, with
/// [`exclude`](DefaultBuilder::exclude), or by a [`ChainedTokenCredential`] of your own.
pub type DefaultAzureCredential = DefaultChain<AllMembers, Transport>;

/// The same on a [`Host`] of your own.
pub type DefaultAzureCredentialOn<H> = DefaultChain<AllMembers, H>;

/// Credentials of your choice, tried in order.
///
/// ```
/// use std::sync::Arc;
///
/// use identity_blocking::{ChainedTokenCredential, ClientSecretCredential, ClientSecret, Credential, WorkloadIdentity};
///
/// // A pod in production has a workload identity. Elsewhere this member says so, and the next one is asked.
/// let production = Credential::builder(WorkloadIdentity::new()).build_member();
/// let other: ClientSecretCredential = Credential::new(ClientSecret::new("contoso.example", "client id", "client secret"))?;
/// let chain = ChainedTokenCredential::new(vec![production, Arc::new(other)])?;
/// # drop(chain);
/// # Ok::<(), identity_blocking::Error>(())
/// ```
pub type ChainedTokenCredential = Chain;

/// A person who signs in with a browser on this machine.
#[cfg(feature = "interactive-browser")]
pub type InteractiveBrowserCredential = Credential<InteractiveBrowser>;

#[cfg(all(doctest, feature = "rustls"))]
#[doc = include_str!("../../README.md")]
struct Readme;
/// A person whom another program of this machine signed in.
#[cfg(feature = "persistent-cache")]
pub type SharedTokenCacheCredential = Credential<SharedTokenCache>;
