//! Many callers, one request: its token and its error are shared.

use identity_testing::emulator::Fault;

use super::identity::TokenRequest;
use super::{Fixture, STORAGE, VAULT, flavour, flavour_test};

#[flavour]
#[flavour_test]
async fn one_after_another_needs_one_request_per_scope() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    for scope in [VAULT, STORAGE].into_iter().cycle().take(20) {
        credential.get_token(&TokenRequest::new(&[scope])).await.unwrap();
    }
    assert_eq!(fixture.requests(), 2);
}

#[flavour]
#[flavour_test]
async fn errors_are_not_cached() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    fixture.entra.fail(Fault::entra(400, "invalid_client", 7_000_215));
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
}
