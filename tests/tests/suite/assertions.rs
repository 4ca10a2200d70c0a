//! Client assertions from functions, other sources, Azure Pipelines and GitHub Actions.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use identity_testing::emulator::FEDERATED_APP;

use super::files::Folder;
use super::identity::{
    AssertionFn, AzurePipelines, ClientAssertion, CredentialOn, Env, ErrorKind, FunctionError, GitHubActions,
    Secret, Source, TokenFile, TokenRequest,
};
use super::{Fixture, STORAGE, VAULT, flavour, flavour_test};

pub(super) const ISSUER: &str = "https://issuer.example";
pub(super) const SUBJECT: &str = "system:serviceaccount:ns:sa";

impl Fixture {
    pub(super) fn assertion(&self) -> String {
        self.entra.federated_token(ISSUER, SUBJECT).unwrap()
    }

    fn with<A: Source>(&self, assertion: A) -> ClientAssertion<A> {
        ClientAssertion::new(self.entra.tenant().id(), FEDERATED_APP, assertion).with_options(self.options())
    }
}

/// What a function of this flavour returns.
#[flavour]
async fn answer(result: Result<String, &'static str>) -> Result<Secret, FunctionError> {
    Ok(result?.into())
}

#[flavour]
#[flavour_test]
async fn a_function_is_told_what_for_and_called_once_per_token_request() {
    let fixture = Fixture::new();
    let (assertion, calls) = (fixture.assertion(), Arc::new(AtomicUsize::new(0)));
    let count = calls.clone();
    let tenant = fixture.entra.tenant().id().to_owned();
    let endpoint = format!("{}/{tenant}/oauth2/v2.0/token", fixture.entra.authority());
    let function = AssertionFn::new(move |wanted| {
        count.fetch_add(1, Ordering::Relaxed);
        let right = wanted.tenant_id == tenant && wanted.token_endpoint == endpoint;
        answer(if right { Ok(assertion.clone()) } else { Err("told something else") })
    });
    let credential = CredentialOn::on(fixture.host.clone(), fixture.with(function)).build().unwrap();
    for scope in [VAULT, VAULT, STORAGE] {
        credential.get_token(&TokenRequest::new(&[scope])).await.unwrap();
    }
    assert_eq!((calls.load(Ordering::Relaxed), fixture.requests()), (2, 2));
}

#[flavour]
#[flavour_test]
async fn the_error_of_a_function_comes_out_and_nothing_is_sent() {
    let fixture = Fixture::new();
    let function = AssertionFn::new(|_| answer(Err("the vault is sealed")));
    let credential = CredentialOn::on(fixture.host.clone(), fixture.with(function)).build().unwrap();
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.credential()),
        (ErrorKind::Authentication, Some("ClientAssertionCredential"))
    );
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!((cause.as_str(), fixture.requests()), ("the vault is sealed", 0));
}

#[flavour]
#[flavour_test]
async fn any_source_may_be_the_assertion() {
    let (fixture, folder) = (Fixture::new(), Folder::new());
    let file = TokenFile::new(folder.write("token", format!("\n{} \n", fixture.assertion())));
    let credential = CredentialOn::on(fixture.host.clone(), fixture.with(file)).build().unwrap();
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(token.describe().unwrap().application_id.as_deref(), Some(FEDERATED_APP));
}

/// A job of five hours asks once an hour, each time with a new OIDC token.
#[flavour]
#[flavour_test]
async fn a_job_may_take_longer_than_its_oidc_tokens_live() {
    let fixture = Fixture::new();
    let entra = &fixture.entra;
    let variables = entra.pipelines_variables().into_iter().chain(entra.github_variables());
    let env: Env = variables.collect();
    let (tenant, connection) = (entra.tenant().id(), entra.pipelines_service_connection());
    let pipelines = AzurePipelines::new(tenant, FEDERATED_APP, connection, entra.pipelines_access_token())
        .with_options(fixture.options());
    let github = GitHubActions::new()
        .with_tenant_id(tenant)
        .with_client_id(FEDERATED_APP)
        .with_options(fixture.options());
    let pipelines = CredentialOn::on(fixture.host.clone(), pipelines).env(env.clone()).build().unwrap();
    let github = CredentialOn::on(fixture.host.clone(), github).env(env).build().unwrap();
    for hour in 1..=5_u64 {
        pipelines.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
        github.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
        let all = entra.requests();
        let asked = all.iter().filter(|request| !request.is_token_request()).count();
        assert_eq!((asked as u64, fixture.requests()), (2 * hour, 2 * hour));
        fixture.host.advance(Duration::from_secs(3700));
        entra.move_clock(3700);
    }
}

#[flavour]
#[flavour_test]
async fn outside_of_a_job_both_are_unavailable() {
    let fixture = Fixture::new();
    let pipelines = AzurePipelines::new("t", "c", "connection", "token");
    let pipelines = CredentialOn::on(fixture.host.clone(), pipelines).env(Env::empty()).build().unwrap();
    let error = pipelines.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("SYSTEM_OIDCREQUESTURI"), "{error}");
    let env = Env::from_iter([("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c")]);
    let github = CredentialOn::on(fixture.host.clone(), GitHubActions::new()).env(env).build().unwrap();
    let error = github.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("id-token: write"), "{error}");
}

#[flavour]
#[flavour_test]
async fn a_refusal_names_the_oidc_endpoint_and_its_ids() {
    let fixture = Fixture::new();
    let env: Env = fixture.entra.pipelines_variables().into_iter().collect();
    let source =
        AzurePipelines::new(fixture.entra.tenant().id(), FEDERATED_APP, "connection", "c4n4ry-token");
    let source = source.with_options(fixture.options());
    let credential = CredentialOn::on(fixture.host.clone(), source).env(env).build().unwrap();
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Authentication, 401));
    assert!(text.contains("OIDC token endpoint") && text.contains("x-vss-e2eid"), "{text}");
    assert!(!text.contains("c4n4ry"), "{text}");
}
