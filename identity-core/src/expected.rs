//! Who a token must be for: the wrong identity is the one failure that looks like success.

use std::fmt;

use crate::describe::Identity;
use crate::{Error, ErrorKind, Result};

/// The tenant, application or object that a token must be for; see `Builder::expect`. What is not set is not compared.
///
/// The token's own claims are compared, without validating its signature: that protects from a sign-in that is not the
/// one you meant, not from a service that lies. A token whose claims cannot be read (some services encrypt theirs) is
/// refused as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    tenant_id: Option<String>,
    application_id: Option<String>,
    object_id: Option<String>,
}

impl Expected {
    /// Anybody.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tenant's id, a GUID (claim `tid`).
    #[must_use]
    pub fn tenant_id(mut self, id: impl Into<String>) -> Self {
        self.tenant_id = Some(id.into());
        self
    }

    /// The application (client) id, a GUID (claim `appid` or `azp`). For a person, that of the program they signed in to.
    #[must_use]
    pub fn application_id(mut self, id: impl Into<String>) -> Self {
        self.application_id = Some(id.into());
        self
    }

    /// The id of the person, service principal or managed identity in the directory, a GUID (claim `oid`).
    #[must_use]
    pub fn object_id(mut self, id: impl Into<String>) -> Self {
        self.object_id = Some(id.into());
        self
    }

    /// Whether anything is compared.
    pub const fn is_anybody(&self) -> bool {
        self.tenant_id.is_none() && self.application_id.is_none() && self.object_id.is_none()
    }

    /// Refuses what can never be found in a token.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for a value that is not a GUID, such as a domain name.
    pub fn validate(&self) -> Result<()> {
        for (what, id) in self.ids() {
            if !is_guid(id) {
                return Err(Error::invalid_argument(format!(
                    "the expected {what} is {id:?}: pass its id, a GUID, as tokens name nothing else"
                )));
            }
        }
        Ok(())
    }

    /// Compares the claims of a token.
    ///
    /// # Errors
    /// [`WrongIdentity`](ErrorKind::WrongIdentity), naming who was expected and whom the token is for.
    pub fn check(&self, token: &str) -> Result<()> {
        if self.is_anybody() {
            return Ok(());
        }
        let Some(actual) = Identity::of_jwt(token) else {
            return Err(Error::new(
                ErrorKind::WrongIdentity,
                format!("the token must be for {self}, and its claims cannot be read"),
            ));
        };
        let found = |what: &str| match what {
            "tenant" => actual.tenant_id.as_deref(),
            "application" => actual.application_id.as_deref(),
            _ => actual.object_id.as_deref(),
        };
        if self.ids().all(|(what, id)| found(what).is_some_and(|actual| actual.eq_ignore_ascii_case(id))) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::WrongIdentity,
            format!("the token must be for {self}, and is for {actual}; it is not handed out"),
        ))
    }

    /// What separates cache entries of credentials with different expectations.
    pub(crate) fn partition(&self) -> String {
        if self.is_anybody() { String::new() } else { format!("|{self}").to_ascii_lowercase() }
    }

    fn ids(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let ids =
            [("tenant", &self.tenant_id), ("application", &self.application_id), ("object", &self.object_id)];
        ids.into_iter().filter_map(|(what, id)| Some((what, id.as_deref()?)))
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (what, id)) in self.ids().enumerate() {
            write!(f, "{}{what} {id}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

fn is_guid(text: &str) -> bool {
    let is_right = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_right)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const ADA: &str = "11111111-2222-3333-4444-00000000000a";
    const BOB: &str = "11111111-2222-3333-4444-00000000000b";

    fn jwt(tenant: &str, object: &str) -> String {
        let claims = format!(r#"{{"tid":"{tenant}","oid":"{object}","upn":"ada@contoso.example"}}"#);
        format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn whoever_is_expected_passes_and_others_are_named() {
        let expected = Expected::new().tenant_id(ADA.to_uppercase()).object_id(ADA);
        assert!(expected.check(&jwt(ADA, ADA)).is_ok());
        let error = expected.check(&jwt(ADA, BOB)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongIdentity);
        assert!(error.message().contains(ADA) && error.message().contains(BOB), "{error}");
        assert_eq!(expected.check("opaque").unwrap_err().kind(), ErrorKind::WrongIdentity);
        assert!(Expected::new().check("opaque").is_ok());
    }

    #[test]
    fn a_claim_that_is_missing_is_not_the_expected_one() {
        assert!(Expected::new().application_id(ADA).check(&jwt(ADA, ADA)).is_err());
    }

    #[test]
    fn only_ids_can_be_expected() {
        let error = Expected::new().tenant_id("contoso.example").validate().unwrap_err();
        assert!(error.message().contains("contoso.example"), "{error}");
        assert!(Expected::new().tenant_id(ADA).validate().is_ok());
    }
}
