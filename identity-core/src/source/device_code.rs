//! A person who signs in on another device (RFC 8628).

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Response;
use serde_json::Value;

use super::person::{Person, SignsIn};
use super::refresh::SIGN_IN_SCOPES;
use crate::client::{self, Client, ClientOptions};
use crate::effect::{Message, TransportError, printable};
use crate::explain::Inspection;
use crate::oauth::{self, Form};
use crate::request::OwnedRequest;
use crate::source::Source;
use crate::tenant::Tenancy;
use crate::{
    AuthenticationRecord, Env, Error, ErrorKind, Grant, Moment, Result, Secret, Step, TokenRequest, claims,
};

/// What the person needs to know: where to go, and which code to enter there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceCodePrompt {
    /// The address to open, on any device.
    pub verification_uri: String,
    /// The code to enter there.
    pub user_code: String,
    /// When the code expires.
    pub expires_on: SystemTime,
    /// A sentence with all of that in the service's words.
    pub message: String,
}

type Prompt = Arc<dyn Fn(&DeviceCodePrompt) + Send + Sync>;

/// Tokens for a person who enters a code in a browser, on this device or another. Tokens and the refresh token are
/// cached; the person is asked again only when the service demands it.
///
/// One call may take as long as the code lives (usually 15 minutes) unless [`with_timeout`](Self::with_timeout) or the
/// request says otherwise. Without [`with_prompt`](Self::with_prompt) the service's message goes to standard error.
#[derive(Clone)]
pub struct DeviceCode {
    person: Person,
    prompt: Option<Prompt>,
    timeout: Option<Duration>,
}

impl DeviceCode {
    /// The application of Azure developer tools, in the tenant that the person belongs to.
    #[inline]
    pub fn new() -> Self {
        Self { person: Person::new(), prompt: None, timeout: None }
    }

    /// Called with the code, before the waiting begins. It must not block.
    #[must_use]
    #[inline]
    pub fn with_prompt(mut self, prompt: impl Fn(&DeviceCodePrompt) + Send + Sync + 'static) -> Self {
        self.prompt = Some(Arc::new(prompt));
        self
    }

