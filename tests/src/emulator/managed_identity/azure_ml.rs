//! Azure Machine Learning compute, which speaks the oldest dialect.

use super::super::server::{Request, Response};
use super::super::state::State;
use super::selection::Parameters;
use super::{HEADER, body, token};
use crate::emulator::token::Claims;
use serde_json::{Value, json};

/// `clientid` has no underscore.
const PARAMETERS: Parameters =
    Parameters { client_id: "clientid", object_id: "object_id", resource_id: "msi_res_id" };

pub(super) fn answer(state: &State, request: &Request) -> Response {
    if request.method != "GET" {
        return error(405, "The requested method is not allowed.");
    }
    if request.header("secret") != Some(HEADER) {
        return error(401, "The secret header is missing or wrong.");
    }
    if request.query("api-version") != Some("2017-09-01") {
        return error(400, "Unsupported api-version; use 2017-09-01.");
    }
    let Some(resource) = request.query("resource").filter(|r| !r.is_empty()) else {
        return error(400, "The resource is missing.");
    };
    let identity = match PARAMETERS.select(&state.directory, &request.query, &["api-version", "resource"]) {
        Ok(identity) => identity,
        Err(problem) => return error(400, &format!("No identity can be selected: {problem:?}.")),
    };
    match token(state, identity, resource, &Claims::default()) {
        Ok(minted) => {
            let mut body = body(state, &minted, resource);
            body.insert("client_id".into(), identity.client_id().into());
            Response::json(200, &Value::Object(body))
        }
        Err(problem) => error(400, &problem.to_string()),
    }
}

fn error(status: u16, message: &str) -> Response {
    Response::json(status, &json!({ "error": { "code": status.to_string(), "message": message } }))
}
