//! Fetching a token that memory does not have: from the persistent cache if there is one, else from the source.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::core::Core;
use super::flavour;
use super::host::Host;
use super::run::{Limits, run};
use crate::cache::{Flight, milliseconds};
use crate::request::OwnedRequest;
use crate::{Grant, Result, Source};

#[flavour]
impl<S: Source, H: Host> Core<S, H> {
    /// A new grant, or one that another process left.
    pub(super) async fn fetch(&self, flight: &Flight, limits: Limits) -> Result<Grant> {
        let previous = if self.source.is_cached() {
            let any = self.source.refreshes_other_scopes();
            flight.with_key(|key| self.cache.previous(key, any))
        } else {
            None
        };
        let request = flight.request();
        #[cfg(feature = "persistent-cache")]
        if let Some(persistent) = &self.persistent
            && self.source.is_cached()
        {
            return self.fetch_persistent(persistent, request, previous, limits).await;
        }
        self.ask(request, previous, limits).await.0
    }

    /// Asks the source. Also gives the refresh tokens that turned out to be dead, which memory has forgotten already.
    pub(super) async fn ask(
        &self,
        request: &OwnedRequest,
        previous: Option<Arc<Grant>>,
        limits: Limits,
    ) -> (Result<Grant>, Vec<crate::Secret>) {
        let step = {
            let moment = self.host.moment();
            self.asked.store(milliseconds(moment.now()), Relaxed);
            request.with(|request| self.source.acquire(request, previous.as_deref(), &moment))
        };
        let mut dead = Vec::new();
        let result = run(step, &self.host, limits, &self.closing, self.env.as_ref(), &mut dead).await;
        for refresh_token in &dead {
            self.cache.forget_refresh_token(&self.partition, refresh_token);
        }
        (result, dead)
    }
}