    /// How long to wait for the person; by default, and at most, as long as the code lives.
    #[must_use]
    #[inline]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

super::person_options!(DeviceCode);

impl Default for DeviceCode {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl Source for DeviceCode {
    #[inline]
    fn name(&self) -> &str {
        "DeviceCodeCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
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
        self.timeout.unwrap_or(Duration::from_secs(3600)).saturating_add(Duration::from_secs(120))
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
        self.person.inspection(env, "asks a person to enter a code, unless a refresh token will do")
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step {
        let (source, client) = match self.person.client() {
            Ok(client) => (self.clone(), client.clone()),
            Err(error) => return Step::fail(error),
        };
        self.person
            .acquire(request, previous, moment, move |request, moment| begin(source, client, request, moment))
    }
}

impl SignsIn for DeviceCode {
    #[inline]
    fn management_scope(&self) -> Result<&'static str> {
        self.person.management_scope()
    }
}

impl fmt::Debug for DeviceCode {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode")
            .field("person", &self.person)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Asks for a code.
#[inline]
fn begin(source: DeviceCode, client: Client, request: OwnedRequest, moment: Moment) -> Step {
    let tenant = request.with(|request| client.tenant(request).to_owned());
    let scope = request.with(|request| oauth::joined_scopes(request.scopes(), &SIGN_IN_SCOPES).into_owned());
    let form = Form::default().field("client_id", client.client_id()).field("scope", &scope);
    // The caller's own claims go out with the request for the token, which is what they are about.
    let form = match request.with(|request| claims::merged(None, request.enable_cae())) {
        Ok(Some(capability)) => form.field("claims", &capability),
        Ok(None) => form,
        Err(error) => return Step::fail(error),
    };
    let url = client.authority().device_code_endpoint(&tenant);
    let outbound = match client::address(&url) {
        Ok(uri) => client::post(uri, form, &moment),
        Err(error) => return Step::fail(error),
    };
    let asked_on = moment.now();
    client.retry().clone().send(outbound, move |moment, outcome| match read(outcome, asked_on, &url) {
        Err(error) => Step::fail(error.context("Couldn't begin authentication")),
        Ok(code) => {
            let life = source.timeout.map_or(code.life, |timeout| timeout.min(code.life));
            let wait = Wait {
                client,
                request,
                tenant,
                code: code.device_code,
                interval: code.interval,
                until: asked_on + life,
            };
            show(source.prompt.as_ref(), code.prompt, moment, wait)
        }
    })
}

/// Shows the code to the person, and then waits.
#[inline]
fn show(prompt: Option<&Prompt>, code: DeviceCodePrompt, moment: Moment, wait: Wait) -> Step {
    if let Some(prompt) = prompt {
        prompt(&code);
        return wait.poll(&moment);
    }
    Step::tell(Message::new(code.message), move |moment, told| match told {
        Ok(()) => wait.poll(&moment),
        Err(error) => Step::fail(Error::unavailable(format!(
            "nobody can be told the code ({error}): pass a function that shows it (with_prompt)"
        ))),
    })
}

/// The waiting for the person.
struct Wait {
    client: Client,
    request: OwnedRequest,
    tenant: String,
    code: Secret,
    interval: Duration,
    until: SystemTime,
}

impl Wait {
    #[inline]
    fn poll(mut self, moment: &Moment) -> Step {
        let form = Form::grant_type("urn:ietf:params:oauth:grant-type:device_code")
            .secret("device_code", &self.code)
            .field("client_info", "1");
        let claims = self.request.with(|request| {
            Ok(claims::merged(request.claims(), request.enable_cae())?.map(std::borrow::Cow::into_owned))
        });
        let form = match claims {
            Ok(Some(claims)) => form.field("claims", &claims),
            Ok(None) => form,
            Err(error) => return Step::fail(error),
        };
        let (client, tenant) = (self.client.clone(), self.tenant.clone());
        client.exchange_then(&tenant, form, moment, move |moment, result| {
            let error = match result {
                Err(error) => error,
                Ok(grant) => return Step::Done(Ok(grant)),
            };
            match error.oauth_error() {
                Some("authorization_pending") => {}
                // RFC 8628, section 3.5.
                Some("slow_down") => self.interval += Duration::from_secs(5),
                _ => return Step::fail(error),
            }
            if moment.now() + self.interval > self.until {
                return Step::fail(Error::new(
                    ErrorKind::TimedOut,
                    "Timed out waiting for the person to enter the code: ask again, and leave more time",
                ));
            }
            Step::sleep(self.interval, None, move |moment| self.poll(&moment))
        })
    }
}

struct Code {
    prompt: DeviceCodePrompt,
    device_code: Secret,
    interval: Duration,
    life: Duration,
}

/// Reads the answer of the device authorization endpoint (RFC 8628, section 3.2).
#[inline]
fn read(outcome: Result<Response<Vec<u8>>, TransportError>, asked_on: SystemTime, url: &str) -> Result<Code> {
    let answer =
        outcome.map_err(|error| Error::transport(format!("no answer from {url}: {error}"), &error))?;
    let refused = || oauth::answer_error(&answer, &[]);
    let Ok(Value::Object(json)) = serde_json::from_slice(answer.body()) else { return Err(refused()) };
    if json.contains_key("error") || !answer.status().is_success() {
        return Err(refused());
    }
    let text = |name: &str| json.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let seconds = |name: &str, absent: u64| {
        let known = json.get(name).and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
        Duration::from_secs(known.unwrap_or(absent).min(86_400))
    };
    let missing = |what: &str| Error::authentication(format!("the answer has no {what}"));
    let device_code = text("device_code").ok_or_else(|| missing("device_code"))?;
    let user_code = text("user_code").ok_or_else(|| missing("user_code"))?;
    let uri = text("verification_uri").or_else(|| text("verification_url"));
    let uri = uri.ok_or_else(|| missing("verification_uri"))?;
    let life = seconds("expires_in", 1800);
    let message = text("message").map_or_else(
        || format!("To sign in, open {uri} in a browser and enter the code {user_code}."),
        str::to_owned,
    );
    Ok(Code {
        prompt: DeviceCodePrompt {
            // An application may well write them to a terminal.
            verification_uri: printable(uri),
            user_code: printable(user_code),
            expires_on: asked_on + life,
            message: printable(&message),
        },
        device_code: Secret::new(device_code),
        interval: seconds("interval", 5).max(Duration::from_secs(1)),
        life,
    })
}

#[cfg(test)]
mod tests;
