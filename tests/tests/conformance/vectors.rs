//! A vector to change: a secret's token, then the same from the cache.

use identity_testing::conformance::{Departures, Flavour, Report, Suite, parse};
use serde_json::{Value, json};

/// One request, one token; ten minutes later the same token without a request.
pub(crate) fn vector() -> Value {
    json!({
        "id": "own/secret", "about": "", "tags": ["own"], "source": "aio", "platform": "linux",
        "now": 1_600_000_000, "env": {}, "files": {},
        "credential": {"type": "ClientSecretCredential", "options": {
            // A made-up secret that opens nothing.
            "tenant_id": "contoso.example", "client_id": "app", "client_secret": "not-a-secret"}},
        "steps": [
            {"call": "get_token_info", "scopes": ["https://a.example/.default"], "exchanges": [exchange()],
             "result": {"token": "T1", "expires_on": 1_600_003_600, "refresh_on": null, "token_type": "Bearer"}},
            {"advance": 600},
            {"call": "get_token", "scopes": ["https://a.example/.default"],
             "result": {"token": "T1", "expires_on": 1_600_003_600}},
        ]
    })
}

/// The request of that vector with its answer.
pub(crate) fn exchange() -> Value {
    json!({
        "request": {
            "method": "POST", "url": "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token",
            "headers": {"content-type": "application/x-www-form-urlencoded"},
            "headers_absent": ["authorization"],
            "form": {"grant_type": "client_credentials", "client_id": "app", "client_secret": "not-a-secret",
                     "scope": {"$scopes": ["https://a.example/.default"]}}},
        "response": {"status": 200, "headers": {"content-type": "application/json"},
                     "json": {"access_token": "T1", "expires_in": 3600, "token_type": "Bearer"}}
    })
}

/// The vector with the value at this JSON pointer replaced.
pub(crate) fn with(pointer: &str, value: Value) -> Value {
    let mut vector = vector();
    *vector.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} does not exist")) = value;
    vector
}

/// Replays vectors in both flavours.
pub(crate) fn run(vectors: &[Value], departures: &str) -> Report {
    let mut suite = Suite::default();
    suite.add(parse(&Value::from(vectors).to_string()).unwrap_or_else(|problem| panic!("{problem}")));
    suite.run(&Flavour::ALL, &Departures::parse(departures))
}

/// The kinds of the first differences, one per flavour.
pub(crate) fn causes(vector: Value) -> Vec<&'static str> {
    let report = run(&[vector], "");
    report.failures.iter().map(|failure| failure.differences[0].kind.name()).collect()
}
