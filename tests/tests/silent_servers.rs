//! A server that takes a request and says nothing: a close hangs up on it, and waits for nothing.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use identity_blocking::{DefaultAzureCredential, Env, TokenRequest};

/// Far less than the 30 s that a request may take, and far more than a close does.
const SOON: Duration = Duration::from_secs(15);

/// Tells of each request that arrived whole, and of the end of its connection.
fn silent_server() -> (String, Receiver<&'static str>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/token", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut lines, sender) = (BufReader::new(stream.unwrap()).lines(), sender.clone());
            thread::spawn(move || {
                while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                let _ = sender.send("asked");
                let _ = lines.next();
                let _ = sender.send("hung up");
            });
        }
    });
    (address, receiver)
}

#[test]
fn closing_a_default_chain_ends_a_call_that_waits() {
    let (address, server) = silent_server();
    // No secret: what any process on an App Service may send along.
    let env = Env::from_iter([
        ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential"),
        ("IDENTITY_ENDPOINT", address.as_str()),
        ("IDENTITY_HEADER", "not-a-secret"),
    ]);
    let chain = DefaultAzureCredential::builder().env(env).build().unwrap();
    let (sender, ended) = channel();
    let caller = chain.clone();
    thread::spawn(move || {
        let result = caller.get_token(&TokenRequest::new(&["https://vault.azure.net/.default"]));
        let _ = sender.send(result.is_err());
    });
    assert_eq!(server.recv_timeout(SOON), Ok("asked"));
    let (sender, closed) = channel();
    thread::spawn(move || {
        chain.close();
        let _ = sender.send(());
    });
    assert_eq!(closed.recv_timeout(SOON), Ok(()));
    assert_eq!(ended.recv_timeout(SOON), Ok(true));
    assert_eq!(server.recv_timeout(SOON), Ok("hung up"));
}
