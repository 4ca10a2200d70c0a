//! One connection: reads whole requests, writes answers, keeps alive.

use super::request::{Body, Request};
use super::response::{Outcome, Response};
use super::{Handler, Stop};
use std::io::{self, Read, Write};

/// Longest request head in bytes.
const HEAD_LIMIT: usize = 64 * 1024;
/// Longest request body in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// Answers requests until the peer closes, something goes wrong or the server stops.
pub(super) fn serve<S: Read + Write>(stream: &mut S, handler: &Handler, stop: &Stop) -> io::Result<()> {
    let mut buffer = Vec::new();
    while !stop.is_set() {
        let request = match read_request(stream, &mut buffer)? {
            Incoming::Request(request) => request,
            Incoming::Closed => return Ok(()),
            Incoming::Refused(status, why) => {
                return write(stream, &Response::new(status, "text/plain", why), false);
            }
        };
        let keep_alive = !request.wants_close();
        match handler(request) {
            Outcome::Answer(response) => {
                write(stream, &response, keep_alive)?;
                if !keep_alive {
                    return Ok(());
                }
            }
            Outcome::Truncate(response) => {
                stream.write_all(&response.head(false))?;
                stream.write_all(response.body.get(..response.body.len() / 2).unwrap_or(&[]))?;
                return stream.flush();
            }
            Outcome::Drop => return Ok(()),
            Outcome::Silence(time) => {
                stop.wait(time);
                return Ok(());
            }
        }
    }
    Ok(())
}

enum Incoming {
    Request(Request),
    Closed,
    Refused(u16, &'static str),
}

fn read_request<S: Read + Write>(stream: &mut S, buffer: &mut Vec<u8>) -> io::Result<Incoming> {
    let mut searched = 0;
    let head_end = loop {
        if let Some(at) = find_blank_line(buffer, searched) {
            break at;
        }
        // The blank line may have begun in what is there.
        searched = buffer.len().saturating_sub(3);
        if buffer.len() > HEAD_LIMIT {
            return Ok(Incoming::Refused(431, "The request head is longer than 64 KiB."));
        }
        if read_more(stream, buffer)? == 0 {
            return Ok(Incoming::Closed);
        }
    };
    let Some(mut request) = Request::parse_head(buffer.get(..head_end).unwrap_or(&[])) else {
        return Ok(Incoming::Refused(400, "This is not an HTTP/1.1 request."));
    };
    let length = match request.announced_body() {
        Some(Body::Length(length)) if length <= BODY_LIMIT => length,
        Some(Body::Length(_)) => return Ok(Incoming::Refused(413, "The request body is longer than 1 MiB.")),
        Some(Body::Chunked) => return Ok(Incoming::Refused(411, "Send a Content-Length.")),
        None => return Ok(Incoming::Refused(400, "The Content-Length makes no sense.")),
    };
    let body_start = head_end + 4;
    let expects = request.header("expect").is_some_and(|v| v.eq_ignore_ascii_case("100-continue"));
    if expects && buffer.len() < body_start + length {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        stream.flush()?;
    }
    while buffer.len() < body_start + length {
        if read_more(stream, buffer)? == 0 {
            return Ok(Incoming::Closed);
        }
    }
    request.body = buffer.get(body_start..body_start + length).unwrap_or(&[]).to_vec();
    // What is left belongs to the next, pipelined request.
    buffer.drain(..body_start + length);
    Ok(Incoming::Request(request))
}

fn find_blank_line(buffer: &[u8], from: usize) -> Option<usize> {
    let position = buffer.get(from..)?.windows(4).position(|w| w == b"\r\n\r\n")?;
    Some(from + position)
}

fn read_more<S: Read>(stream: &mut S, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let mut chunk = [0; 8 * 1024];
    let count = loop {
        match stream.read(&mut chunk) {
            // A TLS peer that closes without saying so is an everyday event here.
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => break 0,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => break other?,
        }
    };
    buffer.extend_from_slice(chunk.get(..count).unwrap_or(&[]));
    Ok(count)
}

/// One write for head and body, so that a small answer is one segment and one TLS record.
fn write<S: Write>(stream: &mut S, response: &Response, keep_alive: bool) -> io::Result<()> {
    let mut bytes = response.head(keep_alive);
    bytes.extend_from_slice(&response.body);
    stream.write_all(&bytes)?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peer that sends prepared bytes and keeps what it is sent.
    struct Peer {
        input: io::Cursor<Vec<u8>>,
        output: Vec<u8>,
    }

    impl Read for Peer {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            // One byte at a time: requests arrive in pieces.
            self.input.read(&mut buf[..1])
        }
    }

    impl Write for Peer {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            self.output.write(buf)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn exchange(input: &str) -> String {
        let mut peer = Peer { input: io::Cursor::new(input.into()), output: Vec::new() };
        let echo = |request: Request| Outcome::Answer(Response::new(200, "text/plain", request.body));
        serve(&mut peer, &echo, &Stop::default()).unwrap();
        String::from_utf8(peer.output).unwrap()
    }

    #[test]
    fn requests_follow_each_other_on_one_connection() {
        let said = exchange(
            "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\noneGET / HTTP/1.1\r\n\r\n\
             POST / HTTP/1.1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nthreeignored",
        );
        assert_eq!(said.matches("HTTP/1.1 200 OK").count(), 3);
        assert!(said.contains("\r\n\r\none") && said.ends_with("\r\n\r\nthree"), "{said}");
    }

    #[test]
    fn expected_continue_is_given_before_the_body() {
        let said = exchange("POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi");
        assert!(said.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"), "{said}");
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        let chunked = exchange("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
        assert!(chunked.starts_with("HTTP/1.1 411 "), "{chunked}");
        let long = exchange("POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n");
        assert!(long.starts_with("HTTP/1.1 413 "), "{long}");
        let endless = exchange(&format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(70_000)));
        assert!(endless.starts_with("HTTP/1.1 431 "), "{endless}");
        assert_eq!(exchange("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort"), "");
    }
}
