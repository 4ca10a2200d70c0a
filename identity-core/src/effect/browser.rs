//! What a sign-in in the browser asks of a host: a local port, a browser, and the wait for the redirect.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use crate::Env;
use crate::browser::Reception;

/// A port to listen on, on the loopback interface only.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listen {
    /// `localhost` (IPv4 and, where there is one, IPv6), `127.0.0.1` or `::1`.
    pub host: String,
    /// The port. One in use is an error of kind `AddrInUse`.
    pub port: u16,
}

impl Listen {
    /// Listens on a port of a loopback host.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port }
    }
}

/// An open port. Dropping it closes it.
pub struct Listening(Box<dyn Any + Send>);

impl Listening {
    /// Wraps whatever the host needs to wait on the port later.
    pub fn new(port: impl Any + Send) -> Self {
        Self(Box::new(port))
    }

    /// What the host put in. `None` if that was of another type, and so came from another host.
    pub fn into_inner<T: Any>(self) -> Option<T> {
        self.0.downcast().ok().map(|port| *port)
    }
}

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listening")
    }
}

/// An address to open in the person's browser. It carries what proves that an answer belongs to this sign-in, and so is
/// not shown by `Debug`.
#[derive(Clone)]
#[non_exhaustive]
pub struct Open {
    /// The address.
    pub url: String,
    /// The environment with `BROWSER` and `PATH`; `None` means that of the host.
    pub inherited: Option<Env>,
    /// After this time no further browser is tried: the error has kind `TimedOut`.
    pub timeout: Duration,
}

impl Open {
    /// Opens an address in the environment of the host, within 30 s.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), inherited: None, timeout: Duration::from_secs(30) }
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Open")
    }
}

/// The wait for the redirect on an open port.
#[derive(Debug)]
#[non_exhaustive]
pub struct Receive {
    /// The port.
    pub listening: Listening,
    /// After this time the error has kind `TimedOut`.
    pub timeout: Duration,
    /// Says what each request is answered, and which one ends the wait.
    pub reception: Reception,
}

impl Receive {
    /// Waits on a port.
    pub const fn new(listening: Listening, timeout: Duration, reception: Reception) -> Self {
        Self { listening, timeout, reception }
    }
}
