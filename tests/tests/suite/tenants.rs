//! Requests for other tenants than the configured one.

use std::time::Duration;

use super::doubles::VirtualClock;
use super::fixture::TestCredential;
use super::identity::{Builder, Cache, ClientSecret, Env, ErrorKind, Refresh, TokenRequest, Transport};
use super::{Fixture, VAULT, flavour, flavour_test};
use identity_testing::emulator::MULTI_TENANT_APP;

fn multi_tenant(fixture: &Fixture, allowed: &[&str]) -> TestCredential {
    builder(fixture, allowed).build().unwrap()
}

fn builder(fixture: &Fixture, allowed: &[&str]) -> Builder<ClientSecret, VirtualClock<Transport>> {
    let app = fixture.entra.apps().iter().find(|app| app.client_id() == MULTI_TENANT_APP).unwrap();
    let options = allowed.iter().fold(fixture.options(), |options, tenant| options.allow_tenant(*tenant));
    let secret = app.secrets().next().unwrap();
    let source = ClientSecret::new(fixture.entra.tenant().id(), MULTI_TENANT_APP, secret);
    TestCredential::on(fixture.host.clone(), source.with_options(options)).refresh(Refresh::Inline)
}

#[flavour]
#[flavour_test]
async fn other_tenants_are_refused_before_anything_is_sent() {
    let fixture = Fixture::new();
    let credential = multi_tenant(&fixture, &[]);
    let other = fixture.entra.tenants()[1].id();
    let error = credential.get_token(&TokenRequest::new(&[VAULT]).with_tenant_id(other)).await.unwrap_err();
    assert_eq!((error.kind(), fixture.requests()), (ErrorKind::TenantNotAllowed, 0));
    assert!(
        error.to_string().contains(other) && error.to_string().contains(fixture.entra.tenant().id()),
        "{error}"
    );
}

#[flavour]
#[flavour_test]
async fn listed_tenants_and_the_wildcard_are_allowed_and_cached_apart() {
    let fixture = Fixture::new();
    let other = fixture.entra.tenants()[1].id().to_owned();
    for allowed in [other.as_str(), "*"] {
        let credential = multi_tenant(&fixture, &[allowed]);
        let own = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
        let theirs = credential.get_token(&TokenRequest::new(&[VAULT]).with_tenant_id(&other)).await.unwrap();
        assert_eq!(theirs.describe().unwrap().tenant_id.as_deref(), Some(other.as_str()));
        assert_ne!(own.secret(), theirs.secret());
        let again = credential.get_token(&TokenRequest::new(&[VAULT]).with_tenant_id(&other)).await.unwrap();
        assert!(again.is_from_cache());
    }
}

#[flavour]
#[flavour_test]
async fn naming_the_own_tenant_is_naming_none() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    let own = fixture.entra.tenant().id().to_uppercase();
    let token = credential.get_token(&TokenRequest::new(&[VAULT]).with_tenant_id(&own)).await.unwrap();
    assert!(token.is_from_cache());
}

#[flavour]
#[flavour_test]
async fn a_shared_cache_gives_no_token_of_a_tenant_that_is_not_allowed() {
    let (fixture, cache) = (Fixture::new(), Cache::new());
    let other = fixture.entra.tenants()[1].id();
    let request = TokenRequest::new(&[VAULT]).with_tenant_id(other);
    let open = builder(&fixture, &["*"]).cache(cache.clone()).build().unwrap();
    open.get_token(&request).await.unwrap();
    let strict = builder(&fixture, &[]).cache(cache).build().unwrap();
    assert!(strict.cached_token(&request).is_none() && open.cached_token(&request).is_some());
    let error = strict.get_token(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TenantNotAllowed);
}

#[flavour]
#[flavour_test]
async fn a_credential_bound_to_its_tenant_refreshes_in_time_whatever_tenant_is_named() {
    let fixture = Fixture::new();
    let env = Env::from_iter([("AZURE_IDENTITY_DISABLE_MULTITENANTAUTH", "true")]);
    let credential = builder(&fixture, &[]).env(env).build().unwrap();
    let request = TokenRequest::new(&[VAULT]).with_tenant_id(fixture.entra.tenants()[1].id());
    let first = credential.get_token(&request).await.unwrap();
    fixture.host.advance(Duration::from_secs(3400));
    fixture.entra.move_clock(3400);
    let second = credential.get_token(&request).await.unwrap();
    assert_ne!(first.secret(), second.secret());
}
