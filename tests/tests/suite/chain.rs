//! Credentials in order: who is asked, when the search ends, and what its error says.

use std::sync::Arc;
use std::time::SystemTime;

use super::doubles::{ScriptedCredential, StaticCredential};
use super::identity::{
    AccessToken, BearerTokenProvider, Chain, Credential, Env, Error, ErrorKind, TokenCredential,
    TokenRequest, WorkloadIdentity,
};
use super::{Fixture, VAULT, flavour, flavour_test};

fn scripted(name: &str, result: Result<&str, Error>) -> Arc<ScriptedCredential> {
    let result = result.map(|token| AccessToken::new(token, SystemTime::now(), name));
    Arc::new(ScriptedCredential::new(name, [result]))
}

#[flavour]
#[flavour_test]
async fn absence_goes_on_and_the_first_token_wins() {
    let (absent, present, never) =
        (scripted("A", Err(Error::unavailable("not here"))), scripted("B", Ok("b")), scripted("C", Ok("c")));
    let chain = Chain::new(vec![absent.clone(), present, never.clone()]).unwrap();
    let token = chain.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!((token.secret(), absent.calls(), never.calls()), ("b", 1, 0));
}

#[flavour]
#[flavour_test]
async fn failure_stops_and_every_member_is_named() {
    let (failing, never) = (scripted("B", Err(Error::authentication("refused"))), scripted("C", Ok("c")));
    let chain =
        Chain::new(vec![scripted("A", Err(Error::unavailable("not here"))), failing, never.clone()]).unwrap();
    let error = chain.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len(), never.calls()), (ErrorKind::Chain, 2, 0));
    let text = error.to_string();
    assert!(text.contains("A: not here") && text.contains("B: refused"), "{text}");
}

#[test]
fn an_empty_chain_is_refused() {
    assert_eq!(Chain::new(Vec::new()).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[flavour]
#[flavour_test]
async fn a_member_that_nobody_configured_is_passed_over_and_a_mistake_ends_the_search() {
    let built = |source: WorkloadIdentity| Credential::builder(source).env(Env::empty()).build_member();
    let wrong = WorkloadIdentity::new().with_tenant_id("a b").with_client_id("app").with_token_file("token");
    for (source, outcome) in [(WorkloadIdentity::new(), Ok("own")), (wrong, Err(ErrorKind::InvalidArgument))]
    {
        let chain = Chain::new(vec![built(source), Arc::new(StaticCredential::new("own"))]).unwrap();
        let result = chain.get_token(&TokenRequest::new(&[VAULT])).await;
        let said = result.as_ref().map(AccessToken::secret).map_err(|error| error.attempts()[0].kind());
        assert_eq!(said, outcome);
        chain.close().await;
    }
}

#[flavour]
#[flavour_test]
async fn library_and_own_credentials_mix() {
    let fixture = Fixture::new();
    let chain =
        Chain::new(vec![Arc::new(fixture.credential()), Arc::new(StaticCredential::new("own"))]).unwrap();
    let token = chain.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(token.credential(), "ClientSecretCredential");
    let nested: Arc<dyn TokenCredential> = Arc::new(chain);
    let provider = BearerTokenProvider::new(nested, &[VAULT]);
    let (first, second) = (provider.token().await.unwrap(), provider.token().await.unwrap());
    assert_eq!((first, fixture.requests()), (second, 1));
}
