//! The persistent cache around a fetch: one process fetches, the others find what it left.

use std::sync::Arc;
use std::time::Duration;

use super::core::Core;
use super::flavour;
use super::host::Host;
use super::run::Limits;
use super::store::PersistentCache;
use crate::request::OwnedRequest;
use crate::store::{Holder, Owner};
use crate::{Grant, Result, Secret, Source};

/// The longest wait for another process that fetches the same token. A person may be signing in there.
const TURN: Duration = Duration::from_secs(10);

/// A token of another process with less life than this is replaced rather than used.
const ENOUGH: Duration = Duration::from_secs(300);

impl<S: Source, H: Host> Core<S, H> {
    /// Whether the refresh token of a kept grant may be used for the request.
    fn serves(&self, kept: &Grant, request: &OwnedRequest) -> bool {
        let has = |scope: &str| {
            let mut known = kept.scope.as_deref().unwrap_or_default().split(' ');
            known.any(|known| known.eq_ignore_ascii_case(scope))
        };
        self.source.refreshes_other_scopes()
            || request.with(|request| request.scopes().iter().all(|scope| has(scope)))
    }
}

#[flavour]
impl<S: Source, H: Host> Core<S, H> {
    /// Looks in the persistent cache, fetches what is not there, and keeps it there.
    pub(super) async fn fetch_persistent(
        &self,
        cache: &PersistentCache,
        request: &OwnedRequest,
        previous: Option<Arc<Grant>>,
        limits: Limits,
    ) -> Result<Grant> {
        let owner = request.with(|request| self.source.owner(request, previous.as_deref()));
        let Some(owner) = owner else { return self.ask(request, previous, limits).await.0 };
        let name = request.with(|request| cache.name(request.enable_cae()));
        let subject = request.with(|request| format!("{owner:?} {:?}", request.scopes()));
        let limit = limits.left(self.host.uptime()).unwrap_or_default().min(TURN);
        let turn = match owner.holder {
            // Nothing that others leave could be used, and a person may take their time.
            Holder::Unknown => None,
            _ => cache.store.turn(&name, &subject, limit).await,
        };
        let document = cache.document(&name).await?;
        let owner = document.resolve(owner)?;
        let now = self.host.now();
        let kept = request.with(|request| {
            let usable = request.reads_cache() && !self.source.starts_anew();
            if usable { document.access_token(&owner, request.scopes(), now) } else { None }
        });
        // Somebody who expects another, or nobody in particular, may have left it, or a resource may have refused it.
        let kept = kept.filter(|grant| {
            self.expected.check(grant.access_token.expose()).is_ok() && !self.refused.has(&grant.access_token)
        });
        let kept = match kept {
            Some(grant)
                if grant.expires_on > now + ENOUGH && grant.refresh_on.is_none_or(|due| due > now) =>
            {
                return Ok(grant);
            }
            kept => kept,
        };
        // Another process may have got a newer refresh token than the one in memory.
        let previous = document
            .refresh_token(&owner, now)
            .filter(|grant| self.serves(grant, request))
            .map(Arc::new)
            .or(previous);
        let used = previous.as_ref().and_then(|grant| grant.refresh_token.clone());
        // A token that is still good is no reason to bother anybody.
        let early = kept.is_some().then(|| request.clone().ahead_of_time());
        let (result, dead) = self.ask(early.as_ref().unwrap_or(request), previous, limits).await;
        // Before it is written: the next process must not find the wrong person signed in.
        let result = result.and_then(|grant| {
            self.expected.check(grant.access_token.expose())?;
            Ok(grant)
        });
        if let Err(error) = self.keep(cache, &name, request, &owner, result.as_ref().ok(), used, dead).await {
            log::warn!("{}: the token is not kept in the persistent cache: {error}", self.name);
        }
        drop(turn);
        match (result, kept) {
            (Err(error), Some(grant)) => {
                log::warn!("{}: the refresh of a token that is still valid failed: {error}", self.name);
                Ok(grant)
            }
            (result, _) => result,
        }
    }

    /// Writes what came of a fetch.
    #[allow(clippy::too_many_arguments, reason = "what came of one fetch")]
    async fn keep(
        &self,
        cache: &PersistentCache,
        name: &str,
        request: &OwnedRequest,
        owner: &Owner,
        grant: Option<&Grant>,
        used: Option<Secret>,
        dead: Vec<Secret>,
    ) -> Result<()> {
        if grant.is_none() && dead.is_empty() || self.closing.is_closed() {
            return Ok(());
        }
        let (request, owner, grant, now) = (request.clone(), owner.clone(), grant.cloned(), self.host.now());
        let closing = self.closing.clone();
        let change = move |document: &mut crate::store::Document| {
            // A store that had to wait may come late: whoever closed may have signed out since.
            if closing.is_closed() {
                return false;
            }
            dead.iter().for_each(|refresh_token| document.forget(refresh_token));
            if let Some(grant) = &grant {
                request.with(|request| document.put(&owner, request.scopes(), grant, used.as_ref(), now));
            }
            true
        };
        cache.change(name, change).await
    }
}
