//! Credentials of people.

use identity_testing::emulator::{CERTIFICATE_APP, Emulator, PUBLIC_APP};

use super::flavour;
use super::flavour_test;
#[allow(deprecated, reason = "its password is a secret as well")]
use super::identity::UsernamePassword;
use super::identity::{DeviceCode, Env, Environment, OnBehalfOf, TokenRequest};
use super::trial::{build, options, trial};
use crate::witness;

/// Where codes are made, and where tokens are asked for.
const PATHS: &[&str] = &["/oauth2/v2.0/devicecode", "/oauth2/v2.0/token"];

#[flavour]
#[flavour_test]
async fn codes_and_refresh_tokens_are_not_seen() {
    witness::watch();
    let entra = Emulator::start().unwrap();
    let source = DeviceCode::new().with_tenant_id(entra.tenant().id()).with_prompt(|_| {});
    let credential = build(&entra, source.with_options(options(&entra)), Env::empty());
    trial(&entra, credential, &PATHS[1..], &[]).await;
}

#[flavour]
#[flavour_test]
async fn a_refused_device_code_is_not_seen() {
    witness::watch();
    let entra = Emulator::start().unwrap();
    for status in [400, 503] {
        let source = DeviceCode::new().with_tenant_id(entra.tenant().id()).with_prompt(|_| {});
        let credential = build(&entra, source.with_options(options(&entra)), Env::empty()).unwrap();
        entra.fail(identity_testing::emulator::Fault::echo(status, "application/json").on(PATHS[0]).times(9));
        let request = TokenRequest::new(&["https://vault.azure.net/.default"]);
        let error = credential.get_token(&request).await.unwrap_err();
        super::trial::show(&error);
        credential.close().await;
    }
    let sent: Vec<String> = entra.requests().iter().flat_map(|it| it.secrets()).map(str::to_owned).collect();
    let sent: Vec<&str> = sent.iter().map(String::as_str).filter(|secret| secret.len() > 7).collect();
    witness::acquit(&sent);
}

#[allow(deprecated, reason = "its password is a secret as well")]
#[flavour]
#[flavour_test]
async fn passwords_and_the_tokens_of_callers_are_not_seen() {
    witness::watch();
    let entra = Emulator::start().unwrap();
    let (tenant, user) = (entra.tenant().id(), &entra.users()[0]);
    let password = || {
        UsernamePassword::new(PUBLIC_APP, user.username(), user.password())
            .with_tenant_id(tenant)
            .with_options(options(&entra))
    };
    trial(&entra, build(&entra, password(), Env::empty()), &PATHS[1..], &[user.password()]).await;
    let app = entra.app().client_id();
    let scope = format!("api://{app}/.default");
    let caller = build(&entra, password(), Env::empty()).unwrap();
    let assertion = caller.get_token(&TokenRequest::new(&[&scope])).await.unwrap();
    caller.close().await;
    let source = OnBehalfOf::with_secret(tenant, app, entra.secret(), assertion.secret());
    let credential = build(&entra, source.with_options(options(&entra)), Env::empty());
    trial(&entra, credential, &PATHS[1..], &[assertion.secret(), entra.secret()]).await;
}

#[flavour]
#[flavour_test]
async fn a_password_in_the_environment_is_not_seen() {
    witness::watch();
    let entra = Emulator::start().unwrap();
    let user = &entra.users()[0];
    let variables = [
        ("AZURE_TENANT_ID", entra.tenant().id()),
        ("AZURE_CLIENT_ID", PUBLIC_APP),
        ("AZURE_USERNAME", user.username()),
        ("AZURE_PASSWORD", user.password()),
    ];
    let source = Environment::new().with_options(options(&entra));
    let credential = build(&entra, source, Env::from_iter(variables));
    trial(&entra, credential, &PATHS[1..], &[user.password()]).await;
}

#[allow(deprecated, reason = "the quickest way to somebody's token")]
#[flavour]
#[flavour_test]
async fn certificates_of_a_web_api_are_not_seen() {
    witness::watch();
    let entra = Emulator::start().unwrap();
    let (tenant, user) = (entra.tenant().id(), &entra.users()[0]);
    let caller = UsernamePassword::new(PUBLIC_APP, user.username(), user.password()).with_tenant_id(tenant);
    let caller = build(&entra, caller.with_options(options(&entra)), Env::empty()).unwrap();
    let scope = format!("api://{CERTIFICATE_APP}/.default");
    let assertion = caller.get_token(&TokenRequest::new(&[&scope])).await.unwrap();
    caller.close().await;
    let pem = entra.client_certificate().pem();
    let source = OnBehalfOf::with_certificate(tenant, CERTIFICATE_APP, pem.clone(), assertion.secret());
    let credential = build(&entra, source.with_options(options(&entra)), Env::empty());
    let (_, key) = pem.split_once("PRIVATE KEY-----").unwrap();
    let mut secrets: Vec<&str> = key.lines().filter(|line| line.len() > 40).collect();
    secrets.push(assertion.secret());
    trial(&entra, credential, &PATHS[1..], &secrets).await;
}
