//! A browser without hands: opens a sign-in that names its person, and posts the form as the script of the page would.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;

use identity_blocking::effect::Outbound;
use identity_blocking::{Host, Proxy, Transport};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The name of the test that is this browser, run in a process of its own.
pub(crate) const BROWSER: &str = "browser_without_hands";

/// The form that the page of a sign-in would send back to the application.
pub(crate) struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

/// The value of `BROWSER` for a credential, with the `PATH` on which it is found. The file with the certificate authority
/// lies in the folder for the tests' files, as `BROWSER` is split at spaces.
pub(crate) fn variables(ca: &str) -> [(&'static str, String); 2] {
    let program = std::env::current_exe().unwrap();
    let (name, folder) = (program.file_name().unwrap(), program.parent().unwrap());
    let browser = format!("{} {BROWSER} --exact {ca} %s", name.to_str().unwrap());
    [("BROWSER", browser), ("PATH", folder.to_str().unwrap().to_owned())]
}

/// What the process does; nothing if it was not started as a browser.
pub(crate) fn run() {
    let arguments: Vec<String> = std::env::args().collect();
    let find = |what: &dyn Fn(&&String) -> bool| arguments.iter().find(what);
    let Some(address) = find(&|it| it.starts_with("https://")) else { return };
    let ca = Path::new(env!("CARGO_TARGET_TMPDIR")).join(find(&|it| it.ends_with(".ca")).unwrap());
    open(&std::fs::read_to_string(ca).unwrap(), address).post();
}

/// Opens a sign-in.
pub(crate) fn open(ca_pem: &str, address: &str) -> Form {
    let transport = Transport::builder().add_certificate_authorities(ca_pem).proxy(Proxy::None).build();
    let request = http::Request::get(address).body(Vec::new()).unwrap();
    let page = transport.send(Outbound::new(request)).unwrap().into_body();
    let page = String::from_utf8(page).unwrap();
    let inputs = page.split("<input type=\"hidden\" ").skip(1);
    let fields = inputs.map(|it| (between(it, "name=\"", "\""), between(it, "value=\"", "\""))).collect();
    Form { action: between(&page, "action=\"", "\""), fields }
}

impl Form {
    /// What the application would get under a name.
    pub(crate) fn field(&self, name: &str) -> &str {
        &self.fields.iter().find(|(known, _)| known == name).unwrap().1
    }

    /// Sends the form, and does not wait for the answer: whoever started this waits for its end first.
    fn post(&self) {
        let address = self.action.strip_prefix("http://").unwrap();
        let (place, path) = address.split_once('/').unwrap_or((address, ""));
        let body = encode(self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let length = body.len();
        let head = format!("POST /{path} HTTP/1.1\r\nHost: {place}\r\nContent-Length: {length}\r\n\r\n");
        TcpStream::connect(place).unwrap().write_all((head + &body).as_bytes()).unwrap();
    }
}

/// Names and values as a form or a query has them.
pub(crate) fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs.into_iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A value in which everything but letters and digits is encoded.
pub(crate) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}

fn between(text: &str, before: &str, after: &str) -> String {
    let found = text.split_once(before).unwrap().1.split_once(after).unwrap().0;
    found.replace("&quot;", "\"").replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
}
