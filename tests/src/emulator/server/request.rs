//! Parsed HTTP requests: head, query and form.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Names and values in the order in which they arrived.
pub(in super::super) type Pairs = Vec<(String, String)>;

/// A request that was read completely.
#[derive(Clone)]
pub(in super::super) struct Request {
    pub(in super::super) method: String,
    /// Decoded, without the query.
    pub(in super::super) path: String,
    pub(in super::super) query: Pairs,
    pub(in super::super) headers: Pairs,
    pub(in super::super) body: Vec<u8>,
}

/// How the length of a body is announced.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Body {
    /// So many bytes; absent means none.
    Length(usize),
    /// `Transfer-Encoding`, which this server refuses.
    Chunked,
}

impl Request {
    /// Reads a head: everything up to, without, the blank line. `None` when it is not HTTP/1.
    pub(super) fn parse_head(head: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(head).ok()?;
        let mut lines = text.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        if words.next().is_some() || !version.starts_with("HTTP/1.") || method.is_empty() {
            return None;
        }
        let mut headers = Pairs::new();
        for line in lines {
            let (name, value) = line.split_once(':')?;
            if name.is_empty() || name.contains(char::is_whitespace) {
                return None;
            }
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        // An absolute target (as sent to proxies) is reduced to its path.
        let target = match target.strip_prefix("http://").or_else(|| target.strip_prefix("https://")) {
            Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => target,
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Some(Self {
            method: method.to_owned(),
            path: percent_decode_str(path).decode_utf8().ok()?.into_owned(),
            query: decode_form(query),
            headers,
            body: Vec::new(),
        })
    }

    /// The first header of that name, in any case.
    pub(in super::super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The first query parameter of that name.
    pub(in super::super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The form fields; empty unless the content type says that the body is a form.
    pub(in super::super) fn form(&self) -> Pairs {
        let kind = self.header("content-type").unwrap_or("").split(';').next().unwrap_or("").trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Pairs::new();
        }
        std::str::from_utf8(&self.body).map(decode_form).unwrap_or_default()
    }

    /// `None` when the announcement is malformed or contradicts itself.
    pub(super) fn announced_body(&self) -> Option<Body> {
        if self.header("transfer-encoding").is_some() {
            return Some(Body::Chunked);
        }
        let mut lengths = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("content-length"));
        let Some((_, first)) = lengths.next() else { return Some(Body::Length(0)) };
        if lengths.any(|(_, other)| other != first) || !first.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        first.parse().ok().map(Body::Length)
    }

    pub(super) fn wants_close(&self) -> bool {
        self.header("connection").is_some_and(|v| v.eq_ignore_ascii_case("close"))
    }
}

/// Decodes `a=b&c=d`; a field without `=` has an empty value.
pub(in super::super) fn decode_form(text: &str) -> Pairs {
    text.split('&')
        .filter(|field| !field.is_empty())
        .map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Encodes `a=b&c=d`.
pub(in super::super) fn encode_form(pairs: &Pairs) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    pairs.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect::<Vec<_>>().join("&")
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Body, Request};

    #[test]
    fn a_head_is_taken_apart() {
        let head = b"POST /a%20b?x=1+2&y HTTP/1.1\r\nHost: h\r\nContent-Length: 7";
        let request = Request::parse_head(head).unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/a b"));
        assert_eq!((request.query("x"), request.query("y")), (Some("1 2"), Some("")));
        assert_eq!(request.announced_body(), Some(Body::Length(7)));
    }

    #[test]
    fn contradicting_lengths_are_refused() {
        let head = b"POST / HTTP/1.1\r\nContent-Length: 7\r\nContent-Length: 8";
        assert_eq!(Request::parse_head(head).unwrap().announced_body(), None);
    }

    #[test]
    fn what_is_not_http_is_refused() {
        for head in [&b"\x16\x03\x01"[..], b"GET /", b"GET / HTTP/2", b"GET / HTTP/1.1\r\nno colon", b""] {
            assert!(Request::parse_head(head).is_none(), "{head:?}");
        }
    }
}
