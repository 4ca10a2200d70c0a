//! The certificate authorities of a transport: read when they are first needed, once.

use std::fmt;
use std::sync::Arc;

use identity_core::{Error, Result, tls};
use once_cell::sync::OnceCell;
use rustls::RootCertStore;

/// Those of the operating system, and what the application adds.
#[derive(Clone, Default)]
pub(crate) struct Roots {
    added: Vec<String>,
    store: Arc<OnceCell<Arc<RootCertStore>>>,
}

impl Roots {
    /// With these as well (PEM).
    pub(crate) fn with(added: &[String]) -> Self {
        Self { added: added.to_vec(), store: Arc::default() }
    }

    /// All of them. A failure is not kept: a file may be there the next time.
    pub(crate) fn get(&self) -> Result<Arc<RootCertStore>> {
        self.store.get_or_try_init(|| self.load()).cloned()
    }

    fn load(&self) -> Result<Arc<RootCertStore>> {
        let mut added = Vec::new();
        for pem in &self.added {
            added.extend(tls::certificates(pem.as_bytes())?);
        }
        let mut found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            log::debug!("a certificate authority of the operating system cannot be read: {error}");
        }
        found.certs.append(&mut added);
        let store = tls::authorities(found.certs);
        if store.is_empty() {
            return Err(Error::invalid_argument(
                "the operating system has no certificate authorities: install them (Debian: ca-certificates), name a \
                 file in SSL_CERT_FILE, or add some to the transport",
            ));
        }
        Ok(Arc::new(store))
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roots").field("added", &self.added.len()).finish_non_exhaustive()
    }
}
