//! The answer of a token endpoint: a grant, or an error that keeps everything that is known.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Response;
use serde_json::{Map, Value};

use super::members::Members;
use crate::decimal;
use crate::token::half_life;
use crate::{Error, Grant, Result, Secret, ServiceError};

/// Lifetimes beyond ten years are nonsense, and would overflow the clock of some systems.
const LONGEST_LIFE: u64 = 10 * 366 * 24 * 3600;

/// From here on a number of seconds is no time.
const MOST: u64 = 1_000_000_000_000_000;

/// Reads a token answer (RFC 6749, section 5): `asked_on` is the time just before the request was sent.
///
/// Numbers may come as text. `expires_on` (Unix seconds) wins over `expires_in`. What was sent as `secrets` is hidden in
/// errors where the answer repeats it.
///
/// # Errors
/// [`Authentication`](crate::ErrorKind::Authentication) for an `error` in the body whatever the status, an empty body, a
/// body that is not JSON, a missing token or a missing, unreadable or absurd expiry.
pub fn grant(response: &Response<Vec<u8>>, asked_on: SystemTime, secrets: &[Secret]) -> Result<Grant> {
    let members = match serde_json::from_slice::<Members>(response.body()) {
        Ok(members) if !members.has_error && response.status().is_success() => members,
        _ => return Err(answer_error(response, secrets)),
    };
    let incomplete = |what: String| {
        // The body may hold a token: nothing of it is shown.
        Error::authentication(format!("Unexpected response from Microsoft Entra ID: {what}"))
            .with_service(ServiceError::of_status(response.status()))
    };
    let [access_token, refresh_token, id_token, client_info, scope, family_id, token_type] = members.texts;
    let access_token =
        access_token.ok_or_else(|| incomplete("the token answer has no access_token".into()))?;
    let [expires_on, expires_in, refresh_in] = &members.times;
    let expiry = expiry_of(expires_on.as_ref(), expires_in.as_ref(), refresh_in.as_ref(), asked_on)
        .map_err(incomplete)?;
    let mut grant = Grant::new(Secret::new(access_token), expiry.expires_on, asked_on);
    grant.refresh_on = expiry.refresh_on;
    if let Some(token_type) = token_type.filter(|kind| kind != "Bearer") {
        grant.token_type = token_type.into();
    }
    grant.refresh_token = refresh_token.map(Secret::new);
    grant.id_token = id_token.map(Secret::new);
    grant.client_info = client_info;
    grant.scope = scope;
    grant.family_id = family_id;
    Ok(grant)
}

/// When a token expires and is to be replaced, as an answer states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expiry {
    /// `expires_on`, or the time of the request plus `expires_in`.
    pub expires_on: SystemTime,
    /// The time of the request plus `refresh_in`, where the answer has it; else half of a life of two hours or more.
    /// The life is `expires_in` where the answer has it, also if `expires_on` says otherwise.
    pub refresh_on: Option<SystemTime>,
}

/// Reads `expires_on`, `expires_in` and `refresh_in` of a token answer, as numbers or text.
///
/// # Errors
/// Text that names the member and what is wrong with it.
#[inline]
pub fn read_expiry(json: &Map<String, Value>, asked_on: SystemTime) -> Result<Expiry, String> {
    expiry_of(json.get("expires_on"), json.get("expires_in"), json.get("refresh_in"), asked_on)
}

fn expiry_of(
    expires_on: Option<&Value>,
    expires_in: Option<&Value>,
    refresh_in: Option<&Value>,
    asked_on: SystemTime,
) -> Result<Expiry, String> {
    let expires_on = match (expires_on, expires_in) {
        (Some(on), _) if !on.is_null() => {
            let seconds = seconds(on).ok_or_else(|| unreadable("expires_on", on))?;
            UNIX_EPOCH
                .checked_add(Duration::from_secs(seconds))
                .ok_or_else(|| unreadable("expires_on", on))?
        }
        (_, Some(within)) if !within.is_null() => {
            let seconds = seconds(within).ok_or_else(|| unreadable("expires_in", within))?;
            asked_on + Duration::from_secs(seconds.min(LONGEST_LIFE))
        }
        _ => return Err("the token answer has neither expires_in nor expires_on".into()),
    };
    if expires_on.duration_since(asked_on).is_ok_and(|life| life.as_secs() > LONGEST_LIFE) {
        return Err("the token answer states an expiry more than ten years away".into());
    }
    // A bad `refresh_in` is no reason to lose a good token.
    let refresh_in = refresh_in.and_then(seconds).filter(|seconds| *seconds <= LONGEST_LIFE);
    let life = expires_in.and_then(seconds).filter(|life| *life <= LONGEST_LIFE);
    let refresh_on = match (refresh_in, life) {
        (Some(seconds), _) => Some(asked_on + Duration::from_secs(seconds)),
        (None, Some(life)) => half_life(asked_on, asked_on + Duration::from_secs(life)),
        (None, None) => half_life(asked_on, expires_on),
    };
    Ok(Expiry { expires_on, refresh_on })
}

