//! The credentials of the demo, and how each is pointed at the emulator. A new credential is a line here.

use std::sync::Arc;

use identity_testing::emulator::Emulator;

use super::identity::{
    Chain, ClientOptions, ClientSecret, Credential, Result, Source, TokenCredential, Transport,
};
use super::managed_identity;
use super::people::{People, Temporary};
use super::principals::{Principals, Projected};

/// A credential to show.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) credential: Result<Arc<dyn TokenCredential>>,
    /// Whether the first token must be there already, as an earlier program left it.
    pub(super) is_kept: bool,
    _projected: Option<Projected>,
    _temporary: Option<Temporary>,
}

impl Case {
    const fn of(name: &'static str, credential: Result<Arc<dyn TokenCredential>>) -> Self {
        Self { name, credential, is_kept: false, _projected: None, _temporary: None }
    }

    fn with(name: &'static str, built: Result<(Arc<dyn TokenCredential>, Temporary)>) -> Self {
        match built {
            Ok((credential, temporary)) => {
                Self { _temporary: Some(temporary), ..Self::of(name, Ok(credential)) }
            }
            Err(error) => Self::of(name, Err(error)),
        }
    }
}

/// All of them, in the order of the table.
pub(super) fn cases(entra: &Emulator) -> Vec<Case> {
    let setup = Setup { entra, transport: transport(entra) };
    let principals = Principals { entra, transport: &setup.transport };
    let people = People { entra, transport: &setup.transport };
    let (workload_identity, projected) = principals.workload_identity();
    let mut cases = vec![
        Case::of("client secret", setup.build(setup.client_secret())),
        Case::of("client certificate", principals.client_certificate()),
        Case::of("client assertion", principals.client_assertion()),
        Case { _projected: projected, ..Case::of("workload identity", workload_identity) },
        Case::of("azure pipelines", principals.azure_pipelines()),
        Case::of("github actions", principals.github_actions()),
        Case::of("environment", principals.environment()),
        Case::of("chain of two", setup.chain()),
        Case::of("device code", people.device_code()),
        Case::with("interactive browser", people.interactive_browser()),
        Case::of("authorization code", people.authorization_code()),
        Case::of("on behalf of: secret", people.on_behalf_of_secret()),
        Case::of("on behalf of: certificate", people.on_behalf_of_certificate()),
        Case::of("user name and password", people.password()),
        Case { is_kept: true, ..Case::with("persistent cache", people.persistent_cache()) },
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
