//! A credential that knows who its tokens must be for gives them to nobody else, and keeps no others.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::doubles::{ScriptedCredential, StaticCredential};
use super::fixture::TestCredential;
use super::identity::{AccessToken, Cache, Chain, ErrorKind, Expected, TokenRequest};
use super::{Fixture, VAULT, flavour, flavour_test};

const STRANGER: &str = "99999999-9999-9999-9999-999999999999";

#[flavour]
#[flavour_test]
async fn the_expected_identity_passes() {
    let fixture = Fixture::new();
    let expected = Expected::new()
        .tenant_id(fixture.entra.tenant().id())
        .application_id(fixture.entra.app().client_id().to_uppercase());
    let credential =
        TestCredential::on(fixture.host.clone(), fixture.source()).expect(expected).build().unwrap();
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert!(credential.cached_token(&TokenRequest::new(&[VAULT])).is_some());
    let application = token.describe().unwrap().application_id;
    assert_eq!(application.as_deref(), Some(fixture.entra.app().client_id()));
}

#[flavour]
#[flavour_test]
async fn a_token_for_another_is_refused_and_not_kept() {
    let fixture = Fixture::new();
    let cache = Cache::new();
    let others =
        TestCredential::on(fixture.host.clone(), fixture.source()).cache(cache.clone()).build().unwrap();
    others.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    let credential = TestCredential::on(fixture.host.clone(), fixture.source())
        .cache(cache.clone())
        .expect(Expected::new().application_id(STRANGER))
        .build()
        .unwrap();
    // Not even the one that another credential keeps in the same cache.
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongIdentity);
    let text = error.to_string();
    assert!(text.contains(STRANGER) && text.contains(fixture.entra.app().client_id()), "{text}");
    assert!(credential.cached_token(&TokenRequest::new(&[VAULT])).is_none());
    assert_eq!(cache.len(), 1);
}

#[flavour]
#[flavour_test]
async fn a_chain_stops_at_the_wrong_identity() {
    let fixture = Fixture::new();
    let never = Arc::new(ScriptedCredential::new("Never", []));
    let wrong = Arc::new(fixture.credential());
    let chain = Chain::builder(vec![wrong.clone(), never.clone()])
        .expect(Expected::new().object_id(STRANGER))
        .build()
        .unwrap();
    let error = chain.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    let kind = error.attempt("ClientSecretCredential").map(super::identity::Error::kind);
    assert_eq!((kind, never.calls()), (Some(ErrorKind::WrongIdentity), 0));
    // The member does not keep it for the next one who asks.
    assert!(wrong.cached_token(&TokenRequest::new(&[VAULT])).is_none());
}

#[flavour]
#[flavour_test]
async fn a_token_that_cannot_be_read_is_nobodys() {
    let token = AccessToken::new("opaque", SystemTime::now() + Duration::from_secs(60), "Own");
    let own = Arc::new(ScriptedCredential::new("Own", [Ok(token)]));
    let expected = Expected::new().tenant_id(STRANGER);
    let chain =
        Chain::builder(vec![own, Arc::new(StaticCredential::new("t"))]).expect(expected).build().unwrap();
    let error = chain.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
}

#[test]
fn only_ids_can_be_expected() {
    let fixture = Fixture::new();
    let builder = TestCredential::on(fixture.host.clone(), fixture.source());
    let error = builder.expect(Expected::new().tenant_id("contoso.example")).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}
