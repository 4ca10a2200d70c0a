//! An emulator, and a client-secret credential that trusts it, on a clock that the test sets.

use identity_testing::emulator::Emulator;

use super::doubles::VirtualClock;
use super::identity::{ClientOptions, ClientSecret, CredentialOn, Refresh, Transport};

pub(super) const VAULT: &str = "https://vault.azure.net/.default";
pub(super) const STORAGE: &str = "https://storage.azure.com/.default";

pub(super) type TestCredential = CredentialOn<ClientSecret, VirtualClock<Transport>>;

pub(super) struct Fixture {
    pub(super) entra: Emulator,
    pub(super) host: VirtualClock<Transport>,
}

impl Fixture {
    pub(super) fn new() -> Self {
        let entra = Emulator::start().unwrap();
        let transport = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
        Self { host: VirtualClock::new(transport), entra }
    }

    /// The options that lead to the emulator.
    pub(super) fn options(&self) -> ClientOptions {
        ClientOptions::new().with_authority(self.entra.authority())
    }

    /// The application with a secret.
    pub(super) fn source(&self) -> ClientSecret {
        let (tenant, app) = (self.entra.tenant().id(), self.entra.app().client_id());
        ClientSecret::new(tenant, app, self.entra.secret()).with_options(self.options())
    }

    /// A credential that refreshes in the calling thread or task, so that nothing is left to chance.
    pub(super) fn credential(&self) -> TestCredential {
        TestCredential::on(self.host.clone(), self.source()).refresh(Refresh::Inline).build().unwrap()
    }

    pub(super) fn requests(&self) -> u64 {
        self.entra.token_requests()
    }
}
