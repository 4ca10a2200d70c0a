//! What is answered from the cache, what is not, and how entries are forgotten.

use super::fixture::TestCredential;
use super::identity::{AccessToken, Cache, ClientSecretCredential, Secret, TokenRequest};
use super::{Fixture, STORAGE, VAULT, flavour, flavour_test};

#[flavour]
#[flavour_test]
async fn a_second_request_is_answered_from_the_cache() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    let first = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    let second = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert!(!first.is_from_cache() && second.is_from_cache());
    assert_eq!(first.secret(), second.secret());
    assert_eq!(fixture.requests(), 1);
}

#[flavour]
#[flavour_test]
async fn a_token_says_where_it_came_from_and_who_it_is_for() {
    let fixture = Fixture::new();
    let token = fixture.credential().get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(
        (token.credential(), token.origin(), token.token_type()),
        ("ClientSecretCredential", "localhost", "Bearer")
    );
    let identity = token.describe().unwrap();
    assert_eq!(identity.tenant_id.as_deref(), Some(fixture.entra.tenant().id()));
    assert_eq!(identity.application_id.as_deref(), Some(fixture.entra.app().client_id()));
    assert!(!format!("{token:?}").contains(token.secret()));
}

#[flavour]
#[flavour_test]
async fn scopes_are_cached_apart() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    let vault = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    let storage = credential.get_token(&TokenRequest::new(&[STORAGE])).await.unwrap();
    assert_ne!(vault.describe().unwrap().audience, storage.describe().unwrap().audience);
    assert_eq!(fixture.requests(), 2);
}

#[flavour]
#[flavour_test]
async fn a_cached_token_can_be_looked_at_without_any_effect() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    let request = TokenRequest::new(&[VAULT]);
    assert!(credential.cached_token(&request).is_none());
    assert_eq!(fixture.requests(), 0);
    let token = credential.get_token(&request).await.unwrap();
    assert_eq!(credential.cached_token(&request).map(text), Some(text(token)));
    assert!(credential.cached_token(&request.with_claims("{}")).is_none());
}

#[flavour]
#[flavour_test]
async fn a_forced_refresh_passes_by_the_cache_and_feeds_it() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    let request = TokenRequest::new(&[VAULT]);
    credential.get_token(&request).await.unwrap();
    let forced = credential.get_token(&request.with_force_refresh(true)).await.unwrap();
    let cached = credential.get_token(&request).await.unwrap();
    assert_eq!((forced.secret(), fixture.requests()), (cached.secret(), 2));
}

#[flavour]
#[flavour_test]
async fn one_cache_may_serve_many_credentials_without_mixing_them() {
    let fixture = Fixture::new();
    let cache = Cache::new();
    let build = |tenant: &str| {
        let source = super::identity::ClientSecret::new(
            tenant,
            fixture.entra.app().client_id(),
            fixture.entra.secret(),
        );
        let source = source.with_options(fixture.options());
        TestCredential::on(fixture.host.clone(), source).cache(cache.clone()).build().unwrap()
    };
    let (by_id, twin) = (build(fixture.entra.tenant().id()), build(fixture.entra.tenant().id()));
    let by_domain = build(&fixture.entra.tenant().domains()[0]);
    by_id.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    let token = twin.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert!(token.is_from_cache());
    let token = by_domain.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert!(!token.is_from_cache());
    assert_eq!(cache.len(), 2);
    by_id.clear_cache();
    assert_eq!(cache.len(), 1);
}

#[flavour]
#[flavour_test]
async fn clones_share_the_cache() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    credential.clone().get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert!(token.is_from_cache());
}

#[test]
fn a_default_transport_is_not_needed_to_name_the_type() {
    fn takes(_: Option<ClientSecretCredential>) {}
    takes(None);
}

fn text(token: AccessToken) -> Secret {
    Secret::new(token.secret())
}
