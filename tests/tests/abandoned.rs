//! Requests in a runtime that nobody drives any more: they end nobody else's time, and no close waits for them.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use identity_core::{Cache, ClientSecret, ErrorKind, TokenRequest, asynchronous};
use identity_testing::scripted::World;
use identity_testing::scripted::asynchronous::ScriptedHost;

type Credential = asynchronous::Credential<ClientSecret, ScriptedHost>;

const REQUEST: TokenRequest<'_> = TokenRequest::new(&["https://vault.azure.net/.default"]);

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A credential whose runtime is only driven where a test says so.
fn credential(world: &World, cache: &Cache) -> (ScriptedHost, Credential) {
    let host = ScriptedHost::new(world);
    // A made-up secret that opens nothing.
    let source = ClientSecret::new("contoso.example", "app", "not-a-secret");
    let builder = asynchronous::Credential::on(host.clone(), source).cache(cache.clone());
    (host, builder.deadline(seconds(60)).build().unwrap())
}

/// Begins a request that has to wait, and leaves it to a runtime that nobody drives.
fn abandon(world: &World, credential: &Credential) {
    for _ in 0..2 {
        world.answer_json(503, "{}");
    }
    let mut call = pin!(credential.get_token(&REQUEST));
    assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    world.answer_json(200, r#"{"access_token":"token","expires_in":3600}"#);
}

#[test]
fn what_should_have_ended_is_not_waited_for() {
    let (world, cache) = (World::new(), Cache::new());
    let (_undriven, credential) = credential(&world, &cache);
    let driven = ScriptedHost::new(&world);
    abandon(&world, &credential);
    // Nobody can tell yet.
    let hurried = REQUEST.with_deadline(seconds(10));
    let error = driven.block_on(credential.get_token(&hurried)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    world.advance(seconds(55));
    let token = driven.block_on(credential.get_token(&REQUEST)).unwrap();
    assert_eq!((token.secret(), world.requests().len()), ("token", 3));
    driven.block_on(credential.close());
}

#[test]
fn whoever_waits_goes_on_without_it() {
    let (world, cache) = (World::new(), Cache::new());
    let (_undriven, first) = credential(&world, &cache);
    let (driven, second) = credential(&world, &cache);
    abandon(&world, &first);
    let patient = REQUEST.with_deadline(seconds(100));
    let token = driven.block_on(second.get_token(&patient)).unwrap();
    assert_eq!((token.secret(), world.uptime()), ("token", seconds(61)));
    driven.block_on(second.close());
    driven.block_on(first.close());
}

#[test]
fn no_close_waits_for_it_for_ever() {
    let (world, cache) = (World::new(), Cache::new());
    let (undriven, credential) = credential(&world, &cache);
    abandon(&world, &credential);
    let before = world.uptime();
    ScriptedHost::new(&world).block_on(credential.close());
    assert_eq!(world.uptime() - before, seconds(5));
    // Whatever becomes of that runtime, nothing is sent any more.
    undriven.block_on(async {});
    assert_eq!(world.requests().len(), 2);
}
