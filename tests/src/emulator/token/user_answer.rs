//! Answers that carry a user's tokens: access token, and where asked for id token, refresh token, client info.

use super::super::directory::{Tenant, User};
use super::super::grants::{Refresh, SignedIn};
use super::mint::{Caller, Subject, mint, pairwise, unavailable};
use super::{EntraError, Exchange, Scope};
use crate::emulator::uuid;
use serde_json::{Value, json};

/// Refresh tokens expire after so many seconds without use.
const REFRESH_LIFETIME: i64 = 90 * 86_400;

/// # Errors
/// The user is not known in the tenant.
pub(super) fn answer(
    exchange: &Exchange<'_>,
    signed_in: SignedIn,
    scope: &Scope,
) -> Result<Value, EntraError> {
    let state = exchange.state;
    let user = state
        .directory
        .user(&signed_in.username)
        .ok_or_else(|| EntraError::unknown_user(&signed_in.username, state.directory.home()))?;
    let tenant = exchange.tenancy.for_user(state, user)?;
    let object_id = state.directory.object_id_in(user, tenant);
    let caller = Caller {
        tenant_id: tenant.id(),
        client_id: exchange.app.client_id(),
        proof: exchange.proof.code(),
        subject: Subject::User { user, object_id: &object_id, permissions: &scope.permissions },
    };
    let minted = mint(state, &caller, &scope.audience, &exchange.claims)?;
    let mut body = minted.answer();
    body["scope"] = granted(scope).into();
    if scope.openid {
        let nonce = signed_in.nonce.as_deref();
        let claims = id_claims(exchange, user, tenant, &object_id, minted.expires_on, nonce);
        body["id_token"] = state.keys.tokens.sign(&claims).map_err(|e| unavailable(&e))?.into();
    }
    if exchange.form.get("client_info") == Some("1") {
        body["client_info"] = state.directory.client_info(user).into();
    }
    if exchange.app.is_in_family() {
        body["foci"] = "1".into();
    }
    if scope.offline_access {
        let refresh = Refresh {
            signed_in: SignedIn { nonce: None, ..signed_in },
            family: exchange.app.is_in_family(),
            expires: state.clock.now().saturating_add(REFRESH_LIFETIME),
            revoked: false,
        };
        body["refresh_token"] = state.grants().add_refresh(refresh).into();
    }
    Ok(body)
}

/// What was asked for, and what `.default` amounts to.
fn granted(scope: &Scope) -> String {
    let mut words = scope.requested.clone();
    for word in &scope.requested {
        if let Some(resource) = word.strip_suffix("/.default") {
            words.push(format!("{resource}/user_impersonation"));
        }
    }
    if scope.openid {
        words.extend(["openid", "profile", "email"].map(String::from));
    }
    words.join(" ")
}

fn id_claims(
    exchange: &Exchange<'_>,
    user: &User,
    tenant: &Tenant,
    object_id: &str,
    expires_on: i64,
    nonce: Option<&str>,
) -> Value {
    let not_before = exchange.state.clock.now() - 300;
    let mut claims = json!({
        "aud": exchange.app.client_id(),
        "iss": exchange.state.issuer(tenant.id()),
        "iat": not_before,
        "nbf": not_before,
        "exp": expires_on,
        "name": user.name(),
        "oid": object_id,
        "preferred_username": user.username(),
        "sub": pairwise(user, exchange.app.client_id()),
        "tid": tenant.id(),
        "uti": uuid::random().replace('-', ""),
        "ver": "2.0",
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    claims
}
