//! The matcher `$jwt`, and the id tokens of answers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::matchers::{Bindings, Mismatch};
use crate::emulator::PublicKey;

/// A JWT with exactly these header members and claims, signed by the key that is named.
pub(super) fn check(bindings: &mut Bindings, expected: &Value, actual: &str) -> Result<(), Mismatch> {
    let parts: Vec<&str> = actual.split('.').collect();
    let [header, claims, _signature] = parts.as_slice() else {
        return Err(format!("a JWT is expected, got {actual}"));
    };
    let padded = expected["padded_by_reference"] == true;
    for (name, part) in [("header", header), ("claims", claims)] {
        let text = if padded { part.trim_end_matches('=') } else { part };
        let bytes =
            URL_SAFE_NO_PAD.decode(text).map_err(|_| format!("the {name} of the JWT is not base64url"))?;
        let json =
            serde_json::from_slice(&bytes).map_err(|_| format!("the {name} of the JWT is not JSON"))?;
        if expected[name].is_null() {
            continue;
        }
        if let Err(problem) = bindings.check(&expected[name], &json) {
            let problem = format!("{name} of the JWT: {problem}");
            bindings
                .check(&without(FREE, &expected[name]), &without(FREE, &json))
                .map_err(|_| problem.clone())?;
            // Whoever sends a chain sends this one.
            if !expected[name]["x5c"].is_null() && expected[name]["x5c"] != json["x5c"] {
                return Err(problem);
            }
            acceptable(bindings.now, &json).map_err(|why| format!("{problem}; {why}"))?;
            bindings.resigned = Some(problem);
        }
    }
    if let Some(pem) = expected["signed_by"].as_str() {
        let key = PublicKey::from_pem(pem).map_err(|error| format!("signed_by: {error}"))?;
        if !key.signed(actual) {
            return Err("the JWT is not signed by the expected key".into());
        }
    }
    Ok(())
}

/// What a client may choose when it signs an assertion: how, which of its certificate's names, from when and how long.
const FREE: &[&str] = &["alg", "x5t", "x5t#S256", "x5c", "nbf", "iat", "exp"];

/// The members that must be as recorded.
fn without(names: &[&str], json: &Value) -> Value {
    let members = json.as_object().into_iter().flatten();
    members.filter(|(name, _)| !names.contains(&name.as_str())).map(|(n, v)| (n.clone(), v.clone())).collect()
}

/// Whether the service accepts the choice: a header names its certificate as its algorithm asks; claims hold now and for
/// at most an hour.
fn acceptable(now: u64, json: &Value) -> Result<(), String> {
    match json["alg"].as_str() {
        None => {}
        Some("PS256") if json["x5t#S256"].is_string() && json["x5t"].is_null() => return Ok(()),
        Some("RS256") if json["x5t"].is_string() && json["x5t#S256"].is_null() => return Ok(()),
        Some(other) => return Err(format!("{other} goes with another name of the certificate")),
    }
    let time = |name: &str| json[name].as_u64();
    match (time("exp"), time("nbf").or_else(|| time("iat"))) {
        (Some(exp), Some(from)) if from <= now && now < exp && exp - from <= 3600 => Ok(()),
        _ => Err("and it does not hold now, or holds for too long".into()),
    }
}

/// A JWT with these claims, and a signature that nobody checks.
pub(super) fn unsigned(claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"alg": "RS256", "typ": "JWT"});
    format!("{}.{}.{}", encode(&header), encode(claims), URL_SAFE_NO_PAD.encode("signature"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_must_be_the_same_and_signatures_hold() {
        let token = unsigned(&json!({"aud": "a"}));
        let fits = |expected: Value| check(&mut Bindings::default(), &expected, &token);
        let header = json!({"alg": "RS256", "typ": "JWT"});
        assert_eq!(fits(json!({"header": header, "claims": {"aud": "a"}})), Ok(()));
        assert!(fits(json!({"header": {"alg": "RS256"}, "claims": {"aud": "a"}})).is_err());
        // Signed in another way, but not in one that names the certificate.
        assert!(fits(json!({"header": {"alg": "PS256", "typ": "JWT"}, "claims": {"aud": "a"}})).is_err());
        assert!(fits(json!({"header": header, "claims": {"aud": "b"}})).is_err());
        assert!(fits(json!({"header": header, "claims": {"aud": "a", "exp": 1}})).is_err());
        let key = include_str!("key_of_nobody.pem");
        assert!(fits(json!({"header": header, "claims": {"aud": "a"}, "signed_by": key})).is_err());
    }
}
