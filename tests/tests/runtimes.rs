//! Where credentials are called from: threads, tasks, other runtimes, none at all, destructors.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::io::Read;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use identity_testing::emulator::{Emulator, Fault};

const SCOPES: &[&str] = &["https://vault.azure.net/.default"];

mod blocking {
    use identity_blocking::{ClientOptions, ClientSecret, ClientSecretCredential, Credential, Transport};
    use identity_testing::emulator::Emulator;

    pub(crate) fn credential(entra: &Emulator) -> ClientSecretCredential {
        let source = ClientSecret::new(entra.tenant().id(), entra.app().client_id(), entra.secret())
            .with_options(ClientOptions::new().with_authority(entra.authority()));
        let transport = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
        Credential::builder(source).host(transport).build().unwrap()
    }
}

mod asynchronous {
    use identity_async::{ClientOptions, ClientSecret, ClientSecretCredential, Credential, Transport};
    use identity_testing::emulator::Emulator;

    pub(crate) fn credential(entra: &Emulator) -> ClientSecretCredential {
        credential_on(entra, Transport::builder().add_certificate_authorities(entra.ca_pem()).build())
    }

    pub(crate) fn credential_on(entra: &Emulator, transport: Transport) -> ClientSecretCredential {
        let source = ClientSecret::new(entra.tenant().id(), entra.app().client_id(), entra.secret())
            .with_options(ClientOptions::new().with_authority(entra.authority()));
        Credential::builder(source).host(transport).build().unwrap()
    }
}

/// Asks when it is dropped.
struct AsksInDrop(identity_blocking::ClientSecretCredential);

impl Drop for AsksInDrop {
    fn drop(&mut self) {
        self.0.get_token(&identity_blocking::TokenRequest::new(SCOPES)).unwrap();
    }
}

#[test]
fn the_blocking_flavour_works_inside_every_kind_of_runtime() {
    let entra = Emulator::start().unwrap();
    let current = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let many = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for runtime in [&current, &many] {
        runtime.block_on(async {
            let credential = blocking::credential(&entra);
            credential.get_token(&identity_blocking::TokenRequest::new(SCOPES)).unwrap();
            let credential = blocking::credential(&entra);
            let task = tokio::task::spawn_blocking(move || {
                credential.get_token(&identity_blocking::TokenRequest::new(SCOPES)).map(drop)
            });
            task.await.unwrap().unwrap();
            drop(AsksInDrop(blocking::credential(&entra)));
        });
    }
    assert_eq!(entra.token_requests(), 6);
}

#[test]
fn the_async_flavour_outside_a_runtime_is_an_error_and_no_panic() {
    let entra = Emulator::start().unwrap();
    let credential = asynchronous::credential(&entra);
    let request = identity_async::TokenRequest::new(SCOPES);
    let error = poll_to_the_end(credential.get_token(&request)).unwrap_err();
    assert!(error.to_string().contains("tokio runtime"), "{error}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(credential.get_token(&request)).unwrap();
    assert!(poll_to_the_end(credential.get_token(&request)).unwrap().is_from_cache());
    poll_to_the_end(credential.close());
}

#[test]
fn a_client_of_the_application_outside_a_runtime_is_an_error_and_no_panic() {
    let entra = Emulator::start().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(config).build().unwrap();
    let credential = asynchronous::credential_on(&entra, identity_async::Transport::from_client(client));
    let request = identity_async::TokenRequest::new(SCOPES);
    let error = poll_to_the_end(credential.get_token(&request)).unwrap_err();
    assert!(error.to_string().contains("tokio runtime"), "{error}");
    poll_to_the_end(credential.close());
}

/// Runs a future on this thread, without any runtime.
fn poll_to_the_end<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        thread::yield_now();
    }
}

#[test]
fn a_credential_outlives_the_runtime_that_it_was_first_used_in() {
    let entra = Emulator::start().unwrap();
    let credential = asynchronous::credential(&entra);
    let request = identity_async::TokenRequest::new(SCOPES).with_force_refresh(true);
    for _ in 0..3 {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(credential.get_token(&request)).unwrap();
    }
    assert_eq!(entra.token_requests(), 3);
    poll_to_the_end(credential.close());
}

