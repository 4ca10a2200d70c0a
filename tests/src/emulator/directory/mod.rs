//! What the emulated Entra knows: tenants, applications, users, managed identities, resources.

mod app;
mod defaults;
mod federated;
mod identity;
mod resource;
mod tenant;
mod user;

pub use app::App;
pub use defaults::{
    CERTIFICATE_APP, CONDITIONAL_ACCESS_APP, FEDERATED_APP, MULTI_TENANT_APP, PUBLIC_APP, SECRET_APP,
    SUBJECT_NAME_APP, VSCODE_APP,
};
pub use federated::FederatedCredential;
pub use identity::ManagedIdentity;
pub use resource::{Resource, TokenVersion};
pub use tenant::Tenant;
pub use user::User;

pub(super) use resource::Audience;

use super::token::EntraError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use serde_json::json;

/// All registrations; fixed once the emulator runs.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    pub(super) tenants: Vec<Tenant>,
    pub(super) apps: Vec<App>,
    pub(super) users: Vec<User>,
    pub(super) identities: Vec<ManagedIdentity>,
    pub(super) resources: Vec<Resource>,
}

impl Directory {
    /// By id or verified domain, in any case.
    pub(super) fn tenant(&self, name: &str) -> Option<&Tenant> {
        self.tenants.iter().find(|tenant| tenant.is_called(name))
    }

    /// The tenant that owns everything registered without one.
    pub(super) fn home(&self) -> &Tenant {
        static NONE: std::sync::OnceLock<Tenant> = std::sync::OnceLock::new();
        // The builder refuses a directory without tenants.
        self.tenants.first().unwrap_or_else(|| NONE.get_or_init(|| Tenant::new("")))
    }

    pub(super) fn app(&self, client_id: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.client_id().eq_ignore_ascii_case(client_id))
    }

    /// Whether the application exists in the tenant: its own one, or any if it is multi-tenant.
    pub(super) fn is_in(&self, app: &App, tenant: &Tenant) -> bool {
        app.is_multi_tenant() || tenant.is_called(app.tenant_id().unwrap_or_else(|| self.home().id()))
    }

    pub(super) fn user(&self, username: &str) -> Option<&User> {
        self.users.iter().find(|user| user.username().eq_ignore_ascii_case(username))
    }

    pub(super) fn user_with_object_id(&self, object_id: &str, tenant_id: &str) -> Option<&User> {
        let tenant = self.tenant(tenant_id)?;
        self.users.iter().find(|user| self.object_id_in(user, tenant) == object_id)
    }

    /// # Errors
    /// No such user (50034), or another password (50126).
    pub(super) fn sign_in(&self, username: &str, password: &str) -> Result<&User, EntraError> {
        let user = self.user(username).ok_or_else(|| EntraError::unknown_user(username, self.home()))?;
        if user.password() == password {
            return Ok(user);
        }
        Err(EntraError::grant(50_126, "Error validating credentials due to invalid username or password."))
    }

    /// Whether the user is known in the tenant, as a member or as a guest.
    pub(super) fn has_member(&self, tenant: &Tenant, user: &User) -> bool {
        self.tenant_of(user).id() == tenant.id() || user.guest_in_ids().iter().any(|id| tenant.is_called(id))
    }

    /// A guest has another object id than at home.
    pub(super) fn object_id_in(&self, user: &User, tenant: &Tenant) -> String {
        if self.tenant_of(user).id() == tenant.id() {
            user.object_id()
        } else {
            derived_id(&["guest", user.username(), tenant.id()])
        }
    }

    /// `client_info`: base64url of the account's object id and tenant at home.
    pub(super) fn client_info(&self, user: &User) -> String {
        let info = json!({ "uid": user.object_id(), "utid": self.tenant_of(user).id() });
        URL_SAFE_NO_PAD.encode(info.to_string())
    }

    /// The tenant that the user belongs to.
    pub(super) fn tenant_of(&self, user: &User) -> &Tenant {
        user.tenant_id().and_then(|id| self.tenant(id)).unwrap_or_else(|| self.home())
    }

    /// All names of one audience: tokens of version 2 show the resource's application id instead of its identifier.
    pub(super) fn audience_names(&self, identifier: &str) -> Vec<String> {
        let mut names = vec![identifier.to_owned()];
        names.extend(self.audience(identifier).map(|audience| audience.app_id));
        names
    }

    /// What `aud` will be for a resource identifier; registered applications are resources too.
    pub(super) fn audience(&self, identifier: &str) -> Option<Audience> {
        if let Some(resource) = self.resources.iter().find(|resource| resource.is_called(identifier)) {
            return Some(resource.audience(identifier));
        }
        let bare = identifier.trim_end_matches('/');
        let client_id = bare.strip_prefix("api://").unwrap_or(bare);
        self.app(client_id).map(|app| Audience::version_2(app.client_id()))
    }
}

/// An object id that is the same in every run: derived from what names the object.
pub(super) fn derived_id(parts: &[&str]) -> String {
    let hash = digest::digest(&digest::SHA256, parts.join("\n").to_ascii_lowercase().as_bytes());
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash.as_ref()) {
        *to = *from;
    }
    super::uuid::format(bytes)
}
