//! Assertions from the OIDC endpoints of CI systems: an authorized request, a JSON answer with the assertion in a member.

use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use serde_json::Value;

use super::client_assertion::assertion;
use crate::effect::Outbound;
use crate::oauth::excerpt;
use crate::retry::{Outcome, Retry};
use crate::{Error, ErrorKind, Result, Secret, ServiceError, Step};

/// What tells two CI systems apart.
pub(super) struct Issuer {
    /// For messages.
    pub(super) name: &'static str,
    /// The member of the answer that holds the assertion.
    pub(super) member: &'static str,
    /// Headers of the answer that its support asks for.
    pub(super) ids: &'static [&'static str],
    /// What an answer other than 200 means.
    pub(super) refused: ErrorKind,
}

/// A request with the job's bearer token.
///
/// # Errors
/// [`Unavailable`](ErrorKind::Unavailable) for an address that is not an https URL, [`InvalidArgument`] for a token that
/// cannot be a header.
///
/// [`InvalidArgument`]: ErrorKind::InvalidArgument
#[inline]
pub(super) fn request(method: Method, url: &str, variable: &str, token: &Secret) -> Result<Request<Vec<u8>>> {
    let uri = url.parse::<Uri>().ok().filter(|uri| uri.scheme_str() == Some("https") && uri.host().is_some());
    let uri = uri.ok_or_else(|| {
        Error::unavailable(format!("{variable} is not an absolute https URL: the CI system must set it"))
    })?;
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .map_err(|_| Error::invalid_argument("the job's access token holds characters that no token has"))?;
    bearer.set_sensitive(true);
    let mut request = Request::new(Vec::new());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    request.headers_mut().insert(AUTHORIZATION, bearer);
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    Ok(request)
}

/// Sends it, with retries; the assertion ends the flow.
#[inline]
pub(super) fn ask(issuer: Issuer, request: Request<Vec<u8>>, token: &Secret, retry: &Retry) -> Step {
    let token = token.clone();
    let outbound = Outbound::new(request).with_secrets([token.clone()]);
    retry.clone().send(outbound, move |moment, outcome| {
        let secrets = [token];
        let text = read(&issuer, outcome, &secrets);
        Step::Done(text.map(|text| assertion(text, &moment)).map_err(|error| error.redacted(&secrets)))
    })
}

#[inline]
fn read(issuer: &Issuer, outcome: Outcome, secrets: &[Secret]) -> Result<Secret> {
    let Issuer { name, member, .. } = issuer;
    let response = outcome.map_err(|error| {
        Error::transport(format!("no answer from the OIDC token endpoint of {name}: {error}"), &error)
    })?;
    if response.status() != StatusCode::OK {
        let service = ServiceError::read(response.status(), response.body(), secrets);
        let said = service.excerpt.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
        let text =
            format!("unexpected answer of the OIDC token endpoint of {name}{}{said}", ids(issuer, &response));
        return Err(Error::new(issuer.refused, text).with_service(service));
    }
    let json: Option<Value> = serde_json::from_slice(response.body()).ok();
    match json.as_ref().and_then(|json| json.get(member)?.as_str()).filter(|text| !text.is_empty()) {
        Some(text) => Ok(Secret::new(text)),
        None => Err(Error::authentication(format!(
            "OIDC token not found in the answer of {name}: it has no text in `{member}`{}",
            ids(issuer, &response)
        ))
        .with_service(ServiceError::of_status(response.status()))),
    }
}

#[inline]
fn ids(issuer: &Issuer, response: &Response<Vec<u8>>) -> String {
    let value = |name: &&str| {
        Some(format!(" {name} {}", excerpt::line(response.headers().get(*name)?.to_str().ok()?)))
    };
    let ids: Vec<String> = issuer.ids.iter().filter_map(value).collect();
    if ids.is_empty() { String::new() } else { format!(" ({})", ids.join(",").trim()) }
}
