//! A day of virtual time with tokens that live five minutes: no call fails, and memory stays flat.
//!
//! Live allocations are counted for the thread that does everything: in the blocking flavour the scripted host runs
//! background work in the calling thread, in the async one its executor does. So each hour after the first must end with
//! exactly as many live allocations as it began with.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::time::Duration;

use http::Response;
use identity_core::effect::{CommandError, CommandOutput, TransportError, TransportErrorKind};
use identity_core::{AccessToken, Cache, ClientOptions, ClientSecret, Result, TokenRequest};
use identity_testing::scripted::{Ran, Script, Sent, World};

const TENANTS: [&str; 3] = ["a.example", "b.example", "c.example"];
const SCOPES: [&str; 4] =
    ["https://a/.default", "https://b/.default", "https://c/.default", "https://d/.default"];

/// Five minutes of life per token; every fifth answer is a fault that a retry mends.
#[derive(Default)]
struct Service {
    asked: u64,
}

impl Script for Service {
    fn respond(&mut self, _sent: &Sent) -> Result<Response<Vec<u8>>, TransportError> {
        self.asked += 1;
        let (status, body) = match self.asked % 15 {
            4 => (503, "{}".to_owned()),
            9 => (429, String::new()),
            14 => return Err(TransportError::new(TransportErrorKind::Read, "the connection broke")),
            _ => {
                let number = self.asked;
                (200, format!(r#"{{"token_type":"Bearer","access_token":"t{number:010}","expires_in":300}}"#))
            }
        };
        Ok(Response::builder().status(status).body(body.into_bytes()).unwrap())
    }

    fn run(&mut self, _ran: &Ran) -> Result<CommandOutput, CommandError> {
        Err(CommandError::NotFound)
    }
}

fn source() -> ClientSecret {
    ClientSecret::new(TENANTS[0], "app", "a throw-away secret")
        .with_options(ClientOptions::new().allow_tenant("*"))
}

/// Lives through a day, hour by hour. `get` obtains a token.
fn day(world: &World, cache: &Cache, mut get: impl FnMut(&TokenRequest<'_>) -> Result<AccessToken>) {
    world.follow(Service::default());
    let (mut turn, mut requests) = (0_u64, 0);
    for hour in 0..24 {
        let end = world.uptime() + Duration::from_secs(3600);
        let mut calls = 0;
        let live = allocation_counter::measure(|| {
            while world.uptime() < end {
                // Pauses of up to 20 s: most calls are hits, some find a token due, and after a long one it expired.
                turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let dice = turn >> 33;
                let pause = if dice % 97 == 0 { 400 } else { dice % 20 };
                world.advance(Duration::from_secs(pause));
                let (scope, tenant) = (SCOPES[(dice % 4) as usize], TENANTS[(dice / 4 % 3) as usize]);
                let token = get(&TokenRequest::new(&[scope]).with_tenant_id(tenant)).unwrap();
                assert!(token.expires_on() > world.now(), "an expired token in hour {hour}");
                calls += 1;
            }
            requests += world.take_requests().len();
        });
        assert!(calls > 100, "{calls} calls in hour {hour}");
        assert_eq!(cache.len(), SCOPES.len() * TENANTS.len());
        assert!(live.count_total > 1_000, "allocations are not counted");
        if hour > 0 {
            assert_eq!(live.count_current, 0, "live allocations in hour {hour}: {live:?}");
            assert_eq!(live.bytes_current, 0, "live bytes in hour {hour}: {live:?}");
        }
    }
    assert!(requests > 2_000, "{requests} requests");
}

#[test]
fn a_day_of_the_blocking_flavour() {
    use identity_core::blocking::Credential;
    use identity_testing::scripted::blocking::ScriptedHost;

    let (world, cache) = (World::new(), Cache::new());
    let credential =
        Credential::on(ScriptedHost::new(&world), source()).cache(cache.clone()).build().unwrap();
    day(&world, &cache, |request| credential.get_token(request));
}

#[test]
fn a_day_of_the_async_flavour() {
    use identity_core::asynchronous::Credential;
    use identity_testing::scripted::asynchronous::ScriptedHost;

    let (world, cache) = (World::new(), Cache::new());
    let host = ScriptedHost::new(&world);
    let credential = Credential::on(host.clone(), source()).cache(cache.clone()).build().unwrap();
    day(&world, &cache, |request| host.block_on(credential.get_token(request)));
    host.block_on(credential.close());
}
