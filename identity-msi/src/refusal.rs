//! What a host means when it refuses: identity not found, several identities, invalid resource.

use std::fmt;

use identity_core::{Error, ServiceError};

/// Why a host that has managed identities gave no token, as far as its answer tells.
///
/// It is the [source](std::error::Error::source) of the error; [`Refusal::of`] finds it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The requested identity is not assigned to this resource, or none is.
    IdentityNotFound,
    /// Several user-assigned identities exist, and the request named none.
    SeveralIdentities,
    /// The scope names a resource that does not exist in the tenant or takes no managed identities.
    InvalidResource,
}

impl Refusal {
    /// The refusal behind an error.
    #[inline]
    pub fn of(error: &Error) -> Option<Self> {
        std::error::Error::source(error)?.downcast_ref().copied()
    }

    /// Reads the answer of a host.
    #[inline]
    pub(crate) fn read(service: &ServiceError) -> Option<Self> {
        let code = service.error.as_deref().unwrap_or_default().to_ascii_lowercase();
        let text = service.description.as_deref().unwrap_or_default().to_ascii_lowercase();
        let says = |words: &str| text.contains(words);
        if says("multiple user assigned identities") || says("multiple user-assigned identities") {
            Some(Self::SeveralIdentities)
        } else if code == "managedidentitynotfound"
            || says("identity not found")
            || says("managed identity found for")
            || says("identity isn't assigned")
        {
            Some(Self::IdentityNotFound)
        } else if matches!(code.as_str(), "invalid_resource" | "audiencenotsupported")
            || service.codes.contains(&500_011)
        {
            Some(Self::InvalidResource)
        } else {
            None
        }
    }

    /// What to do about it.
    #[inline]
    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::IdentityNotFound => "assign the identity to this resource, or correct its id",
            Self::SeveralIdentities => "name the identity with ManagedIdentity::user_assigned",
            Self::InvalidResource => "check the scope, which has the form {resource}/.default",
        }
    }
}

impl fmt::Display for Refusal {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IdentityNotFound => "the identity is not assigned to this resource",
            Self::SeveralIdentities => "several user-assigned identities exist, and none was named",
            Self::InvalidResource => "the resource is not known",
        })
    }
}

impl std::error::Error for Refusal {}
