//! Obtains each token twice, from the service and from the cache, and closes the credential.

use std::time::{Duration, Instant, SystemTime};

use identity_testing::emulator::Emulator;

use super::super::table::{Obtained, Row};
use super::cases::{Case, cases};
use super::flavour;
use super::identity::{AccessToken, Error, Result, TokenRequest};

/// One row per credential.
#[flavour]
pub(in super::super) async fn rows(entra: &Emulator) -> Vec<Row> {
    let mut rows = Vec::new();
    for (position, case) in cases(entra).into_iter().enumerate() {
        let name = case.name;
        let outcome = obtain(case, entra).await.map_err(|error| error.to_string());
        rows.push(Row { position, credential: name, flavour: super::FLAVOUR, outcome });
    }
    rows
}

#[flavour]
async fn obtain(case: Case, entra: &Emulator) -> Result<Obtained> {
    let credential = case.credential?;
    let request = TokenRequest::new(&["https://vault.azure.net/.default"]);
    let (asked, started) = (entra.request_count(), Instant::now());
    let result = credential.get_token(&request).await;
    let took = started.elapsed();
    let from = origin(&result?);
    let first = (if entra.request_count() == asked { "store" } else { from }, took);
    if case.is_kept != (first.0 == "store") {
        return Err(Error::unavailable(format!("the first token is from the {}", first.0)));
    }
    let started = Instant::now();
    let result = credential.get_token(&request).await;
    let second_took = started.elapsed();
    credential.close().await;
    let token = result?;
    let identity = token.describe().unwrap_or_default();
    Ok(Obtained {
        first,
        second: (origin(&token), second_took),
        tenant: identity.tenant_id.unwrap_or_default(),
        application: identity.application_id.unwrap_or_default(),
        object: identity.object_id.unwrap_or_default(),
        lifetime: token.expires_on().duration_since(SystemTime::now()).unwrap_or(Duration::ZERO),
    })
}

fn origin(token: &AccessToken) -> &'static str {
    if token.is_from_cache() { "cache" } else { "network" }
}