fn seconds(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => Some(decimal::seconds(text)?.as_secs()).filter(|seconds| *seconds < MOST),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
fn whole(number: f64) -> Option<u64> {
    (0.0..MOST as f64).contains(&number).then_some(number as u64)
}

fn unreadable(member: &str, value: &Value) -> String {
    let is_time = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '.' | ',' | '/' | ':');
    let shown = match value {
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.to_string(),
            None => "a number beyond all bounds".to_owned(),
        },
        // Nothing that could be a secret in the wrong place.
        Value::String(text) if text.len() <= 32 && text.chars().filter(|c| !is_time(*c)).count() <= 4 => {
            format!("{text:?}")
        }
        Value::String(_) => "a text".to_owned(),
        _ => "no number".to_owned(),
    };
    format!("{member} of the token answer is not a number of seconds: {shown}")
}

/// The error that an answer without a token stands for. What was sent as `secrets` is hidden where the answer repeats it.
pub fn answer_error(response: &Response<Vec<u8>>, secrets: &[Secret]) -> Error {
    let status = response.status();
    let mut service = ServiceError::read(status, response.body(), secrets);
    service.retry_after = crate::retry::retry_after(response.headers(), None);
    let message = match (&service.error, &service.description, &service.excerpt) {
        (Some(code), Some(description), _) => format!("Microsoft Entra ID refused: {code}: {description}"),
        (Some(code), None, _) => format!("Microsoft Entra ID refused: {code}"),
        _ if status.is_redirection() => {
            "the token endpoint answered with a redirect, which is never followed: \
             check the authority, and whether a proxy wants a sign-in"
                .to_owned()
        }
        (None, _, excerpt) => {
            let said = match excerpt {
                Some(excerpt) => format!("sent something that is not a token: {excerpt}"),
                None => "sent an empty answer".to_owned(),
            };
            match status.as_u16() {
                429 => format!("the token endpoint asks for patience: it {said}"),
                500.. => format!("the token endpoint is out of order: it {said}"),
                _ => format!("the token endpoint {said}"),
            }
        }
    };
    Error::authentication(message).with_service(service)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = UNIX_EPOCH;

    fn read(status: u16, body: &str) -> Result<Grant> {
        grant(&Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap(), NOW, &[])
    }

    #[test]
    fn times_come_as_numbers_or_text() {
        for body in [
            r#"{"access_token":"t","expires_in":3600}"#,
            r#"{"access_token":"t","expires_in":"3600"}"#,
            r#"{"access_token":"t","expires_in":3600.9,"expires_on":null}"#,
            r#"{"access_token":"t","expires_in":1,"expires_on":"3600"}"#,
        ] {
            assert_eq!(read(200, body).unwrap().expires_on, NOW + Duration::from_secs(3600), "{body}");
        }
    }

    #[test]
    fn refresh_in_wins_over_the_half_life() {
        let body = r#"{"access_token":"t","expires_in":7200,"refresh_in":"60"}"#;
        assert_eq!(read(200, body).unwrap().refresh_on, Some(NOW + Duration::from_secs(60)));
        let body = r#"{"access_token":"t","expires_in":7200,"refresh_in":"soon"}"#;
        assert_eq!(read(200, body).unwrap().refresh_on, Some(NOW + Duration::from_secs(3600)));
    }

    #[test]
    fn the_half_life_is_that_of_expires_in() {
        let refresh_on = |body: &str| read(200, body).unwrap().refresh_on;
        assert_eq!(refresh_on(r#"{"access_token":"t","expires_in":3600,"expires_on":9999}"#), None);
        let half = Some(NOW + Duration::from_secs(4000));
        assert_eq!(refresh_on(r#"{"access_token":"t","expires_in":8000,"expires_on":9999}"#), half);
        assert_eq!(refresh_on(r#"{"access_token":"t","expires_on":8000}"#), half);
    }

    #[test]
    fn bad_answers_are_errors_with_their_status() {
        for (status, body, says) in [
            (200, "", "empty answer"),
            (200, "<html>sign in</html>", "<html>sign in</html>"),
            (200, r#"{"expires_in":3600}"#, "no access_token"),
            (200, r#"{"access_token":"t"}"#, "neither"),
            (200, r#"{"access_token":"t","expires_in":"soon"}"#, "soon"),
            (200, r#"{"access_token":"t","expires_in":-1}"#, "-1"),
            (200, r#"{"access_token":"t","expires_on":99999999999999999999}"#, "expires_on"),
            (200, r#"{"access_token":5,"expires_in":1}"#, "no access_token"),
            (200, r#"{"error":"invalid_client"}"#, "invalid_client"),
            (302, "", "redirect"),
            (500, r#"{"access_token":"t","expires_in":1}"#, "***"),
        ] {
            let error = read(status, body).unwrap_err();
            assert!(error.to_string().contains(says), "{body}: {error}");
            assert_eq!(error.status().unwrap().as_u16(), status);
        }
    }
}
