//! Requests for other tenants than the configured one.

use super::fixture::TestCredential;
use super::identity::{ErrorKind, TokenRequest};
use super::{Fixture, VAULT, flavour, flavour_test};
use identity_testing::emulator::MULTI_TENANT_APP;

fn multi_tenant(fixture: &Fixture, allowed: &[&str]) -> TestCredential {
    let app = fixture.entra.apps().iter().find(|app| app.client_id() == MULTI_TENANT_APP).unwrap();
    let options = allowed.iter().fold(fixture.options(), |options, tenant| options.allow_tenant(*tenant));
    let secret = app.secrets().next().unwrap();
    let source = super::identity::ClientSecret::new(fixture.entra.tenant().id(), MULTI_TENANT_APP, secret);
    TestCredential::on(fixture.host.clone(), source.with_options(options)).build().unwrap()
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
