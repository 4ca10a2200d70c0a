//! Who signed in: the account that a grant belongs to, read from `client_info` and the id token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::describe;
use crate::{Error, Grant, Result};

/// A person's account in a token cache. It holds no secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// `uid.utid` of `client_info`, else the `sub` of the id token: the account wherever it is used.
    pub home_account_id: String,
    /// The host of the sign-in service.
    pub environment: String,
    /// The tenant that it signed in to.
    pub tenant_id: String,
    /// `oid`, else `sub`: the account in that tenant.
    pub local_account_id: String,
    /// The name that the person signs in with; empty if the service did not say.
    pub username: String,
    /// The application that the id token was issued to.
    pub client_id: String,
}

impl Account {
    /// Reads the account of a grant.
    ///
    /// # Errors
    /// [`Authentication`](crate::ErrorKind::Authentication) if the grant does not say whose it is.
    pub fn of_grant(grant: &Grant) -> Result<Self> {
        let unnamed = || {
            Error::authentication(
                "the token answer does not say who signed in: it has no id_token that can be read; \
                 check that the authority is a Microsoft Entra ID or AD FS endpoint",
            )
        };
        let claims = grant
            .id_token
            .as_ref()
            .and_then(|token| describe::payload(token.expose()))
            .ok_or_else(unnamed)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let subject = text("sub");
        let issuer = text("iss").unwrap_or_default();
        let (host, path) = split_issuer(issuer);
        let home = home_account_id(grant.client_info.as_deref()).or_else(|| subject.map(str::to_owned));
        Ok(Self {
            home_account_id: home.ok_or_else(unnamed)?,
            environment: host.to_owned(),
            tenant_id: text("tid").unwrap_or(path).to_owned(),
            local_account_id: text("oid").or(subject).unwrap_or_default().to_owned(),
            username: text("preferred_username").or_else(|| text("upn")).unwrap_or_default().to_owned(),
            client_id: text("aud").unwrap_or_default().to_owned(),
        })
    }
}

/// `uid.utid` of the base64url JSON that comes with user tokens.
pub(crate) fn home_account_id(client_info: Option<&str>) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(client_info?.trim_end_matches('=')).ok()?;
    let json: Value = serde_json::from_slice(&bytes).ok()?;
    let text = |name: &str| json.get(name)?.as_str().filter(|text| !text.is_empty());
    Some(format!("{}.{}", text("uid")?, text("utid")?))
}

/// Host and first path segment of an issuer URL.
fn split_issuer(issuer: &str) -> (&str, &str) {
    let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    (host, path.split('/').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    fn grant(client_info: Option<&str>, claims: &str) -> Grant {
        let mut grant = Grant::new("t", UNIX_EPOCH, UNIX_EPOCH);
        grant.client_info = client_info.map(|json| URL_SAFE_NO_PAD.encode(json));
        grant.id_token = Some(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims)).into());
        grant
    }

    #[test]
    fn the_home_account_wins_over_the_subject() {
        let claims = r#"{"iss":"https://login.example/t1/v2.0","sub":"s","oid":"o","preferred_username":"u","aud":"c"}"#;
        let account = Account::of_grant(&grant(Some(r#"{"uid":"a","utid":"b"}"#), claims)).unwrap();
        assert_eq!((account.home_account_id.as_str(), account.tenant_id.as_str()), ("a.b", "t1"));
        assert_eq!((account.environment.as_str(), account.local_account_id.as_str()), ("login.example", "o"));
        let adfs =
            Account::of_grant(&grant(None, r#"{"iss":"https://fs.example/adfs","sub":"s","upn":"u"}"#));
        assert_eq!((adfs.clone().unwrap().home_account_id, adfs.unwrap().username), ("s".into(), "u".into()));
    }

    #[test]
    fn a_grant_of_nobody_is_an_error() {
        assert!(Account::of_grant(&Grant::new("t", UNIX_EPOCH, UNIX_EPOCH)).is_err());
        assert!(Account::of_grant(&grant(None, r#"{"iss":"https://x/y"}"#)).is_err());
    }
}
