//! The JSON document of a cache: sections of entries by key. What is not understood survives a rewrite.

use std::fmt;

use serde_json::{Map, Value};

use crate::{Account, Secret};

pub(super) const ACCESS: &str = "AccessToken";
pub(super) const REFRESH: &str = "RefreshToken";
pub(super) const ID: &str = "IdToken";
pub(super) const ACCOUNT: &str = "Account";
pub(super) const APP: &str = "AppMetadata";

/// A cache document. It holds tokens: `Debug` shows how many, and nothing of them.
#[derive(Clone, Default)]
pub struct Document(pub(super) Map<String, Value>);

/// Bytes that are no cache document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the persistent token cache is not JSON as MSAL writes it")]
pub struct Corrupt;

impl Document {
    /// Reads a document; nothing at all is an empty one.
    ///
    /// # Errors
    /// [`Corrupt`] for anything but a JSON object whose known sections are objects.
    pub fn parse(bytes: &[u8]) -> Result<Self, Corrupt> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        let Ok(Value::Object(sections)) = serde_json::from_slice(bytes) else { return Err(Corrupt) };
        let known = [ACCESS, REFRESH, ID, ACCOUNT, APP];
        let sound = known.iter().filter_map(|name| sections.get(*name)).all(Value::is_object);
        if sound { Ok(Self(sections)) } else { Err(Corrupt) }
    }

    /// Writes the document.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(&self.0).unwrap_or_default()
    }

    /// The people who signed in, each once for every tenant.
    pub fn accounts(&self) -> Vec<Account> {
        let account = |entry: &Map<String, Value>| Account {
            home_account_id: text(entry, "home_account_id").to_owned(),
            environment: text(entry, "environment").to_owned(),
            tenant_id: text(entry, "realm").to_owned(),
            local_account_id: text(entry, "local_account_id").to_owned(),
            username: text(entry, "username").to_owned(),
            client_id: String::new(),
        };
        self.entries(ACCOUNT).map(account).collect()
    }

    /// Removes everything of a person, whatever the application: access, refresh and id tokens, and the account.
    pub fn sign_out(&mut self, account: &Account) {
        self.retain(&[ACCESS, REFRESH, ID, ACCOUNT], |entry| {
            !text(entry, "home_account_id").eq_ignore_ascii_case(&account.home_account_id)
                || !text(entry, "environment").eq_ignore_ascii_case(&account.environment)
        });
    }

    /// Removes a refresh token that the service refused.
    pub fn forget(&mut self, refresh_token: &Secret) {
        self.retain(&[REFRESH], |entry| text(entry, "secret") != refresh_token.expose());
    }

    fn retain(&mut self, sections: &[&str], keep: impl Fn(&Map<String, Value>) -> bool) {
        for name in sections {
            if let Some(section) = self.0.get_mut(*name).and_then(Value::as_object_mut) {
                section.retain(|_, entry| entry.as_object().is_none_or(&keep));
            }
        }
    }

    pub(super) fn entries(&self, section: &str) -> impl Iterator<Item = &Map<String, Value>> {
        self.0
            .get(section)
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Map::values)
            .filter_map(Value::as_object)
    }

    /// Writes an entry; members that it has and we do not know stay.
    pub(super) fn put_entry(&mut self, section: &str, key: String, members: &[(&str, Option<&str>)]) {
        let section = self.0.entry(section).or_insert_with(|| Value::Object(Map::new()));
        let Some(section) = section.as_object_mut() else { return };
        let entry = section.entry(key).or_insert_with(|| Value::Object(Map::new()));
        if !entry.is_object() {
            *entry = Value::Object(Map::new());
        }
        if let Some(entry) = entry.as_object_mut() {
            for (name, value) in members {
                entry.insert((*name).to_owned(), value.map_or(Value::Null, Value::from));
            }
        }
    }
}

/// A text member; absent and null count as empty.
pub(super) fn text<'a>(entry: &'a Map<String, Value>, name: &str) -> &'a str {
    entry.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |name| self.entries(name).count();
        f.debug_struct("Document")
            .field("access_tokens", &count(ACCESS))
            .field("accounts", &count(ACCOUNT))
            .finish()
    }
}
