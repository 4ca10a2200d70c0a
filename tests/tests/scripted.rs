//! The scripted host in users' own tests: answers in turn, requests to look at, a clock that only moves when told.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

use std::time::Duration;

use identity_core::effect::FileRead;
use identity_core::{
    AuthorizationCode, Cache, ClientSecret, Closing, Env, TokenRequest, asynchronous, blocking,
};
use identity_testing::scripted::World;
use identity_testing::scripted::asynchronous::ScriptedHost as AsyncHost;
use identity_testing::scripted::blocking::ScriptedHost as BlockingHost;

const SCOPES: &[&str] = &["https://vault.azure.net/.default"];

fn token(world: &World, token: &str, lives: u32) {
    world.answer_json(
        200,
        &format!(r#"{{"access_token":"{token}","expires_in":{lives},"token_type":"Bearer"}}"#),
    );
}

fn source() -> ClientSecret {
    // A made-up secret that opens nothing.
    ClientSecret::new("contoso.example", "app", "not-a-secret")
}

#[test]
fn answers_come_in_turn_and_retries_take_virtual_time() {
    let world = World::new();
    for _ in 0..2 {
        world.answer_json(503, "{}");
    }
    token(&world, "T", 3600);
    let credential = blocking::Credential::on(BlockingHost::new(&world), source()).build().unwrap();
    assert_eq!(credential.get_token(&TokenRequest::new(SCOPES)).unwrap().secret(), "T");
    let times: Vec<u128> = world.requests().iter().map(|sent| sent.uptime.as_millis()).collect();
    assert_eq!(times, [0, 0, 1600]);
    assert!(world.requests()[0].form().contains(&("client_id".into(), "app".into())));
}

#[test]
fn what_is_not_scripted_fails_and_says_so() {
    let world = World::new();
    let credential = blocking::Credential::on(BlockingHost::new(&world), source()).build().unwrap();
    let error = credential.get_token(&TokenRequest::new(SCOPES)).unwrap_err().to_string();
    assert!(error.contains("no answer is scripted for POST https://login.microsoftonline.com/"), "{error}");
}

#[test]
fn tasks_share_one_virtual_clock() {
    let world = World::new();
    world.answer_json(503, "{}");
    world.answer_json(503, "{}");
    token(&world, "T", 3600);
    let host = AsyncHost::new(&world);
    let token = host.block_on(async {
        let credential = asynchronous::Credential::on(host.clone(), source()).build().unwrap();
        let token = credential.get_token(&TokenRequest::new(SCOPES)).await.unwrap();
        credential.close().await;
        token
    });
    assert_eq!((token.secret(), world.uptime()), ("T", Duration::from_millis(1600)));
}

#[test]
fn a_code_is_redeemed_once_whatever_is_asked_for_at_the_same_time() {
    let world = World::new();
    // So that the first caller has to wait.
    for _ in 0..2 {
        world.answer_json(503, "{}");
    }
    for token in ["vault", "storage"] {
        world.answer_json(
            200,
            &format!(r#"{{"access_token":"{token}","expires_in":3600,"refresh_token":"made-up"}}"#),
        );
    }
    let host = AsyncHost::new(&world);
    // A made-up code that opens nothing.
    let source =
        AuthorizationCode::new("contoso.example", "app", "not-a-code", "https://app.example/redirect");
    let tokens = host.block_on(async {
        let credential = asynchronous::Credential::on(host.clone(), source).build().unwrap();
        let (vault, storage) =
            (TokenRequest::new(SCOPES), TokenRequest::new(&["https://storage.azure.com/.default"]));
        let (vault, storage) = tokio::join!(credential.get_token(&vault), credential.get_token(&storage));
        credential.close().await;
        [vault.unwrap().secret().to_owned(), storage.unwrap().secret().to_owned()]
    });
    assert_eq!(tokens, ["vault", "storage"]);
    let code = ("code".into(), "not-a-code".into());
    let redeems: Vec<bool> = world.requests().iter().map(|sent| sent.form().contains(&code)).collect();
    assert_eq!(redeems, [true, true, true, false], "tried three times by the first, refreshed by the second");
}

#[test]
fn a_deadline_passes_in_virtual_time() {
    let world = World::new();
    for _ in 0..4 {
        world.answer_json(503, "{}");
    }
    let host = AsyncHost::new(&world);
    let error = host.block_on(async {
        let credential = asynchronous::Credential::on(host.clone(), source()).build().unwrap();
        let request = TokenRequest::new(SCOPES).with_deadline(Duration::from_secs(1));
        let error = credential.get_token(&request).await.unwrap_err();
        credential.close().await;
        error
    });
    assert!(error.to_string().contains("deadline of 1 s"), "{error}");
    assert!(world.uptime() <= Duration::from_secs(1));
}

#[test]
fn background_refreshes_are_seen_in_both_flavours() {
    let world = World::new();
    let due = TokenRequest::new(SCOPES);
    for name in ["blocking 1", "blocking 2", "async 1", "async 2"] {
        token(&world, name, 600);
    }
    let blocking = blocking::Credential::on(BlockingHost::new(&world), source()).build().unwrap();
    assert_eq!(blocking.get_token(&due).unwrap().secret(), "blocking 1");
    world.advance(Duration::from_secs(400));
    assert_eq!(blocking.get_token(&due).unwrap().secret(), "blocking 1");
    assert_eq!(blocking.get_token(&due).unwrap().secret(), "blocking 2");

    let host = AsyncHost::new(&world);
    let credential =
        asynchronous::Credential::on(host.clone(), source()).cache(Cache::new()).build().unwrap();
    let get = || host.block_on(async { credential.get_token(&due).await.unwrap().secret().to_owned() });
    assert_eq!(get(), "async 1");
    world.advance(Duration::from_secs(400));
    assert_eq!((get(), get()), ("async 1".into(), "async 2".into()));
    host.block_on(credential.close());
}

#[test]
fn environment_and_files_are_virtual() {
    let world = World::new();
    world.set_env(Env::from_iter([("AZURE_AUTHORITY_HOST", "login.microsoftonline.us")]));
    world.write_file("/secrets/token", "content");
    token(&world, "T", 3600);
    let host = BlockingHost::new(&world);
    let credential = blocking::Credential::on(host.clone(), source()).build().unwrap();
    credential.get_token(&TokenRequest::new(SCOPES)).unwrap();
    assert_eq!(world.requests()[0].outbound.request.uri().host(), Some("login.microsoftonline.us"));
    let read = blocking::Host::read(&host, FileRead::new("/secrets/token", 100)).unwrap();
    assert_eq!(read, b"content");
    blocking::Host::sleep(&host, Duration::from_secs(9), &Closing::default());
    assert_eq!(world.uptime(), Duration::from_secs(9));
}
