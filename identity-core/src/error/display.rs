//! How an error reads: credential, message, what identifies the answer, remedy; a chain lists its members.

use std::fmt;

use super::{Error, ErrorKind};
use crate::moment::Seconds;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.credential() {
            Some(chain) if self.kind() == ErrorKind::Chain => {
                write!(f, "{chain} failed to retrieve a token from the included credentials: ")?;
            }
            Some(credential) => write!(f, "{credential}: ")?,
            None => {}
        }
        f.write_str(self.message())?;
        self.details(f)?;
        if let Some(remedy) = self.own_remedy() {
            write!(f, "; {remedy}")?;
        }
        for attempt in self.attempts() {
            // A nested chain brings several lines: keep them visibly inside.
            let outcome = if attempt.is_unavailable() { "skipped" } else { "failed" };
            write!(f, "\n  - {outcome}: {}", attempt.to_string().replace('\n', "\n  "))?;
        }
        Ok(())
    }
}

impl Error {
    fn details(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(service) = self.own_service() else { return Ok(()) };
        write!(f, " (HTTP {}", service.status.as_u16())?;
        if let Some(id) = &service.correlation_id {
            write!(f, ", correlation id {id}")?;
        }
        if let Some(id) = &service.trace_id {
            write!(f, ", trace id {id}")?;
        }
        if let Some(delay) = service.retry_after {
            write!(f, ", retry after {}", Seconds(delay))?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &self.kind()).field("message", &self.message());
        if let Some(credential) = self.credential() {
            debug.field("credential", &credential);
        }
        if let Some(service) = self.own_service() {
            debug.field("service", service);
        }
        if !self.attempts().is_empty() {
            debug.field("attempts", &self.attempts());
        }
        if let Some(source) = std::error::Error::source(self) {
            debug.field("source", &source.to_string());
        }
        debug.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceError;
    use http::StatusCode;

    #[test]
    fn one_line_is_enough_to_act_on() {
        let body = br#"{"error":"invalid_client","error_description":"AADSTS7000222: expired","correlation_id":"c"}"#;
        let service = ServiceError::read(StatusCode::UNAUTHORIZED, body, &[]);
        let error =
            Error::authentication("refused").with_service(service).of_credential("ClientSecretCredential");
        assert_eq!(
            error.to_string(),
            "ClientSecretCredential: refused (HTTP 401, correlation id c); \
             the client secret has expired: create a new one for the application"
        );
    }

    #[test]
    fn a_chain_lists_its_members() {
        let inner = Error::chain(
            "no credential in the chain gave a token",
            vec![Error::unavailable("a").of_credential("A")],
        );
        let error =
            Error::chain("no credential in the chain gave a token", vec![inner, Error::unavailable("b")]);
        assert_eq!(error.to_string().lines().count(), 4);
    }
}
