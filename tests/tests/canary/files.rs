//! Certificates and assertions from files and functions, and what such a file holds when something went wrong.

use std::path::{Path, PathBuf};

use identity_testing::emulator::{CERTIFICATE_APP, Emulator, FEDERATED_APP};

use super::flavour;
use super::flavour_test;
use super::identity::{
    AssertionFn, ClientAssertion, ClientCertificate, Env, Environment, FunctionError, Secret, TokenRequest,
    VisualStudioCode, WorkloadIdentity,
};
use super::trial::{build_on, options, show, transport, trial};
use crate::witness;

const TOKEN_ENDPOINT: &[&str] = &["/oauth2/v2.0/token"];

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("{}-{test}-{}", module_path!().replace(':', "_"), std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[flavour]
#[flavour_test]
async fn a_certificate_file_and_its_password_are_not_seen() {
    witness::watch();
    let (entra, folder) = (Emulator::start().unwrap(), Folder::new("certificate"));
    let (files, tenant) = (entra.client_certificate(), entra.tenant().id());
    let (key, plain) = (files.encrypted_pem(), files.pem());
    let long = |pem: &str| pem.lines().filter(|line| line.len() > 40).map(str::to_owned).collect();
    let mut secrets: Vec<String> = long(plain.split_once("PRIVATE KEY-----").unwrap().1);
    // The password of the emulator's files is a word that errors use.
    let password = "c4n4ry of the certificate";
    secrets.extend([password.to_owned(), plain.lines().nth(2).unwrap().to_owned()]);
    let path = folder.write("encrypted.pem", &key);
    let variables = [
        ("AZURE_TENANT_ID", tenant),
        ("AZURE_CLIENT_ID", CERTIFICATE_APP),
        ("AZURE_CLIENT_CERTIFICATE_PATH", path.as_str()),
        ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "secret"),
    ];
    let transport = transport(&entra);
    let kept: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let environment = || Environment::new().with_options(options(&entra));
    let credential = build_on(&transport, environment(), Env::from_iter(variables), None);
    trial(&entra, credential, TOKEN_ENDPOINT, &kept).await;
    let contents: [Vec<u8>; 8] = [
        key.clone().into(),
        files.pkcs12(),
        files.pkcs12_legacy(),
        plain[..plain.len() / 2].into(),
        plain.replace("PRIVATE KEY", "OTHER KEY").into(),
        plain.replace('A', "*").into(),
        plain.replace('\n', " ").into(),
        [b"\xff".as_slice(), plain.as_bytes()].concat(),
    ];
    let request = TokenRequest::new(&["s/.default"]);
    let mut failed = 0;
    for content in contents {
        let path = folder.write("broken", &content);
        let from_file = ClientCertificate::from_file(tenant, CERTIFICATE_APP, path);
        for source in [ClientCertificate::from_bytes(tenant, CERTIFICATE_APP, content), from_file] {
            let source = source.with_password(password).with_options(options(&entra));
            let Ok(credential) = build_on(&transport, source, Env::empty(), None) else {
                failed += 1;
                continue;
            };
            let result = credential.get_token(&request).await;
            failed += usize::from(result.inspect_err(show).is_err());
            credential.close().await;
        }
    }
    assert!(failed > 11, "{failed}");
    witness::acquit(&kept);
}

/// What a function of this flavour returns.
#[flavour]
async fn answer(assertion: String) -> Result<Secret, FunctionError> {
    Ok(assertion.into())
}

#[flavour]
#[flavour_test]
async fn assertions_of_functions_and_of_a_token_proxy_are_not_seen() {
    witness::watch();
    let (entra, folder) = (Emulator::start().unwrap(), Folder::new("assertions"));
    entra.allow_assertion_reuse(true);
    let (issuer, subject) = ("https://issuer.example", "system:serviceaccount:ns:sa");
    let assertion = entra.federated_token(issuer, subject).unwrap();
    let given = assertion.clone();
    let function = AssertionFn::new(move |_| answer(given.clone()));
    let source = ClientAssertion::new(entra.tenant().id(), FEDERATED_APP, function);
    let transport = transport(&entra);
    let credential = build_on(&transport, source.with_options(options(&entra)), Env::empty(), None);
    trial(&entra, credential, TOKEN_ENDPOINT, &[&assertion]).await;
    let bound = entra.federated_token_for(issuer, subject, "api://AKSIdentityBinding").unwrap();
    let path = folder.write("token", &bound);
    let variables = [
        ("AZURE_TENANT_ID", entra.tenant().id().to_owned()),
        ("AZURE_CLIENT_ID", FEDERATED_APP.to_owned()),
        ("AZURE_FEDERATED_TOKEN_FILE", path),
    ];
    let variables = variables.into_iter().chain(entra.token_proxy_variables());
    let source = WorkloadIdentity::new().with_token_proxy(true).with_options(options(&entra));
    let credential = build_on(&transport, source, variables.collect(), None);
    trial(&entra, credential, &["/token-proxy/"], &[&bound]).await;
}

#[flavour]
#[flavour_test]
async fn broken_files_show_nothing_of_themselves() {
    witness::watch();
    let (entra, folder) = (Emulator::start().unwrap(), Folder::new("broken"));
    let token = entra.federated_token("https://issuer.example", "system:serviceaccount:ns:sa").unwrap();
    let (transport, request) = (transport(&entra), TokenRequest::new(&["s/.default"]));
    let contents: [Vec<u8>; 5] = [
        token[..token.len() - 400].into(),
        format!("{token} {token}").into(),
        [token.as_bytes(), b"\xff"].concat(),
        token.repeat(100).into(),
        format!("token: {token}").into(),
    ];
    for content in contents {
        let path = folder.write("token", &content);
        let record = folder.write(
            ".azure/ms-azuretools.vscode-azureresourcegroups/authRecord.json",
            [b"{\"tenantId\": \"".as_slice(), &content].concat(),
        );
        let variables = [
            ("AZURE_TENANT_ID", entra.tenant().id()),
            ("AZURE_CLIENT_ID", FEDERATED_APP),
            ("AZURE_FEDERATED_TOKEN_FILE", path.as_str()),
            ("HOME", folder.0.to_str().unwrap()),
        ];
        assert!(record.starts_with(folder.0.to_str().unwrap()));
        let env = Env::from_iter(variables);
        let workload = WorkloadIdentity::new().with_options(options(&entra));
        let sources = [
            build_on(&transport, workload, env.clone(), None).unwrap(),
            build_on(&transport, VisualStudioCode::new(), env, None).unwrap(),
        ];
        for credential in sources {
            show(&credential.get_token(&request).await.unwrap_err());
            credential.close().await;
        }
    }
    let parts: Vec<&str> = token.split('.').collect();
    witness::acquit(&parts);
}
