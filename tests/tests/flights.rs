//! Callers who wait for a request that somebody else makes, and what becomes of them when that one fails differently.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::future::{pending, poll_fn, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use identity_blocking::{Cache, Env, Error, ErrorKind, Grant, Moment, Result, Source, Step, TokenRequest};

const SCOPES: &[&str] = &["https://vault.azure.net/.default"];

/// How the first request of a [`Flaky`] source goes.
#[derive(Clone, Copy)]
enum First {
    Never,
    Panics,
    SucceedsAfter(&'static AtomicUsize),
}

/// A source whose first request goes wrong, and those after it as well if it panics.
struct Flaky {
    first: First,
    calls: Arc<AtomicUsize>,
}

impl Flaky {
    fn new(first: First) -> (Self, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        (Self { first, calls: calls.clone() }, calls)
    }
}

impl Source for Flaky {
    fn name(&self) -> &str {
        "Flaky"
    }

    fn configure(&mut self, _env: &Env) -> Result<()> {
        Ok(())
    }

    fn partition(&self) -> String {
        "flaky".into()
    }

    fn acquire(&self, _request: &TokenRequest<'_>, _previous: Option<&Grant>, moment: &Moment) -> Step {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let grant = Grant::new("token", moment.now() + Duration::from_secs(3600), moment.now());
        let work: identity_core::Work = match self.first {
            First::Panics => {
                let mut polls = 0;
                Box::pin(poll_fn(move |context| {
                    polls += 1;
                    assert!(polls == 1, "this panic is part of a test");
                    context.waker().wake_by_ref();
                    Poll::Pending
                }))
            }
            First::Never if call == 0 => Box::pin(pending()),
            First::SucceedsAfter(gate) if call == 0 => Box::pin(poll_fn(move |context| {
                if gate.load(Ordering::SeqCst) > 0 {
                    return Poll::Ready(Ok(grant.clone()));
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })),
            _ => Box::pin(ready(Ok(grant))),
        };
        Step::Await(work, Box::new(|_, result| Step::Done(result)))
    }
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    std::pin::Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

mod blocking {
    use std::io;
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, SystemTime};

    use http::Response;
    use identity_blocking::effect::{
        Command, CommandError, CommandOutput, FileRead, Outbound, TransportError,
    };
    use identity_blocking::moment::ENTROPY;
    use identity_blocking::{Closing, Env, Host, Result, Task, Transport};

    /// A host that counts how often it is asked for the time: the second time a caller waits.
    #[derive(Clone, Default)]
    pub(crate) struct Watched {
        inner: Transport,
        asked: Arc<AtomicUsize>,
    }

    impl Watched {
        pub(crate) fn until_a_caller_waits(&self) {
            while self.asked.load(Ordering::SeqCst) < 2 {
                std::thread::yield_now();
            }
        }
    }

    impl Host for Watched {
        fn env(&self) -> Env {
            Env::empty()
        }

        fn now(&self) -> SystemTime {
            self.inner.now()
        }

        fn uptime(&self) -> Duration {
            self.asked.fetch_add(1, Ordering::SeqCst);
            self.inner.uptime()
        }

        fn entropy(&self) -> [u8; ENTROPY] {
            self.inner.entropy()
        }

        fn send(&self, outbound: Outbound) -> Result<Response<Vec<u8>>, TransportError> {
            self.inner.send(outbound)
        }

        fn sleep(&self, delay: Duration, closing: &Closing) {
            self.inner.sleep(delay, closing);
        }

        fn run(&self, command: Command, closing: &Closing) -> Result<CommandOutput, CommandError> {
            self.inner.run(command, closing)
        }

        fn read(&self, file: FileRead) -> io::Result<Vec<u8>> {
            self.inner.read(file)
        }

        fn exists(&self, path: PathBuf) -> bool {
            self.inner.exists(path)
        }

        fn spawn(&self, task: Task) -> Result<()> {
            self.inner.spawn(task)
        }

        fn close(&self) {
            self.inner.close();
        }
    }
}

/// Waits until a source was asked.
fn until_asked(calls: &AtomicUsize) {
    while calls.load(Ordering::SeqCst) == 0 {
        thread::yield_now();
    }
}

#[test]
fn closing_a_credential_fails_nobody_who_shares_its_cache() {
    static GATE: AtomicUsize = AtomicUsize::new(0);
    let cache = Cache::new();
    let (source, calls) = Flaky::new(First::SucceedsAfter(&GATE));
    let first = identity_blocking::Credential::builder(source).cache(cache.clone()).build().unwrap();
    let host = blocking::Watched::default();
    let (source, others) = Flaky::new(First::SucceedsAfter(&GATE));
    let second = identity_blocking::CredentialOn::on(host.clone(), source).cache(cache).build().unwrap();
    thread::scope(|scope| {
        let leader = scope.spawn(|| first.get_token(&TokenRequest::new(SCOPES)));
        until_asked(&calls);
        let follower = scope.spawn(|| second.get_token(&TokenRequest::new(SCOPES)));
        host.until_a_caller_waits();
        first.close();
        GATE.store(1, Ordering::SeqCst);
        assert_eq!(leader.join().unwrap().unwrap_err().kind(), ErrorKind::Closed);
        follower.join().unwrap().unwrap();
    });
    assert_eq!((calls.load(Ordering::SeqCst), others.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn closing_a_credential_disturbs_no_request_of_another_on_its_cache() {
    static GATE: AtomicUsize = AtomicUsize::new(0);
    let cache = Cache::new();
    let (source, calls) = Flaky::new(First::SucceedsAfter(&GATE));
    let first = identity_async::Credential::builder(source).cache(cache.clone()).build().unwrap();
    let (source, _) = Flaky::new(First::Never);
    let second = identity_async::Credential::builder(source).cache(cache).build().unwrap();
    let request = TokenRequest::new(SCOPES);
    let mut leader = Box::pin(first.get_token(&request));
    assert!(poll(&mut leader).is_pending());
    second.close().await;
    GATE.store(1, Ordering::SeqCst);
    leader.await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    first.close().await;
}

#[test]
fn a_thread_in_a_hurry_does_not_end_the_time_of_others() {
    let (source, calls) = Flaky::new(First::Never);
    let host = blocking::Watched::default();
    let cache = Cache::new();
    let hasty = identity_blocking::Credential::builder(source).cache(cache.clone()).build().unwrap();
    let (source, _) = Flaky::new(First::SucceedsAfter(&DONE));
    let patient = identity_blocking::CredentialOn::on(host, source).cache(cache).build().unwrap();
    thread::scope(|scope| {
        let hurry = TokenRequest::new(SCOPES).with_deadline(Duration::from_millis(100));
        let hasty = &hasty;
        let leader = scope.spawn(move || hasty.get_token(&hurry));
        until_asked(&calls);
        patient.get_token(&TokenRequest::new(SCOPES)).unwrap();
        assert_eq!(leader.join().unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
    });
}

static DONE: AtomicUsize = AtomicUsize::new(1);

#[tokio::test]
async fn a_task_in_a_hurry_does_not_end_the_time_of_others() {
    let (source, calls) = Flaky::new(First::Never);
    let credential = identity_async::Credential::new(source).unwrap();
    let hurry = TokenRequest::new(SCOPES).with_deadline(Duration::from_millis(50));
    let mut hasty = Box::pin(credential.get_token(&hurry));
    assert!(poll(&mut hasty).is_pending());
    credential.get_token(&TokenRequest::new(SCOPES)).await.unwrap();
    assert_eq!(hasty.await.unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    credential.close().await;
}

/// Gives a token that is due at once, and closes its own credential when it is asked for the second.
struct Closes {
    own: Arc<OnceLock<identity_blocking::Credential<Self>>>,
    done: mpsc::Sender<()>,
}

impl Source for Closes {
    fn name(&self) -> &str {
        "Closes"
    }

    fn configure(&mut self, _env: &Env) -> Result<()> {
        Ok(())
    }

    fn partition(&self) -> String {
        "closes".into()
    }

    fn acquire(&self, _request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step {
        if previous.is_some() {
            self.own.get().unwrap().close();
            self.done.send(()).unwrap();
        }
        let asked = moment.now() - Duration::from_secs(60);
        Step::Done(Ok(Grant::new("token", moment.now() + Duration::from_secs(120), asked)))
    }
}

#[test]
fn background_work_that_closes_its_own_credential_does_not_wait_for_itself() {
    let (done, was_done) = mpsc::channel();
    let own = Arc::new(OnceLock::new());
    let credential = identity_blocking::Credential::new(Closes { own: own.clone(), done }).unwrap();
    own.set(credential.clone()).unwrap();
    for _ in 0..2 {
        credential.get_token(&TokenRequest::new(SCOPES)).unwrap();
    }
    was_done.recv_timeout(Duration::from_secs(30)).unwrap();
    credential.close();
}

#[tokio::test]
async fn code_that_panics_each_time_is_not_called_until_the_deadline() {
    let (source, calls) = Flaky::new(First::Panics);
    let credential = identity_async::Credential::new(source).unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let credential = credential.clone();
        callers.spawn(async move { credential.get_token(&TokenRequest::new(SCOPES)).await.map(drop) });
    }
    let errors: Vec<Error> = callers.join_all().await.into_iter().map(|result| result.unwrap_err()).collect();
    assert!(errors.iter().all(|error| error.to_string().contains("panicked")), "{errors:?}");
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    credential.close().await;
}
