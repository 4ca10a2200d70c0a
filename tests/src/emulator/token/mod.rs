//! The token endpoint: `POST /{tenant}/oauth2/v2.0/token`.

mod assertion;
mod authorization_code;
mod claims;
mod client;
mod client_credentials;
mod device_code;
mod error;
mod federation;
mod form;
mod mint;
mod on_behalf_of;
mod password;
mod refresh_token;
mod scope;
mod tenancy;
mod user_answer;

pub(super) use claims::Claims;
pub(super) use client::{Proof, authenticate};
pub(super) use error::{EntraError, common_headers, correlation_id};
pub(super) use form::Form;
pub(super) use mint::{Caller, Minted, Subject, mint};
pub(super) use scope::Scope;
pub(super) use tenancy::Tenancy;

use super::directory::App;
use super::server::{Request, Response};
use super::state::State;
use serde_json::Value;

/// A token request whose client, tenant and claims are known and good.
pub(super) struct Exchange<'a> {
    pub(super) state: &'a State,
    pub(super) form: &'a Form,
    pub(super) tenancy: Tenancy<'a>,
    pub(super) app: &'a App,
    pub(super) proof: Proof,
    pub(super) claims: Claims,
}

/// Answers any request to the endpoint of the tenant that the path names.
pub(super) fn answer(state: &State, tenant: &str, request: &Request) -> Response {
    match issue(state, tenant, request) {
        Ok(body) => {
            common_headers(Response::json(200, &body), &correlation_id(request), &super::uuid::random())
        }
        Err(error) => error.answer(state, request),
    }
}

fn issue(state: &State, tenant: &str, request: &Request) -> Result<Value, EntraError> {
    let form = Form::read(request)?;
    let grant_type = form.need("grant_type")?;
    let grant: fn(&Exchange<'_>) -> Result<Value, EntraError> = match grant_type {
        "client_credentials" => client_credentials::issue,
        "authorization_code" => authorization_code::issue,
        "refresh_token" => refresh_token::issue,
        "password" => password::issue,
        "urn:ietf:params:oauth:grant-type:device_code" => device_code::issue,
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => on_behalf_of::issue,
        other => {
            return Err(EntraError::new(
                400,
                "unsupported_grant_type",
                70_003,
                format!("The app requested an unsupported grant type '{other}'."),
            ));
        }
    };
    let client_id = form.need("client_id")?;
    let tenancy = Tenancy::find(state, tenant)?;
    let app = tenancy.app(state, client_id)?;
    let claims = Claims::parse(form.get("claims"))?;
    let proof = authenticate(state, app, tenancy, &form)?;
    grant(&Exchange { state, form: &form, tenancy, app, proof, claims })
}
