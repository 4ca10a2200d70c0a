//! Client authentication: who sends the request, and how it proves it.

use super::super::directory::App;
use super::super::state::State;
use super::assertion;
use super::error::EntraError;
use super::form::Form;
use super::tenancy::Tenancy;

/// How a client proved who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Proof {
    /// A public client, which has nothing to prove.
    None,
    Secret,
    /// A certificate or a federated credential.
    Assertion,
}

impl Proof {
    /// The value of `appidacr` and `azpacr`.
    pub(in super::super) fn code(self) -> &'static str {
        match self {
            Self::None => "0",
            Self::Secret => "1",
            Self::Assertion => "2",
        }
    }
}

/// # Errors
/// Nothing given (7000216, 7000218), two things given (90023), or what is given is wrong.
pub(in super::super) fn authenticate(
    state: &State,
    app: &App,
    tenancy: Tenancy<'_>,
    form: &Form,
) -> Result<Proof, EntraError> {
    let (secret, assertion) = (form.get("client_secret"), form.get("client_assertion"));
    match (secret, assertion) {
        (None, None) if app.is_public() => Ok(Proof::None),
        (None, None) if form.get("grant_type") == Some("client_credentials") => Err(EntraError::client(
            7_000_216,
            "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
        )),
        (None, None) => Err(EntraError::client(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )),
        _ if app.is_public() => Err(EntraError::client(
            700_025,
            "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
        )),
        (Some(_), Some(_)) => Err(EntraError::request(
            90_023,
            "Invalid request: both 'client_assertion' and 'client_secret' are presented.",
        )),
        (Some(secret), None) => check_secret(app, secret),
        (None, Some(text)) => assertion::check(state, app, tenancy, form, text),
    }
}

fn check_secret(app: &App, secret: &str) -> Result<Proof, EntraError> {
    if app.has_secret(secret) {
        return Ok(Proof::Secret);
    }
    let id = app.client_id();
    if app.has_expired_secret(secret) {
        return Err(EntraError::client(
            7_000_222,
            format!(
                "The provided client secret keys for app '{id}' are expired. Visit the Azure portal to create new keys \
                 for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added \
                 security: https://aka.ms/certCreds."
            ),
        ));
    }
    Err(EntraError::client(
        7_000_215,
        format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, \
             not the client secret ID, for a secret added to app '{id}'."
        ),
    ))
}
