//! What a service said when it refused, kept as typed fields whatever the body looked like.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Map, Value};

use super::aadsts;
use crate::Secret;
use crate::oauth::{excerpt, redact};

/// The answer of a token endpoint, metadata endpoint or OIDC issuer that was not a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServiceError {
    /// The HTTP status, never hidden by a body that cannot be read.
    pub status: StatusCode,
    /// The OAuth error code, such as `invalid_client`.
    pub error: Option<String>,
    /// The description, on one line.
    pub description: Option<String>,
    /// `suberror`, such as `basic_action` or `bad_token`.
    pub suberror: Option<String>,
    /// AADSTS codes, most specific first.
    pub codes: Vec<u32>,
    /// The correlation id.
    pub correlation_id: Option<String>,
    /// The trace id.
    pub trace_id: Option<String>,
    /// Claims that the next interactive request must carry.
    pub claims: Option<String>,
    /// How long the service asked to wait.
    pub retry_after: Option<Duration>,
    /// At most 256 safe characters of a body that is not the expected JSON.
    pub excerpt: Option<String>,
}

impl ServiceError {
    /// Only a status is known.
    pub const fn of_status(status: StatusCode) -> Self {
        Self {
            status,
            error: None,
            description: None,
            suberror: None,
            codes: Vec::new(),
            correlation_id: None,
            trace_id: None,
            claims: None,
            retry_after: None,
            excerpt: None,
        }
    }

    /// Reads an answer: Entra's error JSON, or that of Azure's resource providers (`error` an object with `code` and
    /// `message`, or a lone `message`), else a safe excerpt. What was sent as `secrets` is hidden where it is repeated.
    pub fn read(status: StatusCode, body: &[u8], secrets: &[Secret]) -> Self {
        // Before anything is cut, put on one line or taken for a token: a part of a secret would not be found.
        let body = &redact::body(body, secrets);
        let mut known = Self::of_status(status);
        let Some(Value::Object(json)) = serde_json::from_slice(body).ok() else {
            known.excerpt = excerpt::safe(body);
            known.redact(secrets);
            return known;
        };
        let text = |paths: &[&str]| {
            paths.iter().find_map(|path| {
                let text = excerpt::line(&redact::text(at(&json, path)?.as_str()?, secrets));
                Some(text).filter(|text| !text.is_empty())
            })
        };
        known.error = text(&["error", "error/code"]);
        known.description = text(&["error_description", "error/message", "message"]);
        known.suberror = text(&["suberror"]);
        known.correlation_id = text(&["correlation_id", "error/correlationId"]);
        known.trace_id = text(&["trace_id"]);
        known.claims =
            json.get("claims").and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
        known.codes = codes(json.get("error_codes"), known.description.as_deref());
        if known.error.is_none() {
            known.excerpt = excerpt::safe(body);
        }
        known.redact(secrets);
        known
    }

    /// Hides what was sent as `secrets`. Claims are sent again, so ordinary text in them has to stay.
    pub(super) fn redact(&mut self, secrets: &[Secret]) {
        let texts = [
            &mut self.error,
            &mut self.description,
            &mut self.suberror,
            &mut self.correlation_id,
            &mut self.trace_id,
            &mut self.excerpt,
        ];
        for text in texts.into_iter().flatten() {
            *text = redact::text(text, secrets);
        }
        self.claims = self.claims.take().map(|claims| redact::long(&claims, secrets));
    }

    /// Whether status or code say that the fault passes by itself.
    pub fn is_transient(&self) -> bool {
        matches!(self.status.as_u16(), 408 | 429 | 500 | 502..=504)
            || self.codes.iter().any(|code| aadsts::is_transient(*code))
            || self.error.as_deref() == Some("temporarily_unavailable")
    }
}

/// The member of an object, or that of the object which is its member: `outer/inner`.
fn at<'a>(json: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    match path.split_once('/') {
        Some((outer, inner)) => json.get(outer)?.get(inner),
        None => json.get(path),
    }
}

