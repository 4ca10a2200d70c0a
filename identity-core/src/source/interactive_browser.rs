//! A person who signs in with a browser on this machine (RFC 8252, with PKCE, RFC 7636).

use std::io;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Uri;

use super::person::{Person, SignsIn};
use super::refresh::SIGN_IN_SCOPES;
use crate::browser::{Page, Reception, Redirect, is_loopback};
use crate::client::{Client, ClientOptions};
use crate::effect::{Listen, Listening, Message, Open, Receive, without_user};
use crate::explain::Inspection;
use crate::moment::Seconds;
use crate::oauth::{self, Form};
use crate::request::OwnedRequest;
use crate::source::Source;
use crate::tenant::Tenancy;
use crate::{
    AuthenticationRecord, Env, Error, ErrorKind, Grant, Moment, Result, Secret, Step, TokenRequest, claims,
    describe, digest,
};

/// The ports that are tried unless a redirect URI names one.
const PORTS: std::ops::RangeInclusive<u16> = 8400..=8999;

/// Tokens for a person who signs in with a browser on this machine. Tokens and the refresh token are cached; the person is
/// asked again only when the service demands it, and once for all requests that come before the sign-in is over.
///
/// A port of the loopback interface is opened while the person signs in, and `BROWSER` is respected. Where no browser can
/// be started, the address is shown on the terminal; without a terminal the error is
/// [`Unavailable`](crate::ErrorKind::Unavailable). The person has 300 s unless [`with_timeout`](Self::with_timeout) says
/// otherwise, and one call 120 s more.
#[derive(Clone, Debug)]
pub struct InteractiveBrowser {
    person: Person,
    login_hint: Option<String>,
    redirect_uri: Option<String>,
    timeout: Duration,
    page: Page,
}

impl InteractiveBrowser {
    /// The application of Azure developer tools, in the tenant that the person belongs to.
    #[inline]
    pub fn new() -> Self {
        Self {
            person: Person::new(),
            login_hint: None,
            redirect_uri: None,
            timeout: Duration::from_secs(300),
            page: Page::default(),
        }
    }

    /// The name to begin the sign-in with; by default the person chooses among those that the browser knows.
    #[must_use]
    #[inline]
    pub fn with_login_hint(mut self, username: impl Into<String>) -> Self {
        self.login_hint = Some(username.into());
        self
    }

    /// The redirect URI registered with the application, such as `http://localhost:8400`: a loopback host and a port. By
    /// default `http://localhost` with the first free port from 8400 to 8999.
    #[must_use]
    #[inline]
    pub fn with_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// How long to wait for the person; by default 300 s.
    #[must_use]
    #[inline]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The pages that the browser shows in the end.
    #[must_use]
    #[inline]
    pub fn with_page(mut self, page: Page) -> Self {
        self.page = page;
        self
    }
}

super::person_options!(InteractiveBrowser);

impl Default for InteractiveBrowser {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl Source for InteractiveBrowser {
    #[inline]
    fn name(&self) -> &str {
        "InteractiveBrowserCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        if let Some(uri) = &self.redirect_uri {
            place(uri)?;
        }
        self.person.configure(env)
    }

    #[inline]
    fn partition(&self) -> String {
        self.person.partition()
    }

    #[inline]
    fn tenancy(&self) -> Option<&Tenancy> {
        self.person.tenancy()
    }

    #[inline]
    fn deadline(&self) -> Duration {
        self.timeout.saturating_add(Duration::from_secs(120))
    }

    #[inline]
    fn begins_alone(&self, request: &TokenRequest<'_>) -> bool {
        self.person.may_ask(request)
    }

