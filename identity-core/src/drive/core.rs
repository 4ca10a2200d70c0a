//! What happens in a call: looking, joining a flight, waiting, fetching, landing.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::builder::Refresh;
use super::flavour;
use super::host::Host;
use super::run::Limits;
use super::task;
use crate::announce::Announcing;
use crate::cache::{Cache, Flight, Found, Joined, KeyRef, Landing, Lead, Partition, REFRESH_PAUSE};
use crate::closing::Closing;
#[cfg(feature = "persistent-cache")]
use crate::refused::Refused;
use crate::{AccessToken, Env, Error, ErrorKind, Expected, Grant, Result, Source, TokenRequest};

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
    pub(super) fn look_up<T>(
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
    pub(super) fn attend<'a>(
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
        // Once: credentials that ask for new tokens all the time refresh the others as well.
        let resting = self.resting().filter(|_| !self.cache.has_yielded(&key));
        let now = self.host.now();
        if let Some(until) = resting.or_else(|| now.checked_add(REFRESH_PAUSE)) {
            self.cache.postpone(&key, now, until, resting.is_some());
        }
        if resting.is_some() {
            return Ok(token);
        }
        let terms = limits.terms(false);
        let Joined::Lead(lead) = self.cache.join(&key, &request.ahead_of_time(), terms) else {
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
            let (landing, budget) = match self.cache.join(&key, &request, limits.terms(begins_alone)) {
                Joined::Lead(lead) => {
                    // Only whoever leads can tell for sure that nothing came between the look and the joining.
                    if let Some(token) = self.landed_before(&key, &request) {
                        lead.land(Ok(token.clone()));
                        return Ok(token);
                    }
                    (task::lead(self, lead, limits).await, limits.budget)
                }
                Joined::Wait(flight) => (self.wait(&flight, &key, &request, limits).await, flight.budget()),
                Joined::After(flight) => match self.wait(&flight, &key, &request, limits).await {
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

    /// Waits for somebody else's flight, but no longer than it can take.
    async fn wait(
        self: &Arc<Self>,
        flight: &Arc<Flight>,
        key: &KeyRef<'_>,
        request: &TokenRequest<'_>,
        limits: Limits,
    ) -> Landing {
        // What came between the look and the joining is there now, and what comes from here on ends the wait.
        let place = flight.place();
        if let Some(token) = self.landed_before(key, request) {
            return Landing::Landed(Ok(token));
        }
        let patience = flight.patience(&self.partition, self.host.uptime());
        match task::wait(self, flight, place, limits.no_later_than(patience)).await {
            Landing::TimedOut if patience < limits.until => {
                log::warn!("{}: a request is given up: nobody drives what makes it any more", self.name);
                self.cache.flights().give_up_on(flight);
                Landing::GivenUp { panicked: false }
            }
            landing => landing,
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
