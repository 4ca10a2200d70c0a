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
//! background thread, if one runs.
//!
//! Log levels: `warn` for refreshes that failed, `debug` for retries, `trace` for steps. Nothing secret at any level; the
//! HTTP client below has loggers of its own.

mod agents;
#[cfg(feature = "interactive-browser")]
mod browser;
#[cfg(feature = "persistent-cache")]
mod store;
mod system;
mod tls;
#[cfg(feature = "persistent-cache")]
mod token_store;
mod transport;

#[allow(deprecated, reason = "exported for those who still need it")]
pub use identity_core::UsernamePassword;
pub use identity_core::blocking::{
    BearerTokenProvider, Builder, Chain, Host, Refresh, Task, TokenCredential, scoped,
};
#[cfg(feature = "persistent-cache")]
pub use identity_core::blocking::{Change, PersistentCache, TokenStore};
pub use identity_core::{
    AccessToken, Account, AuthenticationRecord, Authority, AuthorizationCode, Cache, ClientOptions,
    ClientSecret, DeviceCode, DeviceCodePrompt, Env, Error, ErrorKind, Grant, Identity, Moment, OnBehalfOf,
    Platform, Result, Retry, Secret, ServiceError, SignsIn, Source, Step, TokenRequest,
};
#[cfg(feature = "interactive-browser")]
pub use identity_core::{InteractiveBrowser, browser::Page};
pub use identity_core::{authority, claims, effect};
#[cfg(feature = "persistent-cache")]
pub use store::SystemStore;
pub use transport::{Proxy, Transport, TransportBuilder};

/// A source with its cache on the [`Transport`] of this crate.
pub type Credential<S> = identity_core::blocking::Credential<S, Transport>;

/// A source with its cache on a [`Host`] of your own; see [`CredentialOn::on`].
pub type CredentialOn<S, H> = identity_core::blocking::Credential<S, H>;

/// An application with a client secret.
pub type ClientSecretCredential = Credential<ClientSecret>;

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

/// A person who signs in with a browser on this machine.
#[cfg(feature = "interactive-browser")]
pub type InteractiveBrowserCredential = Credential<InteractiveBrowser>;
#[cfg(all(doctest, feature = "rustls"))]
#[doc = include_str!("../../README.md")]
struct Readme;
