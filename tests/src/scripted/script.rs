//! Who answers requests and commands, and what they get to see.

use std::io;
use std::time::{Duration, SystemTime};

use http::Response;
use identity_core::effect::{Command, CommandError, CommandOutput, Outbound, TransportError};

/// Answers what a credential asks of the world. [`Answers`](super::Answers) is the ready-made one; write your own to
/// decide by the request.
pub trait Script: Send {
    /// The answer to a request.
    ///
    /// # Errors
    /// What the credential shall see instead of an answer.
    fn respond(&mut self, sent: &Sent) -> Result<Response<Vec<u8>>, TransportError>;

    /// What a program does.
    ///
    /// # Errors
    /// What the credential shall see instead of an output.
    fn run(&mut self, ran: &Ran) -> Result<CommandOutput, CommandError>;

    /// Whether a port of the loopback interface can be opened. By default none can.
    ///
    /// # Errors
    /// Kind `AddrInUse` if somebody else has it.
    fn listen(&mut self, _port: u16) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Whether an address opens in the browser. By default there is no browser.
    ///
    /// # Errors
    /// What the credential shall see instead.
    fn open(&mut self, _url: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The form that the browser posts to the opened port; `None` if nothing comes in time.
    ///
    /// # Errors
    /// What the credential shall see instead.
    fn redirect(&mut self) -> io::Result<Option<Vec<(String, String)>>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A request that a credential sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sent {
    /// The request, with the limits, route and trust that travelled with it. `Debug` shows neither headers nor body.
    pub outbound: Outbound,
    /// The virtual wall-clock time.
    pub at: SystemTime,
    /// The time since the world began.
    pub uptime: Duration,
}

impl Sent {
    pub(super) const fn new(outbound: Outbound, at: SystemTime, uptime: Duration) -> Self {
        Self { outbound, at, uptime }
    }

    /// The fields of the form in the body, decoded, in order.
    pub fn form(&self) -> Vec<(String, String)> {
        pairs(&String::from_utf8_lossy(self.outbound.request.body()))
    }

    /// The members of the query, decoded, in order.
    pub fn query(&self) -> Vec<(String, String)> {
        pairs(self.outbound.request.uri().query().unwrap_or_default())
    }
}

/// A command that a credential ran.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ran {
    /// The command.
    pub command: Command,
    /// The virtual wall-clock time.
    pub at: SystemTime,
}

impl Ran {
    pub(super) const fn new(command: Command, at: SystemTime) -> Self {
        Self { command, at }
    }
}

/// Decodes `a=b&c=d` (`application/x-www-form-urlencoded`).
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        let spaced = part.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let expected = [("a b", "+"), ("c", ""), ("ü", "=")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(pairs("a+b=%2B&c&%C3%BC==&"), expected);
    }
}
