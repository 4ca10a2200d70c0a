//! Configuration of an emulator before it starts.

use super::Emulator;
use super::directory::{App, Directory, ManagedIdentity, Resource, Tenant, User};
use super::sign_in::SignInPage;
use std::io;
use std::path::PathBuf;

/// Chooses what an emulator knows.
///
/// Tenants, applications, users and resources that are added come before the defaults, which stay: the first tenant owns
/// all that names no other, and one with the id of a default takes its place. Managed identities replace the defaults,
/// because how many there are changes what hosts answer.
#[derive(Clone, Debug, Default)]
#[must_use = "call start"]
pub struct Builder {
    tenants: Vec<Tenant>,
    apps: Vec<App>,
    users: Vec<User>,
    identities: Vec<ManagedIdentity>,
    resources: Vec<Resource>,
    pub(super) server_names: Vec<String>,
    pub(super) sign_in_page: SignInPage,
    pub(super) arc_keys: Option<PathBuf>,
    pub(super) port: u16,
}

impl Builder {
    /// Adds a tenant.
    pub fn tenant(mut self, tenant: Tenant) -> Self {
        self.tenants.push(tenant);
        self
    }

    /// Adds an application.
    pub fn app(mut self, app: App) -> Self {
        self.apps.push(app);
        self
    }

    /// Adds a user.
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// Adds a managed identity of the emulated host; the default ones are not there then.
    pub fn managed_identity(mut self, identity: ManagedIdentity) -> Self {
        self.identities.push(identity);
        self
    }

    /// Adds a resource that tokens can be asked for. Azure Resource Manager, Key Vault, Storage and Microsoft Graph are
    /// always there, and every application is the resource `api://{client id}`.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resources.push(resource);
        self
    }

    /// Adds a DNS name to the server's certificate, for clients that resolve that name to loopback.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_names.push(name.into());
        self
    }

    /// Where the Azure Arc endpoint writes its key files, the counterpart of `/var/opt/azcmagent/tokens`. Default: a
    /// directory of its own in the temporary directory, made when it is needed and removed with the emulator.
    pub fn arc_key_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.arc_keys = Some(directory.into());
        self
    }

    /// What the authorize endpoint shows at first; see [`Emulator::set_sign_in_page`].
    pub fn sign_in_page(mut self, page: SignInPage) -> Self {
        self.sign_in_page = page;
        self
    }

    /// The TLS port. Default: a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts the emulator.
    ///
    /// # Errors
    /// The port is taken, or no thread could be started.
    pub fn start(self) -> io::Result<Emulator> {
        Emulator::run(&self)
    }

    pub(super) fn directory(&self) -> io::Result<Directory> {
        let mut directory = Directory::with_defaults().map_err(io::Error::other)?;
        prepend(&mut directory.tenants, &self.tenants, Tenant::id);
        prepend(&mut directory.apps, &self.apps, App::client_id);
        prepend(&mut directory.users, &self.users, User::username);
        prepend(&mut directory.resources, &self.resources, Resource::app_id);
        if !self.identities.is_empty() {
            directory.identities.clone_from(&self.identities);
        }
        Ok(directory)
    }
}

/// What was given comes first, then the defaults that have another id.
fn prepend<T: Clone>(defaults: &mut Vec<T>, given: &[T], id: fn(&T) -> &str) {
    defaults.retain(|default| !given.iter().any(|one| id(one).eq_ignore_ascii_case(id(default))));
    defaults.splice(..0, given.iter().cloned());
}
