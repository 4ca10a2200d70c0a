//! How a grant becomes entries, with the keys and members that MSAL writes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::document::{ACCESS, ACCOUNT, APP, Document, ID, REFRESH, text};
use super::{Holder, Owner};
use crate::account::home_account_id;
use crate::{Account, Grant, Secret};

impl Document {
    /// Keeps a grant for the scopes that were asked for. `used` is the refresh token that it came by: the service may have
    /// put another in its place.
    pub fn put(
        &mut self,
        owner: &Owner,
        scopes: &[&str],
        grant: &Grant,
        used: Option<&Secret>,
        now: SystemTime,
    ) {
        let account = match owner.holder {
            Holder::Application => None,
            _ => Account::of_grant(grant).ok(),
        };
        let home = match (&owner.holder, &account) {
            (Holder::Application, _) => String::new(),
            (_, Some(account)) => account.home_account_id.clone(),
            (Holder::Person(id), None) => id.clone(),
            _ => home_account_id(grant.client_info.as_deref()).unwrap_or_default(),
        };
        if home.is_empty() && owner.holder == Holder::Unknown {
            return;
        }
        let environment = owner.authority.host();
        let target = target(scopes, grant);
        let (client, realm) = (owner.client_id.as_str(), owner.tenant.as_str());
        let key = |parts: &[&str]| parts.join("-").to_lowercase();
        let nullable = (!home.is_empty()).then_some(home.as_str());
        let expires_on = seconds(grant.expires_on);
        let refresh_on = grant.refresh_on.map(seconds);
        let mut access = vec![
            ("credential_type", Some(ACCESS)),
            ("secret", Some(grant.access_token.expose())),
            ("home_account_id", nullable),
            ("environment", Some(environment)),
            ("client_id", Some(client)),
            ("target", Some(target.as_str())),
            ("realm", Some(realm)),
            ("token_type", Some(grant.token_type.as_ref())),
        ];
        let cached_at = seconds(grant.requested_on);
        access.extend([
            ("cached_at", Some(cached_at.as_str())),
            ("expires_on", Some(expires_on.as_str())),
            ("extended_expires_on", Some(expires_on.as_str())),
        ]);
        if let Some(refresh_on) = &refresh_on {
            access.push(("refresh_on", Some(refresh_on)));
        }
        self.put_entry(ACCESS, key(&[&home, environment, ACCESS, client, realm, &target]), &access);

        if let Some(token) = &grant.refresh_token {
            self.rotate(used, token);
            let modified = seconds(now);
            let mut refresh = vec![
                ("credential_type", Some(REFRESH)),
                ("secret", Some(token.expose())),
                ("home_account_id", nullable),
                ("environment", Some(environment)),
                ("client_id", Some(client)),
                ("target", Some(target.as_str())),
                ("last_modification_time", Some(modified.as_str())),
            ];
            if let Some(family) = &grant.family_id {
                refresh.push(("family_id", Some(family)));
            }
            self.put_entry(REFRESH, key(&[&home, environment, REFRESH, client, "", &target]), &refresh);
        }
        if let (Some(token), Some(account)) = (&grant.id_token, &account) {
            self.put_entry(
                ID,
                key(&[&home, environment, ID, client, realm, ""]),
                &[
                    ("credential_type", Some(ID)),
                    ("secret", Some(token.expose())),
                    ("home_account_id", nullable),
                    ("environment", Some(environment)),
                    ("realm", Some(realm)),
                    ("client_id", Some(client)),
                ],
            );
            let authority = if realm.eq_ignore_ascii_case("adfs") { "ADFS" } else { "MSSTS" };
            self.put_entry(
                ACCOUNT,
                key(&[&home, environment, realm]),
                &[
                    ("home_account_id", nullable),
                    ("environment", Some(environment)),
                    ("realm", Some(realm)),
                    ("local_account_id", Some(&account.local_account_id)),
                    ("username", Some(&account.username)),
                    ("authority_type", Some(authority)),
                ],
            );
        }
        let mut app = vec![("client_id", Some(client)), ("environment", Some(environment))];
        app.extend(grant.family_id.as_deref().map(|family| ("family_id", Some(family))));
        self.put_entry(APP, format!("appmetadata-{environment}-{client}"), &app);
    }

    /// Puts the new refresh token wherever the used one is.
    fn rotate(&mut self, used: Option<&Secret>, token: &Secret) {
        let Some(used) = used.filter(|used| *used != token) else { return };
        let section = self.0.get_mut(REFRESH).and_then(Value::as_object_mut);
        for entry in
            section.into_iter().flat_map(|section| section.values_mut()).filter_map(Value::as_object_mut)
        {
            if text(entry, "secret") == used.expose() {
                entry.insert("secret".into(), token.expose().into());
            }
        }
    }
}

/// The granted scopes, sorted, and in any case those that were asked for.
fn target(scopes: &[&str], grant: &Grant) -> String {
    let mut all: Vec<&str> = scopes.to_vec();
    all.extend(grant.scope.as_deref().unwrap_or_default().split_ascii_whitespace());
    all.retain(|scope| !matches!(*scope, "openid" | "profile" | "offline_access"));
    all.sort_unstable();
    all.dedup();
    all.join(" ")
}

fn seconds(time: SystemTime) -> String {
    time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs().to_string()
}

#[cfg(test)]
mod tests;
