//! Clients of the official Azure SDK take our credentials: Key Vault secrets and Storage blobs, over TLS.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

use std::sync::Arc;

use azure_core::http::{ClientOptions as SdkOptions, Transport as SdkTransport};
use azure_security_keyvault_secrets::{SecretClient, SecretClientOptions};
use azure_storage_blob::{BlobClient, BlobClientOptions};
use identity_async::{
    AzureCoreCredential, Chain, ClientOptions, ClientSecret, Credential, TokenCredential, Transport,
};
use identity_testing::emulator::Emulator;

fn client_secret(entra: &Emulator, secret: &str) -> Credential<ClientSecret> {
    let transport = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    let source = ClientSecret::new(entra.tenant().id(), entra.app().client_id(), secret)
        .with_options(ClientOptions::new().with_authority(entra.authority()));
    Credential::builder(source).host(transport).build().unwrap()
}

/// What the SDK sends its requests through, trusting the emulator.
fn sdk(entra: &Emulator) -> SdkOptions {
    let _first = rustls::crypto::ring::default_provider().install_default();
    let authority = reqwest::Certificate::from_pem(entra.ca_pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([authority]).no_proxy().build().unwrap();
    SdkOptions { transport: Some(SdkTransport::new(Arc::new(client))), ..SdkOptions::default() }
}

fn vault(entra: &Emulator, credential: Arc<AzureCoreCredential>) -> SecretClient {
    // The vault is on localhost, not below vault.azure.net.
    let options = SecretClientOptions {
        client_options: sdk(entra),
        verify_challenge_resource: Some(false),
        ..SecretClientOptions::default()
    };
    SecretClient::new(&entra.vault_url(), credential, Some(options)).unwrap()
}

#[tokio::test]
async fn a_key_vault_client_reads_a_secret() {
    let entra = Emulator::start().unwrap();
    let credential = client_secret(&entra, entra.secret());
    let client = vault(&entra, AzureCoreCredential::of(credential.clone()));
    for _ in 0..2 {
        let secret = client.get_secret("name", None).await.unwrap().into_model().unwrap();
        assert_eq!(secret.value.as_deref(), Some(entra.resource_content()));
    }
    assert_eq!(entra.token_requests(), 1);
    credential.close().await;
}

#[tokio::test]
async fn a_blob_client_reads_with_a_chain() {
    let entra = Emulator::start().unwrap();
    let credential: Arc<dyn TokenCredential> = Arc::new(client_secret(&entra, entra.secret()));
    let chain = Chain::new(vec![credential]).unwrap();
    let options = BlobClientOptions { client_options: sdk(&entra), ..BlobClientOptions::default() };
    let url = entra.blob_url().parse().unwrap();
    let client = BlobClient::new(url, Some(AzureCoreCredential::of(chain.clone())), Some(options)).unwrap();
    let content = client.download(None).await.unwrap().body.collect().await.unwrap();
    assert_eq!(&content[..], entra.resource_content().as_bytes());
    chain.close().await;
}

#[tokio::test]
async fn the_reason_of_a_failure_reaches_the_caller_of_the_sdk() {
    let entra = Emulator::start().unwrap();
    let credential = client_secret(&entra, "c4n4ry");
    let client = vault(&entra, AzureCoreCredential::of(credential.clone()));
    let error = client.get_secret("name", None).await.unwrap_err();
    assert!(matches!(error.kind(), azure_core::error::ErrorKind::Credential), "{error:?}");
    let text = format!("{error} {error:?}");
    assert!(text.contains("AADSTS7000215") && !text.contains("c4n4ry"), "{text}");
    credential.close().await;
}
