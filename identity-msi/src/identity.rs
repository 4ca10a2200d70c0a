//! Which managed identity a token is for: the one of the resource itself, or a user-assigned one by one of its ids.

use std::fmt;

use identity_core::{Error, Result};

/// A user-assigned managed identity, named by exactly one of its three ids.
///
/// Nothing is checked here: an empty id is refused when the credential is built.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserAssigned {
    kind: IdKind,
    id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum IdKind {
    Client,
    Object,
    Resource,
}

impl UserAssigned {
    /// By the client id (application id) of the identity, a GUID.
    #[inline]
    pub fn client_id(id: impl Into<String>) -> Self {
        Self { kind: IdKind::Client, id: id.into() }
    }

    /// By the object id (principal id) of the identity, a GUID.
    #[inline]
    pub fn object_id(id: impl Into<String>) -> Self {
        Self { kind: IdKind::Object, id: id.into() }
    }

    /// By the resource id:
    /// `/subscriptions/.../resourceGroups/.../providers/Microsoft.ManagedIdentity/userAssignedIdentities/...`.
    #[inline]
    pub fn resource_id(id: impl Into<String>) -> Self {
        Self { kind: IdKind::Resource, id: id.into() }
    }

    #[inline]
    pub(crate) const fn kind(&self) -> IdKind {
        self.kind
    }

    #[inline]
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// How it is chosen, without the id.
    #[inline]
    pub(crate) const fn described(&self) -> &'static str {
        match self.kind {
            IdKind::Client => "user-assigned (by its client id)",
            IdKind::Object => "user-assigned (by its object id)",
            IdKind::Resource => "user-assigned (by its resource id)",
        }
    }
}

impl fmt::Display for UserAssigned {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            IdKind::Client => "client id",
            IdKind::Object => "object id",
            IdKind::Resource => "resource id",
        };
        write!(f, "{kind} {}", self.id)
    }
}

/// The choice of an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selector(pub(crate) Option<UserAssigned>);

/// What a host calls the parameter for each kind of id.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    pub(crate) client_id: &'static str,
    pub(crate) object_id: &'static str,
    pub(crate) resource_id: &'static str,
}

impl Selector {
    /// Refuses ids that are empty or cannot be sent.
    #[inline]
    pub(crate) fn validate(&self) -> Result<()> {
        let Some(identity) = &self.0 else { return Ok(()) };
        if identity.id.trim().is_empty() {
            return Err(Error::invalid_argument(
                "the id of the user-assigned identity is empty: pass its client, object or resource id, or use \
                 ManagedIdentity::system_assigned()",
            ));
        }
        if identity.id.chars().any(char::is_control) {
            return Err(Error::invalid_argument(format!(
                "{:?} is not the id of an identity: it holds control characters",
                identity.id
            )));
        }
        Ok(())
    }

    /// The parameter of a token request that names the identity.
    #[inline]
    pub(crate) fn parameter<'a>(&'a self, names: &Names) -> Option<(&'static str, &'a str)> {
        let identity = self.0.as_ref()?;
        let name = match identity.kind {
            IdKind::Client => names.client_id,
            IdKind::Object => names.object_id,
            IdKind::Resource => names.resource_id,
        };
        Some((name, &identity.id))
    }
}

impl fmt::Display for Selector {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("the system-assigned identity"),
            Some(identity) => write!(f, "the user-assigned identity with {identity}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_id_is_refused_with_the_remedy() {
        for id in ["", "  "] {
            let error = Selector(Some(UserAssigned::object_id(id))).validate().unwrap_err();
            assert!(error.to_string().contains("system_assigned()"), "{error}");
        }
        assert!(Selector(Some(UserAssigned::client_id("a\nb"))).validate().is_err());
        assert!(Selector(None).validate().is_ok());
    }

    #[test]
    fn people_read_which_identity_is_meant() {
        assert_eq!(Selector(None).to_string(), "the system-assigned identity");
        let chosen = Selector(Some(UserAssigned::resource_id("/x")));
        assert_eq!(chosen.to_string(), "the user-assigned identity with resource id /x");
    }
}
