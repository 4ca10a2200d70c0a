//! A web service that gets tokens, and closes its credential when it is told to end.

use std::error::Error;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Router, serve};
use identity_async::{
    ClientOptions, ClientSecret, ClientSecretCredential, TokenCredential, TokenRequest, Transport,
    unclosed_credentials,
};
use identity_testing::emulator::Emulator;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

type Shared = Arc<dyn TokenCredential>;

/// Who we are in the eyes of the resource.
async fn whoami(State(credential): State<Shared>) -> Result<String, (StatusCode, String)> {
    let request = TokenRequest::new(&["https://management.azure.com/.default"]);
    match credential.get_token(&request).await {
        Ok(token) => Ok(token.describe().map(|identity| identity.to_string()).unwrap_or_default()),
        Err(error) => Err((StatusCode::SERVICE_UNAVAILABLE, error.to_string())),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // For the real Entra leave out the host and the options.
    let entra = Emulator::start()?;
    let transport = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    let source = ClientSecret::new(entra.tenant().id(), entra.app().client_id(), entra.secret())
        .with_options(ClientOptions::new().with_authority(entra.authority()));
    let credential = ClientSecretCredential::builder(source).host(transport).build()?;

    let app = Router::new().route("/whoami", get(whoami)).with_state(Arc::new(credential.clone()) as Shared);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    // A service listens for `tokio::signal::ctrl_c()` here.
    let (end, ended) = oneshot::channel::<()>();
    let service = tokio::spawn(async move {
        let served = serve(listener, app).with_graceful_shutdown(async move { drop(ended.await) }).await;
        // After the last request and before the runtime ends.
        credential.close().await;
        served
    });

    // reqwest wants to know whose cryptography to use, even for plain HTTP.
    drop(rustls::crypto::ring::default_provider().install_default());
    let answer = reqwest::get(format!("http://{address}/whoami")).await?.text().await?;
    assert!(answer.contains(entra.app().client_id()), "{answer}");
    drop(end);
    service.await??;
    assert_eq!(unclosed_credentials(), 0);
    Ok(())
}
