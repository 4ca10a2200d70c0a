//! The one error type of both flavours: what is known of a failure, as typed fields, and one line a person can act on.

mod aadsts;
mod display;
mod known;
mod service;
mod tool;

use std::fmt;
use std::sync::Arc;

pub use service::ServiceError;
pub use tool::ToolFailure;

use crate::Secret;
use crate::effect::TransportError;
use crate::oauth::redact;

/// The result of everything in this library that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure an [`Error`] is: the question that code asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The credential cannot be used here: nothing is configured, installed or listening. Chains go on.
    Unavailable,
    /// The service, or a tool, answered and refused, or its answer made no sense. Chains stop.
    Authentication,
    /// A person must sign in, with the scopes and claims that the error carries.
    InteractionRequired,
    /// The request names a tenant that the credential may not use.
    TenantNotAllowed,
    /// The caller passed something that cannot work; nothing was sent.
    InvalidArgument,
    /// No answer: connection, TLS, reading.
    Transport,
    /// The deadline of the call passed.
    TimedOut,
    /// The credential was closed.
    Closed,
    /// Every member of a chain was skipped or one of them failed; see [`Error::attempts`].
    Chain,
    /// A token was issued, but for somebody else than the credential was told to expect.
    WrongIdentity,
}

/// Why there is no token. Cheap to clone: callers who waited for the same request get the same error.
#[derive(Clone)]
pub struct Error(Arc<Repr>);

#[derive(Clone)]
struct Repr {
    kind: ErrorKind,
    message: String,
    credential: Option<Arc<str>>,
    service: Option<Box<ServiceError>>,
    scopes: Vec<String>,
    claims: Option<String>,
    /// Where it is known better than by the kind.
    transient: Option<bool>,
    attempts: Vec<Error>,
    tool: Option<ToolFailure>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of the given kind with a message in lower case and without a full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Repr {
            kind,
            message: message.into(),
            credential: None,
            service: None,
            scopes: Vec::new(),
            claims: None,
            transient: None,
            attempts: Vec::new(),
            tool: None,
            source: None,
        }))
    }

    /// [`ErrorKind::Unavailable`].
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, message)
    }

    /// [`ErrorKind::Transport`]; transient unless trying again is of no use.
    pub fn transport(message: impl Into<String>, error: &TransportError) -> Self {
        Self::new(ErrorKind::Transport, message).edit(|repr| repr.transient = Some(error.is_transient()))
    }

    /// [`ErrorKind::Authentication`].
    pub fn authentication(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Authentication, message)
    }

    /// [`ErrorKind::InvalidArgument`].
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, message)
    }

    /// [`ErrorKind::InteractionRequired`] for these scopes and, from a challenge, claims.
    pub fn interaction_required(message: impl Into<String>, scopes: &[&str], claims: Option<&str>) -> Self {
        Self::new(ErrorKind::InteractionRequired, message).edit(|repr| {
            repr.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            repr.claims = claims.map(str::to_owned);
        })
    }

    /// A source was asked before it was configured: only code that calls sources directly can see this.
    pub fn not_configured() -> Self {
        Self::invalid_argument(
            "the source was not configured: build a credential from it, or call `configure` first",
        )
    }

    /// [`ErrorKind::Closed`].
    pub fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the credential was closed")
    }

    /// [`ErrorKind::Chain`]: what each member said, in order.
    pub fn chain(message: impl Into<String>, attempts: Vec<Self>) -> Self {
        Self::new(ErrorKind::Chain, message).edit(|repr| repr.attempts = attempts)
    }

    /// Names the credential that failed, unless a deeper layer already did.
    #[must_use]
    pub fn of_credential(self, name: &str) -> Self {
        if self.0.credential.is_some() {
            self
        } else {
            self.edit(|repr| repr.credential = Some(Arc::from(name)))
        }
    }

    /// The same error with another kind.
    #[must_use]
    pub fn with_kind(self, kind: ErrorKind) -> Self {
        self.edit(|repr| repr.kind = kind)
    }

    /// Marks a failure that passes by itself, such as a file that is just being replaced.
    #[must_use]
    pub fn transient(self) -> Self {
        self.edit(|repr| repr.transient = Some(true))
    }

    /// The same error with text in front of its message.
    #[must_use]
    pub fn context(self, text: impl fmt::Display) -> Self {
        self.edit(|repr| repr.message = format!("{text}: {}", repr.message))
    }

    /// Attaches what the service answered.
    #[must_use]
    pub fn with_service(self, service: ServiceError) -> Self {
        self.edit(|repr| repr.service = Some(Box::new(service)))
    }

    /// Attaches the cause. It is returned by `source()` and therefore not printed by `Display`.
    #[must_use]
    pub fn with_source(self, source: impl Into<Arc<dyn std::error::Error + Send + Sync>>) -> Self {
        self.edit(|repr| repr.source = Some(source.into()))
    }

    /// Hides secrets that were sent in what the other side repeated of them: as they are, percent-encoded, or escaped.
    #[must_use]
    pub fn redacted(self, secrets: &[Secret]) -> Self {
        self.edit(|repr| {
            repr.message = redact::text(&repr.message, secrets);
            if let Some(service) = &mut repr.service {
                service.redact(secrets);
            }
            repr.claims = repr.claims.take().map(|claims| redact::long(&claims, secrets));
            for attempt in &mut repr.attempts {
                *attempt = attempt.clone().redacted(secrets);
            }
        })
    }

    fn edit(mut self, change: impl FnOnce(&mut Repr)) -> Self {
        change(self.repr_mut());
        self
    }

    /// Compiled once, unlike what is generic above it.
    #[inline(never)]
    fn repr_mut(&mut self) -> &mut Repr {
        Arc::make_mut(&mut self.0)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_layer_names_the_credential() {
        let error = Error::unavailable("nothing here").of_credential("Inner").of_credential("Outer");
        assert_eq!(error.credential(), Some("Inner"));
    }

    #[test]
    fn a_cause_is_returned_and_not_printed() {
        let cause = std::io::Error::other("disk on fire");
        let error = Error::unavailable("cannot read x")
            .with_source(Arc::new(cause) as Arc<dyn std::error::Error + Send + Sync>);
        assert!(!error.to_string().contains("fire"));
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("fire"));
    }
}