    #[cfg(feature = "persistent-cache")]
    #[inline]
    fn owner(&self, request: &TokenRequest<'_>, previous: Option<&Grant>) -> Option<crate::store::Owner> {
        self.person.owner(request, previous)
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        let plan = "asks a person to sign in with a browser, unless a refresh token will do";
        self.person.inspection(env, plan).with_variables(["BROWSER"])
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step {
        let (source, client) = match self.person.client() {
            Ok(client) => (self.clone(), client.clone()),
            Err(error) => return Step::fail(error),
        };
        let chained = request.is_in_chain();
        self.person.acquire(request, previous, moment, move |request, moment| {
            let (host, ports) = match source.redirect_uri.as_deref().map(place) {
                Some(Ok((host, port))) => (host, port..=port),
                Some(Err(error)) => return Step::fail(error),
                None => ("localhost".to_owned(), PORTS),
            };
            let secrets = Secrets::of(&moment);
            listen(host, ports, SignIn { source, client, request, secrets, chained })
        })
    }
}

impl SignsIn for InteractiveBrowser {
    #[inline]
    fn management_scope(&self) -> Result<&'static str> {
        self.person.management_scope()
    }
}

/// Host and port of a redirect URI; its path and scheme do not count.
#[inline]
fn place(uri: &str) -> Result<(String, u16)> {
    let bad = |why: &str| {
        let shown = without_user(uri);
        Error::invalid_argument(format!(
            "the redirect URI {shown:?} {why}: pass one such as http://localhost:8400, as registered with the application"
        ))
    };
    let parsed: Uri = uri.parse().map_err(|_| bad("is not a URI"))?;
    let host = parsed.host().filter(|host| !host.is_empty()).ok_or_else(|| bad("has no host"))?;
    let port = parsed.port_u16().filter(|port| *port > 0).ok_or_else(|| bad("has no port"))?;
    if parsed.scheme().is_none() {
        return Err(bad("has no scheme"));
    }
    if !is_loopback(host) {
        return Err(bad("does not lead to this machine"));
    }
    Ok((host.to_ascii_lowercase(), port))
}

/// The random values of one sign-in.
struct Secrets {
    verifier: Secret,
    state: Secret,
    nonce: String,
}

impl Secrets {
    /// From disjoint parts of the randomness, and none from what request ids show.
    #[inline]
    fn of(moment: &Moment) -> Self {
        let text = |from: usize, to: usize| {
            URL_SAFE_NO_PAD.encode(moment.entropy().get(from..to).unwrap_or_default())
        };
        Self { verifier: text(16, 48).into(), state: text(48, 64).into(), nonce: text(64, 80) }
    }
}

/// One sign-in under way.
struct SignIn {
    source: InteractiveBrowser,
    client: Client,
    request: OwnedRequest,
    secrets: Secrets,
    chained: bool,
}

/// Opens the first free port.
#[inline]
fn listen(host: String, mut ports: std::ops::RangeInclusive<u16>, sign_in: SignIn) -> Step {
    let Some(port) = ports.next() else {
        return Step::fail(Error::unavailable(
            "no port is free to receive the sign-in: close what listens on it, or pass another redirect URI",
        ));
    };
    Step::listen(Listen::new(host.trim_matches(['[', ']']), port), move |_, listening| match listening {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => listen(host, ports, sign_in),
        Err(error) => Step::fail(Error::unavailable(format!("cannot listen on {host}:{port}: {error}"))),
        Ok(listening) => sign_in.open(listening, format!("http://{host}:{port}"), port),
    })
}

impl SignIn {
    /// Opens the browser; where that fails, shows the address.
    #[inline]
    fn open(self, listening: Listening, redirect_uri: String, port: u16) -> Step {
        let url = match self.authorize_url(&redirect_uri) {
            Ok(url) => url,
            Err(error) => return Step::fail(error),
        };
        Step::open(Open::new(&url), move |_, opened| {
            let Err(error) = opened else { return self.receive(listening, redirect_uri, port) };
            let failed = Error::unavailable(format!(
                "cannot open a browser ({error}): set BROWSER, or sign in with a device code instead"
            ));
            if self.chained {
                return Step::fail(failed);
            }
            let text = format!("Open this address in a browser on this machine to sign in:\n\n{url}\n");
            Step::tell(Message::for_terminal(text), move |_, told| match told {
                Ok(()) => self.receive(listening, redirect_uri, port),
                Err(_) => Step::fail(failed),
            })
        })
    }

