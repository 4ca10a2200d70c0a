//! Form bodies and query strings (`application/x-www-form-urlencoded`).

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::claims;
use crate::{Result, Secret, TokenRequest};

/// Everything but the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Percent-encodes text for a query string, a form or a path segment.
pub fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Joins parameters to a query string, in order.
pub fn query(parameters: &[(&str, &str)]) -> String {
    let mut query = String::new();
    for (name, value) in parameters {
        push(&mut query, name, value);
    }
    query
}

fn push(query: &mut String, name: &str, value: &str) {
    // Room for a few characters that take three.
    query.reserve(name.len() + value.len() + 16);
    if !query.is_empty() {
        query.push('&');
    }
    query.extend(utf8_percent_encode(name, ENCODED));
    query.push('=');
    query.extend(utf8_percent_encode(value, ENCODED));
}

/// The `scope` parameter: `extra` scopes come last, and none is repeated.
pub(crate) fn joined_scopes<'a>(scopes: &[&'a str], extra: &[&str]) -> Cow<'a, str> {
    if let ([scope], []) = (scopes, extra) {
        return Cow::Borrowed(scope);
    }
    let (mut joined, mut known) = (String::new(), Vec::with_capacity(scopes.len() + extra.len()));
    for scope in scopes.iter().chain(extra) {
        if known.contains(scope) {
            continue;
        }
        if !known.is_empty() {
            joined.push(' ');
        }
        joined.push_str(scope);
        known.push(scope);
    }
    joined.into()
}

/// The fields of a token request. `Debug` shows the names of the fields and never their values.
#[derive(Clone, Default)]
pub struct Form {
    /// As it will be sent.
    encoded: Zeroizing<String>,
    secrets: Vec<Secret>,
}

impl Form {
    /// A form with a grant type (RFC 6749, section 4).
    pub fn grant_type(grant_type: &str) -> Self {
        // What most forms take in all.
        let encoded = Zeroizing::new(String::with_capacity(512));
        Self { encoded, secrets: Vec::new() }.field("grant_type", grant_type)
    }

    /// Adds a field that may be shown.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        push(&mut self.encoded, name, value);
        self
    }

    /// Adds a field that must never be shown, not even when the server repeats it in its answer.
    #[must_use]
    pub fn secret(mut self, name: &str, value: &Secret) -> Self {
        self.secrets.push(value.clone());
        self.field(name, value.expose())
    }

    /// Adds the assertion that authenticates a client (RFC 7523, section 2.2).
    #[must_use]
    #[inline]
    pub fn client_assertion(self, assertion: &Secret) -> Self {
        self.field("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .secret("client_assertion", assertion)
    }

    /// Adds the scopes and claims of a request. `extra` scopes come last and are not repeated.
    ///
    /// # Errors
    /// Claims that are no JSON object, where the CAE capability has to be merged into them.
    pub fn request(self, request: &TokenRequest<'_>, extra: &[&str]) -> Result<Self> {
        let form = self.field("scope", &joined_scopes(request.scopes(), extra));
        Ok(match claims::merged(request.claims(), request.enable_cae())? {
            Some(claims) => form.field("claims", &claims),
            None => form,
        })
    }

    /// The encoded body.
    pub fn encode(self) -> String {
        self.into_parts().0
    }

    /// The encoded body, and the values that an answer must not repeat into an error.
    pub(crate) fn into_parts(mut self) -> (String, Vec<Secret>) {
        (std::mem::take(&mut *self.encoded), self.secrets)
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.encoded.split('&').filter(|field| !field.is_empty());
        f.debug_set().entries(fields.map(|field| field.split('=').next().unwrap_or_default())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reserved_character_is_encoded() {
        let form = Form::grant_type("client_credentials").secret("client_secret", &Secret::new("a~b +/=&%ü"));
        assert_eq!(form.encode(), "grant_type=client_credentials&client_secret=a~b%20%2B%2F%3D%26%25%C3%BC");
    }

    #[test]
    fn debug_shows_no_value() {
        let form = Form::default().secret("client_secret", &Secret::new("hunter2"));
        assert_eq!(format!("{form:?}"), r#"{"client_secret"}"#);
    }

    #[test]
    fn scopes_keep_their_order_and_are_not_repeated() {
        let request = TokenRequest::new(&["b", "a", "b"]);
        let form = Form::default().request(&request, &["openid", "a"]).unwrap();
        assert_eq!(form.encode(), "scope=b%20a%20openid");
    }
}
