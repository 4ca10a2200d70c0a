//! The answers of managed identity endpoints: a grant, or an error that keeps what the host said.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use identity_core::oauth::{Expiry, read_expiry};
use identity_core::{Error, ErrorKind, Grant, Result, Secret, ServiceError};
use serde_json::{Map, Value};

use crate::date;
use crate::detect::AzureHost;
use crate::identity::Selector;
use crate::refusal::Refusal;

/// How long a token is kept whose expiry cannot be read: it is due at once, and never believed to be fresh.
const UNREADABLE_LIFE: Duration = Duration::from_secs(300);

/// What was asked for, and where.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) host: AzureHost,
    pub(crate) selector: Selector,
    pub(crate) resource: String,
    pub(crate) on: SystemTime,
}

/// A grant, and the whole answer for hosts that have to look at more of it.
pub(crate) struct Answer {
    pub(crate) grant: Grant,
    pub(crate) json: Map<String, Value>,
}

/// Reads the answer to a token request.
#[inline]
pub(crate) fn read(response: &Response<Vec<u8>>, asked: &Asked, secrets: &[Secret]) -> Result<Answer> {
    let Ok(Value::Object(json)) = serde_json::from_slice(response.body()) else {
        return Err(foreign(response, asked, secrets));
    };
    if !response.status().is_success() || json.contains_key("error") {
        return Err(refused(response, asked, secrets));
    }
    let incomplete = |what: &str| {
        // The body may hold a token: nothing of it is shown.
        let error = Error::authentication(format!("the answer of {} has no {what}", asked.host));
        error.with_service(ServiceError::of_status(response.status()))
    };
    let token = json.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
    let token = Secret::new(token.ok_or_else(|| incomplete("access_token"))?);
    let expiry = expiry(&json, asked).ok_or_else(|| incomplete("expires_on or expires_in"))?;
    let mut grant = Grant::new(token, expiry.expires_on, asked.on).from_origin(asked.host.name());
    if let Some(refresh_on) = expiry.refresh_on {
        grant = grant.refreshing_on(Some(refresh_on));
    } else if let Some(life) = lifetime(&json, asked) {
        // The host's own measure of the lifetime does not depend on the clock of this machine.
        grant = grant.refreshing_on(Grant::new("", life.expires_on, asked.on).refresh_on);
    }
    let kind = json.get("token_type").and_then(Value::as_str).unwrap_or_default();
    if !kind.is_empty() && !kind.eq_ignore_ascii_case("bearer") {
        grant.token_type = kind.to_owned().into();
    }
    Ok(Answer { grant, json })
}

