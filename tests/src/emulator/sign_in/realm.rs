//! `GET /common/userrealm/{user}`: whether a user's password is Entra's to check.

use super::super::server::{Request, Response};
use super::super::state::State;
use super::super::token::EntraError;
use serde_json::json;

pub(in super::super) fn answer(state: &State, username: &str, request: &Request) -> Response {
    if request.query("api-version") != Some("1.0") {
        return EntraError::request(90_043, "Missing or invalid api-version; 1.0 is supported.")
            .answer(state, request);
    }
    let domain = username.rsplit_once('@').map_or("", |(_, domain)| domain);
    let body = if state.directory.tenant(domain).is_some() {
        json!({
            "ver": "1.0",
            "account_type": "Managed",
            "domain_name": domain,
            "cloud_instance_name": "microsoftonline.com",
            "cloud_audience_urn": "urn:federation:MicrosoftOnline",
        })
    } else {
        json!({ "ver": "1.0", "account_type": "Unknown", "cloud_instance_name": "microsoftonline.com" })
    };
    Response::json(200, &body)
}
