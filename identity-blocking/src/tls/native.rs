//! TLS by the operating system: the same connector with another library.

use std::fmt;
use std::io;

use identity_core::effect::Trust;
use identity_core::{Result, pin};
use native_tls::{HandshakeError, TlsConnector, TlsStream};
use ureq::unversioned::transport::{ConnectionDetails, Transport, TransportAdapter};

use super::stream::{Encrypted, Stream};
use crate::native::{connector, server_name};
use crate::tunnel::left;

/// Wraps connections in TLS.
pub(crate) struct Native {
    connector: TlsConnector,
    trust: Trust,
}

impl Native {
    /// TLS for a trust; `extra` authorities (PEM) count besides those of the operating system.
    pub(crate) fn new(trust: &Trust, extra: &[String]) -> Result<Self> {
        Ok(Self { connector: connector(trust, extra)?, trust: trust.clone() })
    }

    /// Runs the handshake on a new connection, and looks at the certificate before anything is sent.
    pub(crate) fn wrap(
        &self,
        details: &ConnectionDetails<'_>,
        transport: Box<dyn Transport>,
    ) -> Result<Box<dyn Transport>, ureq::Error> {
        let mut sock = TransportAdapter::new(transport, details.current_time.clone());
        // One limit for the whole handshake, however slowly the server sends.
        sock.set_timeout(left(details)?);
        let name = server_name(&self.trust).unwrap_or_else(|| super::host(details));
        let stream = self.connector.connect(name, sock).map_err(|error| match error {
            HandshakeError::Failure(error) => invalid(error),
            HandshakeError::WouldBlock(_) => ureq::Error::Timeout(details.timeout.reason),
        })?;
        let certificate = stream.peer_certificate().map_err(invalid)?;
        let der = certificate.map(|certificate| certificate.to_der()).transpose().map_err(invalid)?;
        if !pin::is_trusted(&self.trust, der.as_deref()) {
            return Err(invalid("the certificate of the server has another thumbprint"));
        }
        Ok(Stream::boxed(stream, details))
    }
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ureq::Error {
    io::Error::new(io::ErrorKind::InvalidData, error).into()
}

impl Encrypted for TlsStream<TransportAdapter> {
    fn connection(&mut self) -> &mut TransportAdapter {
        self.get_mut()
    }
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Native").field("trust", &self.trust).finish_non_exhaustive()
    }
}
