//! The credentials of the demo, and how each is pointed at the emulator. A new credential is a line here.

use std::sync::Arc;

use identity_testing::emulator::Emulator;

use super::identity::{
    Chain, ClientOptions, ClientSecret, Credential, Result, Source, TokenCredential, Transport,
};

/// A credential to show.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) credential: Result<Arc<dyn TokenCredential>>,
}

/// All of them, in the order of the table.
pub(super) fn cases(entra: &Emulator) -> Vec<Case> {
    let setup = Setup { entra, transport: transport(entra) };
    vec![
        Case { name: "client secret", credential: setup.build(setup.client_secret()) },
        Case { name: "chain of two", credential: setup.chain() },
    ]
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
