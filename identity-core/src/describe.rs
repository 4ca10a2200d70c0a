//! Who a token is for: the claims of a JWT, read without validating it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Tenant, application and person of a token, as far as its claims tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Identity {
    /// `tid`: the tenant.
    pub tenant_id: Option<String>,
    /// `appid` or `azp`: the application.
    pub application_id: Option<String>,
    /// `oid`: the object in the directory.
    pub object_id: Option<String>,
    /// `upn`, `preferred_username` or `unique_name`: the person.
    pub username: Option<String>,
    /// `aud`: the resource the token is for.
    pub audience: Option<String>,
}

impl Identity {
    /// Reads the claims of a JWT. `None` if the text is not a JWT with a JSON object as its payload.
    pub fn of_jwt(token: &str) -> Option<Self> {
        let claims = payload(token)?;
        let text = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| claims.get(*name)?.as_str())
                .filter(|s| !s.is_empty())
                .map(str::to_owned)
        };
        Some(Self {
            tenant_id: text(&["tid"]),
            application_id: text(&["appid", "azp"]),
            object_id: text(&["oid"]),
            username: text(&["upn", "preferred_username", "unique_name"]),
            audience: text(&["aud"]),
        })
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("tenant", &self.tenant_id),
            ("application", &self.application_id),
            ("object", &self.object_id),
            ("user", &self.username),
        ];
        let mut known = parts.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))).peekable();
        if known.peek().is_none() {
            return f.write_str("nobody that the token names");
        }
        for (index, (name, value)) in known.enumerate() {
            write!(f, "{}{name} {value}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// The same with the beginnings of ids only, and without the person.
pub(crate) fn shortened(identity: &Identity) -> String {
    let short = |id: &Option<String>| {
        let id = id.as_deref()?;
        let beginning = id.char_indices().nth(8).and_then(|(end, _)| id.get(..end));
        Some(beginning.map_or_else(|| id.to_owned(), |beginning| format!("{beginning}…")))
    };
    let Identity { tenant_id, application_id, object_id, .. } = identity;
    let short = Identity {
        tenant_id: short(tenant_id),
        application_id: short(application_id),
        object_id: short(object_id),
        ..Identity::default()
    };
    short.to_string()
}

/// The JSON object in the middle of a JWT; padded segments are accepted.
pub(crate) fn payload(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, middle) = (parts.next()?, parts.next()?);
    let bytes = URL_SAFE_NO_PAD.decode(middle.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_of_both_token_versions_are_read() {
        let body =
            URL_SAFE_NO_PAD.encode(r#"{"tid":"t","azp":"a","oid":"o","preferred_username":"u","aud":"r"}"#);
        let identity = Identity::of_jwt(&format!("e30.{body}.x")).unwrap();
        assert_eq!(identity.to_string(), "tenant t, application a, object o, user u");
        assert_eq!(identity.audience.as_deref(), Some("r"));
    }

    #[test]
    fn what_is_not_a_jwt_describes_nobody() {
        for text in ["", "opaque", "a.b", "a.!!.c", "e30.WzFd.x"] {
            assert!(Identity::of_jwt(text).is_none(), "{text}");
        }
    }
}
