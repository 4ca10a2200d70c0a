//! Hits while something else goes on: another key is fetched, or the token's own refresh takes long or fails.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use identity_core::TokenRequest;
use tokio::runtime::Runtime;

use crate::report::{Goal, Report};
use crate::rounds::{Samples, awaits, calls, measure, now};
use crate::subject::{AUTHORITY, Async, Blocking, Endpoint, Memory, source};

const SCOPE: [&str; 1] = ["https://vault.azure.net/.default"];
const OTHER: [&str; 1] = ["https://storage.azure.com/.default"];

/// A token that lives this long is in its refresh window once it is 30 s old.
const SHORT: u64 = 200;

fn blocking() -> (Blocking, Arc<Memory<identity_blocking::Transport>>) {
    let host = Arc::<Memory<_>>::default();
    (Blocking::on(host.clone(), source(AUTHORITY)).build().unwrap(), host)
}

fn asynchronous() -> (Async, Arc<Memory<identity_async::Transport>>) {
    let host = Arc::<Memory<_>>::default();
    (Async::on(host.clone(), source(AUTHORITY)).build().unwrap(), host)
}

pub(crate) fn rows(report: &mut Report, rounds: usize) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let _inside = runtime.enter();
    during_another_fetch(report, rounds, &runtime);
    let slow = Endpoint { delay: Duration::from_secs(2), ..Endpoint::default() };
    let down = Endpoint { down: true, ..Endpoint::default() };
    in_the_window(report, rounds, &runtime, "an endpoint that takes 2 s", slow);
    in_the_window(report, rounds, &runtime, "a dead endpoint", down);
}

fn during_another_fetch(report: &mut Report, rounds: usize, runtime: &Runtime) {
    let request = TokenRequest::new(&SCOPE);
    let ((idle, _), (busy, host)) = (blocking(), blocking());
    let ((idle_later, _), (busy_later, host_later)) = (asynchronous(), asynchronous());
    for credential in [&idle, &busy] {
        credential.get_token(&request).unwrap();
    }
    for credential in [&idle_later, &busy_later] {
        runtime.block_on(credential.get_token(&request)).unwrap();
    }
    let never = Endpoint { delay: Duration::from_secs(600), ..Endpoint::default() };
    host.behave(never);
    host_later.behave(never);
    let (fetching, fetching_later) = (busy.clone(), busy_later.clone());
    // Ends with the process.
    drop(std::thread::spawn(move || fetching.get_token(&TokenRequest::new(&OTHER))));
    let fetch = runtime.spawn(async move { fetching_later.get_token(&TokenRequest::new(&OTHER)).await });
    while host.requests.load(Ordering::Relaxed) < 2 || host_later.requests.load(Ordering::Relaxed) < 2 {
        std::thread::yield_now();
    }
    let samples = measure(
        rounds,
        Duration::from_millis(8),
        [
            calls(|| idle.get_token(&request)),
            calls(|| busy.get_token(&request)),
            awaits(|| idle_later.get_token(&request)),
            awaits(|| busy_later.get_token(&request)),
        ],
    );
    compare(report, "hit while another key is being fetched, against an idle credential", &samples);
    fetch.abort();
}

fn in_the_window(report: &mut Report, rounds: usize, runtime: &Runtime, what: &str, endpoint: Endpoint) {
    let request = TokenRequest::new(&SCOPE);
    let ((idle, _), (due, host)) = (blocking(), blocking());
    let ((idle_later, _), (due_later, host_later)) = (asynchronous(), asynchronous());
    let short = Endpoint { lifetime: SHORT, ..Endpoint::default() };
    host.behave(short);
    host_later.behave(short);
    for credential in [&idle, &due] {
        credential.get_token(&request).unwrap();
    }
    for credential in [&idle_later, &due_later] {
        runtime.block_on(credential.get_token(&request)).unwrap();
    }
    host.behave(endpoint);
    host_later.behave(endpoint);
    host.ahead.store(60, Ordering::Relaxed);
    host_later.ahead.store(60, Ordering::Relaxed);
    let began = Instant::now();
    due.get_token(&request).unwrap();
    let first = began.elapsed().as_secs_f64() * 1e3;
    let began = Instant::now();
    now(due_later.get_token(&request)).unwrap();
    let first_later = began.elapsed().as_secs_f64() * 1e3;
    let name = format!("the one hit that starts a refresh from {what}");
    report.row(&format!("{name}; blocking"), first, " ms", Goal::AtMost(5.0), "a thread is started");
    report.row(&format!("{name}; async"), first_later, " ms", Goal::AtMost(5.0), "a task is started");
    let samples = measure(
        rounds.min(21),
        Duration::from_millis(8),
        [
            calls(|| idle.get_token(&request).unwrap()),
            calls(|| due.get_token(&request).unwrap()),
            awaits(async || idle_later.get_token(&request).await.unwrap()),
            awaits(async || due_later.get_token(&request).await.unwrap()),
        ],
    );
    assert!(due.get_token(&request).unwrap().is_from_cache());
    let name = format!("hit in the refresh window of {what}, against any other hit");
    compare(report, &name, &samples);
}

/// The same cost as any other hit: no more than what two equal measurements may differ by.
fn compare(report: &mut Report, name: &str, [idle, busy, idle_later, busy_later]: &[Samples; 4]) {
    for (flavour, idle, busy) in [("blocking", idle, busy), ("async", idle_later, busy_later)] {
        let absolute = format!("{:.1} ns, else {:.1} ns", busy.median(), idle.median());
        report.row(&format!("{name}; {flavour}"), busy.ratio(idle), "x", Goal::AtMost(1.15), absolute);
    }
}
