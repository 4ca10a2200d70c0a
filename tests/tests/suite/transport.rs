//! Proxies, own clients and connections.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use super::identity::effect::{Outbound, Route};
use super::identity::{Credential, ErrorKind, Host, Proxy, Retry, TokenRequest, Transport};
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
async fn a_server_that_nobody_vouches_for_is_refused() {
    let fixture = Fixture::new();
    let source = fixture.source().with_options(fixture.options().with_retry(Retry::none()));
    let credential = Credential::new(source).unwrap();
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!((error.kind(), fixture.requests()), (ErrorKind::Transport, 0));
    credential.close().await;
}
