//! Credentials tried in order: who is asked, who is remembered, when the search ends.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::chain_builder::ChainBuilder;
use super::flavour;
use super::token_credential::TokenCredential;
use crate::chain::{Remember, failure};
use crate::explain::Report;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::{AccessToken, Error, ErrorKind, Expected, Result, TokenRequest};

/// No member is remembered.
const NOBODY: usize = usize::MAX;

/// Tries its members in order until one gives a token. Each member keeps its own cache. Cheap to clone; clones share
/// everything.
///
/// A member that [is unavailable](Error::is_unavailable) is passed over; any other failure ends the search, as going on
/// could succeed with an identity that nobody meant. A chain among the members counts as one that failed, also where none
/// of its own members was available. After its first success a member is the only one asked, also when
/// it fails later; see [`Remember`] for the alternatives.
#[derive(Clone)]
pub struct Chain(Arc<Inner>);

struct Inner {
    name: Arc<str>,
    members: Vec<Arc<dyn TokenCredential>>,
    remember: Remember,
    expected: Expected,
    deadline: Option<Duration>,
    chosen: AtomicUsize,
    closed: AtomicBool,
}

impl Chain {
    /// A chain of these members that remembers the first which gives a token.
    ///
    /// # Errors
    /// If there are none.
    #[inline]
    pub fn new(members: Vec<Arc<dyn TokenCredential>>) -> Result<Self> {
        Self::builder(members).build()
    }

    /// A chain of these members, with options.
    #[inline]
    pub fn builder(members: Vec<Arc<dyn TokenCredential>>) -> ChainBuilder {
        ChainBuilder::new(members)
    }

    pub(super) fn of(
        name: Arc<str>,
        members: Vec<Arc<dyn TokenCredential>>,
        remember: Remember,
        expected: Expected,
        deadline: Option<Duration>,
    ) -> Self {
        let (chosen, closed) = (AtomicUsize::new(NOBODY), AtomicBool::new(false));
        Self(Arc::new(Inner { name, members, remember, expected, deadline, chosen, closed }))
    }

    /// The name in errors and logs.
    #[inline]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The members, in order.
    #[inline]
    pub fn members(&self) -> &[Arc<dyn TokenCredential>] {
        &self.0.members
    }

    /// The member that is remembered.
    #[inline]
    pub fn chosen(&self) -> Option<&Arc<dyn TokenCredential>> {
        self.0.members.get(self.0.chosen.load(Ordering::Acquire))
    }

    /// The cached token of the remembered member, without any effect.
    #[inline]
    pub fn cached_token(&self, request: &TokenRequest<'_>) -> Option<AccessToken> {
        if self.0.closed.load(Ordering::Acquire) {
            return None;
        }
        let token = self.chosen()?.cached_token(request)?;
        self.0.expected.check(token.secret()).is_ok().then_some(token)
    }

    /// Forgets a token, whichever member keeps it, and says whether it was there.
    #[inline]
    pub fn invalidate(&self, request: &TokenRequest<'_>, token: &AccessToken) -> bool {
        // Every member forgets it, not only the first that knew it.
        self.0.members.iter().filter(|member| member.invalidate(request, token)).count() > 0
    }

    /// The time of day, if any member has a clock.
    #[inline]
    fn now(&self) -> Option<SystemTime> {
        self.0.members.iter().find_map(|member| member.now())
    }

    /// A clock that nobody sets, if any member has one.
    #[inline]
    fn uptime(&self) -> Option<Duration> {
        self.0.members.iter().find_map(|member| member.uptime())
    }

    /// Asks no member any more.
    pub(super) fn refuse(&self) {
        self.0.closed.store(true, Ordering::Release);
    }

    /// The request with the time that is left for it; `None` if there is none.
    #[inline]
    fn rest<'a>(&self, request: &TokenRequest<'a>, end: Option<Duration>) -> Option<TokenRequest<'a>> {
        let Some((end, now)) = end.zip(self.uptime()) else { return Some(*request) };
        let left = end.checked_sub(now).filter(|left| !left.is_zero())?;
        Some(request.with_deadline(left))
    }

    /// Notes the first success, and says who had it: a search that ends later does not bring in a second identity.
    #[inline]
    fn choose(&self, index: usize) -> usize {
        if self.0.remember == Remember::Never {
            return index;
        }
        match self.0.chosen.compare_exchange(NOBODY, index, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                if let Some(member) = self.0.members.get(index) {
                    log::info!("{} uses {} from now on", self.0.name, member.name());
                }
                index
            }
            Err(earlier) => earlier,
        }
    }

    /// Refuses a token for anybody else than expected, and has the member forget it.
    #[inline]
    fn checked(
        &self,
        member: &dyn TokenCredential,
        request: &TokenRequest<'_>,
        token: AccessToken,
    ) -> Result<AccessToken> {
        match self.0.expected.check(token.secret()) {
            Ok(()) => Ok(token),
            Err(error) => {
                member.invalidate(request, &token);
                Err(error.of_credential(member.name()))
            }
        }
    }
}

