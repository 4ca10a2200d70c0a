//! The host that lets credentials live in a scripted world. Compiled once per flavour.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use identity_core::browser::Redirect;
use identity_core::effect::{
    Command, CommandError, CommandOutput, FileRead, Listen, Listening, Message, Open, Outbound, Receive,
    TransportError,
};
use identity_core::moment::ENTROPY;
use identity_core::{Closing, Env, Result};

use super::flavour;
use super::task::{self, Background, Host, Task};
use crate::scripted::World;

/// A host in a [`World`]. Cheap to clone; clones share the world and the background work.
#[derive(Clone, Debug)]
pub struct ScriptedHost {
    pub(super) world: World,
    pub(super) background: Background,
}

impl ScriptedHost {
    /// A host in this world.
    pub fn new(world: &World) -> Self {
        Self { world: world.clone(), background: Background::default() }
    }

    /// The world.
    pub const fn world(&self) -> &World {
        &self.world
    }
}

#[flavour(AFIT)]
impl Host for ScriptedHost {
    fn env(&self) -> Env {
        self.world.env()
    }

    fn now(&self) -> SystemTime {
        self.world.now()
    }

    fn uptime(&self) -> Duration {
        self.world.uptime()
    }

    fn entropy(&self) -> [u8; ENTROPY] {
        self.world.entropy()
    }

    fn send(
        &self,
        outbound: Outbound,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, TransportError>> + Send + '_>> {
        Box::pin(async move { self.world.send(outbound) })
    }

    fn sleep<'a>(
        &'a self,
        delay: Duration,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        task::sleep(&self.world, delay)
    }

    fn run<'a>(
        &'a self,
        command: Command,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = Result<CommandOutput, CommandError>> + Send + 'a>> {
        Box::pin(async move { self.world.run(command) })
    }

    fn read(&self, file: FileRead) -> Pin<Box<dyn Future<Output = io::Result<Vec<u8>>> + Send + '_>> {
        Box::pin(async move { self.world.read(&file) })
    }

    fn exists(&self, path: PathBuf) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(async move { self.world.exists(&path) })
    }

    fn tell(&self, message: &Message) -> io::Result<()> {
        self.world.tell(message)
    }

    fn listen(&self, listen: &Listen) -> io::Result<Listening> {
        self.world.listen(listen.port).map(|()| Listening::new(listen.port))
    }

    fn open<'a>(
        &'a self,
        open: Open,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send + 'a>> {
        Box::pin(async move { self.world.open(&open.url) })
    }

    fn receive<'a>(
        &'a self,
        receive: Receive,
        _closing: &'a Closing,
    ) -> Pin<Box<dyn Future<Output = io::Result<Redirect>> + Send + 'a>> {
        Box::pin(async move { redirect(&self.world, receive) })
    }

    fn spawn(&self, task: Task) -> Result<()> {
        self.background.start(task);
        Ok(())
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {})
    }
}

/// What the script's browser delivers. A form that is not the redirect changes nothing, and so the time passes.
fn redirect(world: &World, receive: Receive) -> io::Result<Redirect> {
    let Receive { listening, timeout, reception, .. } = receive;
    let port: u16 = listening.into_inner().ok_or(io::ErrorKind::InvalidInput)?;
    if let Some(form) = world.redirect()? {
        let pairs: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = identity_core::oauth::query(&pairs).into_bytes();
        let request = Request::post("/").header("host", format!("localhost:{port}")).body(body);
        if let (_, Some(redirect)) = reception.receive(&request.map_err(io::Error::other)?) {
            return Ok(redirect);
        }
    }
    world.advance(timeout);
    Err(io::ErrorKind::TimedOut.into())
}
