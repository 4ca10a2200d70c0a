//! Proxies, own clients and connections.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::identity::effect::{Outbound, Route, TransportError, TransportErrorKind};
use super::identity::{Credential, Env, ErrorKind, Host, Proxy, Retry, TokenRequest, Transport};
use super::{Fixture, VAULT, flavour, flavour_test};

/// A proxy that records the first line of each request and refuses it.
pub(super) fn recording_proxy() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut text = String::new();
            let mut line = BufReader::new(&stream);
            while line.read_line(&mut text).is_ok_and(|read| read > 2) {}
            // Recorded before it is answered, so that whoever has the answer finds the record.
            if sender.send(text.lines().next().unwrap_or_default().to_owned()).is_err() {
                return;
            }
            let _ =
                stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
        }
    });
    (address, receiver)
}

#[flavour]
#[flavour_test]
async fn sign_in_goes_through_the_proxy_and_metadata_does_not() {
    let fixture = Fixture::new();
    let (address, seen) = recording_proxy();
    let transport = Transport::builder()
        .add_certificate_authorities(fixture.entra.ca_pem())
        .proxy(Proxy::Url(address.as_str().into()))
        .build();
    let source = fixture.source().with_options(fixture.options().with_retry(Retry::none()));
    let credential = Credential::builder(source).host(transport.clone()).build().unwrap();
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    let first = seen.try_recv().unwrap();
    assert!(first.starts_with("CONNECT localhost:"), "{first}");
    let url = format!("{}/common/discovery/instance", fixture.entra.authority());
    let outbound = Outbound::new(http::Request::get(url).body(Vec::new()).unwrap()).direct();
    assert_eq!(outbound.route, Route::Direct);
    transport.send(outbound).await.unwrap();
    assert!(seen.try_recv().is_err());
}

/// The environment of the transport counts, and by the scheme of the request.
#[flavour]
#[flavour_test]
async fn the_environment_names_proxies_by_scheme_and_hosts_without() {
    let (server, direct) = recording_proxy();
    let (proxy, proxied) = recording_proxy();
    let sent = [
        (vec![("HTTP_PROXY", proxy.as_str())], true),
        (vec![("ALL_PROXY", proxy.as_str())], true),
        (vec![("HTTPS_PROXY", proxy.as_str())], false),
        (vec![("ALL_PROXY", proxy.as_str()), ("NO_PROXY", "127.0.0.0/8")], false),
        (vec![("HTTP_PROXY", proxy.as_str()), ("REQUEST_METHOD", "GET")], false),
        (vec![], false),
    ];
    for (variables, through_proxy) in sent {
        let transport = Transport::builder().env(variables.iter().copied().collect::<Env>()).build();
        let request = http::Request::get(&server).body(Vec::new()).unwrap();
        // Clients differ in how they ask a proxy for plain http, and in what a refusal then is.
        drop(transport.send(Outbound::new(request)).await);
        assert_eq!(
            (proxied.try_recv().is_ok(), direct.try_recv().is_ok()),
            (through_proxy, !through_proxy),
            "{variables:?}"
        );
    }
}

#[flavour]
#[flavour_test]
async fn connections_are_reused() {
    let fixture = Fixture::new();
    let credential = fixture.credential();
    for _ in 0..5 {
        credential.get_token(&TokenRequest::new(&[VAULT]).with_force_refresh(true)).await.unwrap();
    }
    assert_eq!((fixture.requests(), fixture.entra.connections()), (5, 1));
}

#[flavour]
#[flavour_test]
async fn nothing_listening_is_a_transport_error_that_names_the_address() {
    let fixture = Fixture::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let options = fixture.options().with_authority(format!("https://{free}")).with_retry(Retry::none());
    let credential = Credential::builder(fixture.source().with_options(options))
        .deadline(Duration::from_secs(20))
        .build()
        .unwrap();
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert!(error.to_string().contains(&free.to_string()) && error.is_transient(), "{error}");
    credential.close().await;
}

