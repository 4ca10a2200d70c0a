//! The quickest possible token endpoint: on loopback, with and without TLS, connections kept; slow or failing where told so.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// As long as a real one.
pub(crate) const TOKEN_LENGTH: usize = 1500;

/// A server that lives as long as the process.
pub(crate) struct Loopback {
    /// `https://localhost:PORT`.
    pub(crate) authority: String,
    /// The certificate authority to trust, PEM.
    pub(crate) ca_pem: String,
    pub(crate) conduct: Arc<Conduct>,
}

/// How the server behaves, and what it met.
pub(crate) struct Conduct {
    /// How long an answer takes, in milliseconds.
    pub(crate) delay: AtomicU64,
    pub(crate) status: AtomicU16,
    /// How long a token lives, in seconds.
    pub(crate) lifetime: AtomicU64,
    /// How many tokens were asked for.
    pub(crate) requests: AtomicUsize,
}

/// The body of a token answer.
pub(crate) fn answer(expires_in: u64) -> Vec<u8> {
    let token = "t".repeat(TOKEN_LENGTH);
    format!(r#"{{"token_type":"Bearer","expires_in":{expires_in},"access_token":"{token}"}}"#).into_bytes()
}

impl Loopback {
    pub(crate) fn start() -> Self {
        let (config, ca_pem) = tls();
        let conduct = Arc::new(Conduct {
            delay: AtomicU64::new(0),
            status: AtomicU16::new(200),
            lifetime: AtomicU64::new(86_400),
            requests: AtomicUsize::new(0),
        });
        let shared = conduct.clone();
        let port = listen(move |stream| {
            let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
            serve(StreamOwned::new(connection, stream), &shared)
        });
        Self { authority: format!("https://localhost:{port}"), ca_pem, conduct }
    }

    /// The same without TLS: its `http://localhost:PORT`.
    #[allow(dead_code, reason = "for the comparison with other libraries")]
    pub(crate) fn without_tls(&self) -> String {
        let shared = self.conduct.clone();
        format!("http://localhost:{}", listen(move |stream| serve(stream, &shared)))
    }
}

/// Gives every connection a thread. Returns the port.
fn listen(serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || stream.set_nodelay(true).and_then(|()| serve(stream)));
        }
    });
    port
}

/// A certificate of `localhost`, and the authority that vouches for it.
fn tls() -> (Arc<ServerConfig>, String) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // OpenSSL takes a certificate whose issuer has its own name for one that vouches for itself.
    ca.distinguished_name.push(DnType::CommonName, "authority of a benchmark");
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().unwrap();
    let leaf =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key))
        .unwrap();
    (Arc::new(config), ca_pem)
}

fn serve(stream: impl Read + Write, conduct: &Conduct) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut line, mut content, mut reply, mut kind) = (String::new(), Vec::new(), Vec::new(), (0, 0));
    loop {
        let (mut length, mut asks_where) = (0, false);
        loop {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            asks_where |= line.starts_with("GET ");
            let Some((name, value)) = line.split_once(':') else {
                if line.trim().is_empty() { break } else { continue }
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().map_err(io::Error::other)?;
            } else if asks_where && name.eq_ignore_ascii_case("host") {
                stream.get_mut().write_all(&endpoints(value.trim()))?;
            }
        }
        if asks_where {
            continue;
        }
        content.resize(length, 0);
        stream.read_exact(&mut content)?;
        conduct.requests.fetch_add(1, Relaxed);
        let delay = conduct.delay.load(Relaxed);
        if delay > 0 {
            thread::sleep(Duration::from_millis(delay));
        }
        let (status, lifetime) = (conduct.status.load(Relaxed), conduct.lifetime.load(Relaxed));
        if kind != (status, lifetime) {
            let body = if status == 200 { answer(lifetime) } else { b"{}".to_vec() };
            (reply, kind) = (response(status, &body), (status, lifetime));
        }
        stream.get_mut().write_all(&reply)?;
        stream.get_mut().flush()?;
    }
}

/// Where the endpoints of a tenant are, which MSAL asks before anything else.
fn endpoints(host: &str) -> Vec<u8> {
    let base = format!("https://{host}/tenant");
    let body = format!(
        r#"{{"issuer":"{base}/v2.0","token_endpoint":"{base}/token","authorization_endpoint":"{base}/authorize"}}"#
    );
    response(200, body.as_bytes())
}

fn response(status: u16, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Told So\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}
