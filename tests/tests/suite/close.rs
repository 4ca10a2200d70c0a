//! The end of a credential.

use std::sync::Arc;
use std::time::Duration;

use identity_testing::emulator::Fault;

use super::doubles::{ScriptedCredential, StaticCredential};
use super::fixture::TestCredential;
use super::identity::{Chain, ErrorKind, Refresh, TokenCredential, TokenRequest};
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
async fn the_object_safe_trait_closes_too() {
    let fixture = Fixture::new();
    let credential: Arc<dyn TokenCredential> = Arc::new(fixture.credential());
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    credential.close().await;
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}
