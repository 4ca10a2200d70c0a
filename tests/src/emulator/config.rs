//! Configuration of an emulator by a JSON file, for those who run it as a program.

use super::keys::{Certificate, InvalidKey, PublicKey};
use super::{
    App, Builder, FederatedCredential, ManagedIdentity, Resource, SignInPage, Tenant, TokenVersion, User,
};
use serde::Deserialize;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

impl Builder {
    /// Adds what a JSON file says; its members are named as in [`Emulator::describe`](super::Emulator::describe), all
    /// of them optional:
    ///
    /// ```json
    /// {
    ///   "port": 8443,
    ///   "server_names": ["login.example"],
    ///   "arc_key_directory": "/var/opt/azcmagent/tokens",
    ///   "sign_in_page": "self-submitting",
    ///   "tenants": [{ "id": "…", "name": "Corp", "domains": ["corp.example"] }],
    ///   "applications": [{
    ///     "client_id": "…", "tenant_id": "…", "multi_tenant": false, "public": false, "conditional_access": false,
    ///     "secrets": ["…"], "certificate_files": ["client.crt"], "redirect_uris": ["http://localhost"],
    ///     "subject_names": [{ "name": "client.example", "authority_file": "ca.crt" }],
    ///     "federated_credentials": [{ "issuer": "…", "subject": "…", "audience": "…", "key_file": "issuer.crt" }],
    ///     "roles": ["…"], "assertion_audiences": ["https://vault.azure.net"]
    ///   }],
    ///   "users": [{ "username": "…", "password": "…", "name": "…", "tenant_id": "…", "guest_in": ["…"] }],
    ///   "managed_identities": [{ "client_id": "…", "object_id": "…", "resource_id": "…" }],
    ///   "resources": [{ "app_id": "…", "identifiers": ["api://…"], "version": 2 }]
    /// }
    /// ```
    ///
    /// Files are PEM, relative to the directory of the configuration. A federated credential without a key file trusts
    /// the emulator's own issuer key; a managed identity without a resource id is the system-assigned one.
    ///
    /// # Errors
    /// The file or one that it names cannot be read, or a member is unknown or of the wrong type; the error names it.
    pub fn config_file(self, path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path).map_err(|e| named(path, e.kind(), &e))?;
        let config: Config =
            serde_json::from_str(&text).map_err(|e| named(path, ErrorKind::InvalidData, &e))?;
        config.apply(self, path.parent().unwrap_or(Path::new(".")))
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    port: u16,
    server_names: Vec<String>,
    arc_key_directory: Option<PathBuf>,
    sign_in_page: Option<SignInPage>,
    tenants: Vec<TenantConfig>,
    applications: Vec<AppConfig>,
    users: Vec<UserConfig>,
    managed_identities: Vec<IdentityConfig>,
    resources: Vec<ResourceConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantConfig {
    id: String,
    name: Option<String>,
    #[serde(default)]
    domains: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AppConfig {
    client_id: String,
    tenant_id: Option<String>,
    multi_tenant: bool,
    public: bool,
    conditional_access: bool,
    secrets: Vec<String>,
    certificate_files: Vec<PathBuf>,
    subject_names: Vec<SubjectNameConfig>,
    federated_credentials: Vec<FederatedConfig>,
    redirect_uris: Vec<String>,
    roles: Vec<String>,
    assertion_audiences: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectNameConfig {
    name: String,
    authority_file: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FederatedConfig {
    issuer: String,
    subject: String,
    audience: Option<String>,
    key_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserConfig {
    username: String,
    password: String,
    name: Option<String>,
    tenant_id: Option<String>,
    #[serde(default)]
    guest_in: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityConfig {
    client_id: String,
    object_id: String,
    resource_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceConfig {
    app_id: String,
    identifiers: Vec<String>,
    version: Option<u8>,
}

impl Config {
    fn apply(self, mut builder: Builder, files: &Path) -> io::Result<Builder> {
        if self.port != 0 {
            builder = builder.port(self.port);
        }
        if let Some(directory) = self.arc_key_directory {
            builder = builder.arc_key_directory(files.join(directory));
        }
        builder = self.server_names.into_iter().fold(builder, Builder::server_name);
        builder = self.sign_in_page.into_iter().fold(builder, Builder::sign_in_page);
        for tenant in self.tenants {
            let named = tenant.name.into_iter().fold(Tenant::new(tenant.id), Tenant::name);
            builder = builder.tenant(tenant.domains.into_iter().fold(named, Tenant::domain));
        }
        for app in self.applications {
            builder = builder.app(app.build(files)?);
        }
        for user in self.users {
            let person = User::new(user.username, user.password);
            let person = user.name.into_iter().fold(person, User::display_name);
            let person = user.tenant_id.into_iter().fold(person, User::tenant);
            builder = builder.user(user.guest_in.into_iter().fold(person, User::guest_in));
        }
        for IdentityConfig { client_id, object_id, resource_id } in self.managed_identities {
            builder = builder.managed_identity(match resource_id {
                Some(id) => ManagedIdentity::user_assigned(client_id, object_id, id),
                None => ManagedIdentity::system_assigned(client_id, object_id),
            });
        }
        for resource in self.resources {
            let version = if resource.version == Some(2) { TokenVersion::V2 } else { TokenVersion::V1 };
            let one = Resource::new(resource.app_id.clone(), resource.app_id).version(version);
            builder = builder.resource(resource.identifiers.into_iter().fold(one, Resource::identifier));
        }
        Ok(builder)
    }
}

impl AppConfig {
    fn build(self, files: &Path) -> io::Result<App> {
        if self.client_id.is_empty() {
            let text = "applications: `client_id` is missing";
            return Err(io::Error::new(ErrorKind::InvalidData, text));
        }
        let mut app = App::new(self.client_id);
        for (wanted, mark) in [
            (self.multi_tenant, App::multi_tenant as fn(App) -> App),
            (self.public, App::public),
            (self.conditional_access, App::conditional_access),
        ] {
            app = if wanted { mark(app) } else { app };
        }
        app = self.tenant_id.into_iter().fold(app, App::tenant);
        app = self.secrets.into_iter().fold(app, App::secret);
        app = self.redirect_uris.into_iter().fold(app, App::redirect_uri);
        app = self.roles.into_iter().fold(app, App::role);
        app = self.assertion_audiences.into_iter().fold(app, App::accepts_assertions_for);
        for file in self.certificate_files {
            app = app.certificate(read(files, &file, Certificate::from_pem)?);
        }
        for SubjectNameConfig { name, authority_file } in self.subject_names {
            app = app.subject_name(name, read(files, &authority_file, Certificate::from_pem)?);
        }
        for credential in self.federated_credentials {
            let FederatedConfig { issuer, subject, audience, key_file } = credential;
            let one = match key_file {
                None => FederatedCredential::new(issuer, subject),
                Some(file) => {
                    FederatedCredential::with_key(issuer, subject, read(files, &file, PublicKey::from_pem)?)
                }
            };
            app = app.federated(audience.into_iter().fold(one, FederatedCredential::audience));
        }
        Ok(app)
    }
}

fn read<T>(directory: &Path, file: &Path, parse: fn(&str) -> Result<T, InvalidKey>) -> io::Result<T> {
    let path = directory.join(file);
    let text = fs::read_to_string(&path).map_err(|e| named(&path, e.kind(), &e))?;
    parse(&text).map_err(|e| named(&path, ErrorKind::InvalidData, &e))
}

fn named(path: &Path, kind: ErrorKind, problem: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(kind, format!("{}: {problem}", path.display()))
}
