//! What becomes of a token that a resource refused: it is replaced, wherever it was kept.

use super::fixture::TestCredential;
use super::identity::{ClientSecret, TokenRequest};
use super::{Fixture, Home, VAULT, flavour, flavour_test};

#[flavour]
#[flavour_test]
async fn an_invalidated_token_is_replaced_and_a_newer_one_is_kept() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    let request = TokenRequest::new(&[VAULT]);
    let old = credential.get_token(&request).await.unwrap();
    assert!(credential.invalidate(&request, &old));
    let new = credential.get_token(&request).await.unwrap();
    assert_ne!(old.secret(), new.secret());
    assert!(!credential.invalidate(&request, &old));
    let token = credential.get_token(&request).await.unwrap();
    assert!(token.is_from_cache());
}

#[flavour]
#[flavour_test]
async fn it_is_replaced_in_the_persistent_cache_as_well() {
    let (fixture, home) = (Fixture::new(), Home::new());
    let build = || {
        let (tenant, app) = (fixture.entra.tenant().id(), fixture.entra.app().client_id());
        let source = ClientSecret::new(tenant, app, fixture.entra.secret()).with_options(fixture.options());
        TestCredential::on(fixture.host.clone(), source).persistent_cache(home.cache()).build().unwrap()
    };
    let (credential, request) = (build(), TokenRequest::new(&[VAULT]));
    let old = credential.get_token(&request).await.unwrap();
    let kept = build().get_token(&request).await.unwrap();
    assert_eq!((kept.secret(), fixture.requests()), (old.secret(), 1));
    assert!(credential.invalidate(&request, &old));
    let new = credential.get_token(&request).await.unwrap();
    assert_ne!(new.secret(), old.secret());
    let kept = build().get_token(&request).await.unwrap();
    assert_eq!((kept.secret(), fixture.requests()), (new.secret(), 2));
    // What is only forgotten is found there again.
    credential.clear_cache();
    let found = credential.get_token(&request).await.unwrap();
    assert_eq!((found.secret(), fixture.requests()), (new.secret(), 2));
}
