//! A test of one's own code: Entra is embedded, and fails when it is told to.

use std::error::Error;

use identity_async::{
    ClientOptions, ClientSecret, ClientSecretCredential, Result, TokenCredential, TokenRequest, Transport,
};
use identity_testing::emulator::{Emulator, Fault};

/// The code under test: a header for requests to a resource, or what to show in its place.
async fn authorization(credential: &dyn TokenCredential) -> Result<String, String> {
    let request = TokenRequest::new(&["https://storage.azure.com/.default"]);
    match credential.get_token(&request).await {
        Ok(token) => Ok(format!("Bearer {}", token.secret())),
        Err(error) if error.is_transient() => Err("try again later".to_owned()),
        Err(error) => Err(format!("call an operator: {}", error.remedy().unwrap_or("see the log"))),
    }
}

fn credential(entra: &Emulator, secret: &str) -> Result<ClientSecretCredential> {
    let transport = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    let source = ClientSecret::new(entra.tenant().id(), entra.app().client_id(), secret)
        .with_options(ClientOptions::new().with_authority(entra.authority()));
    ClientSecretCredential::builder(source).host(transport).build()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let entra = Emulator::start()?;

    // A failure that passes is retried, and nobody notices.
    entra.fail(Fault::status(503));
    let working = credential(&entra, entra.secret())?;
    assert!(authorization(&working).await?.starts_with("Bearer "));
    assert_eq!(entra.token_requests(), 2);

    // What the operator has to repair is said.
    let failing = credential(&entra, "wrong")?;
    let refused = authorization(&failing).await;
    assert!(refused.is_err_and(|text| text.contains("the secret's value, not its id")));
    working.close().await;
    failing.close().await;
    Ok(())
}