#[flavour]
#[flavour_test]
async fn a_proxy_that_is_not_there_is_named_without_its_password() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = format!("http://me:hunter2@{free}");
    let variables = [("HTTPS_PROXY", proxy.as_str())];
    let transport = Transport::builder().env(variables.into_iter().collect::<Env>()).build();
    let error = failure(transport, "https://login.example/").await;
    assert_eq!(error.kind(), TransportErrorKind::Connect, "{error}");
    let text = error.to_string();
    assert!(text.contains(&format!("proxy http://{free}/")) && !text.contains("hunter2"), "{text}");
}

#[flavour]
#[flavour_test]
async fn a_server_that_nobody_vouches_for_is_refused() {
    let fixture = Fixture::new();
    // Another try finds the same certificate: were there any, they would not fit into this deadline.
    let request = TokenRequest::new(&[VAULT]).with_deadline(Duration::from_secs(2));
    let credential = Credential::new(fixture.source()).unwrap();
    let error = credential.get_token(&request).await.unwrap_err();
    assert_eq!((error.kind(), fixture.requests()), (ErrorKind::Transport, 0));
    assert!(!error.is_transient(), "{error}");
    let text = error.to_string();
    assert!(text.contains("not trusted") && text.contains("SSL_CERT_FILE"), "{text}");
    credential.close().await;
}

/// Each byte comes in time; all of them never do.
#[flavour]
#[flavour_test]
async fn a_proxy_that_drips_its_answer_is_not_waited_for() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nX-Drip: ").unwrap();
        for _ in 0..500 {
            std::thread::sleep(Duration::from_millis(20));
            if stream.write_all(b"x").is_err() {
                return;
            }
        }
    });
    let began = Instant::now();
    let limit = Duration::from_millis(300);
    let transport = Transport::builder().proxy(Proxy::Url(address.into())).connect_timeout(limit).build();
    let error = failure(transport, "https://login.example/").await;
    assert_eq!(error.kind(), TransportErrorKind::ConnectTimeout, "{error}");
    assert!(began.elapsed() < Duration::from_secs(6));
}

/// The kind of error of a request that cannot be answered.
#[flavour]
async fn failure(transport: Transport, url: &str) -> TransportError {
    let request = http::Request::get(url).body(Vec::new()).unwrap();
    transport.send(Outbound::new(request)).await.unwrap_err()
}

#[flavour]
#[flavour_test]
async fn what_fails_before_anything_is_sent_counts_as_connecting() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    std::thread::spawn(move || silent.incoming().for_each(drop));
    for url in ["https://no-such-host.invalid/".to_owned(), format!("https://{address}/")] {
        let error = failure(Transport::builder().proxy(Proxy::None).build(), &url).await;
        assert_eq!(error.kind(), TransportErrorKind::Connect, "{url}: {error}");
    }
}

#[flavour]
#[flavour_test]
async fn a_proxy_of_a_kind_that_cannot_be_used_is_not_passed_by() {
    let (server, seen) = recording_proxy();
    let transport = Transport::builder().proxy(Proxy::Url("socks5://127.0.0.1:9".into())).build();
    let error = failure(transport, &server).await;
    assert!(error.to_string().to_ascii_lowercase().contains("socks"), "{error}");
    assert!(seen.try_recv().is_err());
}

#[flavour]
#[flavour_test]
async fn an_application_id_that_no_header_can_hold_is_an_error() {
    let transport = Transport::builder().application_id("a\r\nHost: evil").build();
    let error = failure(transport, "http://127.0.0.1:9/").await;
    assert_eq!(error.kind(), TransportErrorKind::Unsupported, "{error}");
}

#[flavour]
#[flavour_test]
async fn limits_may_be_as_long_as_they_like() {
    let (server, _seen) = recording_proxy();
    let transport =
        Transport::builder().timeout(Duration::MAX).connect_timeout(Duration::MAX).proxy(Proxy::None).build();
    let request = http::Request::get(server).body(Vec::new()).unwrap();
    let outbound = Outbound::new(request).with_timeout(Duration::MAX);
    let answer = transport.send(outbound).await.unwrap();
    assert_eq!(answer.status().as_u16(), 407);
}
