//! The end of a credential's life: no new work, running work ended, and somebody who waits for that.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Condvar, Mutex, MutexGuard};

/// Whether a credential is closed, and what still runs on its behalf.
#[derive(Debug, Default)]
pub struct Closing {
    closed: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    /// Running work by id, in order; those that are tasks can be woken.
    running: VecDeque<(u64, Option<Waker>)>,
    /// Who waits for the last of it to end.
    closers: Vec<Waker>,
    /// How many threads wait for any change.
    threads: usize,
}

impl State {
    fn place(&self, id: u64) -> Option<usize> {
        self.running.binary_search_by_key(&id, |(id, _)| *id).ok()
    }
}

impl Closing {
    /// Whether the credential is closed.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Waits in this thread for the time given, or until the credential is closed: a sleep that a close ends.
    pub fn sleep(&self, limit: Duration) {
        drop(self.wait_while(limit, &|_| !self.is_closed()));
    }

    /// Waits in this thread while `condition` holds, at most for `limit`.
    fn wait_while(&self, limit: Duration, condition: &dyn Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        state.threads += 1;
        let waited = self.changed.wait_timeout_while(state, limit, |state| condition(state));
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.threads -= 1;
        state
    }

    /// Counts work as running. `None` once closed.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Ticket> {
        let mut state = self.lock();
        if self.is_closed() {
            return None;
        }
        let id = state.next;
        state.next += 1;
        state.running.push_back((id, None));
        Some(Ticket { closing: self.clone(), id })
    }

    /// Closes: running tasks are woken to end themselves, sleeping threads wake up.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        self.closed.store(true, Ordering::Release);
        let mut tasks = Vec::with_capacity(state.running.len());
        for (_, waker) in &mut state.running {
            tasks.extend(waker.take());
        }
        drop(state);
        self.changed.notify_all();
        tasks.into_iter().for_each(Waker::wake);
    }

    /// Waits in this thread until nothing runs any more, at most for `limit`; `false` if something does by then.
    pub(crate) fn wait_idle(&self, limit: Duration) -> bool {
        self.wait_while(limit, &|state| !state.running.is_empty()).running.is_empty()
    }

    /// Whether nothing runs any more.
    pub(crate) fn is_idle(&self) -> bool {
        self.lock().running.is_empty()
    }

    /// Waits in a task until nothing runs any more.
    pub(crate) fn poll_idle(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.running.is_empty() {
            return Poll::Ready(());
        }
        if !state.closers.iter().any(|waker| waker.will_wake(context.waker())) {
            state.closers.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// Whether any work was ever done.
    pub(crate) fn was_used(&self) -> bool {
        self.lock().next > 0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A piece of running work.
#[derive(Debug)]
pub(crate) struct Ticket {
    closing: Arc<Closing>,
    id: u64,
}

impl Ticket {
    /// Ready once the credential is closed; until then the task is woken when it is.
    pub(crate) fn poll_closed(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.closing.lock();
        if self.closing.is_closed() {
            return Poll::Ready(());
        }
        if let Some((_, waker)) = state.place(self.id).and_then(|place| state.running.get_mut(place))
            && !waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker()))
        {
            *waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.closing.lock();
        if let Some(place) = state.place(self.id) {
            state.running.remove(place);
        }
        let closers = if state.running.is_empty() { std::mem::take(&mut state.closers) } else { Vec::new() };
        let threads = state.threads;
        drop(state);
        // A call of the system, which almost always would be for nobody.
        if threads > 0 {
            self.closing.changed.notify_all();
        }
        closers.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_begins_after_the_close() {
        let closing = Arc::new(Closing::default());
        let ticket = closing.enter().unwrap();
        closing.close();
        assert!(closing.enter().is_none());
        assert!(ticket.poll_closed(&Context::from_waker(Waker::noop())).is_ready());
        assert!(closing.poll_idle(&Context::from_waker(Waker::noop())).is_pending());
        drop(ticket);
        assert!(closing.poll_idle(&Context::from_waker(Waker::noop())).is_ready());
    }

    #[test]
    fn a_close_ends_a_sleep() {
        let closing = Arc::new(Closing::default());
        closing.close();
        closing.sleep(Duration::MAX);
    }
}
