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
        if !expected[name].is_null() {
            bindings
                .check(&expected[name], &json)
                .map_err(|problem| format!("{name} of the JWT: {problem}"))?;
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
        assert!(fits(json!({"header": header, "claims": {"aud": "b"}})).is_err());
        assert!(fits(json!({"header": header, "claims": {"aud": "a", "exp": 1}})).is_err());
        let key = include_str!("key_of_nobody.pem");
        assert!(fits(json!({"header": header, "claims": {"aud": "a"}, "signed_by": key})).is_err());
    }
}
