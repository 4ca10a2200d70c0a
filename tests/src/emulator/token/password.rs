//! `grant_type=password`: user name and password, which Entra discourages and still takes.

use super::{EntraError, Exchange, Scope, user_answer};
use crate::emulator::grants::SignedIn;
use serde_json::Value;

pub(super) fn issue(exchange: &Exchange<'_>) -> Result<Value, EntraError> {
    let form = exchange.form;
    let directory = &exchange.state.directory;
    let user = directory.sign_in(form.need("username")?, form.need("password")?)?;
    exchange.claims.satisfy_conditional_access(exchange.app)?;
    let scope = Scope::parse(form.need("scope")?, directory)?;
    let signed_in = SignedIn {
        client_id: exchange.app.client_id().to_owned(),
        username: user.username().to_owned(),
        nonce: None,
        interactive: false,
    };
    user_answer::answer(exchange, signed_in, &scope)
}
