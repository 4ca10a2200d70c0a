//! What must cross threads can, in both flavours. That both export the same names is a rule of `cargo xtask tidy`.

use std::sync::Arc;

use super::doubles::StaticCredential;
use super::identity::{
    AccessToken, AuthenticationRecord, AuthorizationCodeCredential, AzureCliCredential,
    AzurePipelinesCredential, BearerTokenProvider, Builder, Cache, Chain, ChainBuilder,
    ClientAssertionCredential, ClientCertificateCredential, ClientOptions, ClientSecret,
    ClientSecretCredential, DefaultAzureCredential, DefaultOptions, DeviceCodeCredential, Env,
    EnvironmentCredential, Error, Expected, GitHubActionsCredential, InteractiveBrowserCredential,
    ManagedIdentityCredential, OnBehalfOfCredential, PersistentCache, Result, Secret, SystemStore,
    TokenCredential, TokenRequest, Transport, TransportBuilder, WorkloadIdentityCredential, scoped,
};
use super::{VAULT, flavour, flavour_test};

#[test]
fn public_types_cross_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<AuthorizationCodeCredential>();
    crosses::<AzureCliCredential>();
    crosses::<AzurePipelinesCredential>();
    crosses::<ClientAssertionCredential>();
    crosses::<ClientCertificateCredential>();
    crosses::<ClientSecretCredential>();
    crosses::<DefaultAzureCredential>();
    crosses::<DeviceCodeCredential>();
    crosses::<EnvironmentCredential>();
    crosses::<GitHubActionsCredential>();
    crosses::<InteractiveBrowserCredential>();
    crosses::<ManagedIdentityCredential>();
    crosses::<OnBehalfOfCredential>();
    crosses::<WorkloadIdentityCredential>();
    crosses::<(Chain, ChainBuilder, BearerTokenProvider, Builder<ClientSecret, Transport>)>();
    crosses::<(Cache, PersistentCache, SystemStore, Transport, TransportBuilder)>();
    crosses::<(AccessToken, AuthenticationRecord, ClientOptions, DefaultOptions, Env, Error, Expected, Secret)>(
    );
}

#[flavour]
#[flavour_test]
async fn a_shared_credential_is_one_as_well() {
    let credential: Arc<dyn TokenCredential> = Arc::new(StaticCredential::new("token"));
    assert!(format!("{:?}", Some(&credential)).contains("StaticCredential"));
    let token = scoped(credential, ask).await.unwrap();
    assert_eq!(token.secret(), "token");
}

#[flavour]
async fn ask(shared: &Arc<dyn TokenCredential>) -> Result<AccessToken> {
    shared.get_token(&TokenRequest::new(&[VAULT])).await
}
