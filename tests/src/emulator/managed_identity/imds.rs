//! The instance metadata service of virtual machines.

use super::super::server::{Request, Response};
use super::super::state::State;
use super::selection::{Parameters, Unselected};
use super::{imds_body, token};
use crate::emulator::token::Claims;
use serde_json::{Value, json};

const VERSIONS: [&str; 6] =
    ["2018-02-01", "2018-10-01", "2019-08-01", "2019-11-01", "2020-06-01", "2021-02-01"];

/// The names of the identity parameters, here and on Arc.
pub(super) const PARAMETERS: Parameters =
    Parameters { client_id: "client_id", object_id: "object_id", resource_id: "msi_res_id" };

pub(super) fn answer(state: &State, request: &Request) -> Response {
    if let Some(refusal) = refuse(request, &VERSIONS) {
        return refusal;
    }
    let resource = request.query("resource").unwrap_or_default();
    let known = ["api-version", "resource"];
    let identity = match PARAMETERS.select(&state.directory, &request.query, &known) {
        Ok(identity) => identity,
        Err(problem) => return unselected(&problem),
    };
    match token(state, identity, resource, &Claims::default()) {
        Ok(minted) => {
            Response::json(200, &Value::Object(imds_body(state, &minted, resource, identity.client_id())))
        }
        Err(problem) => error(400, "invalid_resource", &problem.to_string()),
    }
}

/// What IMDS and Arc ask of every request.
pub(super) fn refuse(request: &Request, versions: &[&str]) -> Option<Response> {
    let refusal = |text: &str| Some(error(400, "invalid_request", text));
    if request.header("x-forwarded-for").is_some() {
        return refusal("Requests must not pass through a proxy: X-Forwarded-For is present");
    }
    if !request.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return refusal("Required metadata header not specified");
    }
    if request.method != "GET" {
        return Some(error(405, "method_not_allowed", "The requested method is not allowed"));
    }
    match request.query("api-version") {
        None => refusal("Required query variable 'api-version' is missing"),
        Some(version) if !versions.contains(&version) => {
            refusal(&format!("The api-version '{version}' is invalid or not supported"))
        }
        Some(_) if request.query("resource").is_none_or(str::is_empty) => {
            refusal("Required query variable 'resource' is missing")
        }
        Some(_) => None,
    }
}

pub(super) fn unselected(problem: &Unselected) -> Response {
    let text = match problem {
        Unselected::NotFound => "Identity not found".to_owned(),
        Unselected::Several => {
            "Multiple user assigned identities exist, please specify the clientId / resourceId of \
                                the identity in the token request"
                .to_owned()
        }
        Unselected::Ambiguous => "More than one identity is specified".to_owned(),
        Unselected::Unknown(name) => format!("The query variable '{name}' is not known"),
    };
    error(400, "invalid_request", &text)
}

pub(super) fn error(status: u16, error: &str, text: &str) -> Response {
    Response::json(status, &json!({ "error": error, "error_description": text }))
}
