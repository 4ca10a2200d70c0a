//! Which endpoint answers which path.

use super::server::{Outcome, Request, Response};
use super::state::State;
use super::{discovery, token};

/// Records the request, lets a fault have it, or answers it.
pub(super) fn handle(state: &State, request: &Request) -> Outcome {
    let is_token_request = is_token_request(request);
    state.log.add(request, is_token_request);
    match state.faults.take(request, is_token_request) {
        None => Outcome::Answer(route(state, request)),
        Some(fault) => {
            if let Some(time) = fault.waits() {
                state.stop.wait(time);
            }
            fault.apply(|| route(state, request))
        }
    }
}

fn is_token_request(request: &Request) -> bool {
    request.path.ends_with("/oauth2/v2.0/token") || request.path.ends_with("/oauth2/token")
}

fn route(state: &State, request: &Request) -> Response {
    let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match path.as_slice() {
        ["common", "discovery", "instance"] => discovery::instance(state, request),
        [tenant, "oauth2", "v2.0", "token"] => token::answer(state, tenant, request),
        [tenant, "v2.0", ".well-known", "openid-configuration"] => {
            discovery::openid_configuration(state, tenant, true, request)
        }
        [tenant, ".well-known", "openid-configuration"] => {
            discovery::openid_configuration(state, tenant, false, request)
        }
        [_, "discovery", "v2.0", "keys"] | [_, "discovery", "keys"] => discovery::keys(state),
        _ => Response::html(404, "<!DOCTYPE html><title>Not found</title><p>The emulator has no such page."),
    }
}
