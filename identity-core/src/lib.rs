//! Everything about Microsoft Entra credentials that can be decided without touching the world.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
#[cfg_attr(
    not(any(feature = "blocking", feature = "async")),
    allow(dead_code, reason = "the drivers use it")
)]
mod announce;
#[cfg(feature = "certificate")]
mod assertion;
pub mod authority;
#[cfg(feature = "interactive-browser")]
pub mod browser;
#[cfg_attr(
    not(all(feature = "blocking", feature = "async")),
    allow(dead_code, unused_imports, reason = "each driver uses its part")
)]
mod cache;
#[cfg(feature = "certificate")]
mod certificate;
#[cfg_attr(
    not(any(feature = "blocking", feature = "async")),
    allow(dead_code, unused_imports, reason = "each driver uses its part")
)]
mod chain;
pub mod claims;
pub mod client;
#[cfg_attr(
    not(all(feature = "blocking", feature = "async")),
    allow(dead_code, unused_imports, reason = "each driver uses its part")
)]
mod closing;
mod decimal;
mod default_options;
pub mod describe;
pub mod digest;
pub mod effect;
mod env;
mod error;
#[cfg_attr(
    not(any(feature = "blocking", feature = "async")),
    allow(dead_code, reason = "the drivers use it")
)]
mod expected;
pub mod explain;
#[cfg(all(test, shuttle, feature = "blocking"))]
mod model;
pub mod moment;
pub mod oauth;
#[cfg(feature = "native-tls")]
pub mod pin;
pub mod proxy;
mod record;
#[cfg(all(feature = "persistent-cache", any(feature = "async", feature = "blocking")))]
mod refused;
#[cfg_attr(
    not(all(feature = "blocking", feature = "async")),
    allow(dead_code, unused_imports, reason = "each driver uses its part")
)]
mod request;
pub mod retry;
pub mod scope;
mod secret;
mod selection;
#[cfg(feature = "certificate")]
pub mod signer;
pub mod source;
mod step;
#[cfg(feature = "persistent-cache")]
pub mod store;
mod sync;
pub mod tenant;
#[cfg(feature = "rustls")]
pub mod tls;
#[cfg_attr(
    not(all(feature = "blocking", feature = "async")),
    allow(dead_code, unused_imports, reason = "each driver uses its part")
)]
mod token;
mod waiting;

pub use account::Account;
pub use authority::Authority;
pub use cache::Cache;
pub use chain::Remember;
pub use client::ClientOptions;
pub use closing::Closing;
pub use default_options::{DefaultOptions, ManagedIdentityId};
pub use describe::Identity;
pub use env::{Env, Platform};
pub use error::{Error, ErrorKind, Result, ServiceError, ToolFailure};
pub use expected::Expected;
pub use moment::Moment;
pub use record::AuthenticationRecord;
pub use request::TokenRequest;
pub use retry::Retry;
pub use secret::Secret;
pub use selection::{Member, SELECTION_VARIABLE, Selected, Selection};
#[cfg(feature = "certificate")]
pub use signer::{Signature, Signer, SigningAlgorithm, SigningRequest};
#[cfg(feature = "interactive-browser")]
pub use source::InteractiveBrowser;
#[cfg(feature = "persistent-cache")]
pub use source::SharedTokenCache;
#[allow(deprecated, reason = "exported for those who still need it")]
pub use source::UsernamePassword;
pub use source::{
    AssertionFn, AssertionRequest, AsyncAssertionFn, AzurePipelines, ClientAssertion, ClientSecret,
    Environment, FunctionError, GitHubActions, Source, TokenFile, WorkloadIdentity,
};
pub use source::{AuthorizationCode, DeviceCode, DeviceCodePrompt, OnBehalfOf, SignsIn};
#[cfg(feature = "certificate")]
pub use source::{CertificateAssertion, ClientCertificate};
pub use step::{Pause, Step, Then, Work};
pub use token::{AccessToken, Grant};
pub use waiting::Waiting;

#[cfg(feature = "blocking")]
#[allow(
    unused_imports,
    clippy::needless_lifetimes,
    clippy::unused_unit,
    reason = "the rewrite to blocking code leaves no futures, and so less need for names, lifetimes and units"
)]
#[path = "drive"]
pub mod blocking {
    //! The driver without a runtime: threads wait.

    use maybe_async::must_be_sync as flavour;

    #[path = "mod.rs"]
    mod drive;
    #[path = "task_blocking.rs"]
    mod task;

    pub use drive::{
        BearerTokenProvider, Builder, Chain, ChainBuilder, Credential, DefaultBuilder, DefaultChain, Host,
        Kit, Members, Missing, Refresh, TokenCredential,
    };
    #[cfg(feature = "persistent-cache")]
    pub use drive::{Change, PersistentCache, TokenStore};
    pub use task::{Task, scoped};
}

#[cfg(feature = "async")]
#[allow(
    clippy::duplicate_mod,
    clippy::type_complexity,
    reason = "one source text, two flavours; futures are spelled out for the rewrite"
)]
#[path = "drive"]
pub mod asynchronous {
    //! The driver for async runtimes: tasks wait.

    use maybe_async::must_be_async as flavour;

    #[path = "mod.rs"]
    mod drive;
    #[path = "task_async.rs"]
    mod task;

    pub use drive::{
        BearerTokenProvider, Builder, Chain, ChainBuilder, Credential, DefaultBuilder, DefaultChain, Host,
        Kit, Members, Missing, Refresh, TokenCredential,
    };
    #[cfg(feature = "persistent-cache")]
    pub use drive::{Change, PersistentCache, TokenStore};
    pub use task::{Task, scoped, unclosed_credentials};
}
