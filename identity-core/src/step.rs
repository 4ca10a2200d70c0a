//! A flow as data: an effect together with what to do with its answer, or the end.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use http::Response;

#[cfg(feature = "interactive-browser")]
use crate::browser::Redirect;
use crate::effect::{Command, CommandError, CommandOutput, FileRead, Message, Outbound, TransportError};
#[cfg(feature = "interactive-browser")]
use crate::effect::{Listen, Listening, Open, Receive};
use crate::{Error, Grant, Moment, Result, Secret};

/// What follows an effect: the time of its end, its answer, and then the next step.
pub type Then<T> = Box<dyn FnOnce(Moment, T) -> Step + Send>;

/// Work that an application supplies, such as a function that makes an assertion.
pub type Work = Pin<Box<dyn Future<Output = Result<Grant>> + Send>>;

/// The next thing a flow wants, with the continuation that takes the answer.
///
/// An answer of the wrong kind cannot be written down: each effect names the type of its own. A test of a flow takes
/// the steps one after another and needs no host, no runtime and no clock.
#[non_exhaustive]
pub enum Step {
    /// Send an HTTP request.
    Send(Outbound, Then<Result<Response<Vec<u8>>, TransportError>>),
    /// Wait.
    Sleep(Pause, Then<()>),
    /// Run a developer tool.
    Run(Command, Then<Result<CommandOutput, CommandError>>),
    /// Read a file.
    Read(FileRead, Then<io::Result<Vec<u8>>>),
    /// List the contents of nothing but one path: whether it exists.
    Exists(PathBuf, Then<bool>),
    /// Wait for work that the application supplied.
    Await(Work, Then<Result<Grant>>),
    /// Tell the person who uses the program something.
    Tell(Message, Then<io::Result<()>>),
    /// Drop a refresh token that the service refused from every cache.
    Forget(Secret, Then<()>),
    /// Open a port of the loopback interface.
    #[cfg(feature = "interactive-browser")]
    Listen(Listen, Then<io::Result<Listening>>),
    /// Open an address in the person's browser.
    #[cfg(feature = "interactive-browser")]
    Open(Open, Then<io::Result<()>>),
    /// Wait for the redirect on a port.
    #[cfg(feature = "interactive-browser")]
    Receive(Receive, Then<io::Result<Redirect>>),
    /// The end.
    Done(Result<Grant>),
}

/// A wait, and the failure that made it necessary: a caller whose deadline leaves no time for it gets to see that.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Pause {
    /// How long.
    pub delay: Duration,
    /// The failure before the wait.
    pub because: Option<Error>,
}

impl Step {
    /// Sends a request.
    pub fn send(
        outbound: Outbound,
        then: impl FnOnce(Moment, Result<Response<Vec<u8>>, TransportError>) -> Self + Send + 'static,
    ) -> Self {
        Self::Send(outbound, Box::new(then))
    }

    /// Waits.
    pub fn sleep(
        delay: Duration,
        because: Option<Error>,
        then: impl FnOnce(Moment) -> Self + Send + 'static,
    ) -> Self {
        Self::Sleep(Pause { delay, because }, Box::new(|moment, ()| then(moment)))
    }

    /// Runs a tool.
    pub fn run(
        command: Command,
        then: impl FnOnce(Moment, Result<CommandOutput, CommandError>) -> Self + Send + 'static,
    ) -> Self {
        Self::Run(command, Box::new(then))
    }

    /// Reads a file.
    pub fn read(
        file: FileRead,
        then: impl FnOnce(Moment, io::Result<Vec<u8>>) -> Self + Send + 'static,
    ) -> Self {
        Self::Read(file, Box::new(then))
    }

    /// Asks whether a file exists.
    pub fn exists(
        path: impl Into<PathBuf>,
        then: impl FnOnce(Moment, bool) -> Self + Send + 'static,
    ) -> Self {
        Self::Exists(path.into(), Box::new(then))
    }

    /// Tells the person something.
    pub fn tell(
        message: Message,
        then: impl FnOnce(Moment, io::Result<()>) -> Self + Send + 'static,
    ) -> Self {
        Self::Tell(message, Box::new(then))
    }

    /// Drops a refresh token that the service refused.
    pub fn forget(refresh_token: Secret, then: impl FnOnce(Moment) -> Self + Send + 'static) -> Self {
        Self::Forget(refresh_token, Box::new(|moment, ()| then(moment)))
    }

    /// Opens a port of the loopback interface.
    #[cfg(feature = "interactive-browser")]
    pub fn listen(
        listen: Listen,
        then: impl FnOnce(Moment, io::Result<Listening>) -> Self + Send + 'static,
    ) -> Self {
        Self::Listen(listen, Box::new(then))
    }

