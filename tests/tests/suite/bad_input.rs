//! Input that cannot work: refused by name, with the remedy, before anything is sent.

use super::identity::{
    ClientOptions, ClientSecret, ClientSecretCredential, CredentialOn, Env, Error, ErrorKind, TokenRequest,
};
use super::{Fixture, VAULT, flavour, flavour_test};

fn refused(source: ClientSecret) -> Error {
    let error = ClientSecretCredential::builder(source).env(Env::empty()).build().unwrap_err();
    assert_eq!(
        (error.kind(), error.credential()),
        (ErrorKind::InvalidArgument, Some("ClientSecretCredential"))
    );
    error
}

#[test]
fn missing_or_malformed_ids_are_named() {
    for (tenant, client, secret, names) in [
        ("", "app", "s", "tenant_id is empty"),
        ("con toso", "app", "s", "\"con toso\""),
        ("../common", "app", "s", "\"../common\""),
        ("..", "app", "s", "\"..\""),
        ("contoso", "", "s", "client_id"),
        ("contoso", "a\nb", "s", "client_id"),
        ("contoso", "app", "", "client_secret"),
    ] {
        let error = refused(ClientSecret::new(tenant, client, secret));
        assert!(error.to_string().contains(names), "{error}");
    }
}

#[test]
fn authorities_must_be_https() {
    for authority in ["http://login.example", "ftp://x", "", "https://user@host"] {
        let options = ClientOptions::new().with_authority(authority);
        let error = refused(ClientSecret::new("t", "c", "s").with_options(options));
        assert!(error.to_string().contains("https"), "{error}");
    }
}

#[test]
fn a_bad_variable_is_named() {
    let env = Env::from_iter([("AZURE_AUTHORITY_HOST", "http://login.example")]);
    let error =
        ClientSecretCredential::builder(ClientSecret::new("t", "c", "s")).env(env).build().unwrap_err();
    assert!(error.to_string().contains("AZURE_AUTHORITY_HOST"), "{error}");
}

#[flavour]
#[flavour_test]
async fn scopes_are_needed() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    for scopes in [&[][..], &[""], &[VAULT, " "], &["two scopes"], &["two\tscopes"], &["two\r\nlines"]] {
        let error = credential.get_token(&TokenRequest::new(scopes)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains("scope"), "{error}");
    }
    assert_eq!(fixture.requests(), 0);
}

#[flavour]
#[flavour_test]
async fn a_proxy_or_authority_certificate_that_cannot_be_read_is_an_error() {
    let fixture = Fixture::new();
    let transport = super::identity::Transport::builder().add_certificate_authorities("not PEM").build();
    let credential = CredentialOn::on(transport, fixture.source()).build().unwrap();
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert!(error.to_string().contains("PEM"), "{error}");
}
