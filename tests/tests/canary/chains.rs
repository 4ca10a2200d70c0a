//! Chains, whose errors repeat those of their members, and proxies, whose addresses hold passwords.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity_testing::emulator::Emulator;

use super::flavour;
use super::flavour_test;
use super::identity::{
    ChainedTokenCredential, ClientSecret, Credential, DefaultAzureCredential, Env, Environment, Member,
    Proxy, TokenRequest, Transport,
};
use super::trial::{build, options, show, transport, trial};
use crate::{hands, witness};

const TOKEN_ENDPOINT: &[&str] = &["/oauth2/v2.0/token"];

#[flavour]
#[flavour_test]
async fn the_members_of_a_chain_show_no_secrets_in_its_error() {
    witness::watch();
    let entra = Emulator::start().unwrap();
    let (tenant, app, secret) = (entra.tenant().id(), entra.app().client_id(), entra.secret());
    let variables = [
        ("AZURE_AUTHORITY_HOST", entra.authority()),
        ("AZURE_TENANT_ID", tenant),
        ("AZURE_CLIENT_ID", app),
        ("AZURE_CLIENT_SECRET", secret),
        ("HOME", "/nonexistent"),
        ("PATH", "/nonexistent"),
    ];
    let default = DefaultAzureCredential::builder()
        .host(transport(&entra))
        .env(variables.into_iter().collect())
        .client_options(options(&entra))
        .exclude(Member::ManagedIdentity)
        .build()
        .unwrap();
    witness::show(&format!("{default:?}"));
    trial(&entra, Ok(Arc::new(default)), TOKEN_ENDPOINT, &[secret]).await;
    let absent = build(&entra, Environment::new(), Env::empty()).unwrap();
    let present =
        build(&entra, ClientSecret::new(tenant, app, secret).with_options(options(&entra)), Env::empty());
    let chain = ChainedTokenCredential::new(vec![absent, present.unwrap()]).unwrap();
    witness::show(&format!("{chain:?}"));
    trial(&entra, Ok(Arc::new(chain)), TOKEN_ENDPOINT, &[secret]).await;
}

/// A proxy that refuses, and repeats what it was sent while it does.
fn talkative_proxy() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut text = String::new();
            let mut line = BufReader::new(&stream);
            while line.read_line(&mut text).is_ok_and(|read| read > 2) {}
            let flat = text.replace(['\r', '\n'], " ");
            let length = text.len();
            let answer = format!(
                "HTTP/1.1 407 {flat}\r\nProxy-Authenticate: Basic realm=\"{}\"\r\nContent-Length: {length}\r\n\r\n{text}",
                flat.replace('"', "'")
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

#[flavour]
#[flavour_test]
async fn the_password_of_a_proxy_is_not_seen() {
    witness::watch();
    let entra = Emulator::start().unwrap();
    let (user, password) = ("c4n4ry-user", "c4n4ry+of@the/proxy");
    let login = format!("{user}:{}", hands::encoded(password));
    let talkative = talkative_proxy();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let addresses = [
        format!("http://{login}@{talkative}"),
        format!("http://{login}@{free}"),
        format!("https://{login}@{talkative}"),
        format!("http://{login}@no-such-host.invalid:1"),
        format!("socks5://{login}@{free}"),
        format!("http://{login}@:::::"),
        format!("http://{login} @{free}"),
    ];
    for address in addresses {
        let env = Env::from_iter([("HTTPS_PROXY", address.as_str())]);
        for proxy in [Proxy::Url(address.as_str().into()), Proxy::Environment] {
            witness::show(&format!("{proxy:?} {env:?}"));
            let builder = Transport::builder().env(env.clone()).proxy(proxy);
            let builder = builder.add_certificate_authorities(entra.ca_pem());
            witness::show(&format!("{builder:?}"));
            let transport = builder.build();
            witness::show(&format!("{transport:?}"));
            let source = ClientSecret::new(entra.tenant().id(), entra.app().client_id(), entra.secret());
            let source = source.with_options(options(&entra));
            let credential = Credential::builder(source).host(transport).build().unwrap();
            show(&credential.get_token(&TokenRequest::new(&["s/.default"])).await.unwrap_err());
            credential.close().await;
        }
    }
    let basic = STANDARD.encode(format!("{user}:{password}"));
    witness::acquit(&[password, &basic, entra.secret()]);
}
