//! A source, its cache and a host: what users call.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::builder::Builder;
use super::core::Core;
use super::explain::look;
use super::flavour;
use super::host::Host;
use super::task;
use crate::cache::Cache;
use crate::explain::Report;
use crate::{AccessToken, Result, Source, TokenRequest};

/// Obtains, caches and refreshes access tokens. Cheap to clone; clones share everything.
///
/// A cached token is returned without a lock, an allocation or a wait, also while other tokens are being fetched; only the
/// first hit of a thread, and its first on a new token, may allocate a few bytes. A token that is due is returned at once
/// and replaced in the background; a refresh that fails never fails a caller whose token is still valid. Callers who need
/// the same missing token share one request, its result and its error.
pub struct Credential<S: Source, H: Host> {
    pub(super) core: Arc<Core<S, H>>,
    /// Counts the handles of users; tasks hold only the core.
    _last: Arc<task::LastHandle<S, H>>,
}

impl<S: Source, H: Host> Credential<S, H> {
    pub(super) fn of(core: Core<S, H>) -> Self {
        let core = Arc::new(core);
        Self { _last: Arc::new(task::LastHandle::new(core.clone())), core }
    }

    /// A credential on a host of your own; see [`Builder`].
    pub fn on(host: H, source: S) -> Builder<S, H> {
        Builder::new(source, host, false)
    }

    /// The name of the credential, such as `ClientSecretCredential`.
    pub fn name(&self) -> &str {
        &self.core.name
    }

    /// The source.
    pub fn source(&self) -> &S {
        &self.core.source
    }

    /// The cached token for the request if it has not expired, without any effect: no request, no refresh.
    pub fn cached_token(&self, request: &TokenRequest<'_>) -> Option<AccessToken> {
        self.core.look_up(request, Cache::peek).flatten()
    }

    /// Forgets `token`, for example after a resource refused it, and says whether it was there. A newer token for the
    /// same request stays. What a persistent cache has of the token is passed by, and replaced by the next one.
    pub fn invalidate(&self, request: &TokenRequest<'_>, token: &AccessToken) -> bool {
        #[cfg(feature = "persistent-cache")]
        if self.core.persistent.is_some() {
            self.core.refused.add(token, self.core.host.now());
        }
        let was_kept = self.core.source.forget(Some(token));
        self.core.cache.invalidate(&self.core.key(request), token) || was_kept
    }

    /// The time by the host.
    pub(super) fn now(&self) -> SystemTime {
        self.core.host.now()
    }

    /// The uptime of the host.
    pub(super) fn uptime(&self) -> Duration {
        self.core.host.uptime()
    }

    /// Forgets every token of this credential in this process, also refresh tokens. What a persistent cache keeps stays
    /// there and is used again, until its `sign_out` or `clear` removes it.
    pub fn clear_cache(&self) {
        self.core.source.forget(None);
        self.core.cache.forget(&self.core.partition);
    }
}

impl<S: Source, H: Host + Default> Credential<S, H> {
    /// A credential with the default host, the process environment and a cache of its own. Nothing is sent.
    ///
    /// # Errors
    /// What is missing or malformed, by name, with the remedy.
    pub fn new(source: S) -> Result<Self> {
        Self::builder(source).build()
    }

    /// A credential with options.
    pub fn builder(source: S) -> Builder<S, H> {
        Builder::new(source, H::default(), true)
    }
}

#[flavour]
impl<S: Source, H: Host> Credential<S, H> {
    /// An access token for the request, from the cache or from the source.
    ///
    /// # Errors
    /// Why there is no token; see [`ErrorKind`](crate::ErrorKind). Errors are not cached.
    pub async fn get_token(&self, request: &TokenRequest<'_>) -> Result<AccessToken> {
        match self.core.look_up(request, Cache::calm).flatten() {
            Some(token) => Ok(token),
            None => self.core.attend(request).await,
        }
    }

    /// What the credential looked at, what it found and what it would do. Nothing is sent.
    pub async fn explain(&self) -> Report {
        let core = &*self.core;
        let inspection = match &core.env {
            Some(env) => core.source.inspect(env),
            None => core.source.inspect(&core.host.env()),
        };
        look(&core.host, core.env.as_ref(), &core.name, inspection, None).await
    }

    /// Ends the credential: later calls fail with [`Closed`](crate::ErrorKind::Closed), background work has ended when
    /// this returns, and connections are dropped (unless the host was handed in, and so may be shared). Closing twice
    /// is fine.
    pub async fn close(&self) {
        self.core.closing.close();
        if self.core.owns_host {
            self.core.host.close().await;
        }
        task::idle(&self.core).await;
    }
}

impl<S: Source, H: Host> Clone for Credential<S, H> {
    fn clone(&self) -> Self {
        Self { core: self.core.clone(), _last: self._last.clone() }
    }
}

impl<S: Source, H: Host> fmt::Debug for Credential<S, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("name", &self.name())
            .field("cache", &self.core.cache)
            .finish_non_exhaustive()
    }
}
