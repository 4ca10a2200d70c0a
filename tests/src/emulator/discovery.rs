//! Discovery documents: instances, OpenID metadata, signing keys.

use super::server::{Request, Response};
use super::state::State;
use super::token::EntraError;
use serde_json::json;

/// Hosts that belong to the public cloud.
const ALIASES: [&str; 4] =
    ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"];

/// `GET /common/discovery/instance`: whether the host of `authorization_endpoint` is a known authority.
pub(super) fn instance(state: &State, request: &Request) -> Response {
    let version = request.query("api-version").unwrap_or("");
    if !matches!(version, "1.0" | "1.1") {
        return EntraError::request(
            90_043,
            format!("Missing or invalid api-version '{version}'; 1.0 and 1.1 are supported."),
        )
        .answer(state, request);
    }
    let Some(endpoint) = request.query("authorization_endpoint") else {
        return EntraError::missing("authorization_endpoint").answer(state, request);
    };
    let own = state.authority.trim_start_matches("https://");
    let rest = endpoint.strip_prefix("https://").unwrap_or("");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    if host != own && !ALIASES.contains(&host) {
        return EntraError::new(400, "invalid_instance", 50_049, "Unknown or invalid instance.")
            .answer(state, request);
    }
    let tenant = path.split('/').next().filter(|t| !t.is_empty()).unwrap_or("common");
    let mut body = json!({
        "tenant_discovery_endpoint":
            format!("{}/{tenant}/v2.0/.well-known/openid-configuration", state.authority),
        "api-version": version,
    });
    if version == "1.1" {
        body["metadata"] = json!([
            { "preferred_network": ALIASES[0], "preferred_cache": ALIASES[1], "aliases": ALIASES },
            { "preferred_network": own, "preferred_cache": own, "aliases": [own] },
        ]);
    }
    Response::json(200, &body)
}

/// `GET /{tenant}[/v2.0]/.well-known/openid-configuration`.
pub(super) fn openid_configuration(
    state: &State,
    tenant: &str,
    version_2: bool,
    request: &Request,
) -> Response {
    // Documents name the tenant by its id, however it was asked for; for `common` they keep a placeholder.
    let known = ["common", "organizations"].contains(&tenant);
    let id = match state.directory.tenant(tenant) {
        Some(found) => found.id(),
        None if known => tenant,
        None => {
            let error = EntraError::tenant_not_found(tenant);
            return error.answer(state, request);
        }
    };
    let base = format!("{}/{id}", state.authority);
    let issuer_id = if known { "{tenantid}" } else { id };
    let (path, issuer) = if version_2 {
        ("/oauth2/v2.0", state.issuer(issuer_id))
    } else {
        ("/oauth2", format!("https://sts.windows.net/{issuer_id}/"))
    };
    Response::json(
        200,
        &json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{base}{path}/authorize"),
            "token_endpoint": format!("{base}{path}/token"),
            "device_authorization_endpoint": format!("{base}{path}/devicecode"),
            "end_session_endpoint": format!("{base}{path}/logout"),
            "jwks_uri": format!("{base}/discovery{}/keys", if version_2 { "/v2.0" } else { "" }),
            "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
        }),
    )
}

/// `GET /{tenant}/discovery[/v2.0]/keys`, RFC 7517.
pub(super) fn keys(state: &State) -> Response {
    Response::json(200, &json!({ "keys": [state.keys.tokens.jwk()] }))
}
