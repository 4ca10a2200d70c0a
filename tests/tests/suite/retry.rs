//! What is tried again, and when.

use std::time::Duration;

use identity_testing::emulator::Fault;

use super::identity::{ClientSecret, CredentialOn, ErrorKind, Retry, TokenRequest};
use super::{Fixture, VAULT, flavour, flavour_test};

#[flavour]
#[flavour_test]
async fn transient_failures_are_retried_until_they_pass() {
    let fixture = Fixture::new();
    fixture.entra.fail(Fault::status(503));
    fixture.entra.fail(Fault::html(502));
    fixture.entra.fail(Fault::drop_connection());
    fixture.credential().get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(fixture.host.pauses(), [Duration::from_millis(1600), Duration::from_millis(3200)]);
}

#[flavour]
#[flavour_test]
async fn the_server_names_the_delay() {
    let fixture = Fixture::new();
    fixture.entra.fail(Fault::status(429).retry_after(17));
    fixture.credential().get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(fixture.host.pauses(), [Duration::from_secs(17)]);
}

#[flavour]
#[flavour_test]
async fn refusals_are_final() {
    let fixture = Fixture::new();
    let source = ClientSecret::new(fixture.entra.tenant().id(), fixture.entra.app().client_id(), "not it")
        .with_options(fixture.options());
    let credential = CredentialOn::on(fixture.host.clone(), source).build().unwrap();
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.aadsts_codes(), fixture.requests()),
        (ErrorKind::Authentication, &[7_000_215][..], 1)
    );
    assert!(!error.is_transient() && error.remedy().is_some() && error.correlation_id().is_some());
}

#[flavour]
#[flavour_test]
async fn the_last_answer_counts_when_retries_are_used_up() {
    let fixture = Fixture::new();
    fixture.entra.fail(Fault::entra(503, "temporarily_unavailable", 90033).times(9));
    let error = fixture.credential().get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), fixture.requests()), (503, 4));
    assert!(error.is_transient());
}

#[flavour]
#[flavour_test]
async fn retries_can_be_turned_off() {
    let fixture = Fixture::new();
    fixture.entra.fail(Fault::status(503).times(9));
    let source = fixture.source().with_options(fixture.options().with_retry(Retry::none()));
    let credential = CredentialOn::on(fixture.host.clone(), source).build().unwrap();
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(fixture.requests(), 1);
}