    /// Opens an address in the person's browser.
    #[cfg(feature = "interactive-browser")]
    pub fn open(open: Open, then: impl FnOnce(Moment, io::Result<()>) -> Self + Send + 'static) -> Self {
        Self::Open(open, Box::new(then))
    }

    /// Waits for the redirect on a port.
    #[cfg(feature = "interactive-browser")]
    pub fn receive(
        receive: Receive,
        then: impl FnOnce(Moment, io::Result<Redirect>) -> Self + Send + 'static,
    ) -> Self {
        Self::Receive(receive, Box::new(then))
    }

    /// Ends with a failure.
    pub fn fail(error: Error) -> Self {
        Self::Done(Err(error))
    }

    /// Continues with the result of this flow: the flow of an assertion becomes part of the flow that needs it.
    #[must_use]
    pub fn and_then(
        self,
        next: impl FnOnce(Moment, Result<Grant>) -> Self + Send + 'static,
        moment: Moment,
    ) -> Self {
        self.chain(Box::new(next), moment)
    }

    #[inline]
    fn chain(self, next: Then<Result<Grant>>, moment: Moment) -> Self {
        match self {
            Self::Done(result) => next(moment, result),
            Self::Send(effect, then) => Self::Send(effect, follow(then, next)),
            Self::Sleep(effect, then) => Self::Sleep(effect, follow(then, next)),
            Self::Run(effect, then) => Self::Run(effect, follow(then, next)),
            Self::Read(effect, then) => Self::Read(effect, follow(then, next)),
            Self::Exists(effect, then) => Self::Exists(effect, follow(then, next)),
            Self::Await(effect, then) => Self::Await(effect, follow(then, next)),
            Self::Tell(effect, then) => Self::Tell(effect, follow(then, next)),
            Self::Forget(effect, then) => Self::Forget(effect, follow(then, next)),
            #[cfg(feature = "interactive-browser")]
            Self::Listen(effect, then) => Self::Listen(effect, follow(then, next)),
            #[cfg(feature = "interactive-browser")]
            Self::Open(effect, then) => Self::Open(effect, follow(then, next)),
            #[cfg(feature = "interactive-browser")]
            Self::Receive(effect, then) => Self::Receive(effect, follow(then, next)),
        }
    }
}

fn follow<T: 'static>(then: Then<T>, next: Then<Result<Grant>>) -> Then<T> {
    Box::new(move |moment, answer| then(moment.clone(), answer).chain(next, moment))
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Send(effect, _) => f.debug_tuple("Send").field(effect).finish(),
            Self::Sleep(effect, _) => f.debug_tuple("Sleep").field(&effect.delay).finish(),
            Self::Run(effect, _) => f.debug_tuple("Run").field(effect).finish(),
            Self::Read(effect, _) => f.debug_tuple("Read").field(effect).finish(),
            Self::Exists(path, _) => f.debug_tuple("Exists").field(path).finish(),
            Self::Await(..) => f.write_str("Await"),
            Self::Tell(effect, _) => f.debug_tuple("Tell").field(effect).finish(),
            Self::Forget(effect, _) => f.debug_tuple("Forget").field(effect).finish(),
            #[cfg(feature = "interactive-browser")]
            Self::Listen(effect, _) => f.debug_tuple("Listen").field(effect).finish(),
            // The address holds state and nonce.
            #[cfg(feature = "interactive-browser")]
            Self::Open(..) => f.write_str("Open"),
            #[cfg(feature = "interactive-browser")]
            Self::Receive(effect, _) => f.debug_tuple("Receive").field(effect).finish(),
            Self::Done(result) => f.debug_tuple("Done").field(result).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::ENTROPY;
    use std::time::UNIX_EPOCH;

    #[test]
    fn a_flow_can_be_part_of_another() {
        let moment = Moment::new(UNIX_EPOCH, [0; ENTROPY]);
        let inner = Step::sleep(Duration::from_secs(1), None, |moment| {
            Step::Done(Ok(Grant::new("inner", moment.now(), moment.now())))
        });
        let whole =
            inner.and_then(
                |moment, grant| {
                    Step::Done(grant.map(|g| {
                        Grant::new(format!("{}+", g.access_token.expose()), moment.now(), moment.now())
                    }))
                },
                moment.clone(),
            );
        let Step::Sleep(_, then) = whole else { panic!("{whole:?}") };
        let Step::Done(Ok(grant)) = then(moment, ()) else { panic!() };
        assert_eq!(grant.access_token.expose(), "inner+");
    }
}
