//! The cost of a cached hit: on one thread, through the object-safe trait, with many entries, on many threads.

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use identity_core::TokenRequest;
use identity_core::{asynchronous, blocking};

use crate::limit::Limit;
use crate::report::{Goal, Report};
use crate::rounds::{Samples, awaits, calls, measure};
use crate::subject::{AUTHORITY, Async, Blocking, Memory, TENANT, source, token};

const MANY: usize = 10_000;

pub(crate) fn scopes(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("https://resource-{index:05}.example.net/.default")).collect()
}

/// Credentials of both flavours with these scopes in their caches.
pub(crate) fn warm(scopes: &[String]) -> (Blocking, Async) {
    let blocking = Blocking::on(Arc::<Memory<_>>::default(), source(AUTHORITY)).build().unwrap();
    for scope in scopes {
        drop(blocking.get_token(&TokenRequest::new(&[scope])).unwrap());
    }
    let asynchronous = Async::on(Arc::<Memory<_>>::default(), source(AUTHORITY)).build().unwrap();
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
            awaits(|| later.get_token(black_box(&request))),
            calls(|| object.get_token(black_box(&request))),
            awaits(|| object_later.get_token(black_box(&request))),
            calls(|| one.get_token(black_box(&tenant))),
            calls(|| many.get_token(black_box(&request))),
            awaits(|| many_later.get_token(black_box(&request))),
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
    report.row(
        &format!("{name}; async"),
        against(&boxed_later),
        "x",
        Goal::AtMost(1.4),
        limit_row(&boxed_later),
    );
    let pair = |a: &Samples, b: &Samples| format!("{:.1} ns, with one {:.1} ns", a.median(), b.median());
    let name = "cached hit with 10,000 entries, against one entry";
    report.row(&format!("{name}; blocking"), crowd.ratio(&hit), "x", Goal::AtMost(1.5), pair(&crowd, &hit));
    let absolute = pair(&crowd_later, &hit_later);
    report.row(&format!("{name}; async"), crowd_later.ratio(&hit_later), "x", Goal::AtMost(1.5), absolute);
    scattered(report, rounds, &all, &one, &many);
    threads(report, &one, &request);
}

/// Every entry in turn, in an order that no prefetcher guesses: a cache miss costs more than all the rest, for the limit too.
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
    let name = "each of 10,000 entries in turn, against the same limit with as many; blocking";
    report.info(name, crowd.ratio(&bare), "x", absolute);
}

/// Judged by the best of many runs, by the clock on the wall or by the time that threads spend on a processor: whatever
/// else the machine does, it makes either longer and never shorter.
fn threads(report: &mut Report, one: &Blocking, request: &TokenRequest<'_>) {
    let cores = thread::available_parallelism().map_or(1, usize::from).min(4);
    if cores == 1 {
        return report.skip("throughput of four threads, against one thread", "there is one core");
    }
    let (mut alone, mut together) = (Run::WORST, Run::WORST);
    for _ in 0..25 {
        alone = alone.or_better(run(1, one, request));
        together = together.or_better(run(cores, one, request));
    }
    let gain = |alone: f64, together: f64| cores as f64 * alone / together;
    let (wall, busy) = (gain(alone.wall, together.wall), gain(alone.busy, together.busy));
    let absolute = format!("{cores} threads; by the wall clock {wall:.2}, by processor time {busy:.2}");
    // With fewer cores than four the goal shrinks alike.
    let goal = Goal::AtLeast(3.5 * cores as f64 / 4.0);
    let name = match cores {
        4 => "throughput of four threads on four cores, against one thread".to_owned(),
        _ => format!(
            "throughput of {cores} threads on the {cores} cores here, against one thread; goal to scale"
        ),
    };
    report.row(&name, wall.max(busy), "x", goal, absolute);
}

/// What the same number of calls in each thread took.
struct Run {
    /// From the first begin to the last end.
    wall: f64,
    /// On a processor, the mean of the threads.
    busy: f64,
}

impl Run {
    const WORST: Self = Self { wall: f64::MAX, busy: f64::MAX };

    fn or_better(self, other: Self) -> Self {
        Self { wall: self.wall.min(other.wall), busy: self.busy.min(other.busy) }
    }
}

fn run(count: usize, credential: &Blocking, request: &TokenRequest<'_>) -> Run {
    const CALLS: usize = 500_000;
    let barrier = Barrier::new(count);
    let times: Vec<(Instant, Instant, f64)> = thread::scope(|scope| {
        let run = || {
            drop(credential.get_token(request));
            barrier.wait();
            let (began, busy) = (Instant::now(), processor_time());
            for _ in 0..CALLS {
                drop(black_box(credential.get_token(black_box(request))));
            }
            let ended = Instant::now();
            let busy = match (busy, processor_time()) {
                (Some(before), Some(after)) => after - before,
                _ => ended.duration_since(began).as_secs_f64(),
            };
            (began, ended, busy)
        };
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (began, ended) = (times.iter().map(|t| t.0).min(), times.iter().map(|t| t.1).max());
    let wall = ended.unwrap().duration_since(began.unwrap()).as_secs_f64();
    Run { wall, busy: times.iter().map(|t| t.2).sum::<f64>() / count as f64 }
}

/// The seconds that this thread spent on a processor, where the system tells.
fn processor_time() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}
