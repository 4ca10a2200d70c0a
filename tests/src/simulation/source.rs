//! The source of a simulated credential: a real one, watched from its first step to its last.

use std::sync::Arc;

use identity_core::tenant::Tenancy;
use identity_core::{
    ClientOptions, ClientSecret, Env, ErrorKind, Grant, Moment, Result, Source, Step, TokenRequest,
};

use super::ledger::End;
use super::world::World;

/// The header that tells the simulated service which flight a request belongs to.
pub(super) const FLIGHT: &str = "x-flight";

/// An application with a secret, whose every flight the world knows.
pub(super) struct Watched {
    inner: ClientSecret,
    world: World,
    credential: usize,
    _alive: Arc<()>,
}

impl Watched {
    pub(super) fn new(world: &World, credential: usize, client: usize, alive: Arc<()>) -> Self {
        let inner = ClientSecret::new("home.example", format!("client-{client}"), "a throw-away secret")
            .with_options(ClientOptions::new().allow_tenant("*"));
        Self { inner, world: world.clone(), credential, _alive: alive }
    }
}

impl Source for Watched {
    fn name(&self) -> &str {
        "Watched"
    }

    fn configure(&mut self, env: &Env) -> Result<()> {
        self.inner.configure(env)
    }

    fn partition(&self) -> String {
        self.inner.partition()
    }

    fn tenancy(&self) -> Option<&Tenancy> {
        self.inner.tenancy()
    }

    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step {
        let flight = self.world.flight_begins(self.credential, request);
        let watch = Watch { world: self.world.clone(), flight };
        watch.follow(self.inner.acquire(request, previous, moment))
    }
}

/// Goes along with a flow, and reports its end however that comes.
struct Watch {
    world: World,
    flight: usize,
}

impl Watch {
    fn follow(self, step: Step) -> Step {
        match step {
            Step::Send(mut outbound, then) => {
                outbound.request.headers_mut().insert(FLIGHT, http::HeaderValue::from(self.flight));
                Step::send(outbound, move |moment, answer| self.follow(then(moment, answer)))
            }
            Step::Sleep(pause, then) => {
                Step::sleep(pause.delay, pause.because, move |moment| self.follow(then(moment, ())))
            }
            Step::Done(result) => {
                let end = match &result {
                    Ok(_) => End::Token,
                    Err(error) => End::Failed {
                        message: error.message().to_owned(),
                        timed_out: error.kind() == ErrorKind::TimedOut,
                    },
                };
                self.world.flight_ends(self.flight, end);
                Step::Done(result)
            }
            // An application with a secret has no other steps.
            other => other,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.world.flight_ends(self.flight, End::Dropped);
    }
}
