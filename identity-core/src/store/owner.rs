//! Whose entries a credential may use in a cache that many share.

use crate::Authority;

/// Which entries of a persistent cache belong to a credential.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Owner {
    /// The application; for on-behalf-of with the hash of the assertion, so that nobody's tokens meet.
    pub client_id: String,
    /// The sign-in service.
    pub authority: Authority,
    /// The tenant segment of the token endpoint.
    pub tenant: String,
    /// Who holds the tokens.
    pub holder: Holder,
    /// Whether the refresh tokens of other applications of the same family serve as well.
    pub family: bool,
}

/// Who holds the tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holder {
    /// The application itself.
    Application,
    /// The person with this home account id.
    Person(String),
    /// The one person whom other programs signed in, in a way that shares the sign-in, by name and tenant where given.
    Shared {
        /// The name that the person signs in with.
        username: Option<String>,
        /// The tenant that the account belongs to.
        tenant_id: Option<String>,
    },
    /// A person who is not known yet: nothing can be found, and what comes is kept.
    Unknown,
    /// Whoever sent the assertion that is part of the client id.
    Assertion,
}

impl Owner {
    /// The owner of entries.
    pub fn new(
        client_id: impl Into<String>,
        authority: Authority,
        tenant: impl Into<String>,
        holder: Holder,
    ) -> Self {
        Self { client_id: client_id.into(), authority, tenant: tenant.into(), holder, family: false }
    }
}
