//! Every call ends: by the caller's deadline if nothing else ends it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use identity_testing::emulator::Fault;

use super::doubles::VirtualClock;
use super::identity::{
    AccessToken, Chain, Error, ErrorKind, Result, TokenCredential, TokenRequest, Transport,
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
    assert!(
        matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Transport) && error.is_transient(),
        "{error:?}"
    );
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
    let slow = Slow { host: fixture.host.clone(), takes: Duration::from_secs(6) };
    let members: Vec<Arc<dyn TokenCredential>> = vec![Arc::new(slow), Arc::new(fixture.credential())];
    let chain = Chain::new(members).unwrap();
    let request = TokenRequest::new(&[VAULT]).with_deadline(Duration::from_secs(5));
    let error = chain.get_token(&request).await.unwrap_err();
    assert_eq!((error.attempts()[1].kind(), fixture.requests()), (ErrorKind::TimedOut, 0));
}

/// Takes its time, and is not available then.
struct Slow {
    host: VirtualClock<Transport>,
    takes: Duration,
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
            self.host.advance(self.takes);
            Err(Error::unavailable("not here"))
        })
    }
}
