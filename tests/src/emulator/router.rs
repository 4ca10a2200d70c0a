//! Which endpoint answers which path.

use super::server::{Outcome, Request, Response};
use super::state::State;
use super::{discovery, managed_identity, oidc, services, sign_in, token, token_proxy};

/// Answers a request to the TLS port: Entra, Service Fabric and the issuers of build systems.
pub(super) fn handle(state: &State, request: &Request) -> Outcome {
    with_faults(state, request, || route(state, request))
}

/// Answers a request to the plain port: the metadata endpoints.
pub(super) fn handle_metadata(state: &State, request: &Request) -> Outcome {
    with_faults(state, request, || managed_identity::answer(state, request).unwrap_or_else(not_found))
}

/// Records the request, then lets a fault have it or answers it.
fn with_faults(state: &State, request: &Request, answer: impl FnOnce() -> Response) -> Outcome {
    let is_token_request =
        request.path.ends_with("/oauth2/v2.0/token") || managed_identity::is_token_path(&request.path);
    state.log.add(request, is_token_request);
    let Some(fault) = state.faults.take(request, is_token_request) else { return Outcome::Answer(answer()) };
    if let Some(time) = fault.waits() {
        state.stop.wait(time);
    }
    fault.apply(request, answer)
}

fn route(state: &State, request: &Request) -> Response {
    let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match path.as_slice() {
        ["common", "discovery", "instance"] => discovery::instance(state, request),
        [tenant, "oauth2", "v2.0", "token"] => token::answer(state, tenant, request),
        [token_proxy::SEGMENT, tenant, "oauth2", "v2.0", "token"] => token::answer(state, tenant, request),
        [tenant, "oauth2", "v2.0", "authorize"] => sign_in::authorize(state, tenant, request),
        [tenant, "oauth2", "v2.0", "devicecode"] => sign_in::device_code(state, tenant, request),
        ["devicelogin"] => sign_in::device_page(state, request),
        ["common", "userrealm", user] => sign_in::user_realm(state, user, request),
        [tenant, "v2.0", ".well-known", "openid-configuration"] => {
            discovery::openid_configuration(state, tenant, true, request)
        }
        [tenant, ".well-known", "openid-configuration"] => {
            discovery::openid_configuration(state, tenant, false, request)
        }
        [_, "discovery", "v2.0", "keys"] | [_, "discovery", "keys"] => discovery::keys(state),
        _ => managed_identity::answer_tls(state, request)
            .or_else(|| oidc::answer(state, request))
            .or_else(|| services::answer(state, request))
            .unwrap_or_else(not_found),
    }
}

fn not_found() -> Response {
    Response::html(404, "<!DOCTYPE html><title>Not found</title><p>The emulator has no such page.")
}
