//! The authentication record: which account a program signed in, to be kept by the program. It holds no secret.

use serde_json::{Value, json};

use crate::{Account, Error, Grant, Result};

/// The only version there is.
const VERSION: &str = "1.0";

/// Which account a person signed in with. Keep it (it holds no secret), and give it to the next credential, so that it
/// finds the account in a persistent cache and signs in without a word.
///
/// Its JSON is that of Azure Identity in every language, here and with the feature `serde`.
///
/// ```
/// use identity_core::AuthenticationRecord;
/// let json = r#"{"authority":"login.microsoftonline.com","clientId":"c","homeAccountId":"u.t","tenantId":"t",
///     "username":"someone@contoso.example","version":"1.0"}"#;
/// let record = AuthenticationRecord::from_json(json)?;
/// assert_eq!(record.username, "someone@contoso.example");
/// # Ok::<(), identity_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct AuthenticationRecord {
    /// The host of the sign-in service.
    pub authority: String,
    /// The application.
    pub client_id: String,
    /// The account wherever it is used: `uid.utid`.
    pub home_account_id: String,
    /// The tenant that it signed in to.
    pub tenant_id: String,
    /// The name that the person signs in with.
    pub username: String,
    version: String,
}

impl AuthenticationRecord {
    /// Reads a record.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for text that is no record, and for another version than 1.0.
    #[inline]
    pub fn from_json(json: &str) -> Result<Self> {
        let wrong = |what: String| {
            Error::invalid_argument(format!(
                "the text is not an authentication record: {what}; pass what `to_json` gave"
            ))
        };
        let value: Value =
            serde_json::from_slice(json.as_bytes()).map_err(|error| wrong(error.to_string()))?;
        let text = |field: &str| {
            let text = value[field].as_str().map(str::to_owned);
            text.ok_or_else(|| wrong(format!("`{field}` is missing or is not text")))
        };
        let record = Self {
            authority: text("authority")?,
            client_id: text("clientId")?,
            home_account_id: text("homeAccountId")?,
            tenant_id: text("tenantId")?,
            username: text("username")?,
            version: text("version")?,
        };
        if record.version != VERSION {
            return Err(Error::invalid_argument(format!(
                "the authentication record has version {:?}, and only version {VERSION:?} is known: sign in again",
                record.version
            )));
        }
        Ok(record)
    }

    /// Writes the record.
    #[inline]
    pub fn to_json(&self) -> String {
        json!({
            "authority": self.authority,
            "clientId": self.client_id,
            "homeAccountId": self.home_account_id,
            "tenantId": self.tenant_id,
            "username": self.username,
            "version": self.version,
        })
        .to_string()
    }

    /// The record of the account that a grant belongs to.
    ///
    /// # Errors
    /// [`Authentication`](crate::ErrorKind::Authentication) if the grant does not say whose it is.
    #[inline]
    pub fn of_grant(grant: &Grant) -> Result<Self> {
        let account = Account::of_grant(grant)?;
        Ok(Self {
            authority: account.environment,
            client_id: account.client_id,
            home_account_id: account.home_account_id,
            tenant_id: account.tenant_id,
            username: account.username,
            version: VERSION.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"authority":"a","clientId":"c","homeAccountId":"h","tenantId":"t","username":"u","version":"1.0"}"#;

    #[test]
    fn a_record_is_written_as_it_was_read() {
        assert_eq!(AuthenticationRecord::from_json(JSON).unwrap().to_json(), JSON);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn serde_reads_and_writes_the_same() {
        let record: AuthenticationRecord = serde_json::from_str(JSON).unwrap();
        assert_eq!(record, AuthenticationRecord::from_json(JSON).unwrap());
        assert_eq!(serde_json::to_string(&record).unwrap(), JSON);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let later = JSON.replace("1.0", "2.0");
        for (text, names) in [
            ("nope", "record"),
            ("[]", "authority"),
            (later.as_str(), "version"),
            (r#"{"version":"1.0"}"#, "authority"),
        ] {
            let error = AuthenticationRecord::from_json(text).unwrap_err().to_string();
            assert!(error.contains(names), "{error}");
        }
    }
}
