//! A credential of one's own as the member of a chain: here tokens that an operator has put into a file.

use std::error::Error as StdError;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use identity_async::{
    AccessToken, Chain, ClientOptions, ClientSecret, Credential, Error, Result, TokenCredential,
    TokenRequest, Transport,
};
use identity_testing::emulator::Emulator;

#[derive(Debug)]
struct TokenInFile(PathBuf);

impl TokenCredential for TokenInFile {
    fn name(&self) -> &str {
        "TokenInFile"
    }

    fn get_token<'a>(
        &'a self,
        _request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(async move {
            match tokio::fs::read_to_string(&self.0).await {
                Ok(text) => {
                    let until = SystemTime::now() + Duration::from_secs(300);
                    Ok(AccessToken::new(text.trim(), until, self.name()))
                }
                // The chain goes on to its next member; any other kind of error would end it.
                Err(error) => {
                    Err(Error::unavailable(format!("{} cannot be read: {error}", self.0.display())))
                }
            }
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let entra = Emulator::start()?;
    let transport = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    let source = ClientSecret::new(entra.tenant().id(), entra.app().client_id(), entra.secret())
        .with_options(ClientOptions::new().with_authority(entra.authority()));
    let secret = Credential::builder(source).host(transport).build()?;
    let file = std::env::temp_dir().join(format!("identity-example-{}", std::process::id()));
    let request = TokenRequest::new(&["https://vault.azure.net/.default"]);

    // Nobody has left a token: the next member has its turn, and keeps it from then on.
    let chain = Chain::new(vec![Arc::new(TokenInFile(file.clone())), Arc::new(secret.clone())])?;
    assert_eq!(chain.get_token(&request).await?.credential(), "ClientSecretCredential");

    std::fs::write(&file, "token-of-an-operator\n")?;
    let chain = Chain::new(vec![Arc::new(TokenInFile(file.clone())), Arc::new(secret)])?;
    let token = chain.get_token(&request).await;
    std::fs::remove_file(&file)?;
    assert_eq!(token?.secret(), "token-of-an-operator");
    chain.close().await;
    Ok(())
}
