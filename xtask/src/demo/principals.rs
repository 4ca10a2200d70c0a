//! Applications in the demo: certificates, assertions, federation, the environment.

use std::path::PathBuf;
use std::sync::Arc;

use identity_testing::emulator::{CERTIFICATE_APP, Emulator, FEDERATED_APP};

use super::flavour;
use super::identity::{
    AssertionFn, AzurePipelines, ClientAssertion, ClientCertificate, ClientOptions, Credential, Env,
    Environment, Error, FunctionError, GitHubActions, Result, Secret, Source, TokenCredential, Transport,
    WorkloadIdentity,
};

/// An issuer and a subject that the federated application trusts.
const FEDERATION: (&str, &str) = ("https://issuer.example", "system:serviceaccount:ns:sa");

type Built = Result<Arc<dyn TokenCredential>>;

/// A file that is gone with the demo.
pub(super) struct Projected(PathBuf);

impl Drop for Projected {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            eprintln!("{} stays behind: {error}", self.0.display());
        }
    }
}

pub(super) struct Principals<'a> {
    pub(super) entra: &'a Emulator,
    pub(super) transport: &'a Transport,
}

impl Principals<'_> {
    pub(super) fn client_certificate(&self) -> Built {
        let pem = self.entra.client_certificate().pem();
        let source = ClientCertificate::from_bytes(self.tenant(), CERTIFICATE_APP, pem);
        self.build(source.with_options(self.options()), Env::empty())
    }

    pub(super) fn client_assertion(&self) -> Built {
        let token = self.federated_token()?;
        let source = ClientAssertion::new(
            self.tenant(),
            FEDERATED_APP,
            AssertionFn::new(move |_| given(token.clone())),
        );
        self.build(source.with_options(self.options()), Env::empty())
    }

    /// The file must stay as long as the credential is used.
    pub(super) fn workload_identity(&self) -> (Built, Option<Projected>) {
        let path =
            std::env::temp_dir().join(format!("identity-demo-{}-{}", super::FLAVOUR, std::process::id()));
        let written = self.federated_token().and_then(|token| {
            std::fs::write(&path, token).map_err(|error| {
                Error::invalid_argument(format!("{} cannot be written: {error}", path.display()))
            })
        });
        if let Err(error) = written {
            return (Err(error), None);
        }
        let variables = [
            ("AZURE_TENANT_ID", self.tenant().to_owned()),
            ("AZURE_CLIENT_ID", FEDERATED_APP.to_owned()),
            ("AZURE_FEDERATED_TOKEN_FILE", path.display().to_string()),
        ];
        let source = WorkloadIdentity::new().with_options(self.options());
        (self.build(source, Env::from_iter(variables)), Some(Projected(path)))
    }

    pub(super) fn azure_pipelines(&self) -> Built {
        let (connection, token) =
            (self.entra.pipelines_service_connection(), self.entra.pipelines_access_token());
        let source = AzurePipelines::new(self.tenant(), FEDERATED_APP, connection, token);
        self.build(
            source.with_options(self.options()),
            self.entra.pipelines_variables().into_iter().collect(),
        )
    }

    pub(super) fn github_actions(&self) -> Built {
        let source = GitHubActions::new().with_tenant_id(self.tenant()).with_client_id(FEDERATED_APP);
        self.build(source.with_options(self.options()), self.entra.github_variables().into_iter().collect())
    }

    pub(super) fn environment(&self) -> Built {
        let variables = [
            ("AZURE_TENANT_ID", self.tenant()),
            ("AZURE_CLIENT_ID", self.entra.app().client_id()),
            ("AZURE_CLIENT_SECRET", self.entra.secret()),
        ];
        self.build(Environment::new().with_options(self.options()), Env::from_iter(variables))
    }

    fn build<S: Source>(&self, source: S, env: Env) -> Built {
        Ok(Arc::new(Credential::builder(source).host(self.transport.clone()).env(env).build()?))
    }

    fn tenant(&self) -> &str {
        self.entra.tenant().id()
    }

    fn options(&self) -> ClientOptions {
        ClientOptions::new().with_authority(self.entra.authority())
    }

    fn federated_token(&self) -> Result<String> {
        let token = self.entra.federated_token(FEDERATION.0, FEDERATION.1);
        token.map_err(|error| Error::invalid_argument(format!("the emulator cannot sign: {error}")))
    }
}

/// What a function of this flavour returns.
#[flavour]
async fn given(token: String) -> Result<Secret, FunctionError> {
    Ok(token.into())
}
