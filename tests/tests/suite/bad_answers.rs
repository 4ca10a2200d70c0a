//! Answers that make no sense: a typed error that keeps the status, nothing cached, nothing hung.

use identity_testing::emulator::Fault;

use super::identity::{ClientOptions, CredentialOn, ErrorKind, Retry, TokenRequest};
use super::{Fixture, VAULT, flavour, flavour_test};

/// What one bad answer leads to, and that the next request starts afresh.
#[flavour]
async fn after(fault: Fault) -> super::identity::Error {
    let fixture = Fixture::new();
    let options = ClientOptions::new().with_authority(fixture.entra.authority()).with_retry(Retry::none());
    let credential =
        CredentialOn::on(fixture.host.clone(), fixture.source().with_options(options)).build().unwrap();
    fixture.entra.fail(fault);
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(error.credential(), Some("ClientSecretCredential"));
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert!(!token.is_from_cache());
    error
}

#[flavour]
#[flavour_test]
async fn html_never_hides_the_status() {
    let error = after(Fault::html(502)).await;
    assert_eq!(error.status().unwrap().as_u16(), 502);
    assert!(error.is_transient() && error.to_string().contains('<'), "{error}");
}

#[flavour]
#[flavour_test]
async fn an_empty_answer_says_so() {
    let error = after(Fault::empty(200)).await;
    assert!(error.to_string().contains("empty answer") && error.to_string().contains("HTTP 200"), "{error}");
}

#[flavour]
#[flavour_test]
async fn five_megabytes_are_not_read() {
    let error = after(Fault::huge(200)).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().contains("too large"), "{error}");
}

#[flavour]
#[flavour_test]
async fn a_description_of_a_megabyte_is_not_repeated() {
    let text = "password=x ".repeat(90_000);
    let body = format!(r#"{{"error":"invalid_client","error_description":"AADSTS7000215: {text}"}}"#);
    let error = after(Fault::body(401, "application/json", body)).await;
    assert_eq!(error.aadsts_codes(), [7_000_215]);
    assert!(error.to_string().len() < 10_000);
}

#[flavour]
#[flavour_test]
async fn a_body_cut_short_is_a_transport_error() {
    let error = after(Fault::truncated()).await;
    assert!(error.kind() == ErrorKind::Transport && error.is_transient(), "{error:?}");
}

#[flavour]
#[flavour_test]
async fn a_lost_connection_is_a_transport_error() {
    let error = after(Fault::drop_connection()).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[flavour]
#[flavour_test]
async fn redirects_are_not_followed() {
    let error = after(Fault::redirect("https://elsewhere.example/")).await;
    assert!(error.status().unwrap().is_redirection() && error.to_string().contains("redirect"), "{error}");
}

#[flavour]
#[flavour_test]
async fn times_of_wrong_types_are_named() {
    for (body, names) in [
        (r#"{"access_token":"t0k3n-t0k3n","expires_in":"soon"}"#, "expires_in"),
        (r#"{"access_token":"t0k3n-t0k3n","expires_in":[3600]}"#, "expires_in"),
        (r#"{"access_token":"t0k3n-t0k3n"}"#, "expires_on"),
        (r#"{"access_token":{},"expires_in":3600}"#, "access_token"),
        (r#"{"access_token":"t0k3n-t0k3n","expires_in":3600"#, "not a token"),
    ] {
        let error = after(Fault::body(200, "application/json", body)).await;
        assert!(
            error.to_string().contains(names) && !format!("{error} {error:?}").contains("t0k3n"),
            "{error:?}"
        );
    }
}

#[flavour]
#[flavour_test]
async fn numbers_as_text_and_a_wrong_content_type_are_fine() {
    let fixture = Fixture::new();
    fixture.entra.fail(Fault::body(200, "text/plain", r#"{"access_token":"t","expires_in":"3600"}"#));
    let token = fixture.credential().get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(token.secret(), "t");
}
