//! `cargo xtask browser`: a browser without hands, for the demo to start as the person's browser.
//!
//! It opens a sign-in of the embedded Entra whose address names the person (`login_hint`) and does what the page's script
//! would do: post the form on it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use identity_blocking::effect::Outbound;
use identity_blocking::{Host, Transport};

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};

pub(crate) const ARGUMENTS: &str = "CA_FILE ADDRESS";
pub(crate) const PURPOSE: &str = "a browser without hands, which the demo starts";

/// How long the program that waits for the redirect may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let [ca, address] = <[String; 2]>::try_from(Arguments::new(arguments).rest(ARGUMENTS)?)
        .map_err(|_| Failure::new(format!("usage: cargo xtask browser {ARGUMENTS}")))?;
    // `BROWSER` is split at spaces, which the names of temporary folders may have.
    let path = std::env::temp_dir().join(ca);
    let pem = std::fs::read_to_string(&path)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    open(&pem, &address)?.post()
}

/// The form that the page of a sign-in would send back to the application.
pub(crate) struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

/// Opens a sign-in that names its person.
pub(crate) fn open(ca_pem: &str, address: &str) -> Outcome<Form> {
    let transport = Transport::builder().add_certificate_authorities(ca_pem).build();
    let mut outbound = Outbound::new(Default::default());
    *outbound.request.uri_mut() =
        address.parse().map_err(|error| Failure::new(format!("{address:?} is no address: {error}")))?;
    let response = transport.send(outbound).map_err(|error| Failure::new(error.to_string()))?;
    let page = String::from_utf8_lossy(response.body()).into_owned();
    let action = between(&page, "action=\"", "\"").map(unescape);
    let inputs = page.split("<input type=\"hidden\" ").skip(1);
    let fields = inputs.filter_map(|input| {
        let (name, value) = (between(input, "name=\"", "\"")?, between(input, "value=\"", "\"")?);
        Some((unescape(name), unescape(value)))
    });
    let fields = fields.collect();
    match action {
        Some(action) => Ok(Form { action, fields }),
        None => Err(Failure::new(format!("{} and a page without a form to send", response.status()))),
    }
}

impl Form {
    /// What the application would get under a name.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sends the form to the program that waits on this machine.
    fn post(&self) -> Outcome {
        let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", self.action));
        let address = self.action.trim_start_matches("http://");
        let (place, path) = address.split_once('/').unwrap_or((address, ""));
        let body = encode(&self.fields);
        let mut stream = TcpStream::connect(place).map_err(failed)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
        let length = body.len();
        let request = format!(
            "POST /{path} HTTP/1.1\r\nHost: {place}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).map_err(failed)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(failed)?;
        match answer.starts_with("HTTP/1.1 200") {
            true => Ok(()),
            false => Err(Failure::new(format!("{}: {}", self.action, answer.lines().next().unwrap_or("")))),
        }
    }
}

/// Names and values as a form or a query has them.
pub(crate) fn encode<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", part(name.as_ref()), part(value.as_ref())))
        .collect();
    pairs.join("&")
}

fn part(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
        encoded
    })
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_survives_encoding_and_what_comes_survives_escaping() {
        assert_eq!(encode(&[("a b", "c&d=é")]), "a%20b=c%26d%3D%C3%A9");
        assert_eq!(unescape("&lt;a b=&quot;&amp;lt;&quot;&gt;"), "<a b=\"&lt;\">");
    }
}
