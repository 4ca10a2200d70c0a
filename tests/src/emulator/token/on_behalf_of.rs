//! `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer`: a service exchanges its caller's token.

use super::{EntraError, Exchange, Proof, Scope, user_answer};
use crate::emulator::grants::SignedIn;
use crate::emulator::keys::Jwt;
use serde_json::Value;

pub(super) fn issue(exchange: &Exchange<'_>) -> Result<Value, EntraError> {
    let (state, form, app) = (exchange.state, exchange.form, exchange.app);
    let text = form.need("assertion")?;
    let purpose = form.need("requested_token_use")?;
    if purpose != "on_behalf_of" {
        return Err(EntraError::request(
            90_023,
            format!("Invalid request: 'requested_token_use' must be 'on_behalf_of', not '{purpose}'."),
        ));
    }
    if exchange.proof == Proof::None {
        return Err(EntraError::client(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        ));
    }
    let scope = Scope::parse(form.need("scope")?, &state.directory)?;
    let token =
        Jwt::parse(text).ok_or_else(|| EntraError::request(50_027, "JWT token is invalid or malformed."))?;
    if !state.keys.tokens.public().verifies(&token) {
        return Err(EntraError::grant(50_013, "Assertion failed signature validation."));
    }
    if token.time("exp").is_none_or(|exp| exp <= state.clock.now()) {
        return Err(EntraError::grant(500_133, "Assertion is not within its valid time range."));
    }
    let own = [app.client_id().to_owned(), format!("api://{}", app.client_id())];
    let accepted: Vec<String> = own
        .iter()
        .chain(app.assertion_audiences())
        .flat_map(|audience| [audience.clone(), format!("{}/", audience.trim_end_matches('/'))])
        .collect();
    if !token.audience_in(&accepted) {
        return Err(EntraError::grant(
            500_131,
            format!(
                "Assertion audience does not match the Client app presenting the assertion. The audience in the \
                 assertion was '{}' and the expected audience is 'api://{}' or one of the Application Uris of this \
                 application.",
                token.text("aud"),
                app.client_id()
            ),
        ));
    }
    let user = state.directory.user_with_object_id(token.text("oid"), token.text("tid"));
    let Some(user) = user.filter(|_| token.claims.contains_key("scp")) else {
        return Err(EntraError::grant(
            7_000_114,
            format!(
                "Application '{}' is not allowed to make application on-behalf-of calls.",
                app.client_id()
            ),
        ));
    };
    exchange.claims.satisfy_conditional_access(app)?;
    let signed_in = SignedIn {
        client_id: app.client_id().to_owned(),
        username: user.username().to_owned(),
        nonce: None,
        interactive: false,
    };
    user_answer::answer(exchange, signed_in, &scope)
}
