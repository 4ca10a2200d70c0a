//! The least that an async program does for one token: reqwest, rustls with ring, tokio and serde_json.

use std::env;
use std::error::Error;

use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let authority = env::args().nth(1).ok_or("the authority is missing")?;
    // Fails only if there is one already.
    drop(rustls::crypto::ring::default_provider().install_default());
    // The certificate authorities of the system, which SSL_CERT_FILE names.
    let client = reqwest::Client::new();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_secret", "not-a-secret"),
        ("scope", "https://vault.azure.net/.default"),
        ("client_id", "9d2c4b1a-0f3e-4d5c-8b7a-665544332211"),
    ];
    let url = format!("{authority}/5f1c2d6e-7a3b-4c8d-9e0f-a1b2c3d4e5f6/oauth2/v2.0/token");
    let answer = client.post(url).form(&form).send().await?.error_for_status()?.bytes().await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    match answer["access_token"].as_str() {
        Some(token) if token.len() == 1500 => Ok(()),
        _ => Err("no token".into()),
    }
}
