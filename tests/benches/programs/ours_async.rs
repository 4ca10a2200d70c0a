//! An async program that obtains one token with `identity-async`.

use std::env;
use std::error::Error;

use identity_async::{ClientOptions, ClientSecret, Credential, TokenRequest};

fn main() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let authority = env::args().nth(1).ok_or("the authority is missing")?;
    let (tenant, client) = ("5f1c2d6e-7a3b-4c8d-9e0f-a1b2c3d4e5f6", "9d2c4b1a-0f3e-4d5c-8b7a-665544332211");
    let source = ClientSecret::new(tenant, client, "not-a-secret")
        .with_options(ClientOptions::new().with_authority(authority));
    let credential = Credential::new(source)?;
    let token = credential.get_token(&TokenRequest::new(&["https://vault.azure.net/.default"])).await?;
    credential.close().await;
    if token.secret().len() == 1500 { Ok(()) } else { Err("no token".into()) }
}
