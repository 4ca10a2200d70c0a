//! As much of HTTP/1.1 as a browser needs to deliver one redirect: requests read from bytes, answers written to bytes.

use http::{Method, Request, Response, StatusCode, Uri};

/// The largest request that is read, in bytes. Authorization codes have some hundred.
const LIMIT: usize = 64 * 1024;

/// What has arrived so far on a connection.
#[derive(Debug)]
pub enum Parsed {
    /// Too little yet.
    Incomplete,
    /// Something that no browser sends, or too much of it: answer with this status, and close.
    Refused(StatusCode),
    /// A whole request.
    Complete(Box<Request<Vec<u8>>>),
}

/// Reads a request from what has arrived so far.
pub fn parse(bytes: &[u8]) -> Parsed {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return if bytes.len() > LIMIT {
            Parsed::Refused(StatusCode::PAYLOAD_TOO_LARGE)
        } else {
            Parsed::Incomplete
        };
    };
    let (head, rest) = bytes.split_at(end);
    let Some(mut request) = std::str::from_utf8(head).ok().and_then(read_head) else {
        return Parsed::Refused(StatusCode::BAD_REQUEST);
    };
    if request.headers().contains_key("transfer-encoding") {
        return Parsed::Refused(StatusCode::LENGTH_REQUIRED);
    }
    let length = match request.headers().get("content-length").map(|value| value.to_str().ok()?.parse().ok())
    {
        None => 0usize,
        Some(Some(length)) => length,
        Some(None) => return Parsed::Refused(StatusCode::BAD_REQUEST),
    };
    if length > LIMIT || end > LIMIT {
        return Parsed::Refused(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match rest.get(4..4 + length) {
        None => Parsed::Incomplete,
        Some(body) => {
            *request.body_mut() = body.to_vec();
            Parsed::Complete(Box::new(request))
        }
    }
}

/// Writes an answer after which the connection is closed.
pub fn write(response: &Response<Vec<u8>>) -> Vec<u8> {
    let status = response.status();
    let mut bytes =
        format!("HTTP/1.1 {} {}\r\n", status.as_u16(), status.canonical_reason().unwrap_or_default())
            .into_bytes();
    for (name, value) in response.headers() {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(
        format!("content-length: {}\r\nconnection: close\r\n\r\n", response.body().len()).as_bytes(),
    );
    bytes.extend_from_slice(response.body());
    bytes
}

fn read_head(head: &str) -> Option<Request<Vec<u8>>> {
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target, version) = (first.next()?, first.next()?, first.next()?);
    if !version.starts_with("HTTP/1.") || first.next().is_some() {
        return None;
    }
    let mut request =
        Request::builder().method(method.parse::<Method>().ok()?).uri(target.parse::<Uri>().ok()?);
    for line in lines {
        let (name, value) = line.split_once(':')?;
        request = request.header(name, value.trim());
    }
    request.body(Vec::new()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_whole_when_its_body_is() {
        let whole = b"POST /?a=1 HTTP/1.1\r\nHost: localhost:8400\r\nContent-Length: 4\r\n\r\nc=1&";
        for length in 0..whole.len() {
            assert!(matches!(parse(&whole[..length]), Parsed::Incomplete), "{length}");
        }
        let Parsed::Complete(request) = parse(whole) else { panic!() };
        assert_eq!((request.uri().path(), request.body().as_slice()), ("/", &b"c=1&"[..]));
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        let status = |bytes: &[u8]| match parse(bytes) {
            Parsed::Refused(status) => status.as_u16(),
            other => panic!("{other:?}"),
        };
        assert_eq!(status(b"\x16\x03\x01\r\n\r\n"), 400);
        assert_eq!(status(b"GET / SSH-2.0\r\n\r\n"), 400);
        assert_eq!(status(b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), 400);
        assert_eq!(status(b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"), 413);
        assert_eq!(status(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), 411);
        assert_eq!(status(&[b'a'; LIMIT + 1]), 413);
    }
}
