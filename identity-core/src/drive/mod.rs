//! The driver: hosts perform steps, credentials cache what comes of them, chains try several. Compiled once per flavour.
//!
//! Files here take `flavour` from `super`: it is `maybe_async::must_be_sync` in one flavour and `must_be_async` in the
//! other. What cannot be the same text is in `task_blocking.rs` and `task_async.rs`.

use super::flavour;
use super::task;

mod authenticate;
mod builder;
mod chain;
mod chain_builder;
mod core;
mod credential;
mod default_builder;
mod default_chain;
mod explain;
mod fetch;
mod host;
mod missing;
#[cfg(feature = "persistent-cache")]
mod persist;
mod provider;
mod run;
#[cfg(feature = "persistent-cache")]
mod store;
mod token_credential;

pub(super) use self::core::Core;
pub use builder::{Builder, Refresh};
pub use chain::Chain;
pub use chain_builder::ChainBuilder;
pub use credential::Credential;
pub use default_builder::DefaultBuilder;
pub use default_chain::{DefaultChain, Kit, Members};
pub use host::Host;
pub use missing::Missing;
pub use provider::BearerTokenProvider;
pub(super) use run::Limits;
#[cfg(feature = "persistent-cache")]
pub use store::{Change, PersistentCache, TokenStore};
pub use token_credential::TokenCredential;
