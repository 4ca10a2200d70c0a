//! When another person signs in, nothing of the one before is given any more.

use std::sync::Mutex;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::identity::{CredentialOn, Env, Grant, Moment, Result, Source, Step, TokenRequest};
use super::{Fixture, STORAGE, VAULT, flavour, flavour_test};

/// A sign-in of whoever is next in the list, which no refresh token can avoid.
struct Family(Mutex<Vec<&'static str>>);

impl Source for Family {
    fn name(&self) -> &str {
        "Family"
    }

    fn configure(&mut self, _env: &Env) -> Result<()> {
        Ok(())
    }

    fn partition(&self) -> String {
        "family".into()
    }

    fn acquire(&self, _request: &TokenRequest<'_>, _previous: Option<&Grant>, moment: &Moment) -> Step {
        let name = self.0.lock().unwrap().remove(0);
        let mut grant = Grant::new(name, moment.now() + Duration::from_secs(3600), moment.now());
        let encoded = |json: String| URL_SAFE_NO_PAD.encode(json);
        grant.id_token = Some(format!("e30.{}.x", encoded(format!(r#"{{"sub":"{name}"}}"#))).into());
        Step::Done(Ok(grant))
    }
}

#[flavour]
#[flavour_test]
async fn a_credential_is_never_two_people_at_once() {
    let fixture = Fixture::new();
    let source = Family(Mutex::new(vec!["ada", "ada", "bob", "bob"]));
    let credential = CredentialOn::on(fixture.host.clone(), source).build().unwrap();
    let (vault, storage) = (TokenRequest::new(&[VAULT]), TokenRequest::new(&[STORAGE]));
    let mut given = Vec::new();
    for request in [&vault, &storage, &storage.with_force_refresh(true), &vault, &storage] {
        let token = credential.get_token(request).await.unwrap();
        given.push(token.secret().to_owned());
    }
    assert_eq!(given, ["ada", "ada", "bob", "bob", "bob"]);
}
