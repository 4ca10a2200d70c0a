//! App Service, Functions and Container Apps.

use super::super::server::{Request, Response};
use super::super::state::State;
use super::selection::{Parameters, Unselected};
use super::{HEADER, body, token};
use crate::emulator::token::Claims;
use crate::emulator::uuid;
use serde_json::{Value, json};

const PARAMETERS: Parameters =
    Parameters { client_id: "client_id", object_id: "object_id", resource_id: "mi_res_id" };

pub(super) fn answer(state: &State, request: &Request) -> Response {
    if request.method != "GET" {
        return error(405, "The requested method is not allowed.");
    }
    if request.header("x-identity-header") != Some(HEADER) {
        return error(401, "The X-IDENTITY-HEADER is missing or wrong.");
    }
    if request.query("api-version") != Some("2019-08-01") {
        return error(400, "Unsupported api-version; use 2019-08-01.");
    }
    let Some(resource) = request.query("resource").filter(|r| !r.is_empty()) else {
        return error(400, "The resource is missing.");
    };
    let identity = match PARAMETERS.select(&state.directory, &request.query, &["api-version", "resource"]) {
        Ok(identity) => identity,
        Err(Unselected::Unknown(name)) => {
            return error(400, &format!("The parameter '{name}' is not known."));
        }
        Err(Unselected::Ambiguous) => return error(400, "More than one identity is specified."),
        Err(Unselected::NotFound | Unselected::Several) => {
            return error(
                400,
                "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
            );
        }
    };
    match token(state, identity, resource, &Claims::default()) {
        Ok(minted) => {
            let mut body = body(state, &minted, resource);
            body.insert("client_id".into(), identity.client_id().into());
            Response::json(200, &Value::Object(body))
        }
        // What a wrong resource looks like here.
        Err(_) => error(500, "An unexpected error occured while fetching the AAD Token."),
    }
}

fn error(status: u16, message: &str) -> Response {
    Response::json(
        status,
        &json!({ "statusCode": status, "message": message, "correlationId": uuid::random() }),
    )
}
