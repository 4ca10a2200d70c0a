//! A source, its cache and a host: what users call.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::builder::{Builder, Refresh};
use super::explain::look;
use super::flavour;
use super::host::Host;
use super::run::Limits;
use super::task;
use crate::announce::Announcing;
use crate::cache::{Cache, Found, Joined, KeyRef, Landing, Lead, Partition, REFRESH_PAUSE};
use crate::closing::Closing;
use crate::explain::Report;
#[cfg(feature = "persistent-cache")]
use crate::refused::Refused;
use crate::{AccessToken, Env, Error, ErrorKind, Expected, Grant, Result, Source, TokenRequest};

/// Obtains, caches and refreshes access tokens. Cheap to clone; clones share everything.
///
/// A cached token is returned without a lock, an allocation or a wait, also while other tokens are being fetched; only the
/// first hit of a thread, and its first on a new token, may allocate a few bytes. A token that is due is returned at once
/// and replaced in the background; a refresh that fails never fails a caller whose token is still valid. Callers who need
/// the same missing token share one request, its result and its error.
pub struct Credential<S: Source, H: Host> {
    pub(super) core: Arc<Core<S, H>>,
    /// Counts the handles of users; tasks hold only the core.
    _last: Arc<task::LastHandle>,
}

impl<S: Source, H: Host> Credential<S, H> {
    pub(super) fn of(core: Core<S, H>) -> Self {
        let last = Arc::new(task::LastHandle::new(core.name.clone(), core.closing.clone()));
        Self { core: Arc::new(core), _last: last }
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

/// What all handles and tasks of a credential share.
pub(crate) struct Core<S, H> {
    pub(crate) name: Arc<str>,
    pub(crate) source: S,
    pub(crate) host: H,
    pub(crate) owns_host: bool,
    /// The environment that the caller handed in, which tools inherit.
    pub(crate) env: Option<Env>,
    pub(crate) cache: Cache,
    pub(crate) partition: Arc<Partition>,
    pub(crate) refresh: Refresh,
    pub(crate) deadline: Duration,
    /// Who tokens must be for.
    pub(crate) expected: Expected,
    pub(crate) announcing: Announcing,
    /// When the source was asked last, in milliseconds of Unix time: for whatever scopes, the next early refresh waits.
    pub(crate) asked: AtomicU64,
    pub(crate) closing: Arc<Closing>,
    #[cfg(feature = "persistent-cache")]
    pub(crate) persistent: Option<super::store::PersistentCache>,
    #[cfg(feature = "persistent-cache")]
    pub(crate) refused: Refused,
}

impl<S: Source, H: Host> Core<S, H> {
    /// The hot path: looks into the cache if it may answer the request. Requests and keys stay where they are, as copying
    /// one costs as much as a look.
    #[inline]
    fn look_up<T>(
        &self,
        request: &TokenRequest<'_>,
        look: impl FnOnce(&Cache, &KeyRef<'_>, SystemTime) -> T,
    ) -> Option<T> {
        if !request.reads_cache() || self.closing.is_closed() {
            return None;
        }
        let tenant = self.foreign_tenant(request);
        // Another credential on the same cache may have brought in a tenant that this one may not ask.
        if tenant.is_some_and(|it| self.source.tenancy().is_none_or(|tenancy| !tenancy.allows(it))) {
            return None;
        }
        let key = KeyRef::of(&self.partition, request.scopes(), tenant, self.cae(request));
        Some(look(&self.cache, &key, self.host.now()))
    }

    /// The key of a request. What the source does not look at makes no difference: CAE, or a tenant, or the name of its own.
    pub(super) fn key<'a>(&'a self, request: &TokenRequest<'a>) -> KeyRef<'a> {
        KeyRef::of(&self.partition, request.scopes(), self.foreign_tenant(request), self.cae(request))
    }

    /// The requested tenant if it is another one than the own.
    #[inline]
    fn foreign_tenant<'a>(&self, request: &TokenRequest<'a>) -> Option<&'a str> {
        let requested = request.tenant_id()?;
        self.source.tenancy().filter(|tenancy| !tenancy.is_own(requested)).map(|_| requested)
    }

    /// Whether the token is one that can be revoked at once.
    #[inline]
    fn cae(&self, request: &TokenRequest<'_>) -> bool {
        request.enable_cae() && self.source.supports_cae()
    }

    /// Until when no token is refreshed early, because the source was asked a moment ago.
    fn resting(&self) -> Option<SystemTime> {
        let asked = UNIX_EPOCH + Duration::from_millis(self.asked.load(Relaxed));
        let since = self.host.now().duration_since(asked).ok()?;
        (since < REFRESH_PAUSE).then(|| asked + REFRESH_PAUSE)
    }

    /// The same with the rules of the credential applied.
    fn resolve<'a>(&'a self, request: TokenRequest<'a>) -> Result<TokenRequest<'a>> {
        let request = request.with_cae(self.cae(&request));
        let Some(tenancy) = self.source.tenancy() else { return Ok(request.for_tenant(None)) };
        let tenant = tenancy.resolve(request.tenant_id())?;
        Ok(request.for_tenant(Some(tenant).filter(|tenant| *tenant != tenancy.default_tenant())))
    }

    /// What somebody else's flight may have brought since the first look, or a token with more scopes.
    fn landed_before(&self, key: &KeyRef<'_>, request: &TokenRequest<'_>) -> Option<AccessToken> {
        if !request.reads_cache() {
            return None;
        }
        self.cache.find_wider(key, self.host.now(), &self.name)
    }

    /// Whether a token has expired that had some life when it was asked for.
    fn has_lapsed(&self, token: &AccessToken) -> bool {
        let had_a_life = token.obtained_on().is_none_or(|obtained| obtained < token.expires_on());
        had_a_life && token.expires_on() <= self.host.now()
    }

    fn limits(&self, request: &TokenRequest<'_>) -> Limits {
        Limits::starting_at(self.host.uptime(), request.deadline().unwrap_or(self.deadline))
    }

    /// Lets in what is for whom it must be for, and says once whom that is.
    fn admit(&self, grant: Grant) -> Result<Grant> {
        self.expected.check(grant.access_token.expose())?;
        self.announcing.once(&self.name, &grant);
        Ok(grant)
    }

    pub(super) fn named(&self, error: Error) -> Error {
        error.of_credential(&self.name)
    }
}

#[flavour]
impl<S: Source, H: Host> Core<S, H> {
    /// Whatever is more than a hit. Boxed, so that the future of a hit stays small.
    #[cold]
    fn attend<'a>(
        self: &'a Arc<Self>,
        request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(async move {
            let result = match self.look_up(request, Cache::find) {
                Some(Found::Fresh(token)) => Ok(token),
                Some(Found::Due(token)) => self.refreshed(request, token).await,
                Some(Found::Nothing) | None => self.obtain_within(request, self.limits(request)).await,
            };
            result.map_err(|error| self.named(error))
        })
    }

