//! Signs in a person with a device code and a persistent cache, for trials with other programs, keyrings and processes.
//!
//! `people AUTHORITY CA_FILE TENANT RECORD_FILE (encrypted|clear|either)`: prints who signed in, whether a person was
//! asked, and the first characters of the token.
#![allow(clippy::print_stdout, reason = "this is a program")]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use identity_blocking::{
    AuthenticationRecord, ClientOptions, DeviceCode, DeviceCodeCredential, PersistentCache, SystemStore,
    TokenRequest, Transport,
};

type Failure = Box<dyn std::error::Error>;

const SCOPE: &str = "https://vault.azure.net/.default";

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [authority, ca, tenant, record_file, protection] = arguments.as_slice() else {
        return Err("usage: people AUTHORITY CA_FILE TENANT RECORD_FILE (encrypted|clear|either)".into());
    };
    let store = SystemStore::new()?;
    let store = match protection.as_str() {
        "encrypted" => store,
        "either" => store.allow_unencrypted_storage(),
        _ => store.unencrypted(),
    };
    let asked = Arc::new(AtomicU32::new(0));
    let counter = asked.clone();
    let mut source = DeviceCode::new()
        .with_tenant_id(tenant)
        .with_options(ClientOptions::new().with_authority(authority))
        .with_prompt(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
    if let Ok(json) = fs::read_to_string(record_file) {
        source = source.with_record(AuthenticationRecord::from_json(&json)?);
    }
    let cache = PersistentCache::new(store, PersistentCache::DEFAULT_NAME);
    let transport = Transport::builder().add_certificate_authorities(fs::read_to_string(ca)?).build();
    let credential =
        DeviceCodeCredential::builder(source).host(transport).persistent_cache(cache.clone()).build()?;
    let request = TokenRequest::new(&[SCOPE]);
    let record = credential.authenticate(&request)?;
    fs::write(record_file, record.to_json())?;
    let token = credential.get_token(&request)?;
    let asked = asked.load(Ordering::Relaxed);
    let accounts = cache.accounts()?.len();
    println!("{} asked={asked} accounts={accounts} token={:.40}", record.username, token.secret());
    Ok(())
}
