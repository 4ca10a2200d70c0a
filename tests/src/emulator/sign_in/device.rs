//! Device codes (RFC 8628): issued here, approved on a page, redeemed at the token endpoint.

use super::super::grants::Device;
use super::super::server::{Request, Response};
use super::super::state::State;
use super::super::token::{EntraError, Form, Scope, Tenancy};
use super::page;
use serde_json::json;

/// Seconds for which a code is good.
const LIFETIME: i64 = 900;

/// `POST /{tenant}/oauth2/v2.0/devicecode`.
pub(in super::super) fn begin(state: &State, tenant: &str, request: &Request) -> Response {
    match issue(state, tenant, request) {
        Ok(response) => response,
        Err(error) => error.answer(state, request),
    }
}

fn issue(state: &State, tenant: &str, request: &Request) -> Result<Response, EntraError> {
    let form = Form::read(request)?;
    let tenancy = Tenancy::find(state, tenant)?;
    let app = tenancy.app(state, form.need("client_id")?)?;
    if !app.is_public() {
        return Err(EntraError::client(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        ));
    }
    let scope = form.need("scope")?;
    Scope::parse(scope, &state.directory)?;
    let settings = state.settings().clone();
    let device = Device {
        client_id: app.client_id().to_owned(),
        scope: scope.to_owned(),
        polls: settings.device_polls.into(),
        approved_by: None,
        expires: state.clock.now() + LIFETIME,
    };
    let (device_code, user_code) = state.grants().add_device(device);
    let uri = format!("{}/devicelogin", state.authority);
    let body = json!({
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri": uri,
        "expires_in": LIFETIME,
        "interval": settings.device_interval,
        "message": format!(
            "To sign in, use a web browser to open the page {uri} and enter the code {user_code} to authenticate."
        ),
    });
    Ok(Response::json(200, &body))
}

/// `/devicelogin`: asks for the code and the user, then approves.
pub(in super::super) fn page(state: &State, request: &Request) -> Response {
    const TITLE: &str = "Enter code to allow access";
    let form = request.form();
    let field = |name: &str| form.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
    let code = request.query("otc").unwrap_or_else(|| field("otc"));
    let input = format!("<label>Code <input name=\"otc\" value=\"{}\"></label> ", page::escape(code));
    if request.method != "POST" {
        return page::sign_in(TITLE, &input, None, None);
    }
    let again = |problem: &str| page::sign_in(TITLE, &input, Some(problem), None);
    match state.directory.sign_in(field("username"), field("password")) {
        Err(error) => again(&error.to_string()),
        Ok(user) if state.grants().approve(code, user.username(), state.clock.now()) => {
            page::message(200, "You have signed in", "You may now close this window.")
        }
        Ok(_) => again("That code didn't work. Check the code and try again."),
    }
}
