//! A transport of one's own: a host around the usual one that writes down where requests went.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use identity_blocking::effect::{Command, CommandError, CommandOutput, FileRead, Outbound, TransportError};
use identity_blocking::{
    ClientOptions, ClientSecret, Closing, CredentialOn, Env, Host, Result, Task, TokenRequest, Transport,
    moment,
};
use identity_testing::emulator::Emulator;

#[derive(Clone)]
struct Audited {
    inner: Transport,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Host for Audited {
    /// `Debug` of a request shows neither its query, headers nor body: they hold secrets.
    fn send(&self, outbound: Outbound) -> Result<http::Response<Vec<u8>>, TransportError> {
        let line = format!("{outbound:?}");
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        self.inner.send(outbound)
    }

    // Everything else is left to the usual host.

    fn env(&self) -> Env {
        self.inner.env()
    }

    fn now(&self) -> SystemTime {
        self.inner.now()
    }

    fn uptime(&self) -> Duration {
        self.inner.uptime()
    }

    fn entropy(&self) -> [u8; moment::ENTROPY] {
        self.inner.entropy()
    }

    fn sleep(&self, delay: Duration, closing: &Closing) {
        self.inner.sleep(delay, closing);
    }

    fn run(&self, command: Command, closing: &Closing) -> Result<CommandOutput, CommandError> {
        self.inner.run(command, closing)
    }

    fn read(&self, file: FileRead) -> io::Result<Vec<u8>> {
        self.inner.read(file)
    }

    fn exists(&self, path: PathBuf) -> bool {
        self.inner.exists(path)
    }

    fn spawn(&self, task: Task) -> Result<()> {
        self.inner.spawn(task)
    }

    fn close(&self) {
        self.inner.close();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let entra = Emulator::start()?;
    let inner = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    let host = Audited { inner, requests: Arc::default() };
    let source = ClientSecret::new(entra.tenant().id(), entra.app().client_id(), entra.secret())
        .with_options(ClientOptions::new().with_authority(entra.authority()));
    let credential = CredentialOn::on(host.clone(), source).build()?;

    credential.get_token(&TokenRequest::new(&["https://vault.azure.net/.default"]))?;

    let requests = host.requests.lock().unwrap_or_else(PoisonError::into_inner);
    let expected = format!("POST {}/{}/oauth2/v2.0/token", entra.authority(), entra.tenant().id());
    assert_eq!(*requests, [expected]);
    Ok(())
}
