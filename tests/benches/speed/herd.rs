//! Many callers at once: cold scopes cost one request each, a failure is told to all.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use identity_core::TokenRequest;

use crate::hit::scopes;
use crate::report::{Goal, Report};
use crate::rounds::median;
use crate::subject::{AUTHORITY, Async, Blocking, Endpoint, Memory, impatient};

const CALLERS: usize = 1_000;
const SCOPES: usize = 10;
const ROUND_TRIP: Duration = Duration::from_millis(200);

/// What a herd met.
struct Herd {
    requests: usize,
    /// From the start to the last answer.
    elapsed: Duration,
    /// From the first answer to the last.
    spread: Duration,
}

impl Herd {
    fn of(requests: usize, began: Instant, answered: &[Instant]) -> Self {
        let (first, last) = (answered.iter().min().unwrap(), answered.iter().max().unwrap());
        Self { requests, elapsed: last.duration_since(began), spread: last.duration_since(*first) }
    }
}

pub(crate) fn rows(report: &mut Report) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_time().build().unwrap();
    let scopes = scopes(SCOPES);
    let slow = Endpoint { delay: ROUND_TRIP, ..Endpoint::default() };
    let refusing = Endpoint { status: 503, delay: Duration::from_millis(50), ..Endpoint::default() };
    let blocking = |scopes: &[String], endpoint| by_threads(scopes, endpoint);
    let later = |scopes: &[String], endpoint| runtime.block_on(by_tasks(scopes.to_vec(), endpoint));
    for (flavour, herd) in
        [("blocking", &blocking as &dyn Fn(&[String], Endpoint) -> Herd), ("async", &later)]
    {
        let herds: Vec<Herd> = (0..5).map(|_| herd(&scopes, slow)).collect();
        let requests = herds.iter().map(|herd| herd.requests).max().unwrap();
        let name = format!("1,000 callers x 10 scopes, cold: requests; {flavour}");
        report.row(&name, requests as f64, "", Goal::AtMost(SCOPES as f64), "most of 5 rounds");
        let trips = herds.iter().map(|herd| herd.elapsed.as_secs_f64() / ROUND_TRIP.as_secs_f64()).collect();
        let name = format!("1,000 callers x 10 scopes, cold: round trips until the last has it; {flavour}");
        report.row(&name, median(trips), "", Goal::AtMost(1.25), "one takes 200 ms; median of 5 rounds");

        let herds: Vec<Herd> = (0..9).map(|_| herd(&scopes[..1], refusing)).collect();
        let requests = herds.iter().map(|herd| herd.requests).max().unwrap();
        let name = format!("1,000 callers on a failing endpoint: requests; {flavour}");
        report.row(&name, requests as f64, "", Goal::AtMost(4.0), "one attempt with its three retries");
        let spread = median(herds.iter().map(|herd| herd.spread.as_secs_f64() * 1e3).collect());
        let name = format!("1,000 callers on a failing endpoint: first to last error; {flavour}");
        report.row(&name, spread, " ms", Goal::AtMost(10.0), "median of 9 rounds");
    }
}

fn by_threads(scopes: &[String], endpoint: Endpoint) -> Herd {
    let host = Arc::<Memory<_>>::default();
    host.behave(endpoint);
    let credential = Blocking::on(host.clone(), impatient(AUTHORITY)).build().unwrap();
    let barrier = Barrier::new(CALLERS + 1);
    let (began, answered) = thread::scope(|scope| {
        let (credential, barrier) = (&credential, &barrier);
        let callers: Vec<_> = (0..CALLERS)
            .map(|index| {
                let wanted = scopes[index % scopes.len()].as_str();
                let call = move || {
                    barrier.wait();
                    let result = credential.get_token(&TokenRequest::new(&[wanted]));
                    let answered = Instant::now();
                    assert_eq!(result.is_ok(), endpoint.status == 200);
                    // Nobody's thread is taken down while others wait for their answer.
                    barrier.wait();
                    answered
                };
                thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, call).unwrap()
            })
            .collect();
        let began = Instant::now();
        barrier.wait();
        barrier.wait();
        (began, callers.into_iter().map(|caller| caller.join().unwrap()).collect::<Vec<_>>())
    });
    Herd::of(host.requests.load(Ordering::Relaxed), began, &answered)
}

async fn by_tasks(scopes: Vec<String>, endpoint: Endpoint) -> Herd {
    let host = Arc::<Memory<_>>::default();
    host.behave(endpoint);
    let credential = Async::on(host.clone(), impatient(AUTHORITY)).build().unwrap();
    let began = Instant::now();
    let callers: Vec<_> = (0..CALLERS * scopes.len())
        .map(|index| {
            let (credential, wanted) = (credential.clone(), scopes[index % scopes.len()].clone());
            tokio::spawn(async move {
                let result = credential.get_token(&TokenRequest::new(&[&wanted])).await;
                assert_eq!(result.is_ok(), endpoint.status == 200);
                Instant::now()
            })
        })
        .collect();
    let mut answered = Vec::with_capacity(callers.len());
    for caller in callers {
        answered.push(caller.await.unwrap());
    }
    credential.close().await;
    Herd::of(host.requests.load(Ordering::Relaxed), began, &answered)
}
