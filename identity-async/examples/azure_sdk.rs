//! A client of the official Azure SDK with one of our credentials: a secret from Key Vault.

use std::error::Error;
use std::sync::Arc;

use azure_core::http::{ClientOptions as SdkOptions, Transport as SdkTransport};
use azure_security_keyvault_secrets::{SecretClient, SecretClientOptions};
use identity_async::{AzureCoreCredential, ClientOptions, ClientSecret, ClientSecretCredential, Transport};
use identity_testing::emulator::Emulator;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // For the real services leave out the host and all options.
    let entra = Emulator::start()?;
    let transport = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    let source = ClientSecret::new(entra.tenant().id(), entra.app().client_id(), entra.secret())
        .with_options(ClientOptions::new().with_authority(entra.authority()));
    let credential = ClientSecretCredential::builder(source).host(transport).build()?;

    let client = SecretClient::new(
        &entra.vault_url(),
        AzureCoreCredential::of(credential.clone()),
        Some(SecretClientOptions {
            client_options: SdkOptions { transport: Some(trusting(&entra)?), ..SdkOptions::default() },
            verify_challenge_resource: Some(false),
            ..SecretClientOptions::default()
        }),
    )?;
    let secret = client.get_secret("name", None).await?.into_model()?;
    assert_eq!(secret.value.as_deref(), Some(entra.resource_content()));

    credential.close().await;
    Ok(())
}

/// An HTTP client for the SDK that trusts the emulator.
fn trusting(entra: &Emulator) -> Result<SdkTransport, Box<dyn Error>> {
    // Another default may have been installed before; that is fine as well.
    drop(rustls::crypto::ring::default_provider().install_default());
    let authority = reqwest::Certificate::from_pem(entra.ca_pem().as_bytes())?;
    let client = reqwest::Client::builder().tls_certs_only([authority]).no_proxy().build()?;
    Ok(SdkTransport::new(Arc::new(client)))
}
