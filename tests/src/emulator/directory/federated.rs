//! Federated identity credentials of applications.

use super::super::keys::PublicKey;

/// Trust in the tokens of another issuer, for one subject.
#[derive(Clone, Debug)]
pub struct FederatedCredential {
    issuer: Issuer,
    subject: String,
    audience: String,
}

#[derive(Clone, Debug)]
enum Issuer {
    /// The emulator's own issuer key stands behind this name.
    Emulated(String),
    Other(String, PublicKey),
    /// The emulated Entra itself, for tokens of managed identities.
    Entra,
}

impl FederatedCredential {
    /// Tokens of `issuer` about `subject` for the audience `api://AzureADTokenExchange`, signed by the emulator's own
    /// issuer key, whatever name the issuer has: see [`Emulator::federated_token`](crate::emulator::Emulator::federated_token).
    #[must_use]
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self::of(Issuer::Emulated(issuer.into()), subject.into())
    }

    /// The same, signed by a key of the test's own.
    #[must_use]
    pub fn with_key(issuer: impl Into<String>, subject: impl Into<String>, key: PublicKey) -> Self {
        Self::of(Issuer::Other(issuer.into(), key), subject.into())
    }

    /// Tokens that the emulated Entra issues to the managed identity of this object id.
    #[must_use]
    pub fn managed_identity(object_id: impl Into<String>) -> Self {
        Self::of(Issuer::Entra, object_id.into())
    }

    /// Another audience than `api://AzureADTokenExchange`.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    fn of(issuer: Issuer, subject: String) -> Self {
        Self { issuer, subject, audience: "api://AzureADTokenExchange".into() }
    }
}

/// What the token endpoint asks.
impl FederatedCredential {
    /// Whether the emulator's own issuer key stands behind it.
    pub(in super::super) fn is_emulated(&self) -> bool {
        matches!(self.issuer, Issuer::Emulated(_))
    }

    /// `entra` is the issuer name of the emulated Entra.
    pub(in super::super) fn issuer<'a>(&'a self, entra: &'a str) -> &'a str {
        match &self.issuer {
            Issuer::Emulated(name) | Issuer::Other(name, _) => name,
            Issuer::Entra => entra,
        }
    }

    pub(in super::super) fn subject(&self) -> &str {
        &self.subject
    }

    pub(in super::super) fn expected_audience(&self) -> &str {
        &self.audience
    }

    /// The key among the issuer's, the emulated issuer's and Entra's own that must have signed.
    pub(in super::super) fn key<'a>(
        &'a self,
        emulated: &'a PublicKey,
        entra: &'a PublicKey,
    ) -> &'a PublicKey {
        match &self.issuer {
            Issuer::Emulated(_) => emulated,
            Issuer::Other(_, key) => key,
            Issuer::Entra => entra,
        }
    }
}
