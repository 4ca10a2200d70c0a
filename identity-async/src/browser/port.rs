//! A port of the loopback interface, and the wait for the one redirect that is meant.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use http::{Response, StatusCode};
use identity_core::browser::{Parsed, Reception, Redirect, parse, write};
use identity_core::effect::{Listen, Listening, Receive};

/// How long a connection may take to say something. Browsers open some in advance, and then use others.
const PATIENCE: Duration = Duration::from_secs(30);

/// Connections at a time. More than that is no browser, which may still come: the oldest one makes room.
const CONNECTIONS: usize = 64;

/// The pause between two looks at the sockets.
const PAUSE: Duration = Duration::from_millis(20);

/// The sockets of one port.
struct Sockets(Vec<TcpListener>);

/// Opens the port for IPv4 and, as browsers resolve `localhost` to either, for IPv6 where the machine has it.
pub(crate) fn listen(listen: &Listen) -> io::Result<Listening> {
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, listen.port));
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, listen.port));
    let sockets = match listen.host.as_str() {
        "localhost" => {
            let first = TcpListener::bind(v4)?;
            match TcpListener::bind(v6) {
                Ok(second) => vec![first, second],
                Err(error) if error.kind() == ErrorKind::AddrInUse => return Err(error),
                Err(_) => vec![first],
            }
        }
        "127.0.0.1" => vec![TcpListener::bind(v4)?],
        "::1" => vec![TcpListener::bind(v6)?],
        other => {
            return Err(io::Error::new(ErrorKind::InvalidInput, format!("{other} is not a loopback host")));
        }
    };
    for socket in &sockets {
        socket.set_nonblocking(true)?;
    }
    Ok(Listening::new(Sockets(sockets)))
}

/// Answers whoever connects until the redirect comes, the time is over, or `given_up` says so.
pub(crate) fn receive(receive: Receive, given_up: impl Fn() -> bool) -> io::Result<Redirect> {
    let Receive { listening, timeout, reception, .. } = receive;
    let sockets: Sockets = listening.into_inner().ok_or_else(|| io::Error::from(ErrorKind::InvalidInput))?;
    let (started, mut connections) = (Instant::now(), Vec::<Connection>::new());
    while started.elapsed() < timeout {
        if given_up() {
            return Err(ErrorKind::Interrupted.into());
        }
        // No more at once, so that each has a chance to say something before it makes room.
        let mut newcomers = 0;
        for socket in &sockets.0 {
            while newcomers < CONNECTIONS
                && let Ok((stream, _)) = socket.accept()
            {
                newcomers += 1;
                if stream.set_nonblocking(true).is_ok() {
                    if connections.len() >= CONNECTIONS {
                        connections.remove(0);
                    }
                    connections.push(Connection { stream, arrived: Vec::new(), since: Instant::now() });
                }
            }
        }
        let mut index = 0;
        while let Some(connection) = connections.get_mut(index) {
            match connection.look(&reception) {
                Look::Wait => index += 1,
                Look::Over => drop(connections.remove(index)),
                Look::Redirect(redirect) => return Ok(redirect),
            }
        }
        std::thread::sleep(PAUSE);
    }
    Err(ErrorKind::TimedOut.into())
}

struct Connection {
    stream: TcpStream,
    arrived: Vec<u8>,
    since: Instant,
}

enum Look {
    Wait,
    Over,
    Redirect(Redirect),
}

impl Connection {
    fn look(&mut self, reception: &Reception) -> Look {
        let mut buffer = [0; 8192];
        loop {
            match parse(&self.arrived) {
                Parsed::Incomplete => {}
                Parsed::Refused(status) => {
                    self.answer(&refusal(status));
                    return Look::Over;
                }
                Parsed::Complete(request) => {
                    let (response, redirect) = reception.receive(&request);
                    self.answer(&response);
                    return redirect.map_or(Look::Over, Look::Redirect);
                }
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return Look::Over,
                Ok(length) => self.arrived.extend_from_slice(buffer.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.since.elapsed() < PATIENCE => {
                    return Look::Wait;
                }
                Err(_) => return Look::Over,
            }
        }
    }

    /// Sends an answer; a browser that went away in the meantime is no failure of the sign-in.
    fn answer(&mut self, response: &Response<Vec<u8>>) {
        let sent = self
            .stream
            .set_nonblocking(false)
            .and_then(|()| self.stream.set_write_timeout(Some(Duration::from_secs(5))))
            .and_then(|()| self.stream.write_all(&write(response)))
            .and_then(|()| self.stream.shutdown(Shutdown::Write));
        if let Err(error) = sent {
            log::debug!("the browser did not take the answer: {error}");
        }
    }
}

fn refusal(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use identity_core::browser::Page;

    /// A free port with what listens on it.
    fn open_port() -> (u16, Listening) {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        (free, listen(&Listen::new("localhost", free)).unwrap())
    }

    fn waiting(listening: Listening, port: u16, timeout: Duration) -> Receive {
        Receive::new(listening, timeout, Reception::new("right".into(), port, Page::new("yes", "no")))
    }

    fn ask(port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn other_requests_and_silent_connections_do_not_break_the_wait() {
        let (port, listening) = open_port();
        let wait = thread(move || receive(waiting(listening, port, Duration::from_secs(60)), || false));
        let silent = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let get = |path: &str| ask(port, &format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"));
        assert!(get("/favicon.ico").starts_with("HTTP/1.1 204"));
        assert!(get("/?code=c&state=wrong").starts_with("HTTP/1.1 400"));
        assert!(ask(port, "no browser\r\n\r\n").starts_with("HTTP/1.1 400"));
        assert!(get("/?code=c&state=right").ends_with("\r\n\r\nyes"));
        assert_eq!(wait.join().unwrap().unwrap(), Redirect::Code("c".into()));
        drop(silent);
    }

    #[test]
    fn connections_that_say_nothing_do_not_keep_the_browser_out() {
        let (port, listening) = open_port();
        let wait = thread(move || receive(waiting(listening, port, Duration::from_secs(10)), || false));
        let connect = |_| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let silent: Vec<TcpStream> = (0..CONNECTIONS).map(connect).collect();
        ask(port, &format!("GET /?code=c&state=right HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"));
        assert_eq!(wait.join().unwrap().unwrap(), Redirect::Code("c".into()));
        drop(silent);
    }

    #[test]
    fn the_wait_ends_with_its_time_or_when_it_is_given_up() {
        let (port, listening) = open_port();
        let late = receive(waiting(listening, port, Duration::ZERO), || false).unwrap_err();
        let (port, listening) = open_port();
        let given_up = receive(waiting(listening, port, Duration::from_secs(60)), || true).unwrap_err();
        assert_eq!((late.kind(), given_up.kind()), (ErrorKind::TimedOut, ErrorKind::Interrupted));
    }

    #[test]
    fn a_port_in_use_is_told_apart() {
        let (port, _listening) = open_port();
        let second = listen(&Listen::new("localhost", port)).unwrap_err();
        assert_eq!(second.kind(), ErrorKind::AddrInUse);
        assert!(listen(&Listen::new("example.com", port)).is_err());
    }

    fn thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> std::thread::JoinHandle<T> {
        std::thread::spawn(work)
    }
}
