//! JSON Web Tokens as they arrive: taken apart, not yet believed.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

/// Entra accepts segments with and without padding, so both are read.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A parsed token whose signature nobody has checked.
pub(in super::super) struct Jwt<'a> {
    pub(in super::super) header: Map<String, Value>,
    pub(in super::super) claims: Map<String, Value>,
    /// What the signature covers.
    pub(in super::super) signed: &'a str,
    pub(in super::super) signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    /// `None` when the text is not a signed token of two JSON objects.
    pub(in super::super) fn parse(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        Some(Self { header: object(header)?, claims: object(claims)?, signed, signature: decode(signature)? })
    }

    /// A text claim; empty when absent or of another type.
    pub(in super::super) fn text(&self, claim: &str) -> &str {
        self.claims.get(claim).and_then(Value::as_str).unwrap_or("")
    }

    /// A time claim in seconds; fractions (RFC 7519 allows them) are cut off.
    pub(in super::super) fn time(&self, claim: &str) -> Option<i64> {
        let value = self.claims.get(claim)?;
        // A float beyond the range saturates, which is far in the future either way.
        value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
    }

    /// Whether the audience, a text or a list, names one of `accepted`.
    pub(in super::super) fn audience_in(&self, accepted: &[String]) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(one)) => accepted.contains(one),
            Some(Value::Array(many)) => {
                many.iter().filter_map(Value::as_str).any(|a| accepted.iter().any(|b| a == b))
            }
            _ => false,
        }
    }

    /// A text header; empty when absent.
    pub(in super::super) fn header_text(&self, name: &str) -> &str {
        self.header.get(name).and_then(Value::as_str).unwrap_or("")
    }

    /// A header that holds base64, URL-safe or standard, padded or not.
    pub(in super::super) fn header_bytes(&self, name: &str) -> Option<Vec<u8>> {
        let text = self.header_text(name).replace('+', "-").replace('/', "_");
        if text.is_empty() { None } else { decode(&text) }
    }
}

fn object(segment: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&decode(segment)?).ok()
}

fn decode(text: &str) -> Option<Vec<u8>> {
    LENIENT.decode(text).ok()
}
