//! Azure Cloud Shell, where the identity is the signed-in user's.

use super::super::server::{Request, Response};
use super::super::state::State;
use super::imds_body;
use crate::emulator::directory::User;
use crate::emulator::token::{Caller, Claims, Subject, mint};
use serde_json::{Value, json};

/// The application through which Cloud Shell obtains tokens.
const CLOUD_SHELL: &str = "b677c290-cf4b-4a8e-a60e-91ba650a4abe";

pub(super) fn answer(state: &State, request: &Request) -> Response {
    if request.method != "POST" {
        return error(405, "MethodNotAllowed", "The endpoint only accepts POST requests.");
    }
    if !request.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return error(400, "BadRequest", "The Metadata header is missing.");
    }
    let form = request.form();
    if let Some((name, _)) = form.iter().find(|(name, _)| name != "resource") {
        return error(400, "BadRequest", &format!("The field '{name}' is not known."));
    }
    let [(_, resource)] = form.as_slice() else {
        return error(400, "AudienceMissing", "The form needs exactly one field 'resource'.");
    };
    let Some(audience) = state.directory.audience(resource) else {
        return error(400, "BadRequest", &format!("The audience {resource} is not supported."));
    };
    let Some(user) = state.directory.users.first() else {
        return error(400, "BadRequest", "Nobody is signed in.");
    };
    let object_id = user.object_id();
    let caller = caller(state, user, &object_id);
    match mint(state, &caller, &audience, &Claims::default()) {
        Ok(minted) => Response::json(200, &Value::Object(imds_body(state, &minted, resource, CLOUD_SHELL))),
        Err(problem) => error(500, "InternalServerError", &problem.to_string()),
    }
}

fn caller<'a>(state: &'a State, user: &'a User, object_id: &'a str) -> Caller<'a> {
    Caller {
        tenant_id: state.directory.tenant_of(user).id(),
        client_id: CLOUD_SHELL,
        proof: "2",
        subject: Subject::User { user, object_id, permissions: &[] },
    }
}

fn error(status: u16, code: &str, message: &str) -> Response {
    Response::json(status, &json!({ "error": { "code": code, "message": message } }))
}
