//! Why there was no answer, and whether there may be one later.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::{Secret, proxy};

/// Why there was no answer.
#[derive(Clone)]
pub struct TransportError {
    kind: TransportErrorKind,
    proxy: Option<Arc<str>>,
    source: Arc<dyn StdError + Send + Sync>,
}

/// Where a transport failed: retries are counted apart for the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// Before the request was sent: name look-up, connection, TLS.
    Connect,
    /// Connecting took too long.
    ConnectTimeout,
    /// After that: sending, waiting, reading.
    Read,
    /// The answer took too long.
    Timeout,
    /// The answer is larger than the limit.
    TooLarge,
    /// The host cannot do what the request needs; trying again is of no use.
    Unsupported,
    /// The certificate of the server is not one to trust; trying again is of no use either.
    Untrusted,
}

impl TransportError {
    /// An error of the given kind with its cause.
    pub fn new(kind: TransportErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind, proxy: None, source: Arc::from(source.into()) }
    }

    /// The same of a request that went through a proxy with this address: it may well be the one at fault.
    #[must_use]
    pub fn by_way_of(mut self, proxy: Option<&Secret>) -> Self {
        self.proxy = proxy.and_then(proxy::shown).map(Arc::from);
        self
    }

    /// Where it failed.
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub const fn is_transient(&self) -> bool {
        use TransportErrorKind::{TooLarge, Unsupported, Untrusted};
        !matches!(self.kind, TooLarge | Unsupported | Untrusted)
    }

    /// Whether the request may not have reached the server.
    pub const fn is_connect(&self) -> bool {
        matches!(self.kind, TransportErrorKind::Connect | TransportErrorKind::ConnectTimeout)
    }
}

impl fmt::Display for TransportError {
    /// The kind and every cause below it on one line: lower layers split one sentence over several errors.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Connect => "cannot connect",
            TransportErrorKind::ConnectTimeout => "connecting took too long",
            TransportErrorKind::Read => "the connection failed before the answer was complete",
            TransportErrorKind::Timeout => "the answer took too long",
            TransportErrorKind::TooLarge => "the answer is too large",
            TransportErrorKind::Unsupported => "this host cannot do that",
            TransportErrorKind::Untrusted => "the server's certificate is not trusted",
        })?;
        if let Some(proxy) = &self.proxy {
            write!(f, " (by way of the proxy {proxy})")?;
        }
        let mut said = String::new();
        let mut cause: Option<&(dyn StdError + 'static)> = Some(self.source.as_ref());
        while let Some(error) = cause {
            let text = error.to_string();
            if !said.contains(&text) {
                write!(f, ": {text}")?;
                said.push_str(&text);
            }
            cause = error.source();
        }
        if said.contains("UnknownIssuer") {
            f.write_str("; add its authority to the transport, or name a file with it in SSL_CERT_FILE")?;
        }
        Ok(())
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransportError({self})")
    }
}

impl StdError for TransportError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transport_error_reads_as_one_sentence() {
        let error = TransportError::new(TransportErrorKind::Connect, "connection refused");
        assert_eq!(error.to_string(), "cannot connect: connection refused");
        let text = error.by_way_of(Some(&"http://proxy:8080".into())).to_string();
        assert_eq!(text, "cannot connect (by way of the proxy http://proxy:8080/): connection refused");
    }
}
