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

/// An hour of life for each token.
struct Service;

impl Script for Service {
    fn respond(&mut self, _sent: &Sent) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(Response::new(br#"{"token_type":"Bearer","access_token":"t","expires_in":3600}"#.to_vec()))
    }

    fn run(&mut self, _ran: &Ran) -> Result<CommandOutput, CommandError> {
        Err(CommandError::NotFound)
    }
}

/// How many allocations a number of hits takes. The first call, which is no part of it, fetches or begins to refresh.
fn allocations(hit: &dyn Fn() -> AccessToken) -> u64 {
    drop(hit());
    measure(|| (0..100).for_each(|_| assert!(hit().is_from_cache()))).count_total
}

/// `get` obtains the token for the request.
fn hits_cost_nothing(world: &World, get: &(dyn Fn() -> AccessToken + Sync)) {
    world.follow(Service);
    assert!(measure(|| drop(get())).count_total > 10, "allocations are not counted");
    assert_eq!(allocations(&get), 0, "hits on a fresh token");
    // A thread is made known to the lock-free table, and some get a reference count of their own for the token.
    for _ in 0..20 {
        let (first, others) = thread::scope(|scope| {
            let hits = || (measure(|| drop(get())).count_total, allocations(&get));
            scope.spawn(hits).join().unwrap()
        });
        assert!(first <= 2, "{first} allocations of the first hit of a thread");
        assert_eq!(others, 0, "further hits of a thread");
    }
    world.advance(Duration::from_secs(3600 - 200));
    assert_eq!(allocations(&get), 0, "hits on a token that is due");
}

#[test]
fn blocking_hits_cost_nothing() {
    use identity_core::blocking::Credential;
    use identity_testing::scripted::blocking::ScriptedHost;

    let world = World::new();
    let source = ClientSecret::new("contoso.example", "app", "a throw-away secret");
    let credential = Credential::on(ScriptedHost::new(&world), source).build().unwrap();
    hits_cost_nothing(&world, &|| credential.get_token(&REQUEST).unwrap());
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
    hits_cost_nothing(&world, &|| {
        let mut future = pin!(credential.get_token(&REQUEST));
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(token) => token.unwrap(),
            // No hit: the executor of the host, which allocates, goes on with it.
            Poll::Pending => host.block_on(future).unwrap(),
        }
    });
    host.block_on(credential.close());
}
