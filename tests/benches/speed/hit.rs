//! The cost of a cached hit: on one thread, through the object-safe trait, with many entries, on many threads.

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use identity_core::TokenRequest;
use identity_core::{asynchronous, blocking};

use crate::limit::Limit;
use crate::report::{Goal, Report};
use crate::rounds::{Samples, calls, measure, median};
use crate::subject::{Memory, TENANT, now, source, token};

pub(crate) type Blocking = blocking::Credential<identity_core::ClientSecret, Memory<identity_blocking::Transport>>;
pub(crate) type Async = asynchronous::Credential<identity_core::ClientSecret, Memory<identity_async::Transport>>;

const AUTHORITY: &str = "https://login.microsoftonline.com";
const MANY: usize = 10_000;

pub(crate) fn scopes(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("https://resource-{index:05}.example.net/.default")).collect()
}

/// Credentials of both flavours with these scopes in their caches.
pub(crate) fn warm(scopes: &[String]) -> (Blocking, Async) {
    let blocking = Blocking::on(Memory::default(), source(AUTHORITY)).build().unwrap();
    for scope in scopes {
        drop(blocking.get_token(&TokenRequest::new(&[scope])).unwrap());
    }
    let asynchronous = Async::on(Memory::default(), source(AUTHORITY)).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        for scope in scopes {
            drop(asynchronous.get_token(&TokenRequest::new(&[scope])).await.unwrap());
        }
    });
    (blocking, asynchronous)
}

pub(crate) fn rows(report: &mut Report, rounds: usize) {
    let all = scopes(MANY);
    let limit = Limit::new(&all[..1], &token());
    let (one, later) = warm(&all[..1]);
    let (many, many_later) = warm(&all);
    let object: &dyn blocking::TokenCredential = &one;
    let object_later: &dyn asynchronous::TokenCredential = &later;
    let scope = all[0].as_str();
    let borrowed = [scope];
    let request = TokenRequest::new(&borrowed);
    let tenant = request.with_tenant_id(TENANT);
    let slice = Duration::from_millis(8);
    let [bare, hit, hit_later, boxed, boxed_later, in_tenant, crowd, crowd_later] = measure(
        rounds,
        slice,
        [
            calls(|| limit.get(black_box(scope))),
            calls(|| one.get_token(black_box(&request))),
            calls(|| now(later.get_token(black_box(&request)))),
            calls(|| object.get_token(black_box(&request))),
            calls(|| now(object_later.get_token(black_box(&request)))),
            calls(|| one.get_token(black_box(&tenant))),
            calls(|| many.get_token(black_box(&request))),
            calls(|| now(many_later.get_token(black_box(&request)))),
        ],
    );
    let limit_row = |figure: &Samples| format!("{:.1} ns, limit {:.1} ns", figure.median(), bare.median());
    let against = |figure: &Samples| figure.ratio(&bare);
    let name = "cached hit, against arc-swap + foldhash + Arc<str>, SystemTime";
    report.row(&format!("{name}; blocking"), against(&hit), "x", Goal::AtMost(1.0), limit_row(&hit));
    report.row(&format!("{name}; async"), against(&hit_later), "x", Goal::AtMost(1.0), limit_row(&hit_later));
    let name = "cached hit naming the own tenant, against the same limit; blocking";
    report.row(name, against(&in_tenant), "x", Goal::AtMost(1.0), limit_row(&in_tenant));
    let name = "cached hit through the object-safe trait, against the same limit";
    report.row(&format!("{name}; blocking"), against(&boxed), "x", Goal::AtMost(1.4), limit_row(&boxed));
    report.row(&format!("{name}; async"), against(&boxed_later), "x", Goal::AtMost(1.4), limit_row(&boxed_later));
    let pair = |a: &Samples, b: &Samples| format!("{:.1} ns, with one {:.1} ns", a.median(), b.median());
    let name = "cached hit with 10,000 entries, against one entry";
    report.row(&format!("{name}; blocking"), crowd.ratio(&hit), "x", Goal::AtMost(1.5), pair(&crowd, &hit));
    let absolute = pair(&crowd_later, &hit_later);
    report.row(&format!("{name}; async"), crowd_later.ratio(&hit_later), "x", Goal::AtMost(1.5), absolute);
    scattered(report, rounds, &all, &one, &many);
    threads(report, &one, &request);
}

/// Every entry in turn, in an order that no prefetcher guesses: what the processor's caches make of it.
fn scattered(report: &mut Report, rounds: usize, all: &[String], one: &Blocking, many: &Blocking) {
    let borrowed: Vec<[&str; 1]> = all.iter().map(|scope| [scope.as_str()]).collect();
    let first = &borrowed[0];
    let limit = Limit::new(all, &token());
    let (mut next, mut limit_next) = (0, 0);
    let step = |next: &mut usize| {
        *next = (*next + 7_919) % MANY;
        *next
    };
    let [hit, crowd, bare] = measure(
        rounds,
        Duration::from_millis(20),
        [
            calls(|| one.get_token(&TokenRequest::new(black_box(first)))),
            calls(|| many.get_token(&TokenRequest::new(black_box(&borrowed[step(&mut next)])))),
            calls(|| limit.get(black_box(all[step(&mut limit_next)].as_str()))),
        ],
    );
    let absolute =
        format!("{:.1} ns, with one {:.1} ns, limit {:.1} ns", crowd.median(), hit.median(), bare.median());
    let name = "each of 10,000 entries in turn, against one entry; blocking";
    report.row(name, crowd.ratio(&hit), "x", Goal::AtMost(1.5), absolute);
}

fn threads(report: &mut Report, one: &Blocking, request: &TokenRequest<'_>) {
    let cores = thread::available_parallelism().map_or(1, usize::from).min(4);
    let mut gains = Vec::new();
    for _ in 0..15 {
        let alone = throughput(1, one, request);
        gains.push(throughput(cores, one, request) / alone);
    }
    let best = gains.iter().copied().fold(0.0, f64::max);
    let absolute = format!("best of 15 rounds, median {:.2}, {cores} threads", median(gains));
    // With fewer cores than four the goal shrinks alike.
    let goal = Goal::AtLeast(3.5 * cores as f64 / 4.0);
    report.row("throughput of four threads on four cores, against one thread", best, "x", goal, absolute);
}

/// Calls per second of all threads together.
fn throughput(count: usize, credential: &Blocking, request: &TokenRequest<'_>) -> f64 {
    const CALLS: usize = 200_000;
    let barrier = Arc::new(Barrier::new(count));
    let times: Vec<(Instant, Instant)> = thread::scope(|scope| {
        let run = || {
            drop(credential.get_token(request));
            barrier.wait();
            let began = Instant::now();
            for _ in 0..CALLS {
                drop(black_box(credential.get_token(black_box(request))));
            }
            (began, Instant::now())
        };
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (began, ended) = (times.iter().map(|t| t.0).min(), times.iter().map(|t| t.1).max());
    let elapsed = ended.unwrap().duration_since(began.unwrap());
    (count * CALLS) as f64 / elapsed.as_secs_f64()
}
