//! An embedded Microsoft Entra: token endpoint, discovery, managed identity endpoints, over TLS on loopback.
//!
//! It is strict where Entra is strict, answers errors in Entra's words, and can be told to misbehave. It needs no
//! network, no configuration and no files, starts in milliseconds and ends when it is dropped.
//!
//! ```
//! use identity_testing::emulator::{Emulator, Fault};
//!
//! let entra = Emulator::start()?;
//! // Point a credential at `entra.authority()`, trusting `entra.ca_pem()`, as
//! // application `entra.app().client_id()` of tenant `entra.tenant().id()` with the secret `entra.secret()`.
//! entra.fail(Fault::status(503).retry_after(1)); // the next token request
//! assert_eq!(entra.token_requests(), 0);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! The certificate authority is made anew for each emulator; other keys are constants in the source. Nothing here is a
//! secret, and nothing may ever trust it.

mod builder;
mod clock;
mod config;
mod describe;
mod directory;
mod discovery;
mod echo;
mod fault;
mod files;
mod grants;
mod keys;
mod managed_identity;
mod oidc;
mod record;
mod reference_client;
mod router;
mod server;
mod services;
mod sign_in;
mod state;
mod token;
mod token_proxy;
mod uuid;

pub use builder::Builder;
pub use directory::{
    App, CERTIFICATE_APP, CONDITIONAL_ACCESS_APP, FEDERATED_APP, FederatedCredential, MULTI_TENANT_APP,
    ManagedIdentity, PUBLIC_APP, Resource, SECRET_APP, SUBJECT_NAME_APP, Tenant, TokenVersion, User,
    VSCODE_APP,
};
pub use fault::Fault;
pub use keys::{Certificate, ClientCertificate, InvalidKey, PublicKey};
pub use managed_identity::{ExpiresOn, ManagedIdentityHost};
pub use record::RecordedRequest;
pub use sign_in::{DevicePoll, SignInPage};

use keys::Keys;
use server::{Bound, Certificates, Request, Server, Stop};
use state::State;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A running emulator. Dropping it closes its ports and connections.
pub struct Emulator {
    state: Arc<State>,
    certificates: Certificates,
    tls: Server,
    plain: Server,
}

/// Starting.
impl Emulator {
    /// Starts with the default directory: two tenants, one application for each kind of credential, two users, three
    /// managed identities. The constants of this module name the applications.
    ///
    /// # Errors
    /// No port or thread is to be had.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// Chooses tenants, applications, users, managed identities, resources and the port.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn run(builder: &Builder) -> io::Result<Self> {
        let certificates = Certificates::generate(&builder.server_names)?;
        let (tls, plain) = (Bound::bind(builder.port)?, Bound::bind(0)?);
        let stop = Arc::new(Stop::default());
        let state = Arc::new(State::new(
            format!("https://localhost:{}", tls.port()),
            format!("http://127.0.0.1:{}", plain.port()),
            hosts(tls.port(), &builder.server_names),
            builder.directory()?,
            Keys::load()?,
            managed_identity::Arc::new(builder.arc_keys.as_deref()),
            Arc::clone(&stop),
        ));
        state.settings().sign_in_page = builder.sign_in_page;
        let for_tls = Arc::clone(&state);
        let entra = move |request: Request| router::handle(&for_tls, &request);
        let for_metadata = Arc::clone(&state);
        let metadata = move |request: Request| router::handle_metadata(&for_metadata, &request);
        let config = Some(Arc::clone(&certificates.config));
        let tls = Server::start(tls, config, Arc::clone(&stop), Arc::new(entra))?;
        let plain = Server::start(plain, None, stop, Arc::new(metadata))?;
        Ok(Self { state, certificates, tls, plain })
    }
}

