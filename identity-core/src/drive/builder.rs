//! How a credential is put together: source, host, cache, refresh, deadline.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::core::Core;
use super::credential::Credential;
use super::host::Host;
use super::missing::Missing;
use super::token_credential::TokenCredential;
use crate::announce::Announcing;
use crate::cache::{Cache, Partition};
use crate::closing::Closing;
#[cfg(feature = "persistent-cache")]
use crate::refused::Refused;
use crate::{Env, ErrorKind, Expected, Result, Source};

/// Who refreshes a token that is valid and due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refresh {
    /// The caller gets the valid token at once; a task (async) or a short-lived thread (blocking) fetches the next one.
    #[default]
    Background,
    /// The caller that finds it due fetches the next one, and gets the valid token if that fails. For programs that
    /// want no threads, and for deterministic replay.
    Inline,
}

/// Options of a [`Credential`]; see [`Credential::builder`].
#[derive(Debug)]
#[must_use]
pub struct Builder<S: Source, H: Host> {
    source: S,
    host: H,
    owns_host: bool,
    env: Option<Env>,
    cache: Option<Cache>,
    refresh: Refresh,
    deadline: Option<Duration>,
    expected: Expected,
    full_ids: bool,
    #[cfg(feature = "persistent-cache")]
    persistent: Option<super::store::PersistentCache>,
}

impl<S: Source, H: Host> Builder<S, H> {
    pub(super) fn new(source: S, host: H, owns_host: bool) -> Self {
        Self {
            source,
            host,
            owns_host,
            env: None,
            cache: None,
            refresh: Refresh::Background,
            deadline: None,
            expected: Expected::new(),
            full_ids: false,
            #[cfg(feature = "persistent-cache")]
            persistent: None,
        }
    }

    /// Uses this host, which other credentials may share; closing the credential leaves it open. Dropping its last handle ends
    /// a `Transport` that nobody uses any more; [`Host::close`] ends it for all that do.
    pub fn host(mut self, host: H) -> Self {
        self.host = host;
        self.owns_host = false;
        self
    }

    /// Takes these environment variables in place of those of the host.
    pub fn env(mut self, env: Env) -> Self {
        self.env = Some(env);
        self
    }

    /// Keeps tokens in this cache, which other credentials may share.
    pub fn cache(mut self, cache: Cache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Keeps tokens also in this cache, so that the next process finds them. They are looked for there whenever memory
    /// has none, and written there whenever the source gave some.
    #[cfg(feature = "persistent-cache")]
    pub fn persistent_cache(mut self, cache: super::store::PersistentCache) -> Self {
        self.persistent = Some(cache);
        self
    }

    /// Who refreshes a token that is due; by default [`Refresh::Background`].
    pub const fn refresh(mut self, refresh: Refresh) -> Self {
        self.refresh = refresh;
        self
    }

    /// The longest one call may take unless the request says otherwise; by default the source's (120 s).
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Refuses tokens for anybody else: they are neither handed out nor kept.
    pub fn expect(mut self, expected: Expected) -> Self {
        self.expected = expected;
        self
    }

    /// Whether the log line about the first token has ids in full and the person's name; by default `false`.
    pub const fn full_ids(mut self, full_ids: bool) -> Self {
        self.full_ids = full_ids;
        self
    }

    /// Builds a member of a chain that runs in many places. Where nobody configured it, as a workload identity on a laptop,
    /// the member says so and the chain goes on; where [`build`](Self::build) finds a mistake, the member ends the search
    /// with that error.
    #[inline]
    pub fn build_member(self) -> Arc<dyn TokenCredential>
    where
        H: Clone,
    {
        let (name, host, env) = (self.source.name().to_owned(), self.host.clone(), self.env.clone());
        let inspection = match &env {
            Some(env) => self.source.inspect(env),
            None => self.source.inspect(&host.env()),
        };
        let error = match self.build() {
            Ok(credential) => return Arc::new(credential),
            // Nobody configured it: that is no mistake.
            Err(error) if inspection.absent.is_some() => error.with_kind(ErrorKind::Unavailable),
            Err(error) => error,
        };
        Arc::new(Missing::new(&name, error, inspection, host, env))
    }

    /// Validates everything. Nothing is sent.
    ///
    /// # Errors
    /// What is missing or malformed, by name, with the remedy.
    pub fn build(self) -> Result<Credential<S, H>> {
        let Self {
            mut source,
            host,
            owns_host,
            env,
            cache,
            refresh,
            deadline,
            expected,
            full_ids,
            #[cfg(feature = "persistent-cache")]
            persistent,
        } = self;
        let configured = match &env {
            Some(env) => source.configure(env),
            None => source.configure(&host.env()),
        };
        configured.map_err(|error| error.of_credential(source.name()))?;
        let name: Arc<str> = Arc::from(source.name());
        expected.validate().map_err(|error| error.of_credential(&name))?;
        let partition =
            Arc::new(Partition::new(&format!("{name}|{}{}", source.partition(), expected.partition())));
        let deadline = deadline.unwrap_or_else(|| source.deadline());
        Ok(Credential::of(Core {
            name,
            source,
            host,
            owns_host,
            env,
            cache: cache.unwrap_or_default(),
            partition,
            refresh,
            deadline,
            expected,
            announcing: Announcing::new(full_ids),
            asked: AtomicU64::default(),
            closing: Arc::new(Closing::default()),
            #[cfg(feature = "persistent-cache")]
            persistent,
            #[cfg(feature = "persistent-cache")]
            refused: Refused::default(),
        }))
    }
}
