//! One exchange with a managed identity endpoint: straight to it, without redirects, limited, retried, read.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use identity_core::effect::{Outbound, TransportError, place, without_user};
use identity_core::oauth::query;
use identity_core::{Env, Error, Moment, Result, Retry, Secret, Step};

use crate::detect::AzureHost;
use crate::response::{self, Answer, Asked};
use crate::settings::Settings;

/// A token request, ready to be sent as often as needed.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) asked: Asked,
    pub(crate) outbound: Outbound,
    pub(crate) retry: Retry,
}

/// What comes back, and how often it was asked for.
pub(crate) struct Outcome {
    result: Result<Response<Vec<u8>>, TransportError>,
    attempts: u32,
    asked: Asked,
    place: String,
    secrets: Vec<Secret>,
}

impl Exchange {
    /// A GET request with these parameters in its query. `default_retry` applies unless the caller set another.
    #[inline]
    pub(crate) fn get(
        url: &str,
        parameters: &[(&str, &str)],
        asked: Asked,
        settings: &Settings,
        default_retry: Retry,
    ) -> Result<Self> {
        let separator = if url.contains('?') { '&' } else { '?' };
        let uri = parse(&format!("{url}{separator}{}", query(parameters)), "the endpoint")?;
        let mut request = Request::new(Vec::new());
        *request.uri_mut() = uri;
        Ok(Self::new(request, asked, settings, default_retry))
    }

    #[inline]
    pub(crate) fn new(
        mut request: Request<Vec<u8>>,
        asked: Asked,
        settings: &Settings,
        default_retry: Retry,
    ) -> Self {
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let outbound = Outbound::new(request)
            .direct()
            .with_connect_timeout(settings.connect_timeout)
            .with_timeout(settings.attempt_timeout);
        let retry = settings.retry.clone().unwrap_or(default_retry);
        Self { asked, outbound, retry }
    }

    /// Adds a header that is no secret.
    #[inline]
    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        let headers = self.outbound.request.headers_mut();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        self
    }

    /// Adds a header that nobody may see.
    #[inline]
    pub(crate) fn secret_header(mut self, name: HeaderName, secret: &SecretHeader) -> Self {
        self.outbound.request.headers_mut().insert(name, secret.value.clone());
        self.outbound.secrets.push(secret.secret.clone());
        self
    }

    /// Adds `Authorization: Basic` with a text that is not encoded any further, as Azure Arc wants it.
    #[inline]
    pub(crate) fn basic(self, key: &Secret) -> Result<Self> {
        let value =
            SecretHeader::of(&Secret::new(format!("Basic {}", key.expose())), "the key of Azure Arc")?;
        let mut exchange = self.secret_header(AUTHORIZATION, &value);
        exchange.outbound.secrets.push(key.clone());
        Ok(exchange)
    }

    /// Sends it with retries, and goes on with whatever came of it.
    #[inline]
    pub(crate) fn send(self, then: impl FnOnce(Moment, Outcome) -> Step + Send + 'static) -> Step {
        let Self { asked, outbound, retry } = self;
        let (place, secrets) = (place(outbound.request.uri()), outbound.secrets.clone());
        retry.send_counted(outbound, move |moment, attempts, result| {
            then(moment, Outcome { result, attempts, asked, place, secrets })
        })
    }

    /// Sends it and ends with the token.
    #[inline]
    pub(crate) fn finish(self) -> Step {
        self.send(|moment, outcome| Step::Done(outcome.answer(&moment).map(|answer| answer.grant)))
    }
}

impl Outcome {
    /// The answer of the host, if there was one.
    #[inline]
    pub(crate) const fn response(&self) -> Option<&Response<Vec<u8>>> {
        match &self.result {
            Ok(response) => Some(response),
            Err(_) => None,
        }
    }

    /// What was asked for.
    #[inline]
    pub(crate) const fn asked(&self) -> &Asked {
        &self.asked
    }

    /// The token, or the error that this stands for.
    #[inline]
    pub(crate) fn answer(&self, moment: &Moment) -> Result<Answer> {
        let result = match &self.result {
            Ok(response) => response::read(response, &self.asked, &self.secrets),
            Err(error) => Err(self.silent(error, moment)),
        };
        result.map_err(|error| self.redacted(error))
    }

    #[inline]
    pub(crate) fn redacted(&self, error: Error) -> Error {
        error.redacted(&self.secrets)
    }

    /// Nobody answered: say what was tried.
    #[inline]
    fn silent(&self, error: &TransportError, moment: &Moment) -> Error {
        let (host, place) = (self.asked.host, &self.place);
        let tried = match self.attempts {
            1 => "one attempt".to_owned(),
            attempts => {
                let spent = moment.now().duration_since(self.asked.on).unwrap_or(Duration::ZERO);
                format!("{attempts} attempts in {:.1} s", spent.as_secs_f64())
            }
        };
        match host {
            // Nothing else tells a machine outside Azure from one inside.
            AzureHost::Imds => {
                let text = format!("no response from the IMDS endpoint {place} after {tried}: {error}");
                Error::unavailable(text)
            }
            _ => {
                let who = format!("the managed identity endpoint of {host} {place}");
                Error::transport(format!("no response from {who} after {tried}: {error}"), error)
            }
        }
    }
}

/// A secret that is a header value.
#[derive(Clone)]
pub(crate) struct SecretHeader {
    value: HeaderValue,
    secret: Secret,
}

impl SecretHeader {
    /// The value of an environment variable.
    #[inline]
    pub(crate) fn of_variable(env: &Env, name: &str) -> Result<Self> {
        Self::of(&Secret::new(variable(env, name)?), name)
    }

    #[inline]
    fn of(secret: &Secret, what: &str) -> Result<Self> {
        let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| {
            Error::authentication(format!("{what} holds characters that no HTTP header can carry"))
        })?;
        value.set_sensitive(true);
        Ok(Self { value, secret: secret.clone() })
    }
}

/// The value of a variable that the host must have set.
#[inline]
pub(crate) fn variable<'a>(env: &'a Env, name: &str) -> Result<&'a str> {
    env.non_empty(name).ok_or_else(|| {
        Error::unavailable(format!("{name} is not set: this program does not run where that identity is"))
    })
}

/// An absolute address for http or https.
#[inline]
pub(crate) fn parse(url: &str, what: &str) -> Result<Uri> {
    let uri = url.trim().parse::<Uri>().ok().filter(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.authority().is_some_and(|a| !a.host().is_empty())
    });
    uri.ok_or_else(|| {
        let shown = without_user(url);
        let shown = shown.split('?').next().unwrap_or_default();
        Error::invalid_argument(format!("{what} is not an http or https URL: {shown:?}"))
    })
}

/// A form as a POST request.
#[inline]
pub(crate) fn form(url: &str, fields: &[(&str, &str)]) -> Result<Request<Vec<u8>>> {
    let mut request = Request::new(query(fields).into_bytes());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = parse(url, "the endpoint")?;
    let media = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(http::header::CONTENT_TYPE, media);
    Ok(request)
}
