//! `/{tenant}/oauth2/v2.0/authorize`: a code for the application that sent the user here.

use super::super::directory::{App, User};
use super::super::grants::{Code, SignedIn};
use super::super::server::{Pairs, Request, Response};
use super::super::state::State;
use super::super::token::{EntraError, Scope, Tenancy};
use super::{SignInPage, page};

/// A request that may be answered by a redirect: client and redirect URI are good.
struct Authorize<'a> {
    state: &'a State,
    request: &'a Request,
    tenancy: Tenancy<'a>,
    app: &'a App,
    redirect_uri: &'a str,
}

pub(in super::super) fn answer(state: &State, tenant: &str, request: &Request) -> Response {
    let found = Tenancy::find(state, tenant).and_then(|tenancy| {
        let client_id = need(request, "client_id")?;
        let app = tenancy.app(state, client_id)?;
        let redirect_uri = need(request, "redirect_uri")?;
        if app.allows_redirect(redirect_uri) {
            return Ok(Authorize { state, request, tenancy, app, redirect_uri });
        }
        Err(EntraError::request(
            50_011,
            format!(
                "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured \
                 for the application '{client_id}'."
            ),
        ))
    });
    match found {
        Ok(authorize) => authorize.answer(),
        // Nobody may be sent anywhere.
        Err(error) => {
            page::message(400, "Sorry, but we're having trouble signing you in.", &error.to_string())
        }
    }
}

impl Authorize<'_> {
    fn answer(&self) -> Response {
        let settings = self.state.settings().clone();
        let typed = self.request.form();
        let field = |name: &str| typed.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let user = match (field("username"), field("password")) {
            (Some(username), Some(password)) => match self.state.directory.sign_in(username, password) {
                Ok(user) => user,
                Err(error) => return page::sign_in("Sign in", "", Some(&error.to_string()), None),
            },
            _ => match (self.hinted(), settings.sign_in_page) {
                (_, SignInPage::Cancelled) => {
                    let text = "AADSTS65004: User declined to consent to access the app.";
                    return self.go_back(vec![
                        ("error", "access_denied".into()),
                        ("error_description", text.into()),
                    ]);
                }
                (Some(user), _) => user,
                (None, SignInPage::SelfSubmitting) => {
                    let prefill = self.state.directory.users.first().map(|u| (u.username(), u.password()));
                    return page::sign_in("Sign in", "", None, prefill);
                }
                (None, SignInPage::Interactive) => return page::sign_in("Sign in", "", None, None),
            },
        };
        match self.code(user) {
            Ok(code) => {
                let mut fields = vec![("code", code)];
                if self.request.query("client_info") == Some("1") {
                    fields.push(("client_info", self.state.directory.client_info(user)));
                }
                self.go_back(fields)
            }
            Err(error) => self
                .go_back(vec![("error", error.error().to_owned()), ("error_description", error.to_string())]),
        }
    }

    /// The user that `login_hint` names, unless the application wants the user to type.
    fn hinted(&self) -> Option<&User> {
        let prompt = self.request.query("prompt");
        let hint = self.request.query("login_hint").filter(|_| prompt != Some("login"))?;
        self.state.directory.user(hint)
    }

    fn code(&self, user: &User) -> Result<String, EntraError> {
        if need(self.request, "response_type")? != "code" {
            let text = "The response_type must be 'code'; nothing else is emulated.";
            return Err(EntraError::new(400, "unsupported_response_type", 700_054, text));
        }
        let challenge =
            match (self.request.query("code_challenge"), self.request.query("code_challenge_method")) {
                (None, _) => None,
                (Some(challenge), Some("S256")) => Some(challenge.to_owned()),
                (Some(_), method) => {
                    let text = format!(
                        "The code_challenge_method must be 'S256', not '{}'.",
                        method.unwrap_or("plain")
                    );
                    return Err(EntraError::request(9_002_313, text));
                }
            };
        let scope = need(self.request, "scope")?;
        Scope::parse(scope, &self.state.directory)?;
        self.tenancy.for_user(self.state, user)?;
        let signed_in = SignedIn {
            client_id: self.app.client_id().to_owned(),
            username: user.username().to_owned(),
            nonce: self.request.query("nonce").map(str::to_owned),
            interactive: true,
        };
        let code = Code {
            signed_in,
            redirect_uri: self.redirect_uri.to_owned(),
            challenge,
            scope: scope.to_owned(),
            expires: self.state.clock.now() + 600,
            redeemed: false,
        };
        Ok(self.state.grants().add_code(code))
    }

    /// Sends the user back to the application, the way that it asked for.
    fn go_back(&self, fields: Vec<(&str, String)>) -> Response {
        let mut all: Pairs = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if let Some(state) = self.request.query("state") {
            all.push(("state".to_owned(), state.to_owned()));
        }
        match self.request.query("response_mode") {
            Some("form_post") => page::form_post(self.redirect_uri, &all),
            Some("fragment") => page::redirect(self.redirect_uri, '#', &all),
            _ => page::redirect(self.redirect_uri, '?', &all),
        }
    }
}

fn need<'a>(request: &'a Request, name: &str) -> Result<&'a str, EntraError> {
    request.query(name).filter(|value| !value.is_empty()).ok_or_else(|| EntraError::missing(name))
}