#[flavour]
impl Chain {
    /// The token of the remembered member, else of the first that gives one.
    ///
    /// # Errors
    /// [`Chain`](crate::ErrorKind::Chain) with what each member said; see [`Error::attempts`]. A remembered member's
    /// error is returned as it is.
    #[inline]
    pub async fn get_token(&self, request: &TokenRequest<'_>) -> Result<AccessToken> {
        let inner = &*self.0;
        if inner.closed.load(Ordering::Acquire) {
            return Err(Error::closed().of_credential(&inner.name));
        }
        let limited;
        let request = match inner.deadline.filter(|_| request.deadline().is_none()) {
            Some(deadline) => {
                limited = request.with_deadline(deadline);
                &limited
            }
            None => request,
        };
        // The caller's deadline is for the whole call, not for each member.
        let end = request.deadline().and_then(|limit| self.uptime()?.checked_add(limit));
        let index = inner.chosen.load(Ordering::Acquire);
        let Some(member) = inner.members.get(index) else { return self.search(request, end).await };
        let result = member.get_token(request).await;
        match result {
            Err(error) if error.is_unavailable() && inner.remember == Remember::WhileAvailable => {
                log::info!("{}: {} is no longer available: {}", inner.name, member.name(), error.message());
                let forgotten =
                    inner.chosen.compare_exchange(index, NOBODY, Ordering::AcqRel, Ordering::Acquire);
                log::trace!("{}: {forgotten:?}", inner.name);
                self.search(request, end).await
            }
            Err(error) => Err(error.of_credential(member.name())),
            Ok(token) => self.checked(&**member, request, token),
        }
    }

    #[inline]
    async fn search(&self, request: &TokenRequest<'_>, end: Option<Duration>) -> Result<AccessToken> {
        let inner = &*self.0;
        let mut attempts = Vec::with_capacity(inner.members.len());
        for (index, member) in inner.members.iter().enumerate() {
            if inner.closed.load(Ordering::Acquire) {
                return Err(Error::closed().of_credential(&inner.name));
            }
            let result = match self.rest(request, end) {
                Some(rest) => member.get_token(&rest.in_chain(true)).await,
                None => member.cached_token(request).ok_or_else(too_late),
            };
            let result = result.and_then(|token| self.checked(&**member, request, token));
            let error = match result {
                Ok(token) => {
                    let first = self.choose(index);
                    let Some(other) = inner.members.get(first).filter(|_| first != index) else {
                        return Ok(token);
                    };
                    let result = match self.rest(request, end) {
                        Some(rest) => other.get_token(&rest).await,
                        None => other.cached_token(request).ok_or_else(too_late),
                    };
                    return result.and_then(|token| self.checked(&**other, request, token));
                }
                Err(error) => error.of_credential(member.name()),
            };
            log::debug!("{}: {}: {}", inner.name, member.name(), error.message());
            let goes_on = error.is_unavailable();
            attempts.push(error);
            if !goes_on {
                break;
            }
        }
        let names: Vec<&str> = inner.members.iter().map(|member| member.name()).collect();
        Err(failure(attempts, &names).of_credential(&inner.name))
    }

    /// What every member looked at, what it found and what it would do. Nothing is sent.
    #[inline]
    pub async fn explain(&self) -> Report {
        let mut members = Vec::with_capacity(self.0.members.len());
        for member in &self.0.members {
            let report = member.explain().await;
            members.push(report);
        }
        let mut report = Report::of_chain(&*self.0.name, members);
        if let Some(chosen) = report.members.get(self.0.chosen.load(Ordering::Acquire)) {
            report.outlook = chosen.outlook;
            report.text = format!("{} is the only one asked, as it gave the first token", chosen.credential);
        }
        report
    }

    /// Closes every member. Later calls fail with [`Closed`](crate::ErrorKind::Closed).
    #[inline]
    pub async fn close(&self) {
        self.refuse();
        for member in &self.0.members {
            member.close().await;
        }
    }
}

#[flavour(AFIT)]
impl TokenCredential for Chain {
    #[inline]
    fn name(&self) -> &str {
        Self::name(self)
    }

    #[inline]
    fn get_token<'a>(
        &'a self,
        request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(async move { Self::get_token(self, request).await })
    }

    #[inline]
    fn cached_token(&self, request: &TokenRequest<'_>) -> Option<AccessToken> {
        Self::cached_token(self, request)
    }

    #[inline]
    fn invalidate(&self, request: &TokenRequest<'_>, token: &AccessToken) -> bool {
        Self::invalidate(self, request, token)
    }

    #[inline]
    fn now(&self) -> Option<SystemTime> {
        Self::now(self)
    }

    #[inline]
    fn uptime(&self) -> Option<Duration> {
        Self::uptime(self)
    }

    #[inline]
    fn explain<'a>(&'a self) -> Pin<Box<dyn Future<Output = Report> + Send + 'a>> {
        Box::pin(async move { Self::explain(self).await })
    }

    #[inline]
    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move { Self::close(self).await })
    }
}

#[inline]
fn too_late() -> Error {
    Error::new(ErrorKind::TimedOut, "the deadline passed before this credential was asked")
}

impl fmt::Debug for Chain {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<&str> = self.0.members.iter().map(|member| member.name()).collect();
        f.debug_struct("Chain").field("name", &self.0.name).field("members", &members).finish_non_exhaustive()
    }
}
