//! The end of a credential.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use identity_testing::emulator::Fault;

use super::doubles::{ScriptedCredential, StaticCredential};
use super::fixture::TestCredential;
use super::identity::{AccessToken, Chain, Error, ErrorKind, Refresh, Result, TokenCredential, TokenRequest};
use super::{Fixture, VAULT, flavour, flavour_test};

#[flavour]
#[flavour_test]
async fn a_closed_credential_gives_nothing_not_even_what_is_cached() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    credential.close().await;
    credential.close().await;
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!((error.kind(), fixture.requests()), (ErrorKind::Closed, 1));
    assert!(credential.cached_token(&TokenRequest::new(&[VAULT])).is_none());
}

#[flavour]
#[flavour_test]
async fn a_close_ends_background_work() {
    let fixture = Fixture::new();
    let credential = TestCredential::on(fixture.host.clone(), fixture.source())
        .refresh(Refresh::Background)
        .build()
        .unwrap();
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    fixture.entra.fail(Fault::status(503).retry_after(30).times(99));
    fixture.host.advance(Duration::from_secs(3400));
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    credential.close().await;
    let before = fixture.requests();
    fixture.host.advance(Duration::from_secs(120));
    assert_eq!(fixture.requests(), before);
}

#[flavour]
#[flavour_test]
async fn closing_a_chain_closes_its_members() {
    let member = Arc::new(ScriptedCredential::new("Member", []));
    let chain = Chain::new(vec![member.clone(), Arc::new(StaticCredential::new("t"))]).unwrap();
    chain.close().await;
    assert!(member.is_closed());
}

#[flavour]
#[flavour_test]
async fn a_chain_that_is_closed_asks_nobody_else() {
    let (closing, next) = (Arc::new(Closing::default()), Arc::new(ScriptedCredential::new("Next", [])));
    let chain = Chain::new(vec![closing.clone(), next.clone()]).unwrap();
    closing.0.set(chain.clone()).unwrap();
    let error = chain.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!((error.kind(), next.calls()), (ErrorKind::Closed, 0));
}

/// Closes the chain that it is in, as somebody else may at any time.
#[derive(Debug, Default)]
struct Closing(OnceLock<Chain>);

#[flavour(AFIT)]
impl TokenCredential for Closing {
    fn name(&self) -> &str {
        "Closing"
    }

    fn get_token<'a>(
        &'a self,
        _request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(async move {
            self.0.get().unwrap().close().await;
            Err(Error::unavailable("not here"))
        })
    }
}

#[flavour]
#[flavour_test]
async fn the_object_safe_trait_closes_too() {
    let fixture = Fixture::new();
    let credential: Arc<dyn TokenCredential> = Arc::new(fixture.credential());
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    credential.close().await;
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}
