//! Callers who share a request, and the seat of its future.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use shuttle::thread;

use super::{TERMS, check};
use crate::cache::{Cache, Joined, KeyRef, Landing, Partition, Seat, Turn};
use crate::{Error, TokenRequest};

/// Wakes a thread.
struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn waker() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

/// One leads at a time; whoever waits gets what the leader got, or the lead where the leader gave up.
#[test]
fn everybody_lands() {
    check(|| {
        let (cache, partition) = (Cache::new(), Arc::new(Partition::new("p")));
        let flying = Arc::new(AtomicUsize::new(0));
        let caller = |index: usize| {
            let (cache, partition, flying) = (cache.clone(), partition.clone(), flying.clone());
            thread::spawn(move || {
                let request = TokenRequest::new(&["s"]);
                loop {
                    match cache.join(&KeyRef::new(&partition, &request), &request, TERMS) {
                        Joined::Lead(lead) => {
                            assert_eq!(flying.fetch_add(1, SeqCst), 0, "two fly at a time");
                            thread::yield_now();
                            flying.fetch_sub(1, SeqCst);
                            // The first one is ended before it lands.
                            if index > 0 {
                                lead.land(Err(Error::unavailable("landed")));
                            }
                            return;
                        }
                        Joined::Wait(flight) | Joined::After(flight) => {
                            let (waker, mut place) = (waker(), flight.place());
                            let landing = loop {
                                match flight.poll(&Context::from_waker(&waker), &mut place) {
                                    Poll::Ready(landing) => break landing,
                                    Poll::Pending => thread::park(),
                                }
                            };
                            if matches!(landing, Landing::Landed(_)) {
                                return;
                            }
                        }
                    }
                }
            })
        };
        let callers: Vec<_> = (0..4).map(caller).collect();
        callers.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(cache.flights().leave_seats(&partition).is_empty());
    });
}

/// The pilot is with the leading caller, or with exactly one of those who took it from there.
#[test]
fn a_pilot_is_never_lost_and_never_in_two_places() {
    check(|| {
        let (seat, taken) = (Arc::new(Seat::default()), Arc::new(AtomicUsize::new(0)));
        let dependent = |_| {
            let (seat, taken) = (seat.clone(), taken.clone());
            thread::spawn(move || {
                taken.fetch_add(usize::from(seat.leave().is_some()), SeqCst);
            })
        };
        let dependents: Vec<_> = (0..2).map(dependent).collect();
        let mut here = true;
        if seat.take(Box::pin(std::future::pending())).is_some() {
            taken.fetch_add(1, SeqCst);
            here = false;
        }
        while here {
            match seat.poll(&mut Context::from_waker(&waker())) {
                // Somebody will depend on it, and says so.
                Turn::Here => thread::park(),
                Turn::Left(pilot) => {
                    taken.fetch_add(usize::from(pilot.is_some()), SeqCst);
                    here = false;
                }
            }
        }
        dependents.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(taken.load(SeqCst), 1);
    });
}
