//! What is explained is what then happens, for every member and for chains.

use std::sync::Arc;

use super::doubles::ScriptedCredential;
use super::identity::explain::{Outlook, Report};
use super::identity::{
    AccessToken, AzurePipelines, Chain, ClientSecret, Credential, DefaultAzureCredential, DeviceCode, Env,
    GitHubActions, Member, OnBehalfOf, TokenRequest,
};
use super::{VAULT, flavour, flavour_test};

const TENANT: &str = "11111111-1111-1111-1111-111111111111";
const CLIENT: &str = "22222222-2222-2222-2222-222222222222";

fn default_chain(variables: &[(&str, &str)]) -> DefaultAzureCredential {
    let env = variables.iter().copied().chain([("HOME", "/nonexistent"), ("PATH", "/nonexistent")]);
    DefaultAzureCredential::builder().env(env.collect()).exclude(Member::ManagedIdentity).build().unwrap()
}

fn has(report: &Report, variable: &str, present: bool) -> bool {
    report.variables.contains(&(variable.to_owned(), present))
}

#[flavour]
#[flavour_test]
async fn the_environment_says_where_it_asks_and_with_which_file() {
    let ids = [("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT)];
    let secret = [ids[0], ids[1], ("AZURE_CLIENT_SECRET", "x"), ("AZURE_AUTHORITY_HOST", "login.example")];
    let report = default_chain(&secret).explain().await.members.swap_remove(0);
    assert_eq!(
        (report.outlook, report.endpoints.as_slice()),
        (Outlook::Candidate, &["https://login.example".to_owned()][..])
    );
    assert!(report.text.ends_with("asks Entra, with the client secret"), "{report}");
    assert!(has(&report, "AZURE_AUTHORITY_HOST", true), "{report}");
    let certificate = [ids[0], ids[1], ("AZURE_CLIENT_CERTIFICATE_PATH", "/nonexistent/x.pem")];
    let chain = default_chain(&certificate);
    let report = chain.explain().await;
    assert_eq!((report.outlook, report.members[0].files.len()), (Outlook::Broken, 1), "{report}");
    let error = chain.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(error.attempts().len(), 1, "{error}");
}

#[flavour]
#[flavour_test]
async fn a_token_file_that_is_missing_stops_the_chain_as_explained() {
    let chain = default_chain(&[
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_CLIENT_ID", CLIENT),
        ("AZURE_FEDERATED_TOKEN_FILE", "/nonexistent/token"),
    ]);
    let report = chain.explain().await;
    assert_eq!(report.outlook, Outlook::Broken, "{report}");
    assert_eq!(report.members[1].text, "/nonexistent/token does not exist");
    let error = chain.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(error.attempts().len(), 2, "{error}");
}

#[flavour]
#[flavour_test]
async fn a_secret_without_a_value_stops_the_chain_and_nothing_at_all_does_not() {
    let variables = [("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT), ("AZURE_CLIENT_SECRET", "")];
    for (variables, goes_on) in [(&variables[..], false), (&[], true)] {
        let chain = default_chain(variables);
        let report = chain.explain().await;
        assert_eq!(report.members[0].outlook == Outlook::Absent, goes_on, "{report}");
        let error = chain.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
        assert_eq!(error.attempts().len() > 1, goes_on, "{error}");
        assert!(goes_on || error.to_string().contains("AZURE_CLIENT_SECRET is set without"), "{error}");
    }
}

#[flavour]
#[flavour_test]
async fn a_chain_that_has_decided_says_so() {
    let token = AccessToken::new("t", std::time::SystemTime::now(), "B");
    let first = ScriptedCredential::new("A", [Err(super::identity::Error::unavailable("not here"))]);
    let second = ScriptedCredential::new("B", [Ok(token)]);
    let chain = Chain::new(vec![Arc::new(first), Arc::new(second)]).unwrap();
    chain.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    let text = chain.explain().await.text;
    assert!(text.starts_with("B is the only one asked"), "{text}");
}

#[flavour]
#[flavour_test]
async fn every_credential_says_what_it_would_do_and_where() {
    let env = Env::from_iter([("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", CLIENT)]);
    let build = |report: Report| {
        assert!(!report.text.is_empty(), "{report}");
        assert!(report.endpoints.contains(&"https://login.microsoftonline.com".to_owned()), "{report}");
        report.outlook
    };
    let secret =
        Credential::builder(ClientSecret::new(TENANT, CLIENT, "x")).env(env.clone()).build().unwrap();
    let report = secret.explain().await;
    assert_eq!(build(report), Outlook::Candidate);
    let device = Credential::builder(DeviceCode::new()).env(env.clone()).build().unwrap();
    let report = device.explain().await;
    assert_eq!(build(report), Outlook::Candidate);
    let api = OnBehalfOf::with_secret(TENANT, CLIENT, "x", "y");
    let api = Credential::builder(api).env(env.clone()).build().unwrap();
    let report = api.explain().await;
    assert_eq!(build(report), Outlook::Candidate);
    let pipelines = AzurePipelines::new(TENANT, CLIENT, "connection", "x");
    let pipelines = Credential::builder(pipelines).env(env.clone()).build().unwrap();
    let report = pipelines.explain().await;
    assert!(has(&report, "SYSTEM_OIDCREQUESTURI", false), "{report}");
    assert_eq!(build(report), Outlook::Absent);
    let actions = Credential::builder(GitHubActions::new()).env(env).build().unwrap();
    let report = actions.explain().await;
    assert_eq!(build(report), Outlook::Absent);
}
