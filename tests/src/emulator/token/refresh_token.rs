//! `grant_type=refresh_token`: each use gives a new one.

use super::{EntraError, Exchange, Scope, user_answer};
use serde_json::Value;

pub(super) fn issue(exchange: &Exchange<'_>) -> Result<Value, EntraError> {
    let (state, form, app) = (exchange.state, exchange.form, exchange.app);
    let name = form.need("refresh_token")?;
    let mut scope = Scope::parse(form.need("scope")?, &state.directory)?;
    let single_use = state.settings().single_use_refresh_tokens;
    let signed_in = {
        let mut grants = state.grants();
        let Some(token) = grants.refresh(name) else {
            return Err(EntraError::grant(9_002_313, "Invalid request. Request is malformed or invalid."));
        };
        if token.signed_in.client_id != app.client_id() && !(token.family && app.is_in_family()) {
            return Err(EntraError::grant(
                70_000,
                "Provided grant is invalid or malformed: it was issued to another client.",
            )
            .suberror("client_mismatch"));
        }
        if token.revoked {
            return Err(EntraError::grant(
                50_173,
                "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might \
                 have changed or reset their password.",
            )
            .suberror("bad_token"));
        }
        if token.expires <= state.clock.now() {
            return Err(EntraError::grant(700_082, "The refresh token has expired due to inactivity.")
                .suberror("token_expired"));
        }
        if !token.signed_in.interactive {
            exchange.claims.satisfy_conditional_access(app)?;
        }
        token.revoked = single_use;
        token.signed_in.clone()
    };
    // A refresh token is always replaced, asked for or not.
    scope.offline_access = true;
    let signed_in = crate::emulator::grants::SignedIn { client_id: app.client_id().to_owned(), ..signed_in };
    user_answer::answer(exchange, signed_in, &scope)
}
