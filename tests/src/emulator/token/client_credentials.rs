//! `grant_type=client_credentials`: a token for the application itself.

use super::error::EntraError;
use super::mint::{Caller, Subject, mint};
use super::scope::Scope;
use super::{Exchange, Proof};
use serde_json::Value;

pub(super) fn issue(exchange: &Exchange<'_>) -> Result<Value, EntraError> {
    if exchange.proof == Proof::None {
        return Err(EntraError::new(
            400,
            "unauthorized_client",
            700_027,
            "A public client cannot use the 'client_credentials' grant type.",
        ));
    }
    let tenant = exchange.tenancy.named()?;
    let scope = Scope::parse_default(exchange.form.need("scope")?, &exchange.state.directory)?;
    exchange.claims.satisfy_conditional_access(exchange.app)?;
    let object_id = exchange.app.object_id_in(tenant);
    let caller = Caller {
        tenant_id: tenant.id(),
        client_id: exchange.app.client_id(),
        proof: exchange.proof.code(),
        subject: Subject::Application {
            object_id: &object_id,
            roles: exchange.app.roles(),
            resource_id: None,
        },
    };
    let minted = mint(exchange.state, &caller, &scope.audience, &exchange.claims)?;
    Ok(minted.answer())
}
