//! What a flow asks a host to do, and how the answers fail. What matters for safety travels here, not with the host.

#[cfg(feature = "interactive-browser")]
mod browser;
mod command;
mod people;
mod place;

use std::error::Error as StdError;
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

use crate::{Secret, proxy};

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

    #[test]
    fn a_transport_error_reads_as_one_sentence() {
        let error = TransportError::new(TransportErrorKind::Connect, "connection refused");
        assert_eq!(error.to_string(), "cannot connect: connection refused");
        let text = error.by_way_of(Some(&"http://proxy:8080".into())).to_string();
        assert_eq!(text, "cannot connect (by way of the proxy http://proxy:8080/): connection refused");
    }
}
