//! Resources that take the emulated tokens, as the official SDK's clients expect them: a key vault and a blob container.

use serde_json::json;

use super::Emulator;
use super::keys::Jwt;
use super::server::{Request, Response};
use super::state::State;

/// The secret in the vault and the content of the blob.
const CONTENT: &str = "content that only a valid token opens";

/// Audiences by address and by application id.
const VAULT: [&str; 2] = ["https://vault.azure.net", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"];
const STORAGE: [&str; 2] = ["https://storage.azure.com", "e406a681-f3d4-42a8-90b6-c2b029497af1"];

impl Emulator {
    /// The address of a key vault in which every name is a secret. It challenges requests without a token as Key Vault does.
    #[must_use]
    pub fn vault_url(&self) -> String {
        format!("{}/vault", self.authority())
    }

    /// The address of a blob.
    #[must_use]
    pub fn blob_url(&self) -> String {
        format!("{}/blob/container/name", self.authority())
    }

    /// The value of every secret of the vault, and the content of the blob.
    #[must_use]
    pub fn resource_content(&self) -> &'static str {
        CONTENT
    }
}

/// `None` for a path of neither resource.
pub(super) fn answer(state: &State, request: &Request) -> Option<Response> {
    let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match path.as_slice() {
        ["vault", "secrets", name, ..] => Some(secret(state, request, name)),
        ["blob", _, _] => Some(blob(state, request)),
        _ => None,
    }
}

fn secret(state: &State, request: &Request, name: &str) -> Response {
    if !is_authorized(state, request, &VAULT) {
        let tenant = state.directory.home().id();
        let challenge = format!(
            r#"Bearer authorization="{}/{tenant}", resource="https://vault.azure.net""#,
            state.authority
        );
        let body =
            json!({"error": {"code": "Unauthorized", "message": "AKV10000: a bearer token is needed"}});
        return Response::json(401, &body).header("WWW-Authenticate", &challenge);
    }
    let id = format!("{}/vault/secrets/{name}/1", state.authority);
    Response::json(200, &json!({"value": CONTENT, "id": id, "attributes": {"enabled": true}}))
}

fn blob(state: &State, request: &Request) -> Response {
    if !is_authorized(state, request, &STORAGE) {
        let text = "<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code></Error>";
        return Response::new(403, "application/xml", text).header("x-ms-error-code", "AuthenticationFailed");
    }
    let range = format!("bytes 0-{}/{}", CONTENT.len() - 1, CONTENT.len());
    Response::new(206, "application/octet-stream", CONTENT)
        .header("Content-Range", &range)
        .header("ETag", "\"1\"")
        .header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        .header("x-ms-blob-type", "BlockBlob")
}

/// Whether there is a token that this Entra has signed for one of the audiences, and that has not expired.
fn is_authorized(state: &State, request: &Request, audiences: &[&str]) -> bool {
    let Some(token) = request.header("authorization").and_then(|value| value.strip_prefix("Bearer ")) else {
        return false;
    };
    let audiences: Vec<String> = audiences.iter().map(|audience| (*audience).to_owned()).collect();
    Jwt::parse(token).is_some_and(|token| {
        state.keys.tokens.public().verifies(&token)
            && token.audience_in(&audiences)
            && token.time("exp").is_some_and(|until| until > state.clock.now())
    })
}
