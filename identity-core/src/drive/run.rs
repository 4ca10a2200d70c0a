//! The driver loop: one effect after another until the flow is done, within the caller's time.

use std::time::Duration;

use super::flavour;
use super::host::Host;
use super::task;
use crate::cache::Terms;
use crate::closing::Closing;
use crate::effect::{CommandError, TransportErrorKind, place};
use crate::moment::Seconds;
use crate::{Env, Error, ErrorKind, Grant, Pause, Result, Secret, Step};

/// When a flow must end.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// The host's uptime at which the time is over.
    pub(crate) until: Duration,
    /// How long that was in the beginning, for messages.
    pub(crate) budget: Duration,
}

impl Limits {
    pub(crate) fn starting_at(uptime: Duration, budget: Duration) -> Self {
        Self { until: uptime.saturating_add(budget), budget }
    }

    /// How somebody with this time joins a flight.
    pub(crate) fn terms(self, begins_alone: bool) -> Terms {
        let Self { until, budget } = self;
        Terms { now: until.saturating_sub(budget), until, budget, begins_alone }
    }

    /// The same with an earlier end.
    pub(crate) fn no_later_than(self, until: Duration) -> Self {
        Self { until: self.until.min(until), ..self }
    }

    /// The time left; `None` if there is none.
    pub(crate) fn left(&self, uptime: Duration) -> Option<Duration> {
        self.until.checked_sub(uptime).filter(|left| !left.is_zero())
    }

    pub(crate) fn passed(&self) -> Error {
        Error::new(ErrorKind::TimedOut, format!("no token within the deadline of {}", Seconds(self.budget)))
    }

    /// There is no time for a wait: the failure before it is what the caller needs to know.
    fn no_time_for(&self, pause: &Pause) -> Error {
        let (delay, budget) = (Seconds(pause.delay), Seconds(self.budget));
        let text = format!("the deadline of {budget} leaves no time to try again in {delay}");
        match &pause.because {
            Some(error) => error.clone().with_kind(ErrorKind::TimedOut).context(text),
            None => Error::new(ErrorKind::TimedOut, text),
        }
    }
}

/// Runs a flow to its end. Programs inherit `env`, or else the environment of the host; refresh tokens that turn out to
/// be dead are added to `dead`.
#[flavour]
pub(super) async fn run<H: Host>(
    mut step: Step,
    host: &H,
    limits: Limits,
    closing: &Closing,
    env: Option<&Env>,
    dead: &mut Vec<Secret>,
) -> Result<Grant> {
    loop {
        if let Step::Done(result) = step {
            return result;
        }
        if closing.is_closed() {
            return Err(Error::closed());
        }
        let Some(left) = limits.left(host.uptime()) else { return Err(limits.passed()) };
        log::trace!("{step:?}");
        step = match step {
            Step::Done(result) => return result,
            Step::Send(mut outbound, then) => {
                let cut = (left < outbound.timeout).then(|| place(outbound.request.uri()));
                outbound.timeout = outbound.timeout.min(left);
                let answer = host.send(outbound).await;
                match (cut, &answer) {
                    (Some(place), Err(error)) if error.kind() == TransportErrorKind::Timeout => {
                        return Err(limits.passed().context(format!("no answer from {place}")));
                    }
                    _ => then(host.moment(), answer),
                }
            }
            Step::Sleep(pause, _) if pause.delay >= left => return Err(limits.no_time_for(&pause)),
            Step::Sleep(pause, then) => {
                host.sleep(pause.delay, closing).await;
                then(host.moment(), ())
            }
            Step::Run(mut command, then) => {
                let is_cut = left < command.timeout;
                command.timeout = command.timeout.min(left);
                command.inherited = command.inherited.or_else(|| env.cloned());
                let answer = host.run(command, closing).await;
                if is_cut && matches!(answer, Err(CommandError::TimedOut(_))) {
                    return Err(limits.passed());
                }
                then(host.moment(), answer)
            }
            Step::Read(file, then) => {
                let answer = host.read(file).await;
                then(host.moment(), answer)
            }
            Step::Exists(path, then) => {
                let answer = host.exists(path).await;
                then(host.moment(), answer)
            }
            Step::Tell(message, then) => {
                let answer = host.tell(&message);
                then(host.moment(), answer)
            }
            #[cfg(feature = "interactive-browser")]
            Step::Listen(listen, then) => {
                let answer = host.listen(&listen);
                then(host.moment(), answer)
            }
            #[cfg(feature = "interactive-browser")]
            Step::Open(mut open, then) => {
                open.timeout = open.timeout.min(left);
                open.inherited = open.inherited.or_else(|| env.cloned());
                let answer = host.open(open, closing).await;
                then(host.moment(), answer)
            }
            #[cfg(feature = "interactive-browser")]
            Step::Receive(mut receive, then) => {
                receive.timeout = receive.timeout.min(left);
                let answer = host.receive(receive, closing).await;
                then(host.moment(), answer)
            }
            Step::Forget(refresh_token, then) => {
                dead.push(refresh_token);
                then(host.moment(), ())
            }
            Step::Await(work, then) => match task::work(work, left, host, closing).await {
                Some(answer) => then(host.moment(), answer),
                None => return Err(limits.passed()),
            },
        };
    }
}
