//! A script: a token for whom the environment names, and a request with it.
//!
//! It runs against the embedded Entra and its key vault. For the real ones leave out `transport`, `env` and the options:
//! `EnvironmentCredential::new(Environment::new())?`.

use std::error::Error;

use identity_blocking::{ClientOptions, Env, Environment, EnvironmentCredential, TokenRequest, Transport};
use identity_testing::emulator::Emulator;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

fn main() -> Result<(), Box<dyn Error>> {
    let entra = Emulator::start()?;
    let transport = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    let env = Env::from_iter([
        ("AZURE_TENANT_ID", entra.tenant().id()),
        ("AZURE_CLIENT_ID", entra.app().client_id()),
        ("AZURE_CLIENT_SECRET", entra.secret()),
    ]);
    let source = Environment::new().with_options(ClientOptions::new().with_authority(entra.authority()));
    let credential = EnvironmentCredential::builder(source).host(transport).env(env).build()?;

    let token = credential.get_token(&TokenRequest::new(&["https://vault.azure.net/.default"]))?;

    let roots = RootCerts::new_with_certs(&[Certificate::from_pem(entra.ca_pem().as_bytes())?]);
    let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider()).build();
    let agent = ureq::Agent::config_builder().tls_config(tls).build().new_agent();
    let answer = agent
        .get(format!("{}/secrets/name", entra.vault_url()))
        .header("Authorization", format!("Bearer {}", token.secret()))
        .call()?
        .into_body()
        .read_to_string()?;
    assert!(answer.contains(entra.resource_content()));
    Ok(())
}

fn provider() -> std::sync::Arc<rustls::crypto::CryptoProvider> {
    std::sync::Arc::new(rustls::crypto::ring::default_provider())
}
