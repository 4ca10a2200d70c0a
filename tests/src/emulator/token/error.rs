//! Entra's error answers.

use super::super::clock::timestamp;
use super::super::directory::Tenant;
use super::super::server::{Request, Response};
use super::super::state::State;
use super::super::uuid;
use serde_json::json;
use std::fmt;

/// A refusal, before it knows which request it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct EntraError {
    status: u16,
    error: &'static str,
    code: u32,
    text: String,
    suberror: Option<&'static str>,
    claims: Option<String>,
}

impl EntraError {
    pub(in super::super) fn new(
        status: u16,
        error: &'static str,
        code: u32,
        text: impl Into<String>,
    ) -> Self {
        Self { status, error, code, text: text.into(), suberror: None, claims: None }
    }

    /// The request itself is wrong: status 400, `invalid_request`.
    pub(in super::super) fn request(code: u32, text: impl Into<String>) -> Self {
        Self::new(400, "invalid_request", code, text)
    }

    /// The client did not prove who it is: status 401, `invalid_client`.
    pub(in super::super) fn client(code: u32, text: impl Into<String>) -> Self {
        Self::new(401, "invalid_client", code, text)
    }

    /// The grant (code, token, password) is not good: status 400, `invalid_grant`.
    pub(in super::super) fn grant(code: u32, text: impl Into<String>) -> Self {
        Self::new(400, "invalid_grant", code, text)
    }

    pub(in super::super) fn missing(parameter: &str) -> Self {
        Self::request(
            900_144,
            format!("The request body must contain the following parameter: '{parameter}'."),
        )
    }

    pub(in super::super) fn tenant_not_found(tenant: &str) -> Self {
        Self::request(
            90_002,
            format!(
                "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing \
                 into the correct cloud. Check with your subscription administrator, this may happen if there are \
                 no active subscriptions for the tenant."
            ),
        )
    }

    pub(in super::super) fn unknown_resource(identifier: &str) -> Self {
        Self::new(
            400,
            "invalid_resource",
            500_011,
            format!(
                "The resource principal named {identifier} was not found in the tenant. This can happen if the \
                 application has not been installed by the administrator of the tenant or consented to by any user in \
                 the tenant. You might have sent your authentication request to the wrong tenant."
            ),
        )
    }

    pub(in super::super) fn unknown_user(username: &str, tenant: &Tenant) -> Self {
        Self::grant(
            50_034,
            format!(
                "The user account {username} does not exist in the {} directory. To sign into this application, the \
                 account must be added to the directory.",
                tenant.display_name()
            ),
        )
    }

    /// The OAuth error.
    pub(in super::super) fn error(&self) -> &'static str {
        self.error
    }

    /// The `suberror` member.
    pub(in super::super) fn suberror(mut self, suberror: &'static str) -> Self {
        self.suberror = Some(suberror);
        self
    }

    /// The `claims` member: what the next request must carry.
    pub(in super::super) fn claims(mut self, claims: String) -> Self {
        self.claims = Some(claims);
        self
    }

    /// The answer to `request`, with its correlation id where it brought one.
    pub(in super::super) fn answer(&self, state: &State, request: &Request) -> Response {
        let time = timestamp(state.clock.now());
        let trace_id = uuid::random();
        let correlation_id = correlation_id(request);
        let description = format!(
            "AADSTS{}: {} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {time}",
            self.code, self.text
        );
        let mut body = json!({
            "error": self.error,
            "error_description": description,
            "error_codes": [self.code],
            "timestamp": time,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": format!("{}/error?code={}", state.authority, self.code),
        });
        if let Some(suberror) = self.suberror {
            body["suberror"] = suberror.into();
        }
        if let Some(claims) = &self.claims {
            body["claims"] = claims.as_str().into();
        }
        common_headers(Response::json(self.status, &body), &correlation_id, &trace_id)
    }
}

/// The code and the text, as other services repeat them.
impl fmt::Display for EntraError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AADSTS{}: {}", self.code, self.text)
    }
}

/// The headers that every answer of the token endpoint has.
pub(in super::super) fn common_headers(response: Response, correlation_id: &str, trace_id: &str) -> Response {
    response
        .header("Cache-Control", "no-store, no-cache")
        .header("Pragma", "no-cache")
        .header("client-request-id", correlation_id)
        .header("x-ms-request-id", trace_id)
}

/// The request's own, if it is a UUID, else a new one.
pub(in super::super) fn correlation_id(request: &Request) -> String {
    ["client-request-id", "x-ms-client-request-id"]
        .iter()
        .filter_map(|name| request.header(name).or_else(|| request.query(name)))
        .find(|id| uuid::is_valid(id))
        .map_or_else(uuid::random, str::to_owned)
}
