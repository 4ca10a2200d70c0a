//! Whether a call ended as its recording did.

use std::time::{SystemTime, UNIX_EPOCH};

use identity_core::{AccessToken, Error, ErrorKind};
use serde_json::{Map, Value, json};

use super::difference::{Difference, DifferenceKind};
use super::matchers::Bindings;

/// What a call gave.
#[derive(Debug)]
pub(super) enum Gave {
    /// A token from a token request.
    Token(AccessToken),
    /// A JSON object: a bare token, a record.
    Object(Value),
}

/// Compares the end of a call.
pub(super) fn check(
    bindings: &mut Bindings,
    place: &str,
    expected: &Result<Value, Value>,
    actual: &Result<Gave, Error>,
    over: Over,
) -> Option<Difference> {
    match (expected, actual) {
        (Ok(wanted), Ok(gave)) => {
            let found = show(gave, wanted);
            let problem = bindings.check(wanted, &found).err()?;
            let kind = match (without_refresh(wanted), without_refresh(&found)) {
                (wanted, found) if bindings.check(&wanted, &found).is_ok() => DifferenceKind::RefreshOn,
                _ => DifferenceKind::Result,
            };
            Some(Difference::new(kind, place, wanted, format!("{found}: {problem}")))
        }
        (Err(wanted), Err(error)) => {
            let problem = check_error(wanted, error, over).err()?;
            let actual = format!("{:?}: {error}: {problem}", error.kind());
            Some(Difference::new(DifferenceKind::Error, place, wanted, actual))
        }
        (Ok(wanted), Err(error)) => {
            let actual = format!("{:?}: {error}", error.kind());
            Some(Difference::new(DifferenceKind::Failure, place, wanted, actual))
        }
        (Err(wanted), Ok(gave)) => {
            Some(Difference::new(DifferenceKind::Success, place, wanted, show(gave, &json!({}))))
        }
    }
}

/// The same with nothing said of when the token is due.
fn without_refresh(result: &Value) -> Value {
    let mut result = result.clone();
    if let Some(members) = result.as_object_mut() {
        members.remove("refresh_on");
    }
    result
}

/// What else is known of the end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// The last request got an answer, or there was none.
    Answered,
    /// The last request failed in the transport.
    Unanswered,
}

fn show(gave: &Gave, wanted: &Value) -> Value {
    let token = match gave {
        Gave::Token(token) => token,
        Gave::Object(value) => return value.clone(),
    };
    let mut object = Map::new();
    object.insert("token".into(), token.secret().into());
    object.insert("expires_on".into(), unix(token.expires_on()).into());
    // `get_token` of the reference says no more than that.
    if wanted.get("token_type").is_some() || wanted.get("expires_on").is_none() {
        object.insert("refresh_on".into(), token.refresh_on().map(unix).into());
        object.insert("token_type".into(), token.token_type().into());
    }
    Value::Object(object)
}

fn unix(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn check_error(wanted: &Value, error: &Error, over: Over) -> Result<(), String> {
    let kind = wanted["kind"].as_str().unwrap_or_default();
    // What the reference's chain refuses when it is made may be the answer to the first request here.
    let cause = error.attempts().last().filter(|_| kind == "invalid_argument").unwrap_or(error);
    if !kind_fits(kind, cause.kind(), over) {
        return Err(format!("the kind is not {kind}"));
    }
    let text = error.to_string();
    if let Some(part) = super::vector::texts(&wanted["contains"]).iter().find(|part| !text.contains(*part)) {
        return Err(format!("the message does not contain {part:?}"));
    }
    if let Some(status) = wanted["http_status"].as_u64()
        && status_of(error) != Some(status)
    {
        return Err(format!("the status is {:?} in place of {status}", status_of(error)));
    }
    if kind == "authentication_required" {
        let scopes = super::vector::texts(&wanted["scopes"]);
        if wanted["scopes"].is_array() && scopes != error.scopes() {
            return Err(format!("the scopes are {:?} in place of {scopes:?}", error.scopes()));
        }
        if wanted.get("claims").is_some_and(|claims| claims.as_str() != error.claims()) {
            return Err(format!("the claims are {:?} in place of {}", error.claims(), wanted["claims"]));
        }
    }
    Ok(())
}

/// The status attached to an error; for a chain, that of the member which ended the search.
fn status_of(error: &Error) -> Option<u64> {
    error
        .status()
        .map(|status| status.as_u16().into())
        .or_else(|| error.attempts().last().and_then(status_of))
}

/// Our kinds are finer than those of the reference.
fn kind_fits(wanted: &str, kind: ErrorKind, over: Over) -> bool {
    match wanted {
        "credential_unavailable" => kind == ErrorKind::Unavailable,
        "authentication_required" => kind == ErrorKind::InteractionRequired,
        "invalid_argument" => kind == ErrorKind::InvalidArgument,
        "client_authentication" => match kind {
            ErrorKind::Authentication
            | ErrorKind::TenantNotAllowed
            | ErrorKind::Chain
            | ErrorKind::WrongIdentity
            // Nothing has a deadline here: it is a credential's own time for the person that passed.
            | ErrorKind::TimedOut => true,
            // The reference wraps failures of the transport where it goes through MSAL.
            ErrorKind::Transport => over == Over::Unanswered,
            _ => false,
        },
        // The reference lets exceptions of lower layers through; any error stands for them.
        "transport" | "http_response" | "decode" | "io" | "other" => true,
        _ => false,
    }
}