/// `error_codes`, and the code at the start of the description, which is sometimes all there is.
fn codes(listed: Option<&Value>, description: Option<&str>) -> Vec<u32> {
    let mut codes = Vec::new();
    for code in listed.and_then(Value::as_array).map_or(&[][..], Vec::as_slice) {
        let code = match code {
            Value::String(digits) => number(digits),
            code => code.as_u64().and_then(|code| code.try_into().ok()),
        };
        codes.extend(code);
    }
    let named = description.and_then(|text| {
        let digits = text.split("AADSTS").nth(1)?;
        number(digits.split(|c: char| !c.is_ascii_digit()).next()?)
    });
    if let Some(code) = named.filter(|code| !codes.contains(code)) {
        codes.insert(0, code);
    }
    codes
}

fn number(digits: &str) -> Option<u32> {
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entra_json_is_read_with_escapes_and_codes() {
        let body = br#"{"error":"invalid_client","error_description":"AADSTS7000215: Bad secret.\r\nTrace ID: x","error_codes":[7000215],
            "trace_id":"x","correlation_id":"c","claims":"{\"access_token\":{}}","suberror":"s"}"#;
        let known = ServiceError::read(StatusCode::UNAUTHORIZED, body, &[]);
        assert_eq!(known.codes, [7000215]);
        assert_eq!(known.description.as_deref(), Some("AADSTS7000215: Bad secret. Trace ID: x"));
        assert_eq!(known.claims.as_deref(), Some(r#"{"access_token":{}}"#));
    }

    #[test]
    fn a_code_in_the_description_alone_is_found() {
        let body = br#"{"error":"x","error_description":"oh: AADSTS90033: later"}"#;
        let known = ServiceError::read(StatusCode::BAD_REQUEST, body, &[]);
        assert_eq!(known.codes, [90033]);
        assert!(known.is_transient());
    }

    #[test]
    fn resource_provider_json_is_read() {
        let body = br#"{"error":{"code":"ManagedIdentityNotFound","message":"none","correlationId":"c"}}"#;
        let known = ServiceError::read(StatusCode::NOT_FOUND, body, &[]);
        assert_eq!(known.error.as_deref(), Some("ManagedIdentityNotFound"));
        assert_eq!(known.description.as_deref(), Some("none"));
        assert_eq!(known.correlation_id.as_deref(), Some("c"));
        for body in
            [r#"{"statusCode":400,"message":"none"}"#, r#"{"error_description":" ","message":"none"}"#]
        {
            let known = ServiceError::read(StatusCode::BAD_REQUEST, body.as_bytes(), &[]);
            assert_eq!(known.description.as_deref(), Some("none"));
        }
    }

    #[test]
    fn wrong_types_and_html_never_hide_the_status() {
        for body in [&b"<html>Bad\x00 Gateway</html>"[..], b"", b"[1]", br#"{"error":5,"error_codes":"x"}"#] {
            let known = ServiceError::read(StatusCode::BAD_GATEWAY, body, &[]);
            assert_eq!(known.status, StatusCode::BAD_GATEWAY);
            assert!(known.error.is_none() && known.is_transient());
        }
    }

    #[test]
    fn secrets_that_a_service_repeats_are_hidden_wherever_they_are() {
        let secret = Secret::new("two  words\"&more");
        for body in [
            r#"{"error":"two  words\"&more","error_description":"two  words\"&more","suberror":"two  words\"&more",
                "trace_id":"two  words\"&more","correlation_id":"two  words\"&more","claims":"two  words\"&more"}"#,
            r#"{"error":"x","message":"client_secret=\u0074wo  words\u0022\u0026more"}"#,
            r#"{"password":"two  words\"&more"}"#,
            "<p>client_secret=two  words&quot;&amp;more</p>",
            &format!("{}two%20%20words%22%26more", "<b>".repeat(80)),
        ] {
            let known =
                ServiceError::read(StatusCode::BAD_REQUEST, body.as_bytes(), std::slice::from_ref(&secret));
            let text = format!("{known:?}");
            assert!(!text.contains("two") && !text.contains("words") && !text.contains("more"), "{text}");
        }
    }
}
