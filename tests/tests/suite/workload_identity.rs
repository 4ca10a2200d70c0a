//! Federated tokens in files: rotation, what it may leave for a moment, and the token proxy of AKS.

use std::time::{Duration, Instant};

use identity_testing::emulator::{Emulator, FEDERATED_APP};

use super::doubles::VirtualClock;
use super::files::Folder;
use super::identity::{
    ClientOptions, CredentialOn, Env, ErrorKind, Retry, TokenRequest, Transport, WorkloadIdentity,
};
use super::{Fixture, VAULT, flavour, flavour_test};

type Workload = CredentialOn<WorkloadIdentity, VirtualClock<Transport>>;

fn workload(fixture: &Fixture, file: &std::path::Path) -> Workload {
    let tenant = fixture.entra.tenant().id();
    let variables = [
        ("AZURE_TENANT_ID", tenant.to_owned()),
        ("AZURE_CLIENT_ID", FEDERATED_APP.to_owned()),
        ("AZURE_FEDERATED_TOKEN_FILE", file.display().to_string()),
    ];
    let source = WorkloadIdentity::new().with_options(fixture.options());
    Workload::on(fixture.host.clone(), source).env(Env::from_iter(variables)).build().unwrap()
}

/// 72 hours, the file replaced every hour through a link, as Kubernetes does.
#[cfg(unix)]
#[flavour]
#[flavour_test]
async fn every_request_uses_the_current_file() {
    let (fixture, folder) = (Fixture::new(), Folder::new());
    let credential = workload(&fixture, &folder.path("token"));
    for hour in 0..72 {
        let current = fixture.assertion();
        let target = folder.write(&format!("data{}", hour % 2), &current);
        folder.link("token", &target);
        fixture.entra.clear_requests();
        credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
        let sent: Vec<_> =
            fixture.entra.requests().iter().map(|r| r.form("client_assertion").map(str::to_owned)).collect();
        assert_eq!(sent, [Some(current)], "hour {hour}");
        fixture.host.advance(Duration::from_secs(3600));
        fixture.entra.move_clock(3600);
    }
}

/// To open one may already take for ever.
#[cfg(unix)]
#[flavour]
#[flavour_test]
async fn a_pipe_in_the_place_of_the_file_is_not_waited_for() {
    let (fixture, folder) = (Fixture::new(), Folder::new());
    let credential = workload(&fixture, &folder.pipe("token"));
    let began = Instant::now();
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(15));
}

#[flavour]
#[flavour_test]
async fn what_rotation_leaves_for_a_moment_passes() {
    let (fixture, folder) = (Fixture::new(), Folder::new());
    let token = fixture.assertion();
    let credential = workload(&fixture, &folder.path("token"));
    let request = TokenRequest::new(&[VAULT]).with_force_refresh(true);
    for (content, says) in [
        (None, "does not exist"),
        (Some(String::new()), "is empty"),
        (Some(token[..token.len() / 2].to_owned()), "a part of a token"),
        (Some("x".repeat(70_000)), "larger than 64 KiB"),
    ] {
        if let Some(content) = content {
            folder.write("token", content);
        }
        let error = credential.get_token(&request).await.unwrap_err();
        assert!(error.is_transient() && error.to_string().contains(says), "{error}");
        assert_eq!(fixture.requests(), 0);
        folder.write("token", &token);
        credential.get_token(&request).await.unwrap();
        fixture.entra.clear_requests();
        folder.remove("token");
    }
}

#[flavour]
#[flavour_test]
async fn an_expired_token_is_read_once_more() {
    let (fixture, folder) = (Fixture::new(), Folder::new());
    let credential = workload(&fixture, &folder.write("token", fixture.assertion()));
    fixture.entra.move_clock(7200);
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!((error.aadsts_codes(), fixture.requests()), (&[700_024][..], 2));
    folder.write("token", fixture.assertion());
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
}

/// The emulator is the proxy as well: it is reached by address, and must show a certificate for another name.
fn proxied(entra: &Emulator, folder: &Folder, server_name: &str) -> Workload {
    let port = entra.authority().rsplit(':').next().unwrap();
    let variables = [
        ("AZURE_TENANT_ID", entra.tenant().id().to_owned()),
        ("AZURE_CLIENT_ID", FEDERATED_APP.to_owned()),
        ("AZURE_FEDERATED_TOKEN_FILE", folder.path("token").display().to_string()),
        ("AZURE_KUBERNETES_TOKEN_PROXY", format!("https://127.0.0.1:{port}/")),
        ("AZURE_KUBERNETES_SNI_NAME", server_name.to_owned()),
        ("AZURE_KUBERNETES_CA_FILE", folder.path("ca.crt").display().to_string()),
    ];
    let options = ClientOptions::new().with_retry(Retry::none());
    let source = WorkloadIdentity::new().with_token_proxy(true).with_options(options);
    let host = VirtualClock::new(Transport::default());
    Workload::on(host, source).env(Env::from_iter(variables)).build().unwrap()
}

#[flavour]
#[flavour_test]
async fn the_token_proxy_shows_the_name_and_the_authority_of_the_variables() {
    let entra = Emulator::builder().server_name("sni.aks.example").start().unwrap();
    let (stranger, folder) = (Emulator::start().unwrap(), Folder::new());
    folder.write(
        "token",
        entra.federated_token(super::assertions::ISSUER, super::assertions::SUBJECT).unwrap(),
    );
    let credential = proxied(&entra, &folder, "sni.aks.example");
    let request = TokenRequest::new(&[VAULT]).with_force_refresh(true);

    let error = credential.get_token(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("CA file"), "{error}");

    folder.write("ca.crt", stranger.ca_pem());
    let error = credential.get_token(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{error}");

    folder.write("ca.crt", entra.ca_pem());
    credential.get_token(&request).await.unwrap();
    let host = entra.requests().last().and_then(|request| request.header("host").map(str::to_owned));
    assert!(host.as_deref().is_some_and(|host| host.starts_with("127.0.0.1:")), "{host:?}");

    folder.write("ca.crt", &entra.ca_pem()[..100]);
    credential.get_token(&request).await.unwrap();

    let other = proxied(&entra, &folder, "another.aks.example");
    folder.write("ca.crt", entra.ca_pem());
    let error = other.get_token(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
}
