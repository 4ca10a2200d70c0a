//! What the blocking flavour does with threads: leading, waiting, background work.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::drive::{Core, Host, Limits, TokenCredential};
use crate::cache::{Flight, Landing, Lead, Place};
use crate::closing::Closing;
use crate::sync::{Condvar, Mutex, thread_local};
use crate::{Grant, Result, Source, Waiting, Work};

/// Work for a background thread.
pub type Task = Box<dyn FnOnce() + Send>;

/// Ends background work when the last handle of a user is gone, and hangs up on the servers that it waits for. Never waits.
pub(super) struct LastHandle<S: Source, H: Host>(Arc<Core<S, H>>);

impl<S: Source, H: Host> LastHandle<S, H> {
    pub(super) const fn new(core: Arc<Core<S, H>>) -> Self {
        Self(core)
    }
}

impl<S: Source, H: Host> Drop for LastHandle<S, H> {
    fn drop(&mut self) {
        self.0.closing.close();
        if self.0.owns_host {
            self.0.host.close();
        }
    }
}

/// Lends a credential to `work` and closes it afterwards, whatever came of it.
pub fn scoped<C: TokenCredential, T>(credential: C, work: impl FnOnce(&C) -> T) -> T {
    let result = work(&credential);
    credential.close();
    result
}

/// The caller's own thread makes the request.
pub(super) fn lead<S: Source, H: Host>(core: &Arc<Core<S, H>>, lead: Lead, limits: Limits) -> Landing {
    Landing::Landed(core.clone().fly(lead, limits))
}

/// A thread of its own makes the request; nobody waits.
pub(super) fn background<S: Source, H: Host>(core: &Arc<Core<S, H>>, lead: Lead, limits: Limits) {
    let Some(ticket) = core.closing.enter() else { return };
    let (owned, name) = (core.clone(), core.name.clone());
    let task: Task = Box::new(move || {
        let _own = Own::new(&owned.closing);
        if let Err(error) = owned.fly(lead, limits) {
            log::warn!("the refresh of a token that is still valid failed: {error}");
        }
        drop(ticket);
    });
    if let Err(error) = core.host.spawn(task) {
        log::warn!("{name} cannot refresh in the background: {error}");
    }
}

/// Waits for somebody else's request.
pub(super) fn wait<S: Source, H: Host>(
    core: &Arc<Core<S, H>>,
    flight: &Arc<Flight>,
    place: Place,
    limits: Limits,
) -> Landing {
    let watch = Arc::new(flight.watch(place));
    let waiting: Arc<dyn Waiting> = watch.clone();
    loop {
        if let Some(landing) = watch.landing() {
            return landing;
        }
        if !core.host.park(&waiting, limits.left(core.host.uptime()).unwrap_or(Duration::ZERO)) {
            return Landing::TimedOut;
        }
    }
}

/// Waits until no background work runs any more. A callback that closes its own credential from such work does not
/// wait for itself.
pub(super) fn idle<S: Source, H: Host>(core: &Core<S, H>) {
    if !Own::is_of(&core.closing) {
        let waiting: Arc<dyn Waiting> = Arc::new(Idle(core.closing.clone()));
        while !core.host.park(&waiting, Duration::MAX) {}
    }
}

thread_local!(static OWN: RefCell<Option<Arc<Closing>>> = const { RefCell::new(None) });

/// Marks this thread as one that does background work of a credential.
struct Own;

impl Own {
    fn new(closing: &Arc<Closing>) -> Self {
        OWN.with(|own| own.replace(Some(closing.clone())));
        Self
    }

    fn is_of(closing: &Arc<Closing>) -> bool {
        OWN.with(|own| own.borrow().as_ref().is_some_and(|own| Arc::ptr_eq(own, closing)))
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        OWN.with(RefCell::take);
    }
}

/// Runs an application's future on this thread; `None` after `left`.
pub(super) fn work<H: Host>(
    work: Work,
    left: Duration,
    host: &H,
    _closing: &Closing,
) -> Option<Result<Grant>> {
    let until = host.uptime().saturating_add(left);
    let signal = Arc::new(Signal::default());
    let (waker, waiting): (Waker, Arc<dyn Waiting>) = (signal.clone().into(), signal);
    let mut work = pin!(work);
    loop {
        if let Poll::Ready(result) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(result);
        }
        // A future may wake itself as often as it likes: that buys it no time.
        let left = until.saturating_sub(host.uptime());
        if left.is_zero() || !host.park(&waiting, left) {
            return None;
        }
    }
}

/// The end of all background work.
struct Idle(Arc<Closing>);

impl Waiting for Idle {
    fn is_over(&self) -> bool {
        self.0.is_idle()
    }

    fn wait(&self, limit: Duration) -> bool {
        self.0.wait_idle(limit)
    }
}

/// Wakes a thread that polls a future.
#[derive(Default)]
struct Signal {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Waiting for Signal {
    fn is_over(&self) -> bool {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, limit: Duration) -> bool {
        let woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(woken, limit, |woken| !*woken);
        let (mut woken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *woken)
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }
}
