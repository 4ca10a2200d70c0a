//! Service Fabric, over TLS: clients must pin the certificate's thumbprint.

use super::super::server::{Request, Response};
use super::super::state::State;
use super::selection::{Parameters, Unselected};
use super::{HEADER, body, token};
use crate::emulator::token::Claims;
use crate::emulator::uuid;
use serde_json::{Value, json};

/// The cluster decides on the identity; no parameter can.
const NONE: Parameters = Parameters { client_id: "", object_id: "", resource_id: "" };

pub(super) fn answer(state: &State, request: &Request) -> Response {
    if request.method != "GET" {
        return error(405, "MethodNotAllowed", "The requested method is not allowed.");
    }
    match request.header("secret") {
        None => return error(400, "SecretHeaderNotFound", "Secret is not found in the request headers."),
        Some(HEADER) => {}
        Some(_) => {
            let text = "Managed identity not found for the specified application host.";
            return error(404, "ManagedIdentityNotFound", text);
        }
    }
    if request.query("api-version") != Some("2019-07-01-preview") {
        return error(
            400,
            "InvalidApiVersion",
            "The api-version is not supported. Supported: 2019-07-01-preview.",
        );
    }
    let Some(resource) = request.query("resource").filter(|r| !r.is_empty()) else {
        return error(
            400,
            "ArgumentNullOrEmpty",
            "The parameter 'resource' should not be null or empty string.",
        );
    };
    let hash = request.query("token_sha256_to_refresh");
    if hash.is_some_and(|hash| hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit())) {
        return error(
            400,
            "InvalidArgument",
            "The parameter 'token_sha256_to_refresh' is not a SHA-256 in hex.",
        );
    }
    let known = ["api-version", "resource", "token_sha256_to_refresh", "xms_cc"];
    let identity = match NONE.select(&state.directory, &request.query, &known) {
        Ok(identity) => identity,
        Err(Unselected::NotFound | Unselected::Several) => {
            return error(404, "ManagedIdentityNotFound", "The application has no managed identity.");
        }
        Err(problem) => return error(400, "InvalidArgument", &format!("{problem:?}")),
    };
    let capabilities = request.query("xms_cc").unwrap_or_default();
    match token(state, identity, resource, &Claims::capabilities(capabilities)) {
        Ok(minted) => Response::json(200, &Value::Object(body(state, &minted, resource))),
        Err(problem) => error(400, "InvalidResource", &problem.to_string()),
    }
}

fn error(status: u16, code: &str, message: &str) -> Response {
    Response::json(
        status,
        &json!({ "error": { "correlationId": uuid::random(), "code": code, "message": message } }),
    )
}
