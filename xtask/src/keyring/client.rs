//! A program that signs its user in once, and from then on finds that in the persistent cache.

use super::super::{Protection, Session};
use super::flavour;
use super::identity::{
    AuthenticationRecord, ClientOptions, Credential, DeviceCode, DeviceCodeCredential, PersistentCache,
    Result, SystemStore, TokenRequest, Transport,
};
use crate::failure::{Failure, Outcome};

const SCOPES: &[&str] = &["https://vault.azure.net/.default"];

/// Signs in by device code, which the embedded Entra approves; the authentication record.
#[flavour]
pub(crate) async fn sign_in(session: &Session<'_>, name: &str, protection: Protection) -> Outcome<String> {
    let credential = credential(session, name, protection, None).map_err(|error| failed(&error))?;
    let record = credential.authenticate(&TokenRequest::new(SCOPES)).await;
    credential.close().await;
    record.map(|record| record.to_json()).map_err(|error| failed(&error))
}

/// A token without anybody signing in, also when the cached one is passed by.
#[flavour]
pub(crate) async fn use_cache(
    session: &Session<'_>,
    name: &str,
    protection: Protection,
    record: &str,
) -> Outcome {
    let record = AuthenticationRecord::from_json(record).map_err(|error| failed(&error))?;
    let credential = credential(session, name, protection, Some(record)).map_err(|error| failed(&error))?;
    let request = TokenRequest::new(SCOPES);
    let mut result = credential.get_token(&request).await;
    if result.is_ok() {
        result = credential.get_token(&request.with_force_refresh(true)).await;
    }
    credential.close().await;
    result.map(drop).map_err(|error| failed(&error))
}

fn credential(
    session: &Session<'_>,
    name: &str,
    protection: Protection,
    record: Option<AuthenticationRecord>,
) -> Result<DeviceCodeCredential> {
    let store = match protection {
        Protection::Encrypted => SystemStore::new()?,
        Protection::Clear => SystemStore::new()?.allow_unencrypted_storage(),
    };
    let mut source = DeviceCode::new()
        .with_tenant_id(session.tenant)
        .with_options(ClientOptions::new().with_authority(session.authority))
        .with_prompt(|_| {});
    if let Some(record) = record {
        source = source.with_record(record).disable_automatic_authentication();
    }
    let authorities = std::fs::read_to_string(session.ca).unwrap_or_default();
    let transport = Transport::builder().add_certificate_authorities(authorities).build();
    Credential::builder(source).host(transport).persistent_cache(PersistentCache::new(store, name)).build()
}

fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::new(error.to_string())
}
