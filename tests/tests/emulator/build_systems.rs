//! The OpenID Connect endpoints of Azure Pipelines and GitHub Actions.

use crate::client::{Answer, agent, claims, read, token};
use identity_testing::emulator::{Emulator, FEDERATED_APP};

fn exchange(entra: &Emulator, assertion: &str) -> Answer {
    let form = [
        ("client_id", FEDERATED_APP),
        ("client_assertion", assertion),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("grant_type", "client_credentials"),
        ("scope", "https://vault.azure.net/.default"),
    ];
    token(entra, &form)
}

fn pipelines(entra: &Emulator, bearer: &str, connection: &str, suppress: bool) -> Answer {
    let url = &entra.pipelines_variables()[0].1;
    let mut request = agent(entra)
        .post(format!("{url}?api-version=7.1&serviceConnectionId={connection}"))
        .header("Authorization", format!("Bearer {bearer}"))
        .content_type("application/json");
    if suppress {
        request = request.header("X-TFS-FedAuthRedirect", "Suppress");
    }
    read(request.send_empty().unwrap())
}

fn github(entra: &Emulator, bearer: &str, query: &str) -> Answer {
    let url = &entra.github_variables()[0].1;
    let request =
        agent(entra).get(format!("{url}{query}")).header("Authorization", format!("Bearer {bearer}"));
    read(request.call().unwrap())
}

#[test]
fn a_pipeline_gets_an_assertion_that_entra_accepts() {
    let entra = Emulator::start().unwrap();
    let answer =
        pipelines(&entra, entra.pipelines_access_token(), entra.pipelines_service_connection(), true);
    let body = answer.json();
    assert!(answer.headers.contains_key("x-vss-e2eid") && answer.headers.contains_key("x-msedge-ref"));
    assert_eq!(exchange(&entra, body["oidcToken"].as_str().unwrap()).status, 200);
}

#[test]
fn a_pipeline_without_rights_is_refused() {
    let entra = Emulator::start().unwrap();
    assert_eq!(pipelines(&entra, "wrong", "sc1", true).status, 401);
    assert_eq!(pipelines(&entra, "wrong", "sc1", false).status, 302);
    assert_eq!(pipelines(&entra, entra.pipelines_access_token(), "other", true).status, 404);
}

#[test]
fn a_github_job_gets_an_assertion_for_the_audience_it_names() {
    let entra = Emulator::start().unwrap();
    let bearer = entra.github_variables()[1].1.clone();
    let value = |query: &str| github(&entra, &bearer, query).json()["value"].as_str().unwrap().to_owned();
    assert_eq!(exchange(&entra, &value("&audience=api%3A%2F%2FAzureADTokenExchange")).status, 200);
    let default = value("");
    assert_eq!(claims(&default)["aud"], "https://github.com/contoso");
    assert_eq!(exchange(&entra, &default).refusal().2, 700_212);
    assert_eq!(github(&entra, "wrong", "").status, 401);
}
