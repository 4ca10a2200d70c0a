//! Measuring by turns: every contender runs once in every round, so that what else the machine does hits all alike.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// A figure per round, in nanoseconds per call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn push(&mut self, nanoseconds: f64) {
        self.0.push(nanoseconds);
    }

    pub(crate) fn median(&self) -> f64 {
        median(self.0.clone())
    }

    /// The median over the rounds of this figure divided by the other one of the same round.
    pub(crate) fn ratio(&self, other: &Self) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(this, that)| this / that).collect())
    }
}

/// The value in the middle; 0 of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Something to measure: does its work so many times.
pub(crate) type Contender<'a> = Box<dyn FnMut(usize) + 'a>;

/// A contender that calls a function again and again and keeps the compiler from leaving it out.
pub(crate) fn calls<'a, T>(mut function: impl FnMut() -> T + 'a) -> Contender<'a> {
    Box::new(move |count| {
        for _ in 0..count {
            black_box(function());
        }
    })
}

/// A contender that awaits one future after another, as a task does, none of which may have to wait.
pub(crate) fn awaits<'a, F: Future>(mut function: impl FnMut() -> F + 'a) -> Contender<'a> {
    Box::new(move |count| {
        now(async {
            for _ in 0..count {
                black_box(function().await);
            }
        });
    })
}

/// Polls a future that must be ready at once.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a hit waited"),
    }
}

/// Runs all contenders by turns, each for about `slice` per round.
pub(crate) fn measure<const N: usize>(
    rounds: usize,
    slice: Duration,
    mut contenders: [Contender<'_>; N],
) -> [Samples; N] {
    let counts = contenders.each_mut().map(|contender| calibrated(contender, slice));
    let mut samples = [const { Samples(Vec::new()) }; N];
    for round in 0..rounds {
        for turn in 0..N {
            // Begin with another one each time: nobody always follows the same neighbour.
            let index = (round + turn) % N;
            let began = Instant::now();
            contenders[index](counts[index]);
            samples[index].push(began.elapsed().as_nanos() as f64 / counts[index] as f64);
        }
    }
    samples
}

/// How many calls take about `slice`.
fn calibrated(contender: &mut Contender<'_>, slice: Duration) -> usize {
    // The first call opens connections and reads files.
    contender(1);
    let mut count = 1;
    loop {
        let began = Instant::now();
        contender(count);
        let elapsed = began.elapsed();
        if elapsed * 4 >= slice {
            let wanted = count as f64 * slice.as_secs_f64() / elapsed.as_secs_f64();
            return (wanted as usize).max(1);
        }
        count *= 2;
    }
}
