//! The libraries under comparison, each with its own HTTP client as its users have it.

use std::sync::Arc;

use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, Transport};
use azure_identity::ClientSecretCredentialOptions;
use google_cloud_auth::credentials::{AccessTokenCredentials, user_account};
use identity_async::TokenRequest;

use crate::loopback::Loopback;
use crate::table::Column;

/// Ids of nobody, and a secret that opens nothing.
const TENANT: &str = "5f1c2d6e-7a3b-4c8d-9e0f-a1b2c3d4e5f6";
const CLIENT: &str = "9d2c4b1a-0f3e-4d5c-8b7a-665544332211";
const SECRET: &str = "not-a-secret";

/// What tokens are asked for.
pub(crate) const SCOPE: &str = "https://vault.azure.net/.default";

/// A library that obtains tokens asynchronously.
pub(crate) trait Peer: Send + Sync + Sized + 'static {
    const COLUMN: Column;
    /// How long a token lives, in seconds, that is in the library's refresh window after the other number of seconds.
    const WINDOW: (u64, u64);

    /// A credential without any token.
    fn new(server: &Loopback) -> Self;

    /// The length of a token for a scope, or what went wrong.
    fn get(&self, scope: &str) -> impl Future<Output = Result<usize, String>> + Send;
}

/// `identity-async`.
pub(crate) struct Ours(pub(crate) identity_async::ClientSecretCredential);

impl Peer for Ours {
    const COLUMN: Column = Column::Async;
    // Refreshes are 30 s apart, the first one counted from the request for the token.
    const WINDOW: (u64, u64) = (290, 31);

    fn new(server: &Loopback) -> Self {
        let transport =
            identity_async::Transport::builder().add_certificate_authorities(&*server.ca_pem).build();
        let options = identity_async::ClientOptions::new().with_authority(&server.authority);
        let source = identity_async::ClientSecret::new(TENANT, CLIENT, SECRET).with_options(options);
        Self(identity_async::Credential::builder(source).host(transport).build().unwrap())
    }

    async fn get(&self, scope: &str) -> Result<usize, String> {
        let token = self.0.get_token(&TokenRequest::new(&[scope])).await;
        token.map(|token| token.secret().len()).map_err(|error| error.to_string())
    }
}

/// `identity-blocking`.
pub(crate) fn blocking(server: &Loopback) -> identity_blocking::ClientSecretCredential {
    let transport =
        identity_blocking::Transport::builder().add_certificate_authorities(&*server.ca_pem).build();
    let options = identity_blocking::ClientOptions::new().with_authority(&server.authority);
    let source = identity_blocking::ClientSecret::new(TENANT, CLIENT, SECRET).with_options(options);
    identity_blocking::Credential::builder(source).host(transport).build().unwrap()
}

/// `azure_identity`.
pub(crate) struct Azure(Arc<azure_identity::ClientSecretCredential>);

impl Peer for Azure {
    const COLUMN: Column = Column::Azure;
    const WINDOW: (u64, u64) = (301, 2);

    fn new(server: &Loopback) -> Self {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host.clone_from(&server.authority);
        let client_options = ClientOptions {
            transport: Some(Transport::new(Arc::new(client(server)))),
            cloud: Some(Arc::new(CloudConfiguration::Custom(cloud))),
            ..ClientOptions::default()
        };
        let options = ClientSecretCredentialOptions { client_options };
        let credential =
            azure_identity::ClientSecretCredential::new(TENANT, CLIENT.into(), SECRET.into(), Some(options));
        Self(credential.unwrap())
    }

    async fn get(&self, scope: &str) -> Result<usize, String> {
        let token = self.0.get_token(&[scope], None).await;
        token.map(|token| token.token.secret().len()).map_err(|error| error.to_string())
    }
}

/// `google-cloud-auth`, which keeps one token for all.
pub(crate) struct Google(AccessTokenCredentials);

impl Peer for Google {
    const COLUMN: Column = Column::Google;
    const WINDOW: (u64, u64) = (241, 1);

    fn new(server: &Loopback) -> Self {
        let user = serde_json::json!({
            "type": "authorized_user",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "refresh_token": "not-a-refresh-token",
        });
        let builder = user_account::Builder::new(user).with_token_uri(server.without_tls());
        Self(builder.build_access_token_credentials().unwrap())
    }

    async fn get(&self, _scope: &str) -> Result<usize, String> {
        let token = self.0.access_token().await;
        token.map(|token| token.token.len()).map_err(|error| error.to_string())
    }
}

/// The client that everybody's requests are held against.
pub(crate) fn client(server: &Loopback) -> reqwest::Client {
    let ca = reqwest::Certificate::from_pem(server.ca_pem.as_bytes()).unwrap();
    reqwest::Client::builder().tls_certs_only([ca]).build().unwrap()
}

/// The same POST that the credentials of applications make.
pub(crate) fn form() -> [(&'static str, &'static str); 4] {
    [("grant_type", "client_credentials"), ("client_secret", SECRET), ("scope", SCOPE), ("client_id", CLIENT)]
}
