//! Claims of a token request, the CAE capability, and claims challenges of resources.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::HeaderMap;
use serde_json::{Value, json};

use crate::{Error, Result};

/// The claims in the `WWW-Authenticate` header of a resource's 401 answer, decoded: pass them to
/// [`TokenRequest::with_claims`](crate::TokenRequest::with_claims) and send the request once more.
///
/// `None` if the resource did not challenge for claims. Base64 and base64url, padded or not, are understood.
///
/// Source: Microsoft, "Claims challenges, claims requests, and client capabilities".
#[inline]
pub fn challenge(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(http::header::WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find_map(|header| decode(&parameter(header, "claims")?))
}

/// The value of one parameter of a challenge header (RFC 9110, section 11.2), quoted or not.
#[inline]
pub fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header;
    while let Some(equals) = rest.find('=') {
        let (before, after) = (&rest[..equals], rest[equals + 1..].trim_start());
        let key = before.rsplit([' ', ',', '\t']).next().unwrap_or_default();
        let (value, remaining) = match after.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let end = after.find([',', ' ', '\t']).unwrap_or(after.len());
                (after[..end].to_owned(), &after[end..])
            }
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = remaining;
    }
    None
}

/// Text up to the closing quote, with escapes resolved, and what follows it.
#[inline]
fn unquote(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((index, c)) = characters.next() {
        match c {
            '"' => return (value, &quoted[index + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[inline]
fn decode(text: &str) -> Option<String> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let standard = text.replace('-', "+").replace('_', "/");
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, LENIENT).decode(standard).ok()?;
    String::from_utf8(bytes).ok()
}

/// The `claims` field of a token request: the caller's claims as they are, or merged with the CAE capability `CP1`.
pub(crate) fn merged(claims: Option<&str>, enable_cae: bool) -> Result<Option<Cow<'_, str>>> {
    if !enable_cae {
        return Ok(claims.map(Cow::Borrowed));
    }
    let mut document: Value = match claims {
        None => json!({}),
        Some(text) => serde_json::from_slice(text.as_bytes()).map_err(|_| not_an_object(text))?,
    };
    let Value::Object(members) = &mut document else {
        return Err(not_an_object(claims.unwrap_or_default()));
    };
    let access_token = members.entry("access_token").or_insert_with(|| json!({}));
    if access_token.is_null() {
        *access_token = json!({});
    }
    let Value::Object(access_token) = access_token else {
        return Err(not_an_object(claims.unwrap_or_default()));
    };
    access_token.insert("xms_cc".into(), json!({"values": ["CP1"]}));
    Ok(Some(Cow::Owned(document.to_string())))
}

fn not_an_object(claims: &str) -> Error {
    let shown = crate::oauth::excerpt::safe(claims.as_bytes()).unwrap_or_default();
    Error::invalid_argument(format!(
        "the claims are not a JSON object whose access_token is one: {shown}; pass them as decoded from the challenge"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(value: &str) -> HeaderMap {
        [(http::header::WWW_AUTHENTICATE, value.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn challenges_are_found_among_others_and_decoded() {
        let value = r#"Basic realm="x, claims=\"no\"", Bearer realm="", error="insufficient_claims", claims="eyJhIjoiPz8_In0""#;
        assert_eq!(challenge(&header(value)).as_deref(), Some(r#"{"a":"???"}"#));
        assert_eq!(challenge(&header("Bearer claims=eyJhIjoxfQ==")).as_deref(), Some(r#"{"a":1}"#));
        assert_eq!(challenge(&header("Bearer error=invalid_token")), None);
        assert_eq!(challenge(&header("Bearer claims=\"***\"")), None);
    }

    #[test]
    fn the_capability_is_merged_and_other_members_kept() {
        let merged =
            merged(Some(r#"{"access_token":{"nbf":{"essential":true}},"x":1}"#), true).unwrap().unwrap();
        let expected = json!({"access_token":{"nbf":{"essential":true},"xms_cc":{"values":["CP1"]}},"x":1});
        assert_eq!(serde_json::from_str::<Value>(&merged).unwrap(), expected);
    }

    #[test]
    fn without_cae_claims_go_out_as_they_are() {
        assert_eq!(merged(Some("not json"), false).unwrap().as_deref(), Some("not json"));
        for bad in ["not json", "[]", r#"{"access_token":1}"#] {
            assert!(merged(Some(bad), true).is_err(), "{bad}");
        }
    }
}
