//! What a user is to the emulator: names, a password and an object id.

use super::derived_id;
use std::fmt;

/// A person who can sign in.
#[derive(Clone)]
pub struct User {
    username: String,
    password: String,
    name: String,
    tenant_id: Option<String>,
    guest_in: Vec<String>,
}

impl User {
    /// A member of the emulator's first tenant. `username` is the user principal name, such as `user@contoso.example`.
    #[must_use]
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            username: username.into(),
            password: password.into(),
            name: "Test User".into(),
            tenant_id: None,
            guest_in: Vec::new(),
        }
    }

    /// The tenant that the user belongs to, by id.
    #[must_use]
    pub fn tenant(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant_id.into());
        self
    }

    /// Makes the user a guest of another tenant, by id.
    #[must_use]
    pub fn guest_in(mut self, tenant_id: impl Into<String>) -> Self {
        self.guest_in.push(tenant_id.into());
        self
    }

    /// The display name. Default: "Test User".
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The user principal name.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The throw-away password.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The object id in the user's own tenant, as tokens show it in `oid`.
    #[must_use]
    pub fn object_id(&self) -> String {
        derived_id(&["user", &self.username])
    }

    pub(in super::super) fn tenant_id(&self) -> Option<&str> {
        self.tenant_id.as_deref()
    }

    pub(in super::super) fn guest_in_ids(&self) -> &[String] {
        &self.guest_in
    }

    pub(in super::super) fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("username", &self.username).finish_non_exhaustive()
    }
}
