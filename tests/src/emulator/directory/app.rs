//! Application registrations.

use super::super::keys::Certificate;
use super::{FederatedCredential, Tenant, derived_id};
use std::fmt;

/// An application and the credentials that it has registered.
///
/// ```
/// use identity_testing::emulator::App;
/// let app = App::new("0c4c5ac8-5b0a-4d0e-8f5a-3f5b0a4d0e8f").secret("not-a-real-secret").role("Files.Read.All");
/// assert_eq!(app.secrets().next(), Some("not-a-real-secret"));
/// ```
#[derive(Clone)]
pub struct App {
    client_id: String,
    tenant_id: Option<String>,
    multi_tenant: bool,
    public: bool,
    family: bool,
    conditional_access: bool,
    secrets: Vec<String>,
    expired_secrets: Vec<String>,
    certificates: Vec<Certificate>,
    subject_names: Vec<(String, Certificate)>,
    federated: Vec<FederatedCredential>,
    redirect_uris: Vec<String>,
    roles: Vec<String>,
    assertion_audiences: Vec<String>,
}

impl App {
    /// A single-tenant application of the emulator's first tenant, without credentials.
    #[must_use]
    pub fn new(client_id: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            tenant_id: None,
            multi_tenant: false,
            public: false,
            family: false,
            conditional_access: false,
            secrets: Vec::new(),
            expired_secrets: Vec::new(),
            certificates: Vec::new(),
            subject_names: Vec::new(),
            federated: Vec::new(),
            redirect_uris: Vec::new(),
            roles: Vec::new(),
            assertion_audiences: Vec::new(),
        }
    }

    /// The tenant that owns it, by id. Default: the emulator's first one.
    #[must_use]
    pub fn tenant(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant_id.into());
        self
    }

    /// Known in every tenant, also through `organizations` and `common`.
    #[must_use]
    pub fn multi_tenant(mut self) -> Self {
        self.multi_tenant = true;
        self
    }

    /// A public client (desktop, command line): signs in users without a credential of its own.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// A member of the family of Microsoft's public clients, which may use each other's refresh tokens (`foci`).
    #[must_use]
    pub fn family(mut self) -> Self {
        self.family = true;
        self
    }

    /// Adds a client secret.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Adds a client secret that has expired: AADSTS7000222.
    #[must_use]
    pub fn expired_secret(mut self, secret: impl Into<String>) -> Self {
        self.expired_secrets.push(secret.into());
        self
    }

    /// Registers a certificate by its thumbprint.
    #[must_use]
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.certificates.push(certificate);
        self
    }

    /// Accepts every certificate of this subject common name that `authority` issued. Assertions must then carry their
    /// chain (`x5c`).
    #[must_use]
    pub fn subject_name(mut self, common_name: impl Into<String>, authority: Certificate) -> Self {
        self.subject_names.push((common_name.into(), authority));
        self
    }

    /// Adds a federated identity credential.
    #[must_use]
    pub fn federated(mut self, credential: FederatedCredential) -> Self {
        self.federated.push(credential);
        self
    }

    /// Adds a redirect URI. `http://localhost` allows every port.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Adds an application permission, which tokens show in `roles`.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// On-behalf-of accepts user tokens for this audience as well as those for the application itself.
    #[must_use]
    pub fn accepts_assertions_for(mut self, audience: impl Into<String>) -> Self {
        self.assertion_audiences.push(audience.into());
        self
    }

    /// A Conditional Access policy applies: token requests are answered `interaction_required` with `claims`, until a
    /// request carries these claims.
    #[must_use]
    pub fn conditional_access(mut self) -> Self {
        self.conditional_access = true;
        self
    }

    /// The application (client) id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The client secrets that work.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }

    /// The object id of its service principal in a tenant, as tokens show it in `oid`.
    #[must_use]
    pub fn object_id_in(&self, tenant: &Tenant) -> String {
        derived_id(&["service principal", &self.client_id, tenant.id()])
    }
}

/// What the endpoints ask.
impl App {
    pub(in super::super) fn tenant_id(&self) -> Option<&str> {
        self.tenant_id.as_deref()
    }

    pub(in super::super) fn is_multi_tenant(&self) -> bool {
        self.multi_tenant
    }

    pub(in super::super) fn is_public(&self) -> bool {
        self.public
    }

    pub(in super::super) fn is_in_family(&self) -> bool {
        self.family
    }

    pub(in super::super) fn has_conditional_access(&self) -> bool {
        self.conditional_access
    }

    pub(in super::super) fn has_secret(&self, secret: &str) -> bool {
        self.secrets.iter().any(|known| known == secret)
    }

    pub(in super::super) fn has_expired_secret(&self, secret: &str) -> bool {
        self.expired_secrets.iter().any(|known| known == secret)
    }

    pub(in super::super) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    pub(in super::super) fn subject_names(&self) -> &[(String, Certificate)] {
        &self.subject_names
    }

    pub(in super::super) fn federated_credentials(&self) -> &[FederatedCredential] {
        &self.federated
    }

    pub(in super::super) fn roles(&self) -> &[String] {
        &self.roles
    }

    pub(in super::super) fn redirect_uris(&self) -> &[String] {
        &self.redirect_uris
    }

    /// Exact, but for a final slash and the port of `localhost`.
    pub(in super::super) fn allows_redirect(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| comparable(registered) == comparable(uri))
    }

    pub(in super::super) fn assertion_audiences(&self) -> &[String] {
        &self.assertion_audiences
    }
}

fn comparable(uri: &str) -> String {
    const LOCAL: &str = "http://localhost";
    let bare = uri.trim_end_matches('/');
    match bare.strip_prefix(LOCAL).and_then(|rest| rest.strip_prefix(':')) {
        Some(port_and_path) => {
            LOCAL.to_owned() + port_and_path.trim_start_matches(|c: char| c.is_ascii_digit())
        }
        None => bare.to_owned(),
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("client_id", &self.client_id)
            .field("multi_tenant", &self.multi_tenant)
            .field("public", &self.public)
            .field("secrets", &self.secrets.len())
            .field("certificates", &self.certificates)
            .field("federated", &self.federated)
            .finish_non_exhaustive()
    }
}
