//! What a credential finds in a cache document: an access token with enough life, or a refresh token.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::document::{ACCESS, Document, ID, REFRESH, text};
use super::{Holder, Owner};
use crate::{Grant, Secret};

type Entry = Map<String, Value>;

impl Document {
    /// The access token with the longest life that has all the scopes and has not expired, together with the refresh
    /// token and the id token of its holder.
    pub fn access_token(&self, owner: &Owner, scopes: &[&str], now: SystemTime) -> Option<Grant> {
        let usable = |entry: &&Entry| {
            let target: Vec<&str> = text(entry, "target").split(' ').collect();
            owner.holds(entry)
                && text(entry, "realm").eq_ignore_ascii_case(&owner.tenant)
                && scopes.iter().all(|scope| target.iter().any(|known| known.eq_ignore_ascii_case(scope)))
                // Such tokens answer to more than the request: a key, or other inputs.
                && !entry.contains_key("key_id")
                && !entry.contains_key("ext_cache_key")
                && time(entry, "expires_on").is_some_and(|expires_on| expires_on > now)
        };
        let entry = self.entries(ACCESS).filter(usable).max_by_key(|entry| time(entry, "expires_on"))?;
        let expires_on = time(entry, "expires_on")?;
        let requested_on = time(entry, "cached_at").unwrap_or(now);
        let mut grant = Grant::new(text(entry, "secret"), expires_on, requested_on);
        grant.kept = true;
        if let Some(refresh_on) = time(entry, "refresh_on") {
            grant.refresh_on = Some(refresh_on);
        }
        if !matches!(text(entry, "token_type"), "" | "Bearer" | "bearer") {
            grant.token_type = text(entry, "token_type").to_owned().into();
        }
        grant.scope = Some(text(entry, "target").to_owned());
        let session = self.refresh_token(owner, now);
        Some(match &session {
            Some(session) => grant.continuing(session),
            None => grant,
        })
        .map(|grant| owner.finish(grant))
    }

    /// The latest refresh token of the holder, as a grant whose access token has expired.
    pub fn refresh_token(&self, owner: &Owner, now: SystemTime) -> Option<Grant> {
        let entry = self
            .entries(REFRESH)
            .filter(|entry| owner.holds(entry) && !text(entry, "secret").is_empty())
            .max_by_key(|entry| time(entry, "last_modification_time"))?;
        let mut grant = Grant::new("", UNIX_EPOCH, time(entry, "last_modification_time").unwrap_or(now));
        grant.refresh_token = Some(Secret::new(text(entry, "secret")));
        grant.family_id = Some(text(entry, "family_id").to_owned()).filter(|family| !family.is_empty());
        grant.scope = Some(text(entry, "target").to_owned());
        grant.client_info = client_info(text(entry, "home_account_id"));
        let ids = self.entries(ID).filter(|entry| owner.holds(entry));
        grant.id_token = ids.last().map(|entry| Secret::new(text(entry, "secret")));
        Some(owner.finish(grant))
    }
}

impl Owner {
    /// Whether an entry is of this application, cloud and holder.
    fn holds(&self, entry: &Entry) -> bool {
        let home = text(entry, "home_account_id");
        let held = match &self.holder {
            Holder::Application => home.is_empty(),
            Holder::Person(id) => home.eq_ignore_ascii_case(id),
            Holder::Unknown | Holder::Shared { .. } => false,
            Holder::Assertion => true,
        };
        let environment = text(entry, "environment");
        // A family's refresh token serves every application of the family, whichever signed the person in.
        let family = self.family && !text(entry, "family_id").is_empty();
        held && (family || text(entry, "client_id").eq_ignore_ascii_case(&self.client_id))
            && self.authority.aliases().iter().any(|alias| alias.eq_ignore_ascii_case(environment))
    }

    fn finish(&self, grant: Grant) -> Grant {
        Grant { tenant: Some(self.tenant.clone()), ..grant.from_origin(self.authority.host().to_owned()) }
    }
}

/// `client_info` as the service sent it, so far as the home account id tells.
fn client_info(home_account_id: &str) -> Option<String> {
    let (uid, utid) = home_account_id.rsplit_once('.')?;
    Some(URL_SAFE_NO_PAD.encode(json!({"uid": uid, "utid": utid}).to_string()))
}

/// A time in Unix seconds, as text or number.
fn time(entry: &Entry, name: &str) -> Option<SystemTime> {
    let value = entry.get(name)?;
    let seconds = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