/// What a client needs to know.
impl Emulator {
    /// The authority: `https://localhost:PORT`.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.state.authority
    }

    /// The certificate authority to trust, in PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.certificates.ca_pem
    }

    /// The first tenant.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        self.state.directory.home()
    }

    /// All tenants.
    #[must_use]
    pub fn tenants(&self) -> &[Tenant] {
        &self.state.directory.tenants
    }

    /// The first application; by default [`SECRET_APP`].
    ///
    /// # Panics
    /// Never: a directory has at least one.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.state.directory.apps[0]
    }

    /// All applications.
    #[must_use]
    pub fn apps(&self) -> &[App] {
        &self.state.directory.apps
    }

    /// A client secret of [`Emulator::app`]; empty if it has none.
    #[must_use]
    pub fn secret(&self) -> &str {
        self.app().secrets().next().unwrap_or_default()
    }

    /// The files of [`CERTIFICATE_APP`] and [`SUBJECT_NAME_APP`].
    #[must_use]
    pub fn client_certificate(&self) -> ClientCertificate {
        ClientCertificate
    }

    /// A token that the emulated federated identity issuer signs, valid for ten minutes: the assertion of
    /// [`FEDERATED_APP`] for one of its registered issuers and subjects, or of anything else that a test wants refused.
    ///
    /// # Errors
    /// Signing failed.
    pub fn federated_token(&self, issuer: &str, subject: &str) -> io::Result<String> {
        self.federated_token_for(issuer, subject, "api://AzureADTokenExchange")
    }

    /// [`Emulator::federated_token`] for another audience.
    ///
    /// # Errors
    /// Signing failed.
    pub fn federated_token_for(&self, issuer: &str, subject: &str, audience: &str) -> io::Result<String> {
        let claims = oidc::federated_claims(&self.state, issuer, subject, audience);
        self.state.keys.issuer.sign(&claims)
    }

    /// The key behind [`Emulator::federated_token`], in PEM, for tests that sign tokens of their own.
    #[must_use]
    pub fn federated_key_pem(&self) -> String {
        keys::issuer_key_pem()
    }

    /// All users.
    #[must_use]
    pub fn users(&self) -> &[User] {
        &self.state.directory.users
    }

    /// All managed identities.
    #[must_use]
    pub fn managed_identities(&self) -> &[ManagedIdentity] {
        &self.state.directory.identities
    }
}

/// What a test may change while it runs.
impl Emulator {
    /// Queues a fault for the next requests that it applies to.
    pub fn fail(&self, fault: Fault) {
        self.state.faults.push(fault);
    }

    /// Forgets the faults that have not happened yet.
    pub fn clear_faults(&self) {
        self.state.faults.clear();
    }

    /// The lifetime of the tokens issued from now on. Default: an hour, or a day for clients that handle claims
    /// challenges.
    pub fn set_lifetime(&self, lifetime: Duration) {
        self.state.settings().lifetime = Some(lifetime);
    }

    /// `refresh_in` of the answers from now on. Default: `None`, absent.
    pub fn set_refresh_in(&self, refresh_in: Option<Duration>) {
        self.state.settings().refresh_in = refresh_in;
    }

    /// Whether a client assertion may be used more than once. Default: no, though Entra itself is lenient: a replayed
    /// `jti` is a defect worth finding.
    pub fn allow_assertion_reuse(&self, allow: bool) {
        self.state.settings().reuse = allow;
    }

    /// Moves the emulator's clock by so many seconds, on top of earlier moves. Clients keep their own time.
    pub fn move_clock(&self, seconds: i64) {
        self.state.clock.move_by(seconds);
    }
}

/// What happened.
impl Emulator {
    /// The requests received so far, oldest first; the last 10,000.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.log.all()
    }

    /// How many requests of any kind were received.
    #[must_use]
    pub fn request_count(&self) -> u64 {
        self.state.log.counts().0
    }

    /// How many of them asked for tokens, refused ones included.
    #[must_use]
    pub fn token_requests(&self) -> u64 {
        self.state.log.counts().1
    }

    /// Forgets the requests and starts counting at zero.
    pub fn clear_requests(&self) {
        self.state.log.clear();
    }

    /// How many connections were accepted.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.tls.accepted() + self.plain.accepted()
    }
}

/// Under which names a client may know the TLS port: with the port, or without it where names are mapped to loopback.
fn hosts(port: u16, names: &[String]) -> Vec<String> {
    let own = ["localhost", "127.0.0.1", "[::1]"].into_iter().map(|name| format!("{name}:{port}"));
    own.chain(names.iter().flat_map(|name| [name.clone(), format!("{name}:{port}")])).collect()
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("authority", &self.authority()).finish_non_exhaustive()
    }
}
