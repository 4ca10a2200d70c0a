//! The token service of a simulated world: answers late, wrongly, or not at all, as the seed decides.

use std::time::Duration;

use http::Response;
use identity_core::effect::{TransportError, TransportErrorKind};

use super::rng::Rng;

/// What a request meets.
pub(super) type Answer = Result<Response<Vec<u8>>, TransportError>;

/// How long an answer takes, in milliseconds, and what it is. Errors name the flight.
pub(super) fn answer(
    rng: &mut Rng,
    flight: usize,
    trouble: u64,
    life: u64,
    timeout: Duration,
) -> (u64, Answer) {
    let delay = match rng.below(10) {
        0..=1 => 0,
        2..=6 => 1 + rng.below(300),
        7..=8 => rng.below(6_000),
        _ => rng.below(40_000),
    };
    let answer = if rng.below(100) < trouble { fault(rng, flight) } else { token(rng, flight, life) };
    let limit = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
    if delay >= limit {
        return (limit, failed(TransportErrorKind::Timeout, flight));
    }
    (delay, answer)
}

fn token(rng: &mut Rng, flight: usize, life: u64) -> Answer {
    let life = life * rng.pick(&[1, 1, 3]);
    let refresh = if rng.chance(1, 3) { format!(r#","refresh_in":{}"#, life / 2) } else { String::new() };
    let body =
        format!(r#"{{"token_type":"Bearer","access_token":"token-{flight}","expires_in":{life}{refresh}}}"#);
    Ok(json(200, body))
}

fn fault(rng: &mut Rng, flight: usize) -> Answer {
    match rng.below(16) {
        0..=1 => Ok(with(json(429, entra("temporarily_unavailable", flight)), "retry-after", "2")),
        2..=3 => Ok(json(503, entra("temporarily_unavailable", flight))),
        4 => Ok(json(500, entra("server_error", flight))),
        5..=6 => Ok(json(401, entra("invalid_client", flight))),
        7 => Ok(json(400, entra("interaction_required", flight))),
        8 => Ok(body(502, "text/html", format!("<!DOCTYPE html><p>the gateway lost flight-{flight}."))),
        9 => Ok(body(200, "text/html", format!("<p>signed out on flight-{flight}."))),
        10 => Ok(json(200, format!(r#"{{"error_of":"flight-{flight}.","access_token":"#))),
        11 => Ok(json(500, String::new())),
        12 => Ok(with(body(307, "text/plain", String::new()), "location", "https://elsewhere.example/")),
        13 => failed(TransportErrorKind::Connect, flight),
        14 => failed(TransportErrorKind::Read, flight),
        _ => failed(TransportErrorKind::TooLarge, flight),
    }
}

fn entra(error: &str, flight: usize) -> String {
    format!(
        r#"{{"error":"{error}","error_description":"AADSTS90033: it was flight-{flight}.","error_codes":[90033]}}"#
    )
}

fn failed(kind: TransportErrorKind, flight: usize) -> Answer {
    Err(TransportError::new(kind, format!("it was flight-{flight}.")))
}

fn json(status: u16, text: String) -> Response<Vec<u8>> {
    body(status, "application/json", text)
}

fn body(status: u16, content_type: &'static str, text: String) -> Response<Vec<u8>> {
    let mut response = Response::new(text.into_bytes());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    with(response, "content-type", content_type)
}

fn with(mut response: Response<Vec<u8>>, name: &'static str, value: &'static str) -> Response<Vec<u8>> {
    response.headers_mut().insert(name, http::HeaderValue::from_static(value));
    response
}
