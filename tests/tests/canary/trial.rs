//! Takes a credential through success and every failure, and keeps what it sent as canaries.

use std::error::Error as _;
use std::sync::Arc;

use identity_testing::emulator::{Emulator, Fault};

use super::flavour;
use super::identity::{ClientOptions, Result};
use super::identity::{
    Credential, Env, Error, PersistentCache, Retry, Source, TokenCredential, TokenRequest, Transport,
};
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
    build_with(entra, source, env, None)
}

/// The same with a cache that stays.
pub(super) fn build_with<S: Source + std::fmt::Debug>(
    entra: &Emulator,
    source: S,
    env: Env,
    cache: Option<PersistentCache>,
) -> Result<Arc<dyn TokenCredential>> {
    build_on(&transport(entra), source, env, cache)
}

/// What trusts the emulator. Making one takes a while: it reads all certificate authorities of the system.
pub(super) fn transport(entra: &Emulator) -> Transport {
    Transport::builder().add_certificate_authorities(entra.ca_pem()).build()
}

/// The same on a transport that several share.
pub(super) fn build_on<S: Source + std::fmt::Debug>(
    transport: &Transport,
    source: S,
    env: Env,
    cache: Option<PersistentCache>,
) -> Result<Arc<dyn TokenCredential>> {
    witness::show(&format!("{source:?} {env:?} {cache:?} {transport:?}"));
    let mut builder = Credential::builder(source).host(transport.clone()).env(env);
    if let Some(cache) = cache {
        builder = builder.persistent_cache(cache);
    }
    let credential = builder.build().inspect_err(show)?;
    witness::show(&format!("{credential:?} {:?}", credential.source()));
    Ok(Arc::new(credential))
}

/// What a server may do, among it to repeat what it was sent.
pub(super) fn faults() -> Vec<Fault> {
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
    trial_for(SCOPES, entra, credential, paths, secrets).await;
}

/// The same for these scopes.
#[flavour]
pub(super) async fn trial_for(
    scopes: &[&str],
    entra: &Emulator,
    credential: Result<Arc<dyn TokenCredential>>,
    paths: &[&str],
    secrets: &[&str],
) {
    let credential = credential.unwrap();
    let mut canaries = vec![TOKEN.to_owned()];
    let token = credential.get_token(&TokenRequest::new(scopes)).await.unwrap();
    witness::show(&format!("{token:?}"));
    canaries.push(token.secret().to_owned());
    let again = TokenRequest::new(scopes).with_force_refresh(true);
    let mut failed = 0;
    for path in paths {
        for fault in faults() {
            entra.fail(fault.on(path).times(99));
            let result = credential.get_token(&again).await;
            entra.clear_faults();
            failed += usize::from(result.is_err());
            match result {
                Ok(token) => {
                    witness::show(&format!("{token:?} {:?}", token.describe()));
                    canaries.push(token.secret().to_owned());
                }
                Err(error) => show(&error),
            }
        }
    }
    let report = credential.explain().await;
    witness::show(&format!("{report:?}"));
    assert!(failed > 15, "{}: only {failed} failures", credential.name());
    credential.close().await;
    canaries.extend(secrets.iter().map(|secret| (*secret).to_owned()));
    acquit(entra, canaries);
}

/// Nothing of this, and nothing secret that was sent, may have been seen.
pub(super) fn acquit(entra: &Emulator, mut canaries: Vec<String>) {
    let before = canaries.len();
    canaries.extend(entra.requests().iter().flat_map(|request| request.secrets()).map(str::to_owned));
    assert!(canaries.len() > before, "nothing secret was sent");
    canaries.sort();
    canaries.dedup();
    // Such as `1` for the padding of a form: found everywhere, and worth nothing.
    canaries.retain(|canary| canary.len() > 7);
    let canaries: Vec<&str> = canaries.iter().map(String::as_str).collect();
    witness::acquit(&canaries);
}
