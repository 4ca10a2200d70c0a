//! TLS by rustls: a connector with the trust of the request, prepared once and not per connection.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use identity_core::effect::Trust;
use identity_core::{Result, tls};
use once_cell::sync::OnceCell;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::unversioned::transport::{ConnectionDetails, NextTimeout, Transport, TransportAdapter};

use super::stream::{Encrypted, Stream};
use crate::roots::Roots;
use crate::tunnel::left;

/// Wraps connections to https URLs in TLS. Nothing is read or parsed before the first of them.
pub(crate) struct Rustls {
    trust: Trust,
    roots: Roots,
    config: OnceCell<Arc<ClientConfig>>,
    server_name: Option<ServerName<'static>>,
}

impl Rustls {
    /// TLS for a trust.
    pub(crate) fn new(trust: &Trust, roots: &Roots) -> Result<Self> {
        let server_name = match trust {
            Trust::Authorities { server_name: Some(name), .. } => Some(tls::server_name(name)?),
            _ => None,
        };
        Ok(Self { trust: trust.clone(), roots: roots.clone(), config: OnceCell::new(), server_name })
    }

    fn config(&self) -> Result<Arc<ClientConfig>> {
        let prepared = self
            .config
            .get_or_try_init(|| tls::client_config(&self.trust, || self.roots.get()).map(Arc::new));
        prepared.cloned()
    }
}

impl Rustls {
    /// Runs the handshake on a new connection.
    pub(crate) fn wrap(
        &self,
        details: &ConnectionDetails<'_>,
        transport: Box<dyn Transport>,
    ) -> Result<Box<dyn Transport>, ureq::Error> {
        let config = self.config().map_err(|error| ureq::Error::Other(Box::new(error)))?;
        let name = match &self.server_name {
            Some(name) => name.clone(),
            None => {
                let host = super::host(details);
                ServerName::try_from(host.to_owned()).map_err(|_| ureq::Error::BadUri(host.to_owned()))?
            }
        };
        let mut conn = ClientConnection::new(config, name).map_err(invalid)?;
        let mut sock = TransportAdapter::new(transport, details.current_time.clone());
        handshake(&mut conn, &mut sock, left(details)?)?;
        Ok(Stream::boxed(StreamOwned { conn, sock }, details))
    }
}

/// Runs the handshake to its end within one limit, however slowly the server sends.
fn handshake(
    conn: &mut ClientConnection,
    sock: &mut TransportAdapter,
    limit: NextTimeout,
) -> Result<(), ureq::Error> {
    let started = Instant::now();
    while conn.is_handshaking() {
        let left = limit.after.checked_sub(started.elapsed()).filter(|left| !left.is_zero());
        let after = left.ok_or(ureq::Error::Timeout(limit.reason))?;
        let mut next = limit;
        next.after = after.into();
        sock.set_timeout(next);
        while conn.wants_write() {
            conn.write_tls(sock)?;
        }
        if conn.is_handshaking() && conn.read_tls(sock)? == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
        conn.process_new_packets().map_err(invalid)?;
    }
    while conn.wants_write() {
        conn.write_tls(sock)?;
    }
    Ok(())
}

fn invalid(error: rustls::Error) -> ureq::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, error).into()
}

impl Encrypted for StreamOwned<ClientConnection, TransportAdapter> {
    fn connection(&mut self) -> &mut TransportAdapter {
        self.get_mut()
    }
}

impl fmt::Debug for Rustls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rustls").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}
