//! What a flow asks a host to do, and how the answers fail. What matters for safety travels here, not with the host.

#[cfg(feature = "interactive-browser")]
mod browser;
mod command;
mod people;
mod place;
mod transport_error;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::Request;

#[cfg(feature = "interactive-browser")]
pub use browser::{Listen, Listening, Open, Receive};
pub use command::{Command, CommandError, CommandOutput};
pub use people::Message;
pub(crate) use people::printable;
pub use place::{place, without_user};
pub use transport_error::{TransportError, TransportErrorKind};

use crate::Secret;

/// An HTTP request with the limits and the trust that apply to it. Hosts never follow redirects.
#[non_exhaustive]
pub struct Outbound {
    /// The request.
    pub request: Request<Vec<u8>>,
    /// The longest the exchange may take, connecting included.
    pub timeout: Duration,
    /// The longest that connecting may take.
    pub connect_timeout: Duration,
    /// Through the proxies of the host, or straight.
    pub route: Route,
    /// Whose certificate the server must show.
    pub trust: Trust,
    /// The longest body that is read, in bytes.
    pub max_body: usize,
    /// What the request holds and an answer must not repeat into an error or a log.
    pub secrets: Vec<Secret>,
}

impl Outbound {
    /// A request with the usual limits: 30 s in all, 10 s to connect, 1 MiB of body.
    pub const fn new(request: Request<Vec<u8>>) -> Self {
        Self {
            request,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            route: Route::System,
            trust: Trust::System,
            max_body: 1024 * 1024,
            secrets: Vec::new(),
        }
    }

    /// A request to a metadata endpoint: no proxy ever sees it.
    #[must_use]
    pub const fn direct(mut self) -> Self {
        self.route = Route::Direct;
        self
    }

    /// Names what the request holds and nobody may see, not even where the answer repeats it.
    #[must_use]
    pub fn with_secrets(mut self, secrets: impl IntoIterator<Item = Secret>) -> Self {
        if self.secrets.is_empty() {
            self.secrets = secrets.into_iter().collect();
        } else {
            self.secrets.extend(secrets);
        }
        self
    }

    /// Sets the limit of the whole exchange.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the limit of connecting.
    #[must_use]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets whom to trust.
    #[must_use]
    #[inline]
    pub fn with_trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }
}

impl Clone for Outbound {
    /// Without the extensions of the request: no flow sets any, and copying them is code in every program.
    fn clone(&self) -> Self {
        let mut request = Request::new(self.request.body().clone());
        *request.method_mut() = self.request.method().clone();
        *request.uri_mut() = self.request.uri().clone();
        *request.version_mut() = self.request.version();
        *request.headers_mut() = self.request.headers().clone();
        Self { request, trust: self.trust.clone(), secrets: self.secrets.clone(), ..*self }
    }
}

impl fmt::Debug for Outbound {
    /// Method and address without query: neither header values nor the body, which hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.request.uri();
        write!(f, "{} {}", self.request.method(), place(uri))
    }
}

/// How a request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Route {
    /// Through the proxies that the host was configured with.
    System,
    /// Straight to the server, whatever the host was configured with.
    Direct,
}

/// Whose certificate a TLS server must show.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trust {
    /// One that the authorities known to the host vouch for.
    System,
    /// One that only these authorities (PEM) vouch for, issued to `server_name` or else to the host of the URL.
    Authorities {
        /// Certificates in PEM; `None` means those known to the host.
        pem: Option<Arc<str>>,
        /// The name in TLS SNI and in the certificate, in place of the URL's host.
        server_name: Option<Arc<str>>,
    },
    /// The one with this SHA-1 thumbprint, whoever issued it and whatever its dates (Service Fabric).
    Thumbprint([u8; 20]),
}

impl Trust {
    /// Whether this is another set of authorities for the same server name, so that connections made with `older` have had
    /// their time: hosts drop them.
    pub fn supersedes(&self, older: &Self) -> bool {
        let name = |trust: &Self| match trust {
            Self::Authorities { pem: Some(_), server_name } => Some(server_name.clone()),
            _ => None,
        };
        self != older && name(self).is_some() && name(self) == name(older)
    }
}

/// A file to read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FileRead {
    /// The path.
    pub path: PathBuf,
    /// The largest size in bytes; a larger file is an error of kind `FileTooLarge`, not a cut text.
    pub limit: usize,
    /// The directory that the file must lie in after links are resolved, directly and not below; else the error has
    /// kind `PermissionDenied`.
    pub within: Option<PathBuf>,
}

impl FileRead {
    /// A file of at most `limit` bytes.
    pub fn new(path: impl Into<PathBuf>, limit: usize) -> Self {
        Self { path: path.into(), limit, within: None }
    }

    /// Demands that the file lies in this directory, links resolved.
    #[must_use]
    pub fn within(mut self, directory: impl Into<PathBuf>) -> Self {
        self.within = Some(directory.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_a_request_shows_neither_query_nor_headers_nor_body() {
        let request = Request::post("https://me:hunter2@host/path?code=hunter2")
            .header("secret", "hunter2")
            .body(b"hunter2".to_vec());
        let text = format!("{:?}", Outbound::new(request.unwrap()));
        assert_eq!(text, "POST https://host/path");
    }
}