/// When the token expires: `expires_on` (number, text or date), else `expires_in`. `None` if there is neither.
#[inline]
fn expiry(json: &Map<String, Value>, asked: &Asked) -> Option<Expiry> {
    const MEMBERS: [&str; 2] = ["expires_on", "expires_in"];
    let mut times: Map<String, Value> = json
        .iter()
        .filter(|(name, value)| {
            (MEMBERS.contains(&name.as_str()) || *name == "refresh_in") && !value.is_null()
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Some(seconds) = times.get("expires_on").and_then(Value::as_str).and_then(date::parse) {
        times.insert("expires_on".into(), seconds.into());
    }
    for member in MEMBERS {
        match read_expiry(&times, asked.on) {
            Ok(expiry) => return Some(expiry),
            // Nothing was sent (any more).
            Err(_) if !MEMBERS.iter().any(|member| times.contains_key(*member)) => break,
            Err(problem) => {
                log::warn!("{}: {problem}", asked.host);
                times.remove(member);
            }
        }
    }
    if !MEMBERS.iter().any(|member| json.get(*member).is_some_and(|value| !value.is_null())) {
        return None;
    }
    // A good token with an expiry that nobody can read is worth having, for a short while.
    let soon = Map::from_iter([("expires_in".to_owned(), UNREADABLE_LIFE.as_secs().into())]);
    read_expiry(&soon, asked.on).ok()
}

/// What `expires_in` alone says.
#[inline]
fn lifetime(json: &Map<String, Value>, asked: &Asked) -> Option<Expiry> {
    let within = json.get("expires_in").filter(|within| !within.is_null())?;
    read_expiry(&Map::from_iter([("expires_in".to_owned(), within.clone())]), asked.on).ok()
}

/// Something other than JSON: most likely nobody's metadata service, or a proxy in front of it.
#[inline]
fn foreign(response: &Response<Vec<u8>>, asked: &Asked, secrets: &[Secret]) -> Error {
    let service = ServiceError::read(response.status(), response.body(), secrets);
    let media = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("none");
    let shown = service.excerpt.as_deref().unwrap_or("nothing");
    let is_json = media.to_ascii_lowercase().starts_with("application/json");
    let kind = match (asked.host, response.status()) {
        // A server without IMDS behind it: a chain goes on.
        (AzureHost::Imds, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND) => ErrorKind::Unavailable,
        _ if is_json => ErrorKind::Authentication,
        // An endpoint that the platform announced is there, and says nothing.
        (host, _) if host != AzureHost::Imds && response.body().trim_ascii().is_empty() => {
            ErrorKind::Authentication
        }
        _ => ErrorKind::Unavailable,
    };
    let text = format!("{} sent no JSON (content type {media:?}): {shown}", endpoint(asked.host));
    Error::new(kind, text).with_service(service)
}

/// An error document.
#[inline]
fn refused(response: &Response<Vec<u8>>, asked: &Asked, secrets: &[Secret]) -> Error {
    let service = ServiceError::read(response.status(), response.body(), secrets);
    let refusal = Refusal::read(&service);
    let said = match (&service.error, &service.description, &service.excerpt) {
        (Some(code), Some(text), _) => format!("{code}: {text}"),
        (Some(text), None, _) | (None, Some(text), _) | (None, None, Some(text)) => text.clone(),
        (None, None, None) => "no reason given".to_owned(),
    };
    let Asked { host, selector, resource, .. } = asked;
    let mut text =
        format!("{} gave no token for {selector} and resource {resource}: {said}", endpoint(*host));
    if let Some(refusal) = refusal {
        text = format!("{text}; {}", refusal.remedy());
    }
    let kind = match (host, response.status().as_u16(), refusal) {
        (_, _, Some(Refusal::SeveralIdentities | Refusal::InvalidResource)) => ErrorKind::Authentication,
        (AzureHost::Imds, 400 | 404, _) => ErrorKind::Unavailable,
        (AzureHost::Imds, 403, _) if is_unreachable(response) => ErrorKind::Unavailable,
        _ => ErrorKind::Authentication,
    };
    let error = Error::new(kind, text).with_service(service);
    match refusal {
        Some(refusal) => error.with_source(Arc::new(refusal) as Arc<dyn std::error::Error + Send + Sync>),
        None => error,
    }
}

/// Docker Desktop answers for the metadata service, and says that it cannot reach it.
#[inline]
pub(crate) fn is_unreachable(response: &Response<Vec<u8>>) -> bool {
    response.status() == StatusCode::FORBIDDEN
        && String::from_utf8_lossy(response.body()).to_ascii_lowercase().contains("unreachable")
}

/// The host as the one who answers.
#[inline]
fn endpoint(host: AzureHost) -> String {
    match host {
        AzureHost::Imds => "the IMDS endpoint".to_owned(),
        host => format!("the managed identity endpoint of {host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::UserAssigned;
    use serde_json::json;
    use std::time::UNIX_EPOCH;

    const NOW: u64 = 1_700_000_000;

    fn asked(host: AzureHost) -> Asked {
        let selector = Selector(Some(UserAssigned::client_id("abc")));
        Asked { host, selector, resource: "https://r".into(), on: UNIX_EPOCH + Duration::from_secs(NOW) }
    }

    fn answer(status: u16, media: &str, body: &str) -> Response<Vec<u8>> {
        let builder = Response::builder().status(status).header(CONTENT_TYPE, media);
        builder.body(body.as_bytes().to_vec()).unwrap()
    }

    fn lifetime(times: Value) -> Option<u64> {
        let mut body = json!({ "access_token": "t" });
        body.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
        let answer =
            read(&answer(200, "application/json", &body.to_string()), &asked(AzureHost::Imds), &[]).ok()?;
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        Some(answer.grant.expires_on.duration_since(now).unwrap().as_secs())
    }

    #[test]
    fn every_form_of_an_expiry_is_read() {
        for times in [
            json!({"expires_on": NOW + 10800}),
            json!({"expires_on": (NOW + 10800).to_string()}),
            json!({"expires_in": 10800}),
            json!({"expires_in": "10800"}),
            json!({"expires_in": "10800", "expires_on": null}),
            json!({"expires_in": "60", "expires_on": "11/15/2023 01:13:20 +00:00"}),
            json!({"expires_on": "11/15/2023 1:13:20 AM +00:00"}),
            json!({"expires_on": "2023-11-15T01:13:20Z"}),
            json!({"expires_in": 10800, "expires_on": "soon"}),
            json!({"expires_in": 10800, "expires_on": -5}),
        ] {
            assert_eq!(lifetime(times.clone()), Some(10800), "{times}");
        }
    }

    #[test]
    fn an_unreadable_expiry_makes_a_short_lived_token_and_a_missing_one_an_error() {
        for times in [
            json!({"expires_on": "soon"}),
            json!({"expires_in": "soon", "expires_on": true}),
            json!({"expires_in": 99999999999999999999.0}),
        ] {
            assert_eq!(lifetime(times.clone()), Some(300), "{times}");
        }
        assert_eq!(lifetime(json!({})), None);
        assert_eq!(lifetime(json!({"expires_on": null})), None);
    }

    #[test]
    fn three_refusals_are_told_apart_with_the_words_of_the_host() {
        for (error, text, refusal, kind) in [
            ("invalid_request", "Identity not found", Refusal::IdentityNotFound, ErrorKind::Unavailable),
            (
                "invalid_request",
                "Multiple user assigned identities exist, please specify the clientId",
                Refusal::SeveralIdentities,
                ErrorKind::Authentication,
            ),
            (
                "invalid_resource",
                "AADSTS500011: The resource principal named https://r was not found",
                Refusal::InvalidResource,
                ErrorKind::Authentication,
            ),
        ] {
            let body = json!({"error": error, "error_description": text}).to_string();
            let error =
                read(&answer(400, "application/json", &body), &asked(AzureHost::Imds), &[]).err().unwrap();
            assert_eq!((Refusal::of(&error), error.kind()), (Some(refusal), kind));
            for words in [text, "client id abc", "https://r", refusal.remedy()] {
                assert!(error.to_string().contains(words), "{error}");
            }
        }
    }

    #[test]
    fn what_is_not_a_metadata_service_lets_a_chain_go_on() {
        for (status, media, body, unavailable) in [
            (200, "text/html", "<html>", true),
            (404, "text/html", "<html>", true),
            (404, "application/json", "{}", true),
            (403, "text/plain", "connecting: network unreachable", true),
            (403, "application/json", r#"{"error":{"message":"unreachable network"}}"#, true),
            (403, "application/json", r#"{"error":"forbidden"}"#, false),
            (500, "application/json", r#"{"error":"unknown"}"#, false),
            (200, "application/json", "{", false),
            (200, "application/json", "{}", false),
        ] {
            let error = read(&answer(status, media, body), &asked(AzureHost::Imds), &[]).err().unwrap();
            assert_eq!(error.is_unavailable(), unavailable, "{status} {body}: {error}");
            assert_eq!(error.status().unwrap().as_u16(), status);
        }
    }

    #[test]
    fn an_announced_endpoint_that_says_nothing_is_there() {
        for (host, unavailable) in [(AzureHost::CloudShell, false), (AzureHost::Imds, true)] {
            let error = read(&answer(500, "text/plain", " "), &asked(host), &[]).err().unwrap();
            assert_eq!(error.is_unavailable(), unavailable, "{error}");
        }
    }

    #[test]
    fn provider_errors_keep_code_and_text() {
        for body in [
            r#"{"error":{"code":"ManagedIdentityNotFound","message":"not found here"}}"#,
            r#"{"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for specified ClientId"}"#,
        ] {
            let error = read(&answer(400, "application/json", body), &asked(AzureHost::AppService), &[])
                .err()
                .unwrap();
            assert_eq!(error.kind(), ErrorKind::Authentication);
            assert_eq!(Refusal::of(&error), Some(Refusal::IdentityNotFound));
            assert!(error.to_string().contains("App Service"), "{error}");
        }
    }
}
