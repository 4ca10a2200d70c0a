//! A person whom another program of this machine signed in.

use std::path::PathBuf;

use super::person::DEVELOPER_CLIENT_ID;
use super::refresh::{SIGN_IN_SCOPES, refresh};
use crate::client::{Client, ClientOptions};
use crate::explain::Inspection;
use crate::source::Source;
use crate::store::{Holder, Owner, cache_name};
use crate::tenant::Tenancy;
use crate::{AuthenticationRecord, Env, Error, Grant, Moment, Platform, Result, Step, TokenRequest};

/// Tokens for a person who is signed in to another program that shares its sign-in, such as an older Visual Studio.
///
/// It reads the persistent cache that the credential is built with, and never asks anybody. Without exactly one
/// matching account it is unavailable.
#[derive(Clone, Debug)]
pub struct SharedTokenCache {
    username: Option<String>,
    tenant_id: Option<String>,
    record: Option<AuthenticationRecord>,
    options: ClientOptions,
    client: Option<Client>,
}

impl SharedTokenCache {
    /// The only account in the cache.
    #[inline]
    pub fn new() -> Self {
        Self { username: None, tenant_id: None, record: None, options: ClientOptions::new(), client: None }
    }

    /// The account with this name.
    #[must_use]
    #[inline]
    pub fn with_username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into()).filter(|name| !name.is_empty());
        self
    }

    /// The account of this tenant; with a record, the tenant to ask in place of the record's.
    #[must_use]
    #[inline]
    pub fn with_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant_id.into()).filter(|tenant| !tenant.is_empty());
        self
    }

    /// The account of an earlier sign-in, with its application, whatever the username.
    #[must_use]
    #[inline]
    pub fn with_record(mut self, record: AuthenticationRecord) -> Self {
        self.record = Some(record);
        self
    }

    /// Authority, further tenants, retry.
    #[must_use]
    #[inline]
    pub fn with_options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }
}

impl Default for SharedTokenCache {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl Source for SharedTokenCache {
    #[inline]
    fn name(&self) -> &str {
        "SharedTokenCacheCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        let (tenant, client, mut options) = match &self.record {
            Some(record) => (
                self.tenant_id.as_deref().unwrap_or(&record.tenant_id),
                record.client_id.as_str(),
                self.options.clone(),
            ),
            None => ("organizations", DEVELOPER_CLIENT_ID, self.options.clone()),
        };
        if let Some(record) = &self.record {
            options.authority = Some(record.authority.clone());
        }
        self.client = Some(Client::of_people(tenant, client, &options, env)?);
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        let client = self.client.as_ref().map(Client::partition).unwrap_or_default();
        let home = self.record.as_ref().map(|record| &record.home_account_id);
        format!("{client}|{:?}|{:?}|{home:?}", self.username, self.tenant_id)
    }

    #[inline]
    fn tenancy(&self) -> Option<&Tenancy> {
        self.client.as_ref().map(Client::tenancy)
    }

    #[inline]
    fn owner(&self, request: &TokenRequest<'_>, _previous: Option<&Grant>) -> Option<Owner> {
        let holder = match &self.record {
            Some(record) => Holder::Person(record.home_account_id.clone()),
            None => Holder::Shared { username: self.username.clone(), tenant_id: self.tenant_id.clone() },
        };
        Some(self.client.as_ref()?.owner(request, holder))
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        let home = match env.platform() {
            Platform::Windows => "LOCALAPPDATA",
            _ => "HOME",
        };
        let inspection = Inspection::new("asks with the refresh token of the one account that fits")
            .with_variables([home, "AZURE_USERNAME", "AZURE_TENANT_ID"]);
        match env.non_empty(home) {
            Some(home) => {
                let folder = PathBuf::from(home).join(".IdentityService");
                let names = [false, true].map(|enable_cae| cache_name("msal.cache", enable_cae));
                let files = names.map(|name| folder.join(name));
                inspection.with_files(files)
            }
            None => inspection,
        }
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step {
        let Some(client) = &self.client else { return Step::fail(Error::not_configured()) };
        let extra: &[&str] = if self.record.is_some() { &SIGN_IN_SCOPES } else { &[] };
        refresh(
            client,
            request,
            previous,
            extra,
            |form| form,
            moment,
            |_, result| {
                Step::Done(result.unwrap_or_else(|| {
                Err(Error::unavailable(
                    "SharedTokenCacheCredential authentication unavailable. No accounts were found in the cache \
                     (a credential of this kind is built with a persistent cache)",
                ))
            }))
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_of_the_caller_wins_over_that_of_the_record() {
        let record = AuthenticationRecord::from_json(
            r#"{"version":"1.0","authority":"login.microsoftonline.com","tenantId":"of-record","clientId":"app",
                "homeAccountId":"id.home","username":"ada@contoso.example"}"#,
        )
        .unwrap();
        for (given, expected) in [("", "of-record"), ("given", "given")] {
            let mut source = SharedTokenCache::new().with_record(record.clone()).with_tenant_id(given);
            source.configure(&Env::empty()).unwrap();
            assert_eq!(source.tenancy().unwrap().default_tenant(), expected);
        }
    }
}