    #[inline]
    fn authorize_url(&self, redirect_uri: &str) -> Result<String> {
        self.request.with(|request| {
            let scope = oauth::joined_scopes(request.scopes(), &SIGN_IN_SCOPES);
            let challenge = digest::sha256_base64url(self.secrets.verifier.expose());
            let mut parameters = vec![
                ("client_id", self.client.client_id()),
                ("response_type", "code"),
                ("redirect_uri", redirect_uri),
                ("scope", &scope),
                ("state", self.secrets.state.expose()),
                ("response_mode", "form_post"),
                ("prompt", "select_account"),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
                ("nonce", &self.secrets.nonce),
                ("client_info", "1"),
            ];
            let hint = self.source.login_hint.as_deref();
            // Routes the sign-in to where the mailbox is.
            let anchor = hint.map(|hint| format!("UPN:{hint}"));
            parameters.extend(hint.map(|hint| ("login_hint", hint)));
            parameters.extend(anchor.as_deref().map(|anchor| ("X-AnchorMailbox", anchor)));
            let claims = claims::merged(request.claims(), request.enable_cae())?;
            parameters.extend(claims.as_deref().map(|claims| ("claims", claims)));
            let endpoint = self.client.authority().authorize_endpoint(self.client.tenant(request));
            Ok(format!("{endpoint}?{}", oauth::query(&parameters)))
        })
    }

    /// Waits for the redirect.
    #[inline]
    fn receive(self, listening: Listening, redirect_uri: String, port: u16) -> Step {
        let (timeout, page) = (self.source.timeout, self.source.page.clone());
        let reception = Reception::new(self.secrets.state.clone(), port, page);
        Step::receive(Receive::new(listening, timeout, reception), move |moment, redirect| match redirect {
            Ok(Redirect::Code(code)) => self.redeem(&code, &redirect_uri, &moment),
            Ok(Redirect::Refused { error, description }) => Step::fail(Error::authentication(format!(
                "the sign-in in the browser was refused: {error}: {description}"
            ))),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Step::fail(Error::new(
                ErrorKind::TimedOut,
                format!(
                    "Timed out after waiting {} for the person to sign in in the browser",
                    Seconds(timeout)
                ),
            )),
            Err(error) => Step::fail(Error::unavailable(format!("cannot wait for the browser: {error}"))),
        })
    }

    /// Exchanges the code, and checks that the answer belongs to this sign-in.
    #[inline]
    fn redeem(self, code: &Secret, redirect_uri: &str, moment: &Moment) -> Step {
        let form = Form::grant_type("authorization_code")
            .secret("code", code)
            .field("redirect_uri", redirect_uri)
            .secret("code_verifier", &self.secrets.verifier)
            .field("client_info", "1");
        let (client, nonce) = (self.client, self.secrets.nonce);
        self.request.with(|request| {
            let form = match form.request(request, &SIGN_IN_SCOPES) {
                Ok(form) => form,
                Err(error) => return Step::fail(error),
            };
            client.exchange_then(client.tenant(request), form, moment, move |_, result| {
                Step::Done(result.and_then(|grant| has_nonce(grant, &nonce)))
            })
        })
    }
}

/// Refuses an id token that was issued for another sign-in (OpenID Connect Core, section 3.1.3.7).
#[inline]
fn has_nonce(grant: Grant, nonce: &str) -> Result<Grant> {
    let claims = grant.id_token.as_ref().and_then(|token| describe::payload(token.expose()));
    match claims.as_ref().and_then(|claims| claims.get("nonce")?.as_str()) {
        Some(found) if found == nonce => Ok(grant),
        _ => Err(Error::authentication(
            "the id token was not issued for this sign-in (its nonce is another or missing): sign in again",
        )),
    }
}

#[cfg(test)]
mod tests;
