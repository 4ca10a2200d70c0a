//! Access tokens with the claims that Entra gives them, and the answers that carry them.

use super::super::directory::{Audience, TokenVersion, User};
use super::super::state::State;
use super::super::uuid;
use super::claims::Claims;
use super::error::EntraError;
use serde_json::{Map, Value, json};
use std::io;
use std::time::Duration;

/// Entra dates tokens back by five minutes, so that resources with slow clocks accept them.
const BACKDATED: i64 = 300;
const HOUR: u64 = 3599;
/// Tokens of managed identities, and those that a claims challenge can revoke, live for a day.
const DAY: u64 = 86_399;

/// On whose behalf, and through which application, a token is issued.
#[derive(Clone, Debug)]
pub(in super::super) struct Caller<'a> {
    pub(in super::super) tenant_id: &'a str,
    pub(in super::super) client_id: &'a str,
    /// `appidacr`: 0 public, 1 secret, 2 assertion.
    pub(in super::super) proof: &'a str,
    pub(in super::super) subject: Subject<'a>,
}

#[derive(Clone, Debug)]
pub(in super::super) enum Subject<'a> {
    Application {
        object_id: &'a str,
        roles: &'a [String],
        /// The Azure resource id of a managed identity.
        resource_id: Option<&'a str>,
    },
    User {
        user: &'a User,
        object_id: &'a str,
        permissions: &'a [String],
    },
}

/// A signed access token and its times.
#[derive(Clone)]
pub(in super::super) struct Minted {
    pub(in super::super) access_token: String,
    /// Seconds from now.
    pub(in super::super) expires_in: u64,
    /// Seconds since 1970.
    pub(in super::super) expires_on: i64,
    pub(in super::super) not_before: i64,
    pub(in super::super) refresh_in: Option<u64>,
}

impl Minted {
    /// The members that every successful answer of the token endpoint has.
    pub(in super::super) fn answer(&self) -> Value {
        let mut body = json!({
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "ext_expires_in": self.expires_in,
            "access_token": self.access_token,
        });
        if let Some(refresh_in) = self.refresh_in {
            body["refresh_in"] = refresh_in.into();
        }
        body
    }
}

/// # Errors
/// Only when signing fails, which no request can cause.
pub(in super::super) fn mint(
    state: &State,
    caller: &Caller<'_>,
    audience: &Audience,
    claims: &Claims,
) -> Result<Minted, EntraError> {
    let now = state.clock.now();
    let managed = matches!(caller.subject, Subject::Application { resource_id: Some(_), .. });
    let capable = claims.can_handle_challenges();
    let settings = state.settings().clone();
    let expires_in =
        settings.lifetime.as_ref().map_or(if capable || managed { DAY } else { HOUR }, Duration::as_secs);
    let expires_on = now.saturating_add(i64::try_from(expires_in).unwrap_or(i64::MAX));
    let not_before = now - BACKDATED;

    let mut body = subject_claims(caller, audience.version);
    let mut add = |name: &str, value: Value| body.insert(name.to_owned(), value);
    add("aud", audience.value.as_str().into());
    add("iat", not_before.into());
    add("nbf", not_before.into());
    add("exp", expires_on.into());
    add("tid", caller.tenant_id.into());
    add("uti", uuid::random().replace('-', "").into());
    match audience.version {
        TokenVersion::V1 => {
            add("iss", format!("https://sts.windows.net/{}/", caller.tenant_id).into());
            add("appid", caller.client_id.into());
            add("appidacr", caller.proof.into());
            add("ver", "1.0".into());
        }
        TokenVersion::V2 => {
            add("iss", state.issuer(caller.tenant_id).into());
            add("azp", caller.client_id.into());
            add("azpacr", caller.proof.into());
            add("ver", "2.0".into());
        }
    }
    if capable {
        add("xms_cc", json!(["CP1"]));
    }
    let access_token = state.keys.tokens.sign(&Value::Object(body)).map_err(|e| unavailable(&e))?;
    let refresh_in = settings.refresh_in.as_ref().map(Duration::as_secs);
    Ok(Minted { access_token, expires_in, expires_on, not_before, refresh_in })
}

/// The answer to a failure of the emulator itself.
pub(super) fn unavailable(error: &io::Error) -> EntraError {
    EntraError::new(
        503,
        "temporarily_unavailable",
        90_033,
        format!("A transient error has occurred: {error}."),
    )
}

fn subject_claims(caller: &Caller<'_>, version: TokenVersion) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut add = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    match &caller.subject {
        Subject::Application { object_id, roles, resource_id } => {
            add("oid", (*object_id).into());
            add("sub", (*object_id).into());
            add("idtyp", "app".into());
            if !roles.is_empty() {
                add("roles", json!(roles));
            }
            if let Some(id) = resource_id {
                add("xms_mirid", (*id).into());
            }
        }
        Subject::User { user, object_id, permissions } => {
            add("oid", (*object_id).into());
            add("sub", pairwise(user, caller.client_id).into());
            add("name", user.name().into());
            let granted: Vec<_> = permissions.iter().filter(|p| *p != ".default").cloned().collect();
            add(
                "scp",
                if granted.is_empty() { "user_impersonation".into() } else { granted.join(" ").into() },
            );
            match version {
                TokenVersion::V1 => {
                    add("upn", user.username().into());
                    add("unique_name", user.username().into());
                    add("amr", json!(["pwd"]));
                }
                TokenVersion::V2 => {
                    add("preferred_username", user.username().into());
                }
            }
        }
    }
    claims
}

/// The subject differs from application to application, as in Entra.
pub(in super::super) fn pairwise(user: &User, client_id: &str) -> String {
    super::super::directory::derived_id(&["subject", &user.object_id(), client_id])
}
