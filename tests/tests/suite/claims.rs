//! Claims challenges and continuous access evaluation.

use super::identity::{TokenRequest, claims};
use super::{Fixture, VAULT, flavour, flavour_test};

#[flavour]
#[flavour_test]
async fn claims_pass_by_the_cache_and_their_token_serves_everybody() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    let request = TokenRequest::new(&[VAULT]);
    credential.get_token(&request).await.unwrap();
    let header = "Bearer error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ\"";
    let headers = [(http::header::WWW_AUTHENTICATE, header.parse().unwrap())].into_iter().collect();
    let challenge = claims::challenge(&headers).unwrap();
    let challenged = credential.get_token(&request.with_claims(&challenge)).await.unwrap();
    assert_eq!(fixture.requests(), 2);
    let sent = fixture.entra.requests();
    assert_eq!(sent.last().unwrap().form("claims"), Some(r#"{"access_token":{"nbf":{"essential":true}}}"#));
    let token = credential.get_token(&request).await.unwrap();
    assert_eq!(token.secret(), challenged.secret());
}

#[flavour]
#[flavour_test]
async fn cae_tokens_and_others_never_mix() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    let request = TokenRequest::new(&[VAULT]);
    let plain = credential.get_token(&request).await.unwrap();
    let cae = credential.get_token(&request.with_cae(true)).await.unwrap();
    assert_ne!(plain.secret(), cae.secret());
    assert!(fixture.entra.requests().last().unwrap().form("claims").unwrap().contains("CP1"));
    let token = credential.get_token(&request.with_cae(true)).await.unwrap();
    assert_eq!(token.secret(), cae.secret());
    let token = credential.get_token(&request).await.unwrap();
    assert_eq!(token.secret(), plain.secret());
    assert!(cae.expires_on() > plain.expires_on());
}

#[flavour]
#[flavour_test]
async fn claims_that_cannot_carry_the_capability_are_refused() {
    let fixture = Fixture::new();
    let request = TokenRequest::new(&[VAULT]).with_claims("not json").with_cae(true);
    let error = fixture.credential().get_token(&request).await.unwrap_err();
    assert!(error.to_string().contains("not json"), "{error}");
    assert_eq!(fixture.requests(), 0);
}
