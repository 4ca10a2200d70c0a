//! `grant_type=authorization_code`: redeems what the authorize endpoint gave, once.

use super::{EntraError, Exchange, Scope, user_answer};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use serde_json::Value;

pub(super) fn issue(exchange: &Exchange<'_>) -> Result<Value, EntraError> {
    let (state, form) = (exchange.state, exchange.form);
    let name = form.need("code")?;
    let redirect_uri = form.need("redirect_uri")?;
    let (signed_in, scope) = {
        let mut grants = state.grants();
        let code = grants.code(name).filter(|code| code.signed_in.client_id == exchange.app.client_id());
        let Some(code) = code else {
            return Err(EntraError::grant(
                70_000,
                "The provided value for the 'code' parameter is not valid.",
            ));
        };
        if code.redeemed {
            return Err(EntraError::grant(
                54_005,
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing \
                 refresh token.",
            ));
        }
        if code.expires <= state.clock.now() {
            return Err(EntraError::grant(
                70_008,
                "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive \
                 authorization request for this user and resource.",
            ));
        }
        if code.redirect_uri != redirect_uri {
            return Err(EntraError::new(
                400,
                "invalid_client",
                500_112,
                format!(
                    "The reply address '{redirect_uri}' does not match the reply address '{}' provided when requesting \
                     Authorization code.",
                    code.redirect_uri
                ),
            ));
        }
        check_verifier(code.challenge.as_deref(), form.get("code_verifier"))?;
        code.redeemed = true;
        (code.signed_in.clone(), code.scope.clone())
    };
    let scope = Scope::parse(form.get("scope").unwrap_or(&scope), &state.directory)?;
    user_answer::answer(exchange, signed_in, &scope)
}

/// PKCE, RFC 7636 section 4.6.
fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), EntraError> {
    let hash = verifier.map(|v| URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, v.as_bytes())));
    if hash.as_deref() == challenge {
        return Ok(());
    }
    Err(EntraError::grant(
        501_481,
        "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    ))
}
