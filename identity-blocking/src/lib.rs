//! Microsoft Entra credentials for scripts and programs without a runtime.

mod agents;
mod resolve;
mod system;
mod tls;
mod transport;

pub use identity_core::blocking::{
    BearerTokenProvider, Builder, Chain, Host, Refresh, Task, TokenCredential,
};
pub use identity_core::{
    AccessToken, Authority, Cache, ClientOptions, ClientSecret, Env, Error, ErrorKind, Grant, Identity,
    Moment, Platform, Result, Retry, Secret, ServiceError, Source, Step, TokenRequest,
};
pub use identity_core::{authority, claims, effect};
pub use transport::{Proxy, Transport, TransportBuilder};

/// A source with its cache on the [`Transport`] of this crate.
pub type Credential<S> = identity_core::blocking::Credential<S, Transport>;

/// A source with its cache on a [`Host`] of your own; see [`CredentialOn::on`].
pub type CredentialOn<S, H> = identity_core::blocking::Credential<S, H>;

/// An application with a client secret.
pub type ClientSecretCredential = Credential<ClientSecret>;
