//! Drives credentials through success and every failure.

use std::error::Error as _;
use std::sync::Arc;

use identity_testing::emulator::{App, Emulator, Fault, Tenant};

use super::flavour;
use super::flavour_test;
use super::identity::{
    ClientOptions, ClientSecret, Credential, Result, Retry, Source, TokenCredential, TokenRequest, Transport,
};
use crate::witness;

const SECRET: &str = "c4n4ry~secret+/=&%-of-the-application";
const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const APP: &str = "aaaaaaaa-0000-0000-0000-00000000cafe";

fn emulator() -> Emulator {
    Emulator::builder()
        .tenant(Tenant::new(TENANT))
        .app(App::new(APP).tenant(TENANT).secret(SECRET))
        .start()
        .unwrap()
}

/// A credential with its canaries.
type Suspect = (Result<Arc<dyn TokenCredential>>, Vec<String>);

/// Every credential.
fn credentials(entra: &Emulator) -> Vec<Suspect> {
    let options =
        || ClientOptions::new().with_authority(entra.authority()).with_retry(Retry::default().with_total(1));
    let encoded = "c4n4ry~secret%2B%2F%3D%26%25-of-the-application";
    vec![(
        build(entra, ClientSecret::new(TENANT, APP, SECRET).with_options(options())),
        vec![SECRET.to_owned(), encoded.to_owned()],
    )]
}

fn build<S: Source + std::fmt::Debug>(entra: &Emulator, source: S) -> Result<Arc<dyn TokenCredential>> {
    witness::show(&format!("{source:?}"));
    let transport = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    witness::show(&format!("{transport:?}"));
    let credential = Credential::builder(source).host(transport).build()?;
    witness::show(&format!("{credential:?}"));
    Ok(Arc::new(credential))
}

/// What a server may do, among it to repeat what it was sent.
fn faults() -> Vec<Fault> {
    let echo = format!("you sent {SECRET} and c4n4ry~secret%2B%2F%3D%26%25-of-the-application");
    let entra = format!(r#"{{"error":"invalid_client","error_description":"AADSTS7000215: {echo}"}}"#);
    let token = "c4n4ry-token-that-the-server-sent";
    vec![
        Fault::status(500),
        Fault::html(502),
        Fault::empty(200),
        Fault::huge(200),
        Fault::truncated(),
        Fault::drop_connection(),
        Fault::redirect("https://elsewhere.example/"),
        Fault::body(400, "application/json", entra.clone()),
        Fault::body(503, "application/json", entra),
        Fault::body(418, "text/plain", echo),
        Fault::body(200, "application/json", format!(r#"{{"access_token":"{token}"}}"#)),
        Fault::body(200, "application/json", format!(r#"{{"access_token":"{token}","expires_in":"x"}}"#)),
        Fault::body(
            500,
            "application/json",
            format!(r#"{{"access_token":"{token}","refresh_token":"{token}""#),
        ),
    ]
}

#[flavour]
#[flavour_test]
async fn no_secret_is_seen() {
    witness::watch();
    let entra = emulator();
    let mut canaries = vec!["c4n4ry-token-that-the-server-sent".to_owned()];
    for (credential, secrets) in credentials(&entra) {
        let credential = credential.unwrap();
        canaries.extend(secrets);
        let request = TokenRequest::new(&["https://vault.azure.net/.default"]).with_force_refresh(true);
        let result = credential.get_token(&request).await;
        let token = result.unwrap();
        witness::show(&format!("{token:?}"));
        canaries.push(token.secret().to_owned());
        for fault in faults() {
            entra.clear_faults();
            entra.fail(fault.times(9));
            let result = credential.get_token(&request).await;
            let error = result.unwrap_err();
            witness::show(&format!("{error} {error:?} {error:#?}"));
            let mut cause = error.source();
            while let Some(below) = cause {
                witness::show(&format!("{below} {below:?}"));
                cause = below.source();
            }
        }
        credential.close().await;
    }
    let canaries: Vec<&str> = canaries.iter().map(String::as_str).collect();
    witness::acquit(&canaries);
}
