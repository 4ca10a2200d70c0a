//! What the async flavour does with tasks: leading, waiting, background work, and the warning about a missing close.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use super::drive::{Core, Host, Limits, TokenCredential};
use crate::cache::{Flight, Landing, Lead, Pilot, Place, Turn};
use crate::closing::{Closing, Ticket};
use crate::{Grant, Result, Source, Work};

/// Work for a background task.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

static UNCLOSED: AtomicUsize = AtomicUsize::new(0);

/// How many credentials of this process were used and then dropped without being closed. For tests of leaks.
pub fn unclosed_credentials() -> usize {
    UNCLOSED.load(Ordering::Relaxed)
}

/// Ends background work when the last handle of a user is gone, and warns if nobody closed what was used.
pub(super) struct LastHandle<S: Source, H: Host>(Arc<Core<S, H>>);

impl<S: Source, H: Host> LastHandle<S, H> {
    pub(super) const fn new(core: Arc<Core<S, H>>) -> Self {
        Self(core)
    }
}

impl<S: Source, H: Host> Drop for LastHandle<S, H> {
    fn drop(&mut self) {
        let (closing, name) = (&self.0.closing, &self.0.name);
        if !closing.is_closed() && closing.was_used() {
            UNCLOSED.fetch_add(1, Ordering::Relaxed);
            log::warn!(
                "{name} was dropped without being closed: call close().await when you no longer need it"
            );
        }
        closing.close();
    }
}

/// Lends a credential to `work` and closes it afterwards, whatever came of it. If the future is dropped or `work`
/// panics, dropping the credential ends its background work.
///
/// ```no_run
/// # use identity_core::asynchronous::{Chain, scoped};
/// # use identity_core::TokenRequest;
/// # async fn run(chain: Chain) -> identity_core::Result<()> {
/// let token = scoped(chain, async |chain| chain.get_token(&TokenRequest::new(&["scope"])).await).await?;
/// # Ok(())
/// # }
/// ```
pub async fn scoped<C: TokenCredential, T>(credential: C, work: impl AsyncFnOnce(&C) -> T) -> T {
    let result = work(&credential).await;
    credential.close().await;
    result
}

/// The caller makes the request itself. As soon as somebody else waits for it, or the caller is cancelled, it goes on
/// in a task of its own.
pub(super) async fn lead<S: Source, H: Host>(core: &Arc<Core<S, H>>, lead: Lead, limits: Limits) -> Landing {
    let flight = lead.flight().clone();
    let Some(ticket) = core.closing.enter() else { return Landing::GivenUp { panicked: false } };
    let pilot = until_closed(core.clone(), ticket, lead, limits, false);
    let (place, leader) = (flight.place(), Leader { core, flight: &flight });
    leader.run(flight.seat().take(Box::pin(pilot)));
    land(core, &flight, place, limits, |context| match flight.seat().poll(context) {
        Turn::Here => true,
        Turn::Left(pilot) => {
            leader.run(pilot);
            false
        }
    })
    .await
}

/// The caller that leads a flight, and may be cancelled at any time.
struct Leader<'a, S: Source, H: Host> {
    core: &'a Core<S, H>,
    flight: &'a Flight,
}

impl<S: Source, H: Host> Leader<'_, S, H> {
    /// Runs a pilot that left its seat in a task of its own. Where no task can be run the flight is given up.
    fn run(&self, pilot: Option<Pilot>) {
        if let Some(pilot) = pilot
            && let Err(error) = self.core.host.spawn(pilot)
        {
            log::debug!("{} gives a request up: {error}", self.core.name);
        }
    }
}

impl<S: Source, H: Host> Drop for Leader<'_, S, H> {
    fn drop(&mut self) {
        self.run(self.flight.seat().leave());
    }
}

/// A task of its own makes the request; nobody waits.
pub(super) fn background<S: Source, H: Host>(core: &Arc<Core<S, H>>, lead: Lead, limits: Limits) {
    let Some(ticket) = core.closing.enter() else { return };
    let pilot = until_closed(core.clone(), ticket, lead, limits, true);
    if let Err(error) = core.host.spawn(Box::pin(pilot)) {
        log::warn!("{} cannot refresh in the background: {error}", core.name);
    }
}

/// Waits for somebody else's request, which from now on no longer depends on that caller.
pub(super) async fn wait<S: Source, H: Host>(
    core: &Arc<Core<S, H>>,
    flight: &Flight,
    place: Place,
    limits: Limits,
) -> Landing {
    if let Some(pilot) = flight.seat().leave()
        && let Err(error) = core.host.spawn(pilot)
    {
        return Landing::Landed(Err(error));
    }
    land(core, flight, place, limits, |_| false).await
}

/// Waits until a flight has landed or the caller's time is over. `flies` is asked at the beginning of each poll whether
/// this caller polls the flight itself, and will go on doing so.
async fn land<S: Source, H: Host>(
    core: &Arc<Core<S, H>>,
    flight: &Flight,
    mut place: Place,
    limits: Limits,
    flies: impl Fn(&mut Context<'_>) -> bool,
) -> Landing {
    let mut timer = None;
    poll_fn(|context| {
        if !flies(context)
            && let Poll::Ready(landing) = flight.poll(context, &mut place)
        {
            return Poll::Ready(landing);
        }
        let timer = timer.get_or_insert_with(|| {
            let left = limits.left(core.host.uptime()).unwrap_or(Duration::ZERO);
            core.host.guard(left, &core.closing)
        });
        timer.as_mut().poll(context).map(|()| Landing::TimedOut)
    })
    .await
}

/// What is closed ends as soon as it is polled. What has not by then is in a runtime that nobody drives, where it does
/// nothing, and will do nothing if somebody does.
const LONGEST_END: Duration = Duration::from_secs(5);

/// Waits until nothing runs any more. Callers who lead a request may not be polled again: theirs ends here.
pub(super) async fn idle<S: Source, H: Host>(core: &Core<S, H>) {
    drop(core.cache.flights().leave_seats(&core.partition));
    let mut timer = None;
    poll_fn(|context| {
        if core.closing.poll_idle(context).is_ready() {
            return Poll::Ready(());
        }
        let timer = timer.get_or_insert_with(|| core.host.guard(LONGEST_END, &core.closing));
        timer.as_mut().poll(context).map(|()| {
            log::warn!("{} is closed, but a runtime that is not driven still holds work of it", core.name);
        })
    })
    .await;
}

/// Runs an application's future; `None` after `left`.
pub(super) async fn work<H: Host>(
    mut work: Work,
    left: Duration,
    host: &H,
    closing: &Closing,
) -> Option<Result<Grant>> {
    let mut timer = host.guard(left, closing);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending => timer.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// Makes the request of a flight, and ends when the credential is closed, whatever it is doing.
async fn until_closed<S: Source, H: Host>(
    core: Arc<Core<S, H>>,
    ticket: Ticket,
    lead: Lead,
    limits: Limits,
    nobody_waits: bool,
) {
    // Gone before the ticket is, so that nothing is left when the close has waited for it.
    let mut flying = pin!(core.fly(lead, limits));
    let landed = poll_fn(|context| match ticket.poll_closed(context) {
        Poll::Ready(()) => Poll::Ready(None),
        Poll::Pending => flying.as_mut().poll(context).map(Some),
    });
    if let Some(Err(error)) = landed.await
        && nobody_waits
    {
        log::warn!("the refresh of a token that is still valid failed: {error}");
    }
}
