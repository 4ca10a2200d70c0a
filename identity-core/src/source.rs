//! The sources of this crate: ways to get a token from Microsoft Entra ID.

mod client_secret;

use std::time::Duration;

pub use client_secret::ClientSecret;

use crate::explain::Inspection;
use crate::tenant::Tenancy;
use crate::{Env, Grant, Moment, Result, Step, TokenRequest};

/// One way to get a token, described as steps. It decides everything and touches nothing.
///
/// Implement it to bring a credential of your own that gets cache, refresh, single flight, retry and closing from
/// [`Credential`](crate#credentials) in both flavours.
pub trait Source: Send + Sync + 'static {
    /// The name in errors and logs, such as `ClientSecretCredential`.
    fn name(&self) -> &str;

    /// Validates the input and takes what is needed from the environment. Called once, before anything else.
    ///
    /// # Errors
    /// What is missing or malformed, by name, with the remedy.
    fn configure(&mut self, env: &Env) -> Result<()>;

    /// Everything but the request that changes the token: authority, client, selected identity. Entries of different
    /// partitions never meet in a shared cache.
    fn partition(&self) -> String;

    /// The tenant rules; `None` where a requested tenant is ignored.
    fn tenancy(&self) -> Option<&Tenancy> {
        None
    }

    /// The longest one call may take unless the caller says otherwise: 120 s.
    fn deadline(&self) -> Duration {
        Duration::from_secs(120)
    }

    /// Whether tokens are kept. Developer tools keep their own, for an identity that may change at any time.
    fn is_cached(&self) -> bool {
        true
    }

    /// What the source would look at in this environment, and what it would do; see
    /// [`Report`](crate::explain::Report). It is asked before [`configure`](Self::configure) as well.
    fn inspect(&self, _env: &Env) -> Inspection {
        Inspection::default()
    }

    /// The first step towards a token. `request` names the tenant that the tenant rules led to. `previous` is the last
    /// grant for this request or, failing that, the last one of this credential that has a refresh token.
    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step;
}
