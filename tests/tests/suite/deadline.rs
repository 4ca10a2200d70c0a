//! Every call ends: by the caller's deadline if nothing else ends it.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use identity_testing::emulator::Fault;

use super::doubles::VirtualClock;
use super::identity::{
    AccessToken, Chain, CredentialOn, Env, Error, ErrorKind, Grant, Moment, Remember, Result, Source, Step,
    TokenCredential, TokenRequest, Transport,
};
use super::{Fixture, VAULT, flavour, flavour_test};

#[flavour]
#[flavour_test]
async fn a_retry_that_would_come_too_late_is_not_waited_for() {
    let fixture = Fixture::new();
    fixture.entra.fail(Fault::entra(503, "temporarily_unavailable", 90033).retry_after(30).times(9));
    let request = TokenRequest::new(&[VAULT]).with_deadline(Duration::from_secs(5));
    let error = fixture.credential().get_token(&request).await.unwrap_err();
    assert_eq!((error.kind(), fixture.requests()), (ErrorKind::TimedOut, 1));
    assert!(error.to_string().contains("temporarily_unavailable"), "{error}");
    assert!(fixture.host.pauses().is_empty());
}

#[flavour]
#[flavour_test]
async fn an_endpoint_that_never_answers_ends_with_the_deadline() {
    let fixture = Fixture::new();
    fixture.entra.fail(Fault::silence(Duration::from_secs(3600)).times(9));
    let request = TokenRequest::new(&[VAULT]).with_deadline(Duration::from_millis(50));
    let error = fixture.credential().get_token(&request).await.unwrap_err();
    assert!(error.kind() == ErrorKind::TimedOut && error.is_transient(), "{error:?}");
    assert!(error.to_string().contains("no token within the deadline of 0.05 s"), "{error}");
}

#[flavour]
#[flavour_test]
async fn no_time_at_all_is_an_error_and_no_request() {
    let fixture = Fixture::new();
    let request = TokenRequest::new(&[VAULT]).with_deadline(Duration::ZERO);
    let error = fixture.credential().get_token(&request).await.unwrap_err();
    assert_eq!((error.kind(), fixture.requests()), (ErrorKind::TimedOut, 0));
}

#[flavour]
#[flavour_test]
async fn the_deadline_of_a_chain_is_for_the_whole_search() {
    let fixture = Fixture::new();
    let slow = Slow::new(&fixture, None);
    let members: Vec<Arc<dyn TokenCredential>> = vec![Arc::new(slow), Arc::new(fixture.credential())];
    let (limit, request) = (Duration::from_secs(5), TokenRequest::new(&[VAULT]));
    let of_request = Chain::new(members.clone()).unwrap();
    let error = of_request.get_token(&request.with_deadline(limit)).await.unwrap_err();
    assert_eq!((error.attempts()[1].kind(), fixture.requests()), (ErrorKind::TimedOut, 0));
    let of_chain = Chain::builder(members).deadline(limit).build().unwrap();
    let error = of_chain.get_token(&request).await.unwrap_err();
    assert_eq!((error.attempts()[1].kind(), fixture.requests()), (ErrorKind::TimedOut, 0));
    // The request has the last word.
    let token = of_chain.get_token(&request.with_deadline(limit * 2)).await.unwrap();
    assert_eq!((token.credential(), fixture.requests()), ("ClientSecretCredential", 1));
}

#[flavour]
#[flavour_test]
async fn a_remembered_member_that_is_slow_to_go_leaves_no_time_for_others() {
    let fixture = Fixture::new();
    let member: Arc<dyn TokenCredential> = Arc::new(fixture.credential());
    let members: Vec<Arc<dyn TokenCredential>> =
        vec![Arc::new(Slow::new(&fixture, Some("at first"))), member.clone()];
    let chain = Chain::builder(members)
        .remember(Remember::WhileAvailable)
        .deadline(Duration::from_secs(5))
        .build()
        .unwrap();
    let request = TokenRequest::new(&[VAULT]);
    let token = chain.get_token(&request).await.unwrap();
    assert_eq!(token.secret(), "at first");
    let error = chain.get_token(&request).await.unwrap_err();
    assert_eq!((error.attempts()[0].kind(), fixture.requests()), (ErrorKind::TimedOut, 0), "{error}");
    // Nobody is remembered now, and the next call has all of its time.
    let token = chain.get_token(&request.with_deadline(Duration::from_secs(7))).await.unwrap();
    assert_eq!(token.credential(), "ClientSecretCredential");
    let forgetful = Chain::builder(vec![Arc::new(Slow::new(&fixture, None)), member]);
    let chain = forgetful.deadline(Duration::from_secs(5)).build().unwrap();
    let token = chain.get_token(&request).await.unwrap();
    assert!(token.is_from_cache(), "what is at hand needs no time");
}

/// Gives what it has, if anything; then it takes 6 s each time to say that it is not available.
#[derive(Debug)]
struct Slow {
    host: VirtualClock<Transport>,
    first: Mutex<Option<&'static str>>,
}

impl Slow {
    fn new(fixture: &Fixture, first: Option<&'static str>) -> Self {
        Self { host: fixture.host.clone(), first: Mutex::new(first) }
    }
}

#[flavour(AFIT)]
impl TokenCredential for Slow {
    fn name(&self) -> &str {
        "Slow"
    }

    fn get_token<'a>(
        &'a self,
        _request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(async move {
            if let Some(token) = self.first.lock().unwrap().take() {
                return Ok(AccessToken::new(token, SystemTime::now(), "Slow"));
            }
            self.host.advance(Duration::from_secs(6));
            Err(Error::unavailable("not here"))
        })
    }
}

/// A future that is ready soon enough for a test that fails, and far too late for the deadline.
struct Restless;

impl Source for Restless {
    fn name(&self) -> &str {
        "Restless"
    }

    fn configure(&mut self, _env: &Env) -> Result<()> {
        Ok(())
    }

    fn partition(&self) -> String {
        String::new()
    }

    fn acquire(&self, _request: &TokenRequest<'_>, _previous: Option<&Grant>, _moment: &Moment) -> Step {
        let mut polls = 0;
        let work = poll_fn(move |context| {
            polls += 1;
            if polls == 3_000_000 {
                return Poll::Ready(Err(Error::unavailable("it was polled all the time")));
            }
            context.waker().wake_by_ref();
            Poll::Pending
        });
        Step::Await(Box::pin(work), Box::new(|_, result| Step::Done(result)))
    }
}

#[flavour]
#[flavour_test]
async fn a_future_that_always_wakes_itself_ends_with_the_deadline() {
    let fixture = Fixture::new();
    let credential = CredentialOn::on(fixture.host.clone(), Restless).build().unwrap();
    let request = TokenRequest::new(&[VAULT]).with_deadline(Duration::from_millis(5));
    let error = credential.get_token(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
}
