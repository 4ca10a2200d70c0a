//! Microsoft Entra credentials for tokio services.
//!
//! A [`Credential`] is a source (a way to get a token, such as [`ClientSecret`]) with its cache on a [`Transport`]. A
//! cached token is returned without waiting. Whoever owns a credential closes it; dropping one that was used and not
//! closed logs a warning and is counted ([`unclosed_credentials`]).
//!
//! ```no_run
//! # async fn run() -> Result<(), identity_async::Error> {
//! use identity_async::{ClientSecret, Credential, TokenRequest};
//!
//! let credential = Credential::new(ClientSecret::new("contoso.example", "client id", "client secret"))?;
//! let token = credential.get_token(&TokenRequest::new(&["https://vault.azure.net/.default"])).await?;
//! credential.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! Requests run as tasks of their own: dropping the future of a caller neither cancels the request nor leaves other
//! callers waiting. A tokio runtime with time and I/O is needed wherever a token may have to be fetched; without one
//! the call is an error, and no panic.
//!
//! Log levels: `warn` for refreshes that failed and credentials that were not closed, `debug` for retries, `trace` for
//! steps. Nothing secret at any level; the HTTP client below has loggers of its own.

#[cfg(feature = "interactive-browser")]
mod browser;
mod clients;
#[cfg(feature = "persistent-cache")]
mod store;
mod system;
mod tls;
#[cfg(feature = "persistent-cache")]
mod token_store;
mod transport;

#[allow(deprecated, reason = "exported for those who still need it")]
pub use identity_core::UsernamePassword;
pub use identity_core::asynchronous::{
    BearerTokenProvider, Builder, Chain, Host, Refresh, Task, TokenCredential, scoped, unclosed_credentials,
};
#[cfg(feature = "persistent-cache")]
pub use identity_core::asynchronous::{Change, PersistentCache, TokenStore};
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
pub type Credential<S> = identity_core::asynchronous::Credential<S, Transport>;

/// A source with its cache on a [`Host`] of your own; see [`CredentialOn::on`].
pub type CredentialOn<S, H> = identity_core::asynchronous::Credential<S, H>;

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
