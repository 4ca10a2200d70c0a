//! The least that a blocking program does for one token: ureq, rustls with ring, and serde_json.

use std::error::Error;
use std::sync::Arc;
use std::{env, fs};

use serde_json::Value;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

fn main() -> Result<(), Box<dyn Error>> {
    let authority = env::args().nth(1).ok_or("the authority is missing")?;
    let mut roots = Vec::new();
    for item in parse_pem(&fs::read(env::var("SSL_CERT_FILE")?)?) {
        if let PemItem::Certificate(certificate) = item? {
            roots.push(certificate);
        }
    }
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    let agent = ureq::Agent::config_builder().tls_config(tls).build().new_agent();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_secret", "not-a-secret"),
        ("scope", "https://vault.azure.net/.default"),
        ("client_id", "9d2c4b1a-0f3e-4d5c-8b7a-665544332211"),
    ];
    let url = format!("{authority}/5f1c2d6e-7a3b-4c8d-9e0f-a1b2c3d4e5f6/oauth2/v2.0/token");
    let mut answer = agent.post(&url).send_form(form)?;
    let answer: Value = serde_json::from_slice(&answer.body_mut().read_to_vec()?)?;
    match answer["access_token"].as_str() {
        Some(token) if token.len() == 1500 => Ok(()),
        _ => Err("no token".into()),
    }
}