#[test]
fn threads_share_one_request_and_its_error() {
    const CALLERS: usize = 50;
    let entra = Emulator::start().unwrap();
    let credential = blocking::credential(&entra);
    entra.fail(Fault::entra(400, "invalid_client", 7_000_215).after(Duration::from_secs(1)));
    let barrier = Barrier::new(CALLERS);
    let errors: Vec<_> = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    credential.get_token(&identity_blocking::TokenRequest::new(SCOPES)).unwrap_err()
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(entra.token_requests(), 1);
    assert!(errors.iter().all(|error| error.aadsts_codes() == [7_000_215]));
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_share_one_request_per_scope() {
    let entra = Emulator::start().unwrap();
    let credential = Arc::new(asynchronous::credential(&entra));
    let scopes = ["https://vault.azure.net/.default", "https://storage.azure.com/.default"];
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200 {
        let (credential, scope) = (credential.clone(), scopes[number % 2]);
        tasks.spawn(async move {
            credential.get_token(&identity_async::TokenRequest::new(&[scope])).await.map(drop)
        });
    }
    while let Some(result) = tasks.join_next().await {
        result.unwrap().unwrap();
    }
    assert_eq!(entra.token_requests(), 2);
    credential.close().await;
}

#[tokio::test]
async fn a_cancelled_leader_neither_cancels_the_request_nor_strands_the_others() {
    let entra = Emulator::start().unwrap();
    let credential = asynchronous::credential(&entra);
    let request = identity_async::TokenRequest::new(SCOPES);
    let mut leader = Box::pin(credential.get_token(&request));
    let mut follower = Box::pin(credential.get_token(&request));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(leader.as_mut().poll(&mut context).is_pending());
    assert!(follower.as_mut().poll(&mut context).is_pending());
    drop(leader);
    follower.await.unwrap();
    assert_eq!(entra.token_requests(), 1);
    credential.close().await;
}

/// A task is cancelled with its request; a thread can only be freed from it.
#[test]
fn closing_a_blocking_transport_ends_a_request_under_way() {
    use identity_blocking::effect::{Outbound, TransportErrorKind};
    use identity_blocking::{Host, Proxy, Transport};

    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let transport = Transport::builder().proxy(Proxy::None).build();
    let sender = transport.clone();
    let request = Outbound::new(http::Request::get(url).body(Vec::new()).unwrap());
    let sent = thread::spawn(move || sender.send(request).unwrap_err().kind());
    let (mut connection, _) = silent.accept().unwrap();
    connection.read_exact(&mut [0; 16]).unwrap();
    transport.close();
    assert_ne!(sent.join().unwrap(), TransportErrorKind::Timeout);
}

#[tokio::test]
async fn a_close_ends_those_who_wait() {
    let entra = Emulator::start().unwrap();
    let credential = asynchronous::credential(&entra);
    entra.fail(Fault::silence(Duration::from_secs(3600)));
    let request = identity_async::TokenRequest::new(SCOPES);
    let mut waiting = Box::pin(credential.get_token(&request));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    credential.close().await;
    assert_eq!(waiting.await.unwrap_err().kind(), identity_async::ErrorKind::Closed);
}

#[tokio::test]
async fn forgetting_to_close_is_counted() {
    let entra = Emulator::start().unwrap();
    // Other tests of this process close theirs, so that only this one counts.
    let before = identity_async::unclosed_credentials();
    let unused = asynchronous::credential(&entra);
    drop(unused);
    assert_eq!(identity_async::unclosed_credentials(), before);
    let used = asynchronous::credential(&entra);
    used.get_token(&identity_async::TokenRequest::new(SCOPES)).await.unwrap();
    drop(used);
    assert_eq!(identity_async::unclosed_credentials(), before + 1);
}
