//! What becomes of callers who share a request, and of what it brings.

use std::time::SystemTime;

use super::*;
use crate::cache::Partition;
use crate::{Error, Grant};

const TERMS: Terms =
    Terms { now: Duration::ZERO, until: Duration::MAX, budget: Duration::MAX, begins_alone: false };

fn join(cache: &Cache, partition: &Arc<Partition>, request: &TokenRequest<'_>) -> Joined {
    cache.join(&KeyRef::new(partition, request), request, TERMS)
}

fn look(flight: &Flight) -> Poll<Landing> {
    flight.poll(&Context::from_waker(Waker::noop()), &mut flight.place())
}

#[test]
fn followers_get_the_error_of_the_leader() {
    let (cache, partition) = (Cache::new(), Arc::new(Partition::new("p")));
    let request = TokenRequest::new(&["s"]);
    let Joined::Lead(lead) = join(&cache, &partition, &request) else { panic!("nobody leads") };
    let Joined::Wait(flight) = join(&cache, &partition, &request) else { panic!("two lead") };
    assert!(matches!(join(&cache, &partition, &request.with_claims("{}")), Joined::Lead(_)));
    assert!(look(&flight).is_pending());
    lead.land(Err(Error::unavailable("nothing")));
    let Poll::Ready(Landing::Landed(Err(error))) = look(&flight) else { panic!("not landed") };
    assert_eq!(error.message(), "nothing");
    assert!(matches!(join(&cache, &partition, &request), Joined::Lead(_)));
}

fn lead(cache: &Cache, partition: &Arc<Partition>, request: &TokenRequest<'_>) -> Lead {
    let Joined::Lead(lead) = join(cache, partition, request) else { panic!("somebody else leads") };
    lead
}

fn store(lead: Lead, token: &str) -> AccessToken {
    let now = SystemTime::UNIX_EPOCH;
    let grant = Grant::new(token, now + Duration::from_secs(3600), now);
    let token = lead.store(grant, &Arc::from("Test"), now);
    lead.land(Ok(token.clone()));
    token
}

#[test]
fn the_flight_that_began_last_decides_what_is_kept() {
    let (cache, partition) = (Cache::new(), Arc::new(Partition::new("p")));
    let request = TokenRequest::new(&["s"]);
    let forced = request.with_force_refresh(true);
    let (slow, fast) = (lead(&cache, &partition, &request), lead(&cache, &partition, &forced));
    store(fast, "new");
    assert_eq!(store(slow, "old").secret(), "old");
    let kept = cache.peek(&KeyRef::new(&partition, &request), SystemTime::UNIX_EPOCH);
    assert_eq!(kept.unwrap().secret(), "new");
}

#[test]
fn after_a_clear_callers_begin_anew_and_older_flights_keep_nothing() {
    let (cache, partition) = (Cache::new(), Arc::new(Partition::new("p")));
    let other = Arc::new(Partition::new("q"));
    let request = TokenRequest::new(&["s"]);
    let old = lead(&cache, &partition, &request);
    let untouched = lead(&cache, &other, &request);
    cache.forget(&partition);
    let new = lead(&cache, &partition, &request);
    cache.clear();
    for lead in [old, new, untouched] {
        store(lead, "t");
    }
    let air = cache.flights().lock();
    assert!(cache.is_empty() && air.flights.is_empty() && air.apart.is_empty());
    drop(air);
    store(lead(&cache, &partition, &request), "t");
    assert_eq!(cache.len(), 1);
}

#[test]
fn a_flight_whose_time_was_over_long_ago_is_not_waited_for() {
    let (cache, partition) = (Cache::new(), Arc::new(Partition::new("p")));
    let request = TokenRequest::new(&["s"]);
    let key = KeyRef::new(&partition, &request);
    let seconds = Duration::from_secs;
    let join = |now| cache.join(&key, &request, Terms { now, until: now + seconds(10), ..TERMS });
    let Joined::Lead(lost) = join(seconds(0)) else { panic!("nobody leads") };
    let Joined::Wait(flight) = join(seconds(11)) else { panic!("two lead") };
    assert_eq!([3, 30].map(|now| flight.patience(&partition, seconds(now))), [11, 31].map(seconds));
    // A leader that is not polled can be relieved.
    assert!(flight.seat().take(Box::pin(std::future::pending())).is_none());
    assert!(matches!(join(seconds(12)), Joined::Wait(_)));
    drop(flight.seat().leave());
    let Joined::Lead(next) = join(seconds(12)) else { panic!("nobody leads") };
    // What it still brings is not kept, and does not end the flight of somebody else.
    assert_eq!(store(lost, "old").secret(), "old");
    assert!(cache.is_empty() && matches!(join(seconds(13)), Joined::Wait(_)));
    cache.flights().give_up_on(next.flight());
    assert!(matches!(join(seconds(13)), Joined::Lead(_)));
}

#[test]
fn what_begins_alone_waits_for_others_until_there_is_a_refresh_token() {
    let (cache, partition) = (Cache::new(), Arc::new(Partition::new("p")));
    let other = Arc::new(Partition::new("q"));
    let join = |partition: &Arc<Partition>, scope| {
        let scopes = [scope];
        let request = TokenRequest::new(&scopes);
        cache.join(&KeyRef::new(partition, &request), &request, Terms { begins_alone: true, ..TERMS })
    };
    let Joined::Lead(first) = join(&partition, "a") else { panic!("nobody leads") };
    assert!(matches!(join(&partition, "a"), Joined::Wait(_)));
    assert!(matches!(join(&partition, "b"), Joined::After(flight) if Arc::ptr_eq(&flight, first.flight())));
    assert!(matches!(join(&other, "b"), Joined::Lead(_)));
    first.land(Err(Error::unavailable("declined")));
    let Joined::Lead(second) = join(&partition, "b") else { panic!("nobody leads") };
    let now = SystemTime::UNIX_EPOCH;
    let mut grant = Grant::new("token", now + Duration::from_secs(3600), now);
    grant.refresh_token = Some("refresh".into());
    second.store(grant, &Arc::from("Test"), now);
    assert!(matches!(join(&partition, "c"), Joined::Lead(_)));
}

#[test]
fn a_leader_that_is_dropped_gives_up() {
    let (cache, partition) = (Cache::new(), Arc::new(Partition::new("p")));
    let request = TokenRequest::new(&["s"]);
    let Joined::Lead(lead) = join(&cache, &partition, &request) else { panic!("nobody leads") };
    let flight = lead.flight().clone();
    drop(lead);
    assert!(matches!(look(&flight), Poll::Ready(Landing::GivenUp { panicked: false })));
}
