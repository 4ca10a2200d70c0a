//! Credentials of applications.

use std::path::{Path, PathBuf};

use identity_testing::emulator::{App, CERTIFICATE_APP, Emulator, FEDERATED_APP, Tenant};

use super::flavour;
use super::flavour_test;
use super::identity::{
    AzurePipelines, ClientAssertion, ClientCertificate, ClientSecret, Env, Environment, GitHubActions,
    TokenFile, WorkloadIdentity,
};
use super::trial::{build, options, trial};
use crate::witness;

const SECRET: &str = "c4n4ry~secret+/=&%-of-the-application";
const ENCODED: &str = "c4n4ry~secret%2B%2F%3D%26%25-of-the-application";
const TENANT: &str = "11111111-2222-3333-4444-555555555555";
const APP: &str = "aaaaaaaa-0000-0000-0000-00000000cafe";

/// Where tokens are asked for.
const TOKEN_ENDPOINT: &[&str] = &["/oauth2/v2.0/token"];

/// A file that is gone with the test.
struct Temporary(PathBuf);

impl Temporary {
    fn new(text: &str) -> Self {
        let name = format!("{}-{}", module_path!().replace(':', "_"), std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

#[flavour]
#[flavour_test]
async fn a_client_secret_is_not_seen() {
    witness::watch();
    let app = App::new(APP).tenant(TENANT).secret(SECRET);
    let entra = Emulator::builder().tenant(Tenant::new(TENANT)).app(app).start().unwrap();
    let secret = ClientSecret::new(TENANT, APP, SECRET).with_options(options(&entra));
    trial(&entra, build(&entra, secret, Env::empty()), TOKEN_ENDPOINT, &[SECRET, ENCODED]).await;
    let variables = [("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", APP), ("AZURE_CLIENT_SECRET", SECRET)];
    let environment = Environment::new().with_options(options(&entra));
    let credential = build(&entra, environment, Env::from_iter(variables));
    trial(&entra, credential, TOKEN_ENDPOINT, &[SECRET, ENCODED]).await;
}

#[flavour]
#[flavour_test]
async fn a_certificate_and_its_assertions_are_not_seen() {
    witness::watch();
    let entra = Emulator::start().unwrap();
    let pem = entra.client_certificate().pem();
    let (_, key) = pem.split_once("PRIVATE KEY-----").unwrap();
    let lines: Vec<&str> = key.lines().filter(|line| line.len() > 40).collect();
    let source = ClientCertificate::from_bytes(entra.tenant().id(), CERTIFICATE_APP, pem.clone());
    let credential = build(&entra, source.with_options(options(&entra)), Env::empty());
    trial(&entra, credential, TOKEN_ENDPOINT, &lines).await;
}

#[flavour]
#[flavour_test]
async fn federated_tokens_are_not_seen() {
    witness::watch();
    let entra = Emulator::builder().start().unwrap();
    entra.allow_assertion_reuse(true);
    let tenant = entra.tenant().id();
    let token = entra.federated_token("https://issuer.example", "system:serviceaccount:ns:sa").unwrap();
    let file = Temporary::new(&token);
    let assertion = ClientAssertion::new(tenant, FEDERATED_APP, TokenFile::new(file.0.clone()));
    let credential = build(&entra, assertion.with_options(options(&entra)), Env::empty());
    trial(&entra, credential, TOKEN_ENDPOINT, &[&token]).await;
    let path = file.0.display().to_string();
    let variables = [
        ("AZURE_TENANT_ID", tenant),
        ("AZURE_CLIENT_ID", FEDERATED_APP),
        ("AZURE_FEDERATED_TOKEN_FILE", &path),
    ];
    let workload = WorkloadIdentity::new().with_options(options(&entra));
    trial(&entra, build(&entra, workload, Env::from_iter(variables)), TOKEN_ENDPOINT, &[&token]).await;
}

#[flavour]
#[flavour_test]
async fn tokens_of_build_systems_are_not_seen() {
    witness::watch();
    let entra = Emulator::start().unwrap();
    let (connection, token) = (entra.pipelines_service_connection(), entra.pipelines_access_token());
    let pipelines = AzurePipelines::new(entra.tenant().id(), FEDERATED_APP, connection, token);
    let env: Env = entra.pipelines_variables().into_iter().collect();
    // The path of the issuer, and then that of Entra.
    let paths = [path(&entra, &env, "SYSTEM_OIDCREQUESTURI"), "/oauth2/v2.0/token".to_owned()];
    let paths = [&*paths[0], &*paths[1]];
    let credential = build(&entra, pipelines.with_options(options(&entra)), env.clone());
    trial(&entra, credential, &paths, &[token]).await;
    let github = GitHubActions::new().with_tenant_id(entra.tenant().id()).with_client_id(FEDERATED_APP);
    let env: Env = entra.github_variables().into_iter().collect();
    let issuer = path(&entra, &env, "ACTIONS_ID_TOKEN_REQUEST_URL");
    let credential = build(&entra, github.with_options(options(&entra)), env);
    trial(&entra, credential, &[&*issuer, TOKEN_ENDPOINT[0]], &[token]).await;
}

/// The path of the URL in a variable.
fn path(entra: &Emulator, env: &Env, variable: &str) -> String {
    let url = env.get(variable).unwrap().strip_prefix(entra.authority()).unwrap();
    url.split('?').next().unwrap().to_owned()
}
