//! Takes a credential through success and every failure, and keeps what it sent as canaries.

use std::error::Error as _;
use std::sync::Arc;

use identity_testing::emulator::{Emulator, Fault};

use super::flavour;
use super::identity::{ClientOptions, Result};
use super::identity::{Credential, Env, Error, Retry, Source, TokenCredential, TokenRequest, Transport};
use crate::witness;

const TOKEN: &str = "c4n4ry-token-that-the-server-sent";

const SCOPES: &[&str] = &["https://vault.azure.net/.default"];

/// Options with the retries that a test has the time for.
pub(super) fn options(entra: &Emulator) -> ClientOptions {
    ClientOptions::new().with_authority(entra.authority()).with_retry(Retry::none())
}

/// A credential, after everything that makes it has been shown.
pub(super) fn build<S: Source + std::fmt::Debug>(
    entra: &Emulator,
    source: S,
    env: Env,
) -> Result<Arc<dyn TokenCredential>> {
    witness::show(&format!("{source:?}"));
    let transport = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    let credential = Credential::builder(source).host(transport).env(env).build()?;
    witness::show(&format!("{credential:?} {:?}", credential.source()));
    Ok(Arc::new(credential))
}

/// What a server may do, among it to repeat what it was sent.
fn faults() -> Vec<Fault> {
    let mut faults = vec![
        Fault::status(500),
        Fault::html(502),
        Fault::empty(200),
        Fault::huge(200),
        Fault::truncated(),
        Fault::drop_connection(),
        Fault::redirect("https://elsewhere.example/"),
        Fault::body(200, "application/json", format!(r#"{{"access_token":"{TOKEN}","expires_in":"x"}}"#)),
        Fault::body(
            500,
            "application/json",
            format!(r#"{{"access_token":"{TOKEN}","refresh_token":"{TOKEN}""#),
        ),
    ];
    for content_type in ["application/json", "application/problem+json", "text/html", "text/plain"] {
        faults.extend([200, 400, 401, 503].map(|status| Fault::echo(status, content_type)));
    }
    faults
}

/// Shows an error in every way in which people look at one.
pub(super) fn show(error: &Error) {
    witness::show(&format!("{error} {error:?} {error:#?}"));
    let mut cause = error.source();
    while let Some(below) = cause {
        witness::show(&format!("{below} {below:?}"));
        cause = below.source();
    }
}

/// Success, then every failure at each of these parts of the server's paths. Nothing of what was sent may be seen.
#[flavour]
pub(super) async fn trial(
    entra: &Emulator,
    credential: Result<Arc<dyn TokenCredential>>,
    paths: &[&str],
    secrets: &[&str],
) {
    let credential = credential.unwrap();
    let mut canaries = vec![TOKEN.to_owned()];
    let token = credential.get_token(&TokenRequest::new(SCOPES)).await.unwrap();
    witness::show(&format!("{token:?}"));
    canaries.push(token.secret().to_owned());
    let again = TokenRequest::new(SCOPES).with_force_refresh(true);
    let mut failed = 0;
    for path in paths {
        for fault in faults() {
            entra.fail(fault.on(path).times(99));
            let result = credential.get_token(&again).await;
            entra.clear_faults();
            failed += usize::from(result.is_err());
            match result {
                Ok(token) => witness::show(&format!("{token:?}")),
                Err(error) => show(&error),
            }
        }
    }
    assert!(failed > 15, "{}: only {failed} failures", credential.name());
    credential.close().await;
    canaries.extend(entra.requests().iter().flat_map(|request| request.secrets()).map(str::to_owned));
    canaries.extend(secrets.iter().map(|secret| (*secret).to_owned()));
    canaries.sort();
    canaries.dedup();
    assert!(canaries.len() > 2, "{}: nothing secret was sent", credential.name());
    // Such as `1` for the padding of a form: found everywhere, and worth nothing.
    canaries.retain(|canary| canary.len() > 7);
    let canaries: Vec<&str> = canaries.iter().map(String::as_str).collect();
    witness::acquit(&canaries);
}
