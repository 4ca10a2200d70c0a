//! When another person signs in, nothing of the one before is given any more.

use identity_testing::family::Family;

use super::identity::{CredentialOn, TokenRequest};
use super::{Fixture, STORAGE, VAULT, flavour, flavour_test};

#[flavour]
#[flavour_test]
async fn a_credential_is_never_two_people_at_once() {
    let fixture = Fixture::new();
    let source = Family::new(["ada", "ada", "bob", "bob"]);
    let credential = CredentialOn::on(fixture.host.clone(), source).build().unwrap();
    let (vault, storage) = (TokenRequest::new(&[VAULT]), TokenRequest::new(&[STORAGE]));
    let mut given = Vec::new();
    for request in [&vault, &storage, &storage.with_force_refresh(true), &vault, &storage] {
        let token = credential.get_token(request).await.unwrap();
        given.push(token.secret().to_owned());
    }
    assert_eq!(given, ["ada", "ada", "bob", "bob", "bob"]);
}
