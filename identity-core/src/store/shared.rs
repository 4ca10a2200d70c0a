//! Who of the people in a shared cache is meant: exactly one, or nobody.

use super::document::{ACCOUNT, Document, REFRESH, text};
use super::{Holder, Owner};
use crate::{Error, Result};

impl Document {
    /// Finds the person whom a [`Holder::Shared`] stands for; other owners stay as they are.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) for none and for several, and what would tell them apart.
    pub fn resolve(&self, owner: Owner) -> Result<Owner> {
        let Holder::Shared { username, tenant_id } = &owner.holder else { return Ok(owner) };
        let aliases = owner.authority.aliases();
        let here = |environment: &str| aliases.iter().any(|alias| alias.eq_ignore_ascii_case(environment));
        // A refresh token of a family is one that applications share.
        let families: Vec<&str> = self
            .entries(REFRESH)
            .filter(|entry| !text(entry, "family_id").is_empty() && here(text(entry, "environment")))
            .map(|entry| text(entry, "home_account_id"))
            .collect();
        let mut people: Vec<(&str, &str, &str)> = Vec::new();
        for entry in self.entries(ACCOUNT).filter(|entry| here(text(entry, "environment"))) {
            let home = text(entry, "home_account_id");
            if families.contains(&home) && !people.iter().any(|(known, ..)| *known == home) {
                people.push((home, text(entry, "username"), text(entry, "realm")));
            }
        }
        if people.is_empty() {
            return Err(unavailable("No accounts were found in the cache"));
        }
        let all = people.len();
        people.retain(|(home, name, _)| {
            let tenant = home.rsplit_once('.').map_or("", |(_, tenant)| tenant);
            username.as_deref().is_none_or(|wanted| wanted == *name)
                && tenant_id.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(tenant))
        });
        let filtered = username.is_some() || tenant_id.is_some();
        match (people.as_slice(), filtered) {
            ([(home, _, realm)], _) => {
                let (holder, tenant) = (Holder::Person((*home).to_owned()), (*realm).to_owned());
                Ok(Owner { holder, tenant, family: true, ..owner.clone() })
            }
            ([], _) => Err(unavailable(&format!(
                "None of the {all} accounts in the cache matches the given username and tenant: check them"
            ))),
            (_, false) => Err(unavailable(
                "Multiple accounts were found in the cache: choose one with a username, and a tenant if needed",
            )),
            (_, true) => Err(unavailable(
                "Multiple accounts in the cache match the given username and tenant: give both",
            )),
        }
    }
}

fn unavailable(text: &str) -> Error {
    Error::unavailable(format!("SharedTokenCacheCredential authentication unavailable. {text}"))
}
