//! A transport of one's own: the HTTP client of an application, with its proxy, TLS, pool and time limits.
//!
//! Where that is not enough, implement `Host`, for example around `Transport`.

use std::error::Error;
use std::time::Duration;

use identity_async::{ClientOptions, ClientSecret, ClientSecretCredential, TokenRequest, Transport};
use identity_testing::emulator::Emulator;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let entra = Emulator::start()?;
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(entra.ca_pem().as_bytes())?])
        .redirect(reqwest::redirect::Policy::none())
        .pool_idle_timeout(Duration::from_secs(30))
        .user_agent("example/1.0")
        .build()?;
    let source = ClientSecret::new(entra.tenant().id(), entra.app().client_id(), entra.secret())
        .with_options(ClientOptions::new().with_authority(entra.authority()));
    let credential = ClientSecretCredential::builder(source).host(Transport::from_client(client)).build()?;

    credential.get_token(&TokenRequest::new(&["https://vault.azure.net/.default"])).await?;

    let requests = entra.requests();
    assert_eq!(requests.first().and_then(|request| request.header("user-agent")), Some("example/1.0"));
    credential.close().await;
    Ok(())
}
