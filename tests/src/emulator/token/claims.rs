//! The `claims` parameter: client capabilities, and answers to claims challenges.

use super::super::directory::App;
use super::error::EntraError;
use serde_json::{Value, json};

/// The value that the emulated Conditional Access policy wants to see.
const POLICY: &str = "c0ffee00-0000-0000-0000-0000000000ca";

/// A parsed claims request (OpenID Connect Core, section 5.5).
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Claims(Value);

impl Claims {
    /// # Errors
    /// The parameter is there but is not a JSON object.
    pub(in super::super) fn parse(text: Option<&str>) -> Result<Self, EntraError> {
        let Some(text) = text else { return Ok(Self::default()) };
        match serde_json::from_str(text) {
            Ok(claims @ Value::Object(_)) => Ok(Self(claims)),
            _ => Err(EntraError::request(
                9_002_313,
                "Invalid request. Request is malformed or invalid: 'claims' is not a JSON object.",
            )),
        }
    }

    /// What Service Fabric's `xms_cc` parameter, a list separated by commas, amounts to.
    pub(in super::super) fn capabilities(list: &str) -> Self {
        let values: Vec<&str> = list.split(',').map(str::trim).collect();
        Self(json!({ "access_token": { "xms_cc": { "values": values } } }))
    }

    /// Whether the client says that it can handle claims challenges (`xms_cc` with `CP1`).
    pub(in super::super) fn can_handle_challenges(&self) -> bool {
        self.values("xms_cc").any(|value| value.eq_ignore_ascii_case("cp1"))
    }

    /// # Errors
    /// `interaction_required` with the claims to come back with, where a policy applies to the application.
    pub(in super::super) fn satisfy_conditional_access(&self, app: &App) -> Result<(), EntraError> {
        if !app.has_conditional_access() || self.values("capolids").any(|value| value == POLICY) {
            return Ok(());
        }
        let claims = json!({ "access_token": { "capolids": { "essential": true, "values": [POLICY] } } });
        Err(EntraError::new(
            400,
            "interaction_required",
            50_076,
            "Due to a configuration change made by your administrator, or because you moved to a new location, you \
             must use multi-factor authentication to access the resource.",
        )
        .suberror("basic_action")
        .claims(claims.to_string()))
    }

    /// The `values` (or single `value`) asked of an access token claim.
    fn values(&self, claim: &str) -> impl Iterator<Item = &str> {
        let wanted = self.0.get("access_token").and_then(|token| token.get(claim));
        let single = wanted.and_then(|w| w.get("value")).into_iter();
        let several = wanted.and_then(|w| w.get("values")).and_then(Value::as_array).into_iter().flatten();
        single.chain(several).filter_map(Value::as_str)
    }
}
