//! A fetched token over warm TLS on loopback, against the same POST by the bare client.

use std::sync::Arc;
use std::time::Duration;

use identity_core::TokenRequest;
use serde_json::Value;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::loopback::{Loopback, TOKEN_LENGTH};
use crate::place::on_processor;
use crate::report::{Goal, Report};
use crate::rounds::{Contender, measure};
use crate::subject::{CLIENT, TENANT, source};

const SCOPE: &str = "https://vault.azure.net/.default";

/// The fields that the credential sends as well.
const FORM: [(&str, &str); 4] = [
    ("grant_type", "client_credentials"),
    ("client_secret", "not-a-secret"),
    ("scope", SCOPE),
    ("client_id", CLIENT),
];

/// Client and server on a processor each.
pub(crate) fn rows(report: &mut Report, rounds: usize) {
    let server = on_processor(1, Loopback::start);
    on_processor(0, || compare(report, rounds, &server));
}

fn compare(report: &mut Report, rounds: usize, server: &Loopback) {
    let url = format!("{}/{TENANT}/oauth2/v2.0/token", server.authority);
    let scopes = [SCOPE];
    let request = TokenRequest::new(&scopes).with_force_refresh(true);

    let agent = agent(&server.ca_pem);
    let transport =
        identity_blocking::Transport::builder().add_certificate_authorities(&*server.ca_pem).build();
    let blocking = identity_blocking::ClientSecretCredential::builder(source(&server.authority))
        .host(transport)
        .build()
        .unwrap();

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let _inside = runtime.enter();
    let client = client(&server.ca_pem);
    let transport = identity_async::Transport::builder().add_certificate_authorities(&*server.ca_pem).build();
    let later = identity_async::ClientSecretCredential::builder(source(&server.authority))
        .host(transport)
        .build()
        .unwrap();

    // In a task, as in a service: what a task of the runtime waits for needs no other thread to be woken.
    let bare_later: Contender<'_> = Box::new(|count| {
        let (client, url) = (client.clone(), url.clone());
        let task = runtime.spawn(async move {
            for _ in 0..count {
                let answer = client.post(&url).header("accept", "application/json").form(&FORM);
                let answer = answer.send().await.unwrap().bytes().await.unwrap();
                check(&answer);
            }
        });
        runtime.block_on(task).unwrap();
    });
    let ours_later: Contender<'_> = Box::new(|count| {
        let credential = later.clone();
        let task = runtime.spawn(async move {
            let request = TokenRequest::new(&[SCOPE]).with_force_refresh(true);
            for _ in 0..count {
                let token = credential.get_token(&request).await.unwrap();
                assert_eq!(token.secret().len(), TOKEN_LENGTH);
            }
        });
        runtime.block_on(task).unwrap();
    });
    let bare: Contender<'_> = Box::new(|count| {
        for _ in 0..count {
            let mut answer = agent.post(&url).header("accept", "application/json").send_form(FORM).unwrap();
            check(&answer.body_mut().read_to_vec().unwrap());
        }
    });
    let ours: Contender<'_> = Box::new(|count| {
        for _ in 0..count {
            assert_eq!(blocking.get_token(&request).unwrap().secret().len(), TOKEN_LENGTH);
        }
    });
    let [bare, ours, bare_later, ours_later] =
        measure(rounds, Duration::from_millis(15), [bare, ours, bare_later, ours_later]);
    for (name, ours, bare) in [("blocking, ureq", &ours, &bare), ("async, reqwest", &ours_later, &bare_later)]
    {
        let absolute = format!("{:.1} us, bare {:.1} us", ours.median() / 1e3, bare.median() / 1e3);
        let name = format!("fetched token over warm TLS, against the bare POST; {name}");
        report.row(&name, ours.ratio(bare), "x", Goal::AtMost(1.05), absolute);
    }
    runtime.block_on(later.close());
}

/// What everybody does with an answer who wants the token.
fn check(answer: &[u8]) {
    let answer: Value = serde_json::from_slice(answer).unwrap();
    assert_eq!(answer["access_token"].as_str().unwrap().len(), TOKEN_LENGTH);
}

fn agent(ca_pem: &str) -> ureq::Agent {
    let ca = Certificate::from_pem(ca_pem.as_bytes()).unwrap();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(vec![ca])))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    // Without limits: with them, ureq starts a thread for each request.
    ureq::Agent::config_builder().tls_config(tls).build().new_agent()
}

fn client(ca_pem: &str) -> reqwest::Client {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(identity_core::tls::certificates(ca_pem.as_bytes()).unwrap());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(config).build().unwrap()
}
