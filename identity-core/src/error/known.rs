//! What is known of a failure, for code that asks: that of a chain is known from the member that ended its search.

use std::time::Duration;

use http::StatusCode;

use super::{Error, ErrorKind, ServiceError, aadsts};

impl Error {
    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the credential cannot be used here, so that a chain may go on: not at all, or not without a person
    /// ([`InteractionRequired`](ErrorKind::InteractionRequired)). A chain that found nothing to use is not unavailable
    /// itself, and ends the search of an outer one; ask its [`attempts`](Self::attempts).
    pub fn is_unavailable(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Unavailable | ErrorKind::InteractionRequired)
    }

    /// Whether a person has to sign in, or has to do so again: the kind says so, or the service asks for more than it was
    /// given, as conditional access does. [`claims`](Self::claims) has what to pass on.
    pub fn needs_interaction(&self) -> bool {
        let error = self.decisive();
        let asks = |service: &ServiceError| {
            service.claims.is_some()
                || matches!(
                    service.error.as_deref(),
                    Some("interaction_required" | "login_required" | "consent_required")
                )
        };
        error.0.kind == ErrorKind::InteractionRequired || error.0.service.as_deref().is_some_and(asks)
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match (self.0.kind, self.0.transient) {
            (_, Some(transient)) => transient,
            (ErrorKind::Transport | ErrorKind::TimedOut, None) => true,
            (ErrorKind::Chain, None) => self.0.attempts.last().is_some_and(Self::is_transient),
            _ => self.0.service.as_ref().is_some_and(|service| service.is_transient()),
        }
    }

    /// The error of the member that ended the search of a chain, or else of the first that a person could help; this one
    /// where there is neither.
    pub(super) fn decisive(&self) -> &Self {
        let attempts = &self.0.attempts;
        match attempts.last() {
            Some(last) if !last.is_unavailable() => last.decisive(),
            _ => attempts.iter().find(|it| it.kind() == ErrorKind::InteractionRequired).unwrap_or(self),
        }
    }

    /// What was answered to this very credential, and to no member of it.
    pub(super) fn own_service(&self) -> Option<&ServiceError> {
        self.0.service.as_deref()
    }

    /// The message alone, without credential, status and remedy.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The name of the credential that failed.
    pub fn credential(&self) -> Option<&str> {
        self.0.credential.as_deref()
    }

    /// What the service answered, where it did. This and what follows from it are, for a chain, those of the member that
    /// ended the search, or of the first that needs a person.
    pub fn service(&self) -> Option<&ServiceError> {
        self.decisive().own_service()
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> Option<StatusCode> {
        Some(self.service()?.status)
    }

    /// The OAuth error code, such as `invalid_client` (RFC 6749, section 5.2).
    pub fn oauth_error(&self) -> Option<&str> {
        self.service()?.error.as_deref()
    }

    /// The AADSTS codes, such as 7000215, most specific first.
    pub fn aadsts_codes(&self) -> &[u32] {
        self.service().map_or(&[], |service| &service.codes)
    }

    /// The correlation id, for a support request.
    pub fn correlation_id(&self) -> Option<&str> {
        self.service()?.correlation_id.as_deref()
    }

    /// The trace id, for a support request.
    pub fn trace_id(&self) -> Option<&str> {
        self.service()?.trace_id.as_deref()
    }

    /// How long the service asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.service()?.retry_after
    }

    /// The scopes to sign in for ([`ErrorKind::InteractionRequired`]).
    pub fn scopes(&self) -> &[String] {
        &self.decisive().0.scopes
    }

    /// The claims to sign in with, or the claims challenge in the service's answer.
    pub fn claims(&self) -> Option<&str> {
        let error = self.decisive();
        error.0.claims.as_deref().or_else(|| error.own_service()?.claims.as_deref())
    }

    /// What each member of a chain said, in order.
    pub fn attempts(&self) -> &[Self] {
        &self.0.attempts
    }

    /// What the member of a chain with this name said, such as `AzureCliCredential`.
    pub fn attempt(&self, credential: &str) -> Option<&Self> {
        self.0.attempts.iter().find(|attempt| attempt.credential() == Some(credential))
    }

    /// What to do about it, for the most frequent causes.
    pub fn remedy(&self) -> Option<&'static str> {
        self.decisive().own_remedy()
    }

    pub(super) fn own_remedy(&self) -> Option<&'static str> {
        self.own_service()?.codes.iter().find_map(|code| aadsts::remedy(*code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::{TransportError, TransportErrorKind};

    #[test]
    fn a_chain_speaks_for_the_member_that_ended_its_search() {
        let mut service = ServiceError::of_status(StatusCode::BAD_REQUEST);
        service.error = Some("interaction_required".to_owned());
        service.claims = Some("{}".to_owned());
        service.codes = vec![7_000_222];
        let skipped = Error::unavailable("not here").with_service(ServiceError::of_status(StatusCode::GONE));
        let refused = Error::authentication("refused").with_service(service);
        let inner = Error::chain("none", vec![skipped.clone(), refused]);
        let error = Error::chain("none", vec![inner]);
        assert_eq!(error.status(), Some(StatusCode::BAD_REQUEST));
        assert_eq!(error.claims(), Some("{}"));
        assert!(error.needs_interaction());
        let text = error.to_string();
        assert_eq!(text.matches("HTTP 400").count(), 1, "{text}");
        assert_eq!(text.matches(error.remedy().unwrap()).count(), 1, "{text}");

        let person = Error::interaction_required("sign in", &["scope"], Some("{}"));
        let idle = Error::chain("none", vec![person, skipped.clone()]);
        assert!(idle.needs_interaction());
        assert_eq!((idle.scopes(), idle.claims()), (&["scope".to_owned()][..], Some("{}")));

        let nothing = Error::chain("none", vec![skipped]);
        assert_eq!(nothing.status(), None);
        assert!(!nothing.is_unavailable() && !nothing.needs_interaction());
    }

    #[test]
    fn what_no_second_try_can_change_is_not_transient() {
        for (kind, transient) in [
            (TransportErrorKind::Connect, true),
            (TransportErrorKind::Timeout, true),
            (TransportErrorKind::Unsupported, false),
            (TransportErrorKind::TooLarge, false),
            (TransportErrorKind::Untrusted, false),
        ] {
            let error = Error::transport("no answer", &TransportError::new(kind, "x"));
            assert_eq!(error.is_transient(), transient, "{kind:?}");
        }
    }
}
