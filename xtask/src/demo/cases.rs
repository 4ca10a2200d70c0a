//! The credentials of the demo, and how each is pointed at the emulator. A new credential is a line here.

use std::sync::Arc;

use identity_testing::emulator::{Emulator, PUBLIC_APP};

use super::identity::{
    Chain, ClientOptions, ClientSecret, Credential, DeviceCode, Result, Source, TokenCredential, Transport,
};
use super::managed_identity;
use super::principals::{Principals, Projected};

/// A credential to show.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) credential: Result<Arc<dyn TokenCredential>>,
    _projected: Option<Projected>,
}

impl Case {
    const fn of(name: &'static str, credential: Result<Arc<dyn TokenCredential>>) -> Self {
        Self { name, credential, _projected: None }
    }
}

/// All of them, in the order of the table.
pub(super) fn cases(entra: &Emulator) -> Vec<Case> {
    let setup = Setup { entra, transport: transport(entra) };
    let principals = Principals { entra, transport: &setup.transport };
    let (workload_identity, projected) = principals.workload_identity();
    let mut cases = vec![
        Case::of("client secret", setup.build(setup.client_secret())),
        Case::of("client certificate", principals.client_certificate()),
        Case::of("client assertion", principals.client_assertion()),
        Case { name: "workload identity", credential: workload_identity, _projected: projected },
        Case::of("azure pipelines", principals.azure_pipelines()),
        Case::of("github actions", principals.github_actions()),
        Case::of("environment", principals.environment()),
        Case::of("chain of two", setup.chain()),
        Case::of("device code", setup.device_code()),
        Case::of("user name and password", setup.password()),
    ];
    let identities = managed_identity::cases(entra, &setup.transport).into_iter();
    cases.extend(identities.map(|(name, credential)| Case::of(name, credential)));
    cases
}

/// A transport that trusts the emulator.
fn transport(entra: &Emulator) -> Transport {
    Transport::builder().add_certificate_authorities(entra.ca_pem()).build()
}

struct Setup<'a> {
    entra: &'a Emulator,
    transport: Transport,
}

impl Setup<'_> {
    fn build<S: Source>(&self, source: S) -> Result<Arc<dyn TokenCredential>> {
        Ok(Arc::new(Credential::builder(source).host(self.transport.clone()).build()?))
    }

    fn options(&self) -> ClientOptions {
        ClientOptions::new().with_authority(self.entra.authority())
    }

    fn client_secret(&self) -> ClientSecret {
        let app = self.entra.app();
        ClientSecret::new(self.entra.tenant().id(), app.client_id(), self.entra.secret())
            .with_options(self.options())
    }

    /// The emulator approves codes at once, so that nobody needs to be told.
    fn device_code(&self) -> Result<Arc<dyn TokenCredential>> {
        let source = DeviceCode::new().with_tenant_id(self.entra.tenant().id()).with_prompt(|_| {});
        self.build(source.with_options(self.options()))
    }

    #[allow(deprecated, reason = "the demo shows every credential")]
    fn password(&self) -> Result<Arc<dyn TokenCredential>> {
        use super::identity::UsernamePassword;

        let users = self.entra.users();
        let (name, password) = users.first().map_or(("", ""), |user| (user.username(), user.password()));
        let source = UsernamePassword::new(PUBLIC_APP, name, password);
        self.build(source.with_tenant_id(self.entra.tenant().id()).with_options(self.options()))
    }

    fn chain(&self) -> Result<Arc<dyn TokenCredential>> {
        let by_domain = ClientSecret::new(
            self.entra.tenant().domains().first().map_or("", String::as_str),
            self.entra.app().client_id(),
            self.entra.secret(),
        );
        let members =
            vec![self.build(by_domain.with_options(self.options()))?, self.build(self.client_secret())?];
        Ok(Arc::new(Chain::new(members)?))
    }
}
