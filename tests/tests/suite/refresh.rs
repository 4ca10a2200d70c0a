//! When tokens are replaced: on time, once, without anybody who holds a valid one noticing.

use std::time::Duration;

use identity_testing::emulator::Fault;

use super::fixture::TestCredential;
use super::identity::{Refresh, TokenRequest};
use super::{Fixture, STORAGE, VAULT, flavour, flavour_test};

const HOUR: u64 = 3600;

#[flavour]
#[flavour_test]
async fn a_token_is_replaced_five_minutes_before_it_expires() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    let first = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    fixture.host.advance(Duration::from_secs(HOUR - 310));
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert!(token.is_from_cache());
    fixture.host.advance(Duration::from_secs(20));
    fixture.entra.move_clock(3310);
    let second = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_ne!(first.secret(), second.secret());
}

#[flavour]
#[flavour_test]
async fn the_server_may_say_when() {
    let fixture = Fixture::new();
    fixture.entra.set_refresh_in(Some(Duration::from_secs(600)));
    let credential = fixture.credential();
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(
        token.refresh_on().unwrap().duration_since(token.obtained_on().unwrap()).unwrap(),
        Duration::from_secs(600)
    );
    fixture.host.advance(Duration::from_secs(601));
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert!(!token.is_from_cache());
}

#[flavour]
#[flavour_test]
async fn a_request_for_another_scope_puts_off_an_early_refresh() {
    let fixture = Fixture::new();
    fixture.entra.set_refresh_in(Some(Duration::from_secs(600)));
    let credential = fixture.credential();
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    fixture.host.advance(Duration::from_secs(590));
    credential.get_token(&TokenRequest::new(&[STORAGE])).await.unwrap();
    for (seconds, requests) in [(15, 2), (14, 2), (1, 3)] {
        fixture.host.advance(Duration::from_secs(seconds));
        credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
        assert_eq!(fixture.requests(), requests);
    }
}

#[flavour]
#[flavour_test]
async fn requests_without_end_put_off_the_refresh_of_another_scope_once_only() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    let busy = TokenRequest::new(&[STORAGE]).with_force_refresh(true);
    let hot = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    fixture.host.advance(Duration::from_secs(HOUR - 290));
    for is_old in [true, false] {
        for _ in 0..2 {
            credential.get_token(&busy).await.unwrap();
            fixture.host.advance(Duration::from_secs(20));
        }
        let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
        assert_eq!(token.secret() == hot.secret(), is_old);
    }
}

#[flavour]
#[flavour_test]
async fn a_failing_refresh_fails_nobody_and_is_not_repeated_at_once() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    let first = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    fixture.entra.fail(Fault::entra(400, "invalid_client", 7_000_215).times(2));
    fixture.host.advance(Duration::from_secs(HOUR - 200));
    for _ in 0..5 {
        let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
        assert_eq!(token.secret(), first.secret());
    }
    assert_eq!(fixture.requests(), 2);
    fixture.host.advance(Duration::from_secs(31));
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(token.secret(), first.secret());
    assert_eq!(fixture.requests(), 3);
}

#[flavour]
#[flavour_test]
async fn an_expired_token_is_never_handed_out() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    fixture.entra.fail(Fault::entra(400, "invalid_client", 7_000_215));
    fixture.host.advance(Duration::from_secs(HOUR + 1));
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(error.aadsts_codes(), [7_000_215]);
}

#[flavour]
#[flavour_test]
async fn a_refresh_that_outlasts_the_token_gives_its_error() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    // Three retries after a status, in 4.8 s of virtual time, and the token has 3 s left.
    fixture.entra.fail(Fault::status(503).times(4));
    fixture.host.advance(Duration::from_secs(HOUR - 3));
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(503));
}

#[flavour]
#[flavour_test]
async fn in_the_background_the_caller_does_not_wait() {
    let fixture = Fixture::new();
    let credential = TestCredential::on(fixture.host.clone(), fixture.source())
        .refresh(Refresh::Background)
        .build()
        .unwrap();
    let first = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    fixture.entra.fail(Fault::silence(Duration::from_secs(3600)));
    fixture.host.advance(Duration::from_secs(HOUR - 200));
    // The endpoint never answers: whoever waited for it would wait for ever.
    for _ in 0..100 {
        let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
        assert_eq!(token.secret(), first.secret());
    }
}

#[flavour]
#[flavour_test]
async fn a_clock_set_back_does_not_keep_a_token_for_ever() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    let first = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    fixture.host.set_back(Duration::from_secs(7200));
    let second = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_ne!(first.secret(), second.secret());
}
