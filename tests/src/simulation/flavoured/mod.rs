//! The host that lets credentials live in a simulated world. Compiled once per flavour.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Response;
use identity_core::effect::{Command, CommandError, CommandOutput, FileRead, Outbound, TransportError};
use identity_core::moment::ENTROPY;
use identity_core::{Closing, Env, Error, Result, Waiting};

use super::driver;
use super::flavour;
use super::floor::{self, Floor};
use crate::simulation::world::World;

mod cast;

pub(in crate::simulation) use cast::Cast;
use driver::{Host, Task};

/// The host of one credential.
pub(super) struct SimulatedHost {
    world: World,
    floor: Floor,
    credential: usize,
}

#[flavour(AFIT)]
impl Host for SimulatedHost {
    fn env(&self) -> Env {
        Env::empty()
    }

    fn now(&self) -> SystemTime {
        self.floor.interrupt();
        self.world.now()
    }

    fn uptime(&self) -> Duration {
        self.floor.interrupt();
        Duration::from_millis(self.world.uptime())
    }

    fn entropy(&self) -> [u8; ENTROPY] {
        self.world.entropy()
    }

    fn send<'a>(
        &'a self,
        outbound: Outbound,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send + 'a>> {
        Box::pin(async move {
            let (delay, answer, exchange) = self.world.exchange(self.credential, &outbound, floor::STRICT);
            self.floor.pause(Duration::from_millis(delay), None).await;
            drop(exchange);
            answer
        })
    }

    fn sleep<'a>(
        &'a self,
        delay: Duration,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            self.world.effect(self.credential, "sleep", floor::STRICT);
            self.floor.pause(delay, Some(closing)).await;
        })
    }

    fn guard<'a>(
        &'a self,
        limit: Duration,
        closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move { self.floor.pause(limit, Some(closing)).await })
    }

    fn park(&self, waiting: &Arc<dyn Waiting>, limit: Duration) -> bool {
        self.floor.park(waiting, limit)
    }

    fn run<'a>(
        &'a self,
        _command: Command,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = Result<CommandOutput, CommandError>> + Send + 'a>> {
        Box::pin(async move { Err(CommandError::NotFound) })
    }

    fn read<'a>(&'a self, _file: FileRead) -> Pin<Box<dyn Future<Output = io::Result<Vec<u8>>> + Send + 'a>> {
        Box::pin(async move { Err(io::ErrorKind::NotFound.into()) })
    }

    fn exists<'a>(&'a self, _path: PathBuf) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move { false })
    }

    fn spawn(&self, task: Task) -> Result<()> {
        if !self.world.spawns() {
            return Err(Error::unavailable("nothing runs in the background at the moment"));
        }
        self.floor.start(self.world.task(self.credential), task);
        Ok(())
    }

    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {})
    }
}