    /// A valid token that this caller found due.
    async fn refreshed(
        self: &Arc<Self>,
        request: &TokenRequest<'_>,
        token: AccessToken,
    ) -> Result<AccessToken> {
        let Ok(request) = self.resolve(*request) else { return Ok(token) };
        let (limits, key) = (self.limits(&request), KeyRef::new(&self.partition, &request));
        let (now, resting) = (self.host.now(), self.resting());
        if let Some(until) = resting.or_else(|| now.checked_add(REFRESH_PAUSE)) {
            self.cache.postpone(&key, now, until);
        }
        if resting.is_some() {
            return Ok(token);
        }
        let Joined::Lead(lead) = self.cache.join(&key, &request.ahead_of_time(), limits.budget, false) else {
            return Ok(token);
        };
        if self.refresh == Refresh::Background {
            task::background(self, lead, limits);
            return Ok(token);
        }
        match task::lead(self, lead, limits).await {
            Landing::Landed(Ok(next)) if !self.has_lapsed(&next) => Ok(next),
            _ if !self.has_lapsed(&token) => Ok(token),
            // It was valid when the caller came, and trying took longer than the rest of its life.
            Landing::Landed(Err(error)) => Err(error),
            _ => self.obtain_within(&request, limits).await,
        }
    }

    /// A token that is not in the cache.
    async fn obtain_within(
        self: &Arc<Self>,
        request: &TokenRequest<'_>,
        limits: Limits,
    ) -> Result<AccessToken> {
        if let Some(refusal) = self.source.refuses(request) {
            return Err(refusal);
        }
        request.validate()?;
        let request = self.resolve(*request)?;
        let key = KeyRef::new(&self.partition, &request);
        let begins_alone = self.source.begins_alone(&request);
        let (mut panics, mut lapses) = (0, 0);
        loop {
            if self.closing.is_closed() {
                return Err(Error::closed());
            }
            if let Some(token) = self.landed_before(&key, &request) {
                return Ok(token);
            }
            let (landing, budget) = match self.cache.join(&key, &request, limits.budget, begins_alone) {
                Joined::Lead(lead) => {
                    // Only whoever leads can tell for sure that nothing came between the look and the joining.
                    if let Some(token) = self.landed_before(&key, &request) {
                        lead.land(Ok(token.clone()));
                        return Ok(token);
                    }
                    (task::lead(self, lead, limits).await, limits.budget)
                }
                Joined::Wait(flight) => (task::wait(self, &flight, limits).await, flight.budget()),
                Joined::After(flight) => match task::wait(self, &flight, limits).await {
                    Landing::TimedOut => return Err(limits.passed()),
                    _ => continue,
                },
            };
            match landing {
                // Somebody in much more of a hurry ran out of time: that says nothing about this caller.
                Landing::Landed(Err(error))
                    if error.kind() == ErrorKind::TimedOut && budget < limits.budget / 2 => {}
                // The clock was set, or nobody came to fetch the token while it lived.
                Landing::Landed(Ok(token)) if self.has_lapsed(&token) => {
                    lapses += 1;
                    if lapses == LAPSES {
                        return Err(lapsed());
                    }
                }
                Landing::Landed(result) => return result,
                Landing::TimedOut => return Err(limits.passed()),
                // Once may be the end of another runtime; what panics each time is not to be asked for ever.
                Landing::GivenUp { panicked: true } if panics == 1 => return Err(panicked()),
                Landing::GivenUp { panicked } => panics += u32::from(panicked),
            }
        }
    }

    /// Makes the request that a flight is about and lands it.
    pub(crate) async fn fly(self: Arc<Self>, lead: Lead, limits: Limits) -> Result<AccessToken> {
        let result = self.fetch(lead.flight(), limits).await.and_then(|grant| self.admit(grant));
        let result = match result {
            Ok(_) if self.closing.is_closed() => Err(self.named(Error::closed())),
            Ok(grant) if self.source.is_cached() => Ok(lead.store(grant, &self.name, self.host.now())),
            Ok(grant) => Ok(AccessToken::of(&grant, self.name.clone())),
            Err(error) => Err(self.named(error)),
        };
        if result.is_err() && self.closing.is_closed() {
            // Whoever waits with another credential on the same cache is not closed, and asks again.
            drop(lead);
        } else {
            lead.land(result.clone());
        }
        result
    }
}

/// How often in one call a token may have expired before it arrived.
const LAPSES: u32 = 3;

fn lapsed() -> Error {
    Error::authentication(format!(
        "{LAPSES} tokens in a row had expired when they arrived: look whether the clock of this machine is right"
    ))
}

fn panicked() -> Error {
    Error::authentication(
        "the code that obtains the token panicked: its message says where; a function, a source or a host of the \
         application may be at fault",
    )
}
