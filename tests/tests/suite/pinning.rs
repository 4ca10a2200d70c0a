//! Service Fabric: the server is known by its certificate's thumbprint alone, and nothing is sent to any other.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, mpsc};

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::identity::{
    AccessToken, Credential, Env, ErrorKind, ManagedIdentity, Proxy, Result, Retry, Tls, TokenRequest,
    Transport,
};
use super::transport::recording_proxy;
use super::{VAULT, flavour, flavour_test};

const LIBRARIES: &[Tls] = &[
    Tls::Rustls,
    #[cfg(feature = "native-tls")]
    Tls::Native,
];

/// A node whose certificate nobody vouches for, which has expired and is for another name.
struct Node {
    url: String,
    thumbprint: String,
    /// The request of each client that sent one.
    requests: mpsc::Receiver<String>,
}

impl Node {
    fn start() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new(vec!["some.other.name".to_owned()]).unwrap();
        parameters.not_before = rcgen::date_time_ymd(2000, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2001, 1, 1);
        let certificate = parameters.self_signed(&key).unwrap();
        let thumbprint = digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate.der());
        let thumbprint = thumbprint.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config =
            config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/token", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::channel();
        std::thread::spawn(move || serve(&listener, &Arc::new(config), &sender));
        Self { url, thumbprint, requests }
    }
}

fn serve(listener: &TcpListener, config: &Arc<ServerConfig>, requests: &mpsc::Sender<String>) {
    const BODY: &str = r#"{"access_token":"token","expires_in":3600}"#;
    for tcp in listener.incoming() {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = StreamOwned::new(connection, tcp.unwrap());
        let (mut request, mut part) = (Vec::new(), [0; 4096]);
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read(&mut part) {
                Ok(read) if read > 0 => request.extend_from_slice(&part[..read]),
                _ => break,
            }
        }
        if request.is_empty() {
            continue;
        }
        let _ = requests.send(String::from_utf8(request).unwrap());
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}", BODY.len());
        let _ = write!(stream, "{head}\r\nConnection: close\r\n\r\n{BODY}");
        stream.conn.send_close_notify();
        let _ = stream.flush();
    }
}

#[flavour]
async fn ask(tls: Tls, node: &Node, thumbprint: &str) -> Result<AccessToken> {
    let (proxy, seen) = recording_proxy();
    let env: Env = [
        ("IDENTITY_ENDPOINT", node.url.as_str()),
        ("IDENTITY_HEADER", "hush-hush"),
        ("IDENTITY_SERVER_THUMBPRINT", thumbprint),
    ]
    .into_iter()
    .collect();
    let transport = Transport::builder().tls(tls).proxy(Proxy::Url(proxy.as_str().into())).env(env).build();
    let source = ManagedIdentity::system_assigned().with_retry(Retry::none());
    let credential = Credential::builder(source).host(transport).build().unwrap();
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await;
    credential.close().await;
    assert!(seen.try_recv().is_err(), "the proxy saw the request");
    token
}

#[flavour]
#[flavour_test]
async fn an_expired_certificate_with_the_right_thumbprint_is_accepted() {
    for tls in LIBRARIES {
        let node = Node::start();
        let colons: Vec<String> = node
            .thumbprint
            .as_bytes()
            .chunks(2)
            .map(|two| String::from_utf8_lossy(two).to_uppercase())
            .collect();
        for thumbprint in [node.thumbprint.clone(), node.thumbprint.to_uppercase(), colons.join(":")] {
            let token = ask(*tls, &node, &thumbprint).await.unwrap();
            assert_eq!((token.secret(), token.origin()), ("token", "Service Fabric"), "{tls:?}");
            let request = node.requests.recv().unwrap();
            let expected =
                "GET /token?api-version=2019-07-01-preview&resource=https%3A%2F%2Fvault.azure.net HTTP/1.1";
            assert_eq!(request.lines().next(), Some(expected), "{tls:?}");
            let request = request.to_lowercase();
            assert!(
                request.contains("\r\nsecret: hush-hush\r\n") && request.contains("\r\nhost: 127.0.0.1:")
            );
        }
    }
}

#[flavour]
#[flavour_test]
async fn any_other_certificate_is_refused_before_the_secret_is_sent() {
    for tls in LIBRARIES {
        let (node, other) = (Node::start(), Node::start());
        let error = ask(*tls, &node, &other.thumbprint).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{tls:?}: {error}");
        assert!(node.requests.try_recv().is_err(), "{tls:?}: the request went out");
        assert!(!format!("{error:?}").contains("hush-hush"));
    }
}
