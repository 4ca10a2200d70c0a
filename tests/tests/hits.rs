//! What a hit costs in memory: nothing, in the refresh window as well as before it, and once for a thread that is new.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::thread;
use std::time::Duration;

use allocation_counter::measure;
use http::Response;
use identity_core::effect::{CommandError, CommandOutput, TransportError};
use identity_core::{AccessToken, ClientSecret, TokenRequest};
use identity_testing::scripted::{Ran, Script, Sent, World};

const REQUEST: TokenRequest<'_> = TokenRequest::new(&["https://vault.azure.net/.default"]);

/// One token that lives for an hour, and then nothing but refusals.
#[derive(Default)]
struct Service {
    was_asked: bool,
}

impl Script for Service {
    fn respond(&mut self, _sent: &Sent) -> Result<Response<Vec<u8>>, TransportError> {
        let (status, body) = match std::mem::replace(&mut self.was_asked, true) {
            false => (200, r#"{"token_type":"Bearer","access_token":"t","expires_in":3600}"#),
            true => (400, r#"{"error":"invalid_client"}"#),
        };
        Ok(Response::builder().status(status).body(body.into()).unwrap())
    }

    fn run(&mut self, _ran: &Ran) -> Result<CommandOutput, CommandError> {
        Err(CommandError::NotFound)
    }
}

/// How many allocations a number of hits takes.
fn allocations(hit: &dyn Fn() -> AccessToken) -> u64 {
    measure(|| (0..100).for_each(|_| assert!(hit().is_from_cache()))).count_total
}

/// `get` obtains the token for the request, and does what that begins in the background; `hit` only gets one that is there.
fn hits_cost_nothing(world: &World, get: &dyn Fn() -> AccessToken, hit: &(dyn Fn() -> AccessToken + Sync)) {
    world.follow(Service::default());
    assert!(measure(|| drop(get())).count_total > 10, "allocations are not counted");
    assert_eq!(allocations(&hit), 0, "hits on a fresh token");
    // A thread is made known to the lock-free table, and some get a reference count of their own for the token.
    for _ in 0..20 {
        let (first, others) = thread::scope(|scope| {
            let hits = || (measure(|| drop(hit())).count_total, allocations(&hit));
            scope.spawn(hits).join().unwrap()
        });
        assert!(first <= 2, "{first} allocations of the first hit of a thread");
        assert_eq!(others, 0, "further hits of a thread");
    }
    world.advance(Duration::from_secs(3600 - 200));
    drop(get());
    assert_eq!(world.take_requests().len(), 2, "nobody tried to refresh");
    assert_eq!(allocations(&hit), 0, "hits on a token that is due");
    assert!(hit().expires_on() < world.now() + Duration::from_secs(201), "the token was refreshed");
}

#[test]
fn blocking_hits_cost_nothing() {
    use identity_core::blocking::Credential;
    use identity_testing::scripted::blocking::ScriptedHost;

    let world = World::new();
    let source = ClientSecret::new("contoso.example", "app", "a throw-away secret");
    let credential = Credential::on(ScriptedHost::new(&world), source).build().unwrap();
    let get = || credential.get_token(&REQUEST).unwrap();
    hits_cost_nothing(&world, &get, &get);
}

#[test]
fn async_hits_cost_nothing() {
    use identity_core::asynchronous::Credential;
    use identity_testing::scripted::asynchronous::ScriptedHost;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    let world = World::new();
    let host = ScriptedHost::new(&world);
    let source = ClientSecret::new("contoso.example", "app", "a throw-away secret");
    let credential = Credential::on(host.clone(), source).build().unwrap();
    let get = || host.block_on(credential.get_token(&REQUEST)).unwrap();
    // Without the executor of the host, which allocates.
    let hit = || match pin!(credential.get_token(&REQUEST)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(token) => token.unwrap(),
        Poll::Pending => panic!("a hit waits"),
    };
    hits_cost_nothing(&world, &get, &hit);
    host.block_on(credential.close());
}
