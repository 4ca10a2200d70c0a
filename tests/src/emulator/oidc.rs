//! The OpenID Connect endpoints of build systems: Azure Pipelines and GitHub Actions.

use super::Emulator;
use super::server::{Request, Response};
use super::state::State;
use super::uuid;
use serde_json::{Value, json};

const PIPELINES: &str = "/pipelines/oidc";
const GITHUB: &str = "/github/oidc/token";
/// The service connection that exists.
const CONNECTION: &str = "sc1";
/// `System.AccessToken` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`: throw-away, the same in every emulator.
const ACCESS_TOKEN: &str = "system-access-token";

/// Issuer and subject of what each system signs, as the default federated application has registered them.
const PIPELINES_TOKEN: (&str, &str) =
    ("https://vstoken.dev.azure.com/00000000-0000-0000-0000-00000000000a", "sc://contoso/project/sc1");
const GITHUB_TOKEN: (&str, &str) =
    ("https://token.actions.githubusercontent.com", "repo:contoso/project:ref:refs/heads/main");

impl Emulator {
    /// The variable that a job of Azure Pipelines finds.
    #[must_use]
    pub fn pipelines_variables(&self) -> Vec<(&'static str, String)> {
        vec![("SYSTEM_OIDCREQUESTURI", self.authority().to_owned() + PIPELINES)]
    }

    /// The id of the service connection that [`FEDERATED_APP`](super::FEDERATED_APP) trusts.
    #[must_use]
    pub fn pipelines_service_connection(&self) -> &'static str {
        CONNECTION
    }

    /// The job's `System.AccessToken`.
    #[must_use]
    pub fn pipelines_access_token(&self) -> &'static str {
        ACCESS_TOKEN
    }

    /// The variables that a job of GitHub Actions with the permission `id-token: write` finds.
    #[must_use]
    pub fn github_variables(&self) -> Vec<(&'static str, String)> {
        let url = format!("{}{GITHUB}?api-version=2.0", self.authority());
        vec![
            ("ACTIONS_ID_TOKEN_REQUEST_URL", url),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", ACCESS_TOKEN.to_owned()),
        ]
    }
}

/// `None` for a path of neither system.
pub(super) fn answer(state: &State, request: &Request) -> Option<Response> {
    match request.path.as_str() {
        PIPELINES => Some(pipelines(state, request)),
        GITHUB => Some(github(state, request)),
        _ => None,
    }
}

fn pipelines(state: &State, request: &Request) -> Response {
    let traced = |response: Response| {
        response.header("x-vss-e2eid", &uuid::random()).header("x-msedge-ref", "Ref A: emulator")
    };
    let error = |status, text: &str| traced(Response::json(status, &json!({ "message": text })));
    if request.method != "POST" {
        return error(405, "The endpoint only accepts POST requests.");
    }
    if !is_authorized(request) {
        // Without the header a browser's sign-in is what the service thinks of.
        let suppressed = request.header("x-tfs-fedauthredirect") == Some("Suppress");
        let page = Response::html(302, "<!DOCTYPE html><title>Sign in</title>");
        return if suppressed {
            error(401, "The access token is missing or wrong.")
        } else {
            traced(page.header("Location", &(state.authority.clone() + "/signin")))
        };
    }
    if request.query("api-version") != Some("7.1") {
        return error(400, "No api-version was supplied, or it is not 7.1.");
    }
    if !request.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
        return error(415, "The content type must be application/json.");
    }
    if request.query("serviceConnectionId") != Some(CONNECTION) {
        return error(404, "The service connection was not found.");
    }
    match sign(state, PIPELINES_TOKEN, "api://AzureADTokenExchange") {
        Some(token) => traced(Response::json(200, &json!({ "oidcToken": token }))),
        None => error(500, "The token could not be signed."),
    }
}

fn github(state: &State, request: &Request) -> Response {
    let error = |status, text: &str| Response::json(status, &json!({ "message": text }));
    if request.method != "GET" {
        return error(405, "The endpoint only accepts GET requests.");
    }
    if !is_authorized(request) {
        return error(401, "The request token is missing or wrong.");
    }
    if request.query("api-version") != Some("2.0") {
        return error(400, "The request URL lost its own query.");
    }
    // GitHub's default, which Entra does not accept.
    let audience = request.query("audience").unwrap_or("https://github.com/contoso");
    match sign(state, GITHUB_TOKEN, audience) {
        Some(token) => Response::json(200, &json!({ "count": token.len(), "value": token })),
        None => error(500, "The token could not be signed."),
    }
}

fn is_authorized(request: &Request) -> bool {
    request.header("authorization").and_then(|value| value.strip_prefix("Bearer ")) == Some(ACCESS_TOKEN)
}

fn sign(state: &State, (issuer, subject): (&str, &str), audience: &str) -> Option<String> {
    state.keys.issuer.sign(&federated_claims(state, issuer, subject, audience)).ok()
}

/// The claims of a federated assertion that is valid for ten minutes.
pub(super) fn federated_claims(state: &State, issuer: &str, subject: &str, audience: &str) -> Value {
    let now = state.clock.now();
    json!({
        "iss": issuer, "sub": subject, "aud": audience, "iat": now, "nbf": now, "exp": now + 600, "jti": uuid::random(),
    })
}
