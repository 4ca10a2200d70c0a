//! Form bodies and query strings (`application/x-www-form-urlencoded`).

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

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
    // Room for a few characters that take three.
    let length: usize = parameters.iter().map(|(name, value)| name.len() + value.len() + 16).sum();
    let mut query = String::with_capacity(length);
    for (name, value) in parameters {
        if !query.is_empty() {
            query.push('&');
        }
        query.extend(utf8_percent_encode(name, ENCODED));
        query.push('=');
        query.extend(utf8_percent_encode(value, ENCODED));
    }
    query
}

/// The `scope` parameter: `extra` scopes come last, and none is repeated.
pub(crate) fn joined_scopes(scopes: &[&str], extra: &[&str]) -> String {
    let mut joined: Vec<&str> = Vec::with_capacity(scopes.len() + extra.len());
    for scope in scopes.iter().chain(extra) {
        if !joined.contains(scope) {
            joined.push(scope);
        }
    }
    joined.join(" ")
}

/// The fields of a token request. `Debug` shows the names of the fields and never their values.
#[derive(Clone, Default)]
pub struct Form {
    fields: Vec<(Cow<'static, str>, Secret)>,
    secrets: Vec<usize>,
}

impl Form {
    /// A form with a grant type (RFC 6749, section 4).
    pub fn grant_type(grant_type: &str) -> Self {
        Self::default().field("grant_type", grant_type)
    }

    /// Adds a field that may be shown.
    #[must_use]
    pub fn field(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), Secret::new(value)));
        self
    }

    /// Adds a field that must never be shown, not even when the server repeats it in its answer.
    #[must_use]
    pub fn secret(mut self, name: impl Into<Cow<'static, str>>, value: &Secret) -> Self {
        self.secrets.push(self.fields.len());
        self.fields.push((name.into(), value.clone()));
        self
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
        let form = self.field("scope", joined_scopes(request.scopes(), extra));
        Ok(match claims::merged(request.claims(), request.enable_cae())? {
            Some(claims) => form.field("claims", claims.into_owned()),
            None => form,
        })
    }

    /// The encoded body.
    pub fn encode(&self) -> String {
        let pairs: Vec<(&str, &str)> =
            self.fields.iter().map(|(name, value)| (name.as_ref(), value.expose())).collect();
        query(&pairs)
    }

    /// The values that an answer must not repeat into an error.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        self.secrets
            .iter()
            .filter_map(|index| self.fields.get(*index))
            .map(|(_, value)| value.clone())
            .collect()
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.fields.iter().map(|(name, _)| name)).finish()
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
