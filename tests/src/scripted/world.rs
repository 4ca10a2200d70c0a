//! What a scripted host stands on: clock, files, environment, answers, and a record of everything asked.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Response;
use identity_core::Env;
use identity_core::effect::{
    Command, CommandError, CommandOutput, FileRead, Message, Outbound, TransportError, TransportErrorKind,
};
use identity_core::moment::ENTROPY;
use ring::digest::{SHA256, digest};

use super::answers::Answers;
use super::files::Files;
use super::script::{Ran, Script, Sent};
use super::timers::Timers;

/// A world that does only what its test says. Cheap to clone; clones are the same world.
///
/// It begins on 14 November 2023 at 22:13:20 UTC with an empty environment, no files and no answers.
#[derive(Clone)]
pub struct World(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    answers: Mutex<Answers>,
    script: Mutex<Option<Box<dyn Script>>>,
    timers: Mutex<Timers>,
}

struct State {
    start: SystemTime,
    uptime: Duration,
    env: Env,
    files: Files,
    drawn: u64,
    requests: Vec<Sent>,
    commands: Vec<Ran>,
    told: Vec<String>,
}

impl World {
    /// A world at its beginning.
    pub fn new() -> Self {
        Self::starting_at(UNIX_EPOCH + Duration::from_secs(1_700_000_000))
    }

    /// A world whose clock begins at `start`.
    pub fn starting_at(start: SystemTime) -> Self {
        let state = State {
            start,
            uptime: Duration::ZERO,
            env: Env::empty(),
            files: Files::default(),
            drawn: 0,
            requests: Vec::new(),
            commands: Vec::new(),
            told: Vec::new(),
        };
        Self(Arc::new(Inner {
            state: Mutex::new(state),
            answers: Mutex::default(),
            script: Mutex::new(None),
            timers: Mutex::default(),
        }))
    }

    /// Adds the next answer: a status and a JSON body.
    pub fn answer_json(&self, status: u16, body: &str) {
        let response = Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(body.as_bytes().to_vec())
            .map_err(|error| TransportError::new(TransportErrorKind::Unsupported, error));
        self.answer(response);
    }

    /// Adds the next answer to a request.
    pub fn answer(&self, response: Result<Response<Vec<u8>>, TransportError>) {
        lock(&self.0.answers).response(response);
    }

    /// Adds the next output of a command.
    pub fn answer_command(&self, output: Result<CommandOutput, CommandError>) {
        lock(&self.0.answers).output(output);
    }

    /// Lets a script of your own answer everything from now on.
    pub fn follow(&self, script: impl Script + 'static) {
        *lock(&self.0.script) = Some(Box::new(script));
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Sent> {
        self.state().requests.clone()
    }

    /// The requests since this was called last, which are not kept: for long runs.
    pub fn take_requests(&self) -> Vec<Sent> {
        std::mem::take(&mut self.state().requests)
    }

    /// What the person was told so far. Nobody sits in front of a terminal.
    pub fn told(&self) -> Vec<String> {
        self.state().told.clone()
    }

    pub(super) fn tell(&self, message: &Message) -> io::Result<()> {
        if message.needs_terminal {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "there is no terminal"));
        }
        self.state().told.push(message.text.clone());
        Ok(())
    }

    /// The commands so far.
    pub fn commands(&self) -> Vec<Ran> {
        self.state().commands.clone()
    }

    /// Replaces the environment.
    pub fn set_env(&self, env: Env) {
        self.state().env = env;
    }

    /// The environment.
    pub fn env(&self) -> Env {
        self.state().env.clone()
    }

    /// Creates or replaces a file.
    pub fn write_file(&self, path: impl AsRef<Path>, content: impl Into<Vec<u8>>) {
        self.state().files.write(path.as_ref(), content.into());
    }

    /// Deletes a file if it exists.
    pub fn remove_file(&self, path: impl AsRef<Path>) {
        self.state().files.remove(path.as_ref());
    }

    /// The content of a file.
    pub fn file(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        self.state().files.get(path.as_ref()).map(<[u8]>::to_vec)
    }

    /// Moves the clock and wakes who slept until then.
    pub fn advance(&self, by: Duration) {
        let uptime = {
            let mut state = self.state();
            state.uptime = state.uptime.saturating_add(by);
            state.uptime
        };
        let wakers = lock(&self.0.timers).due(uptime);
        wakers.into_iter().for_each(std::task::Waker::wake);
    }

    /// The wall clock.
    pub fn now(&self) -> SystemTime {
        let state = self.state();
        state.start + state.uptime
    }

    /// The time since the world began.
    pub fn uptime(&self) -> Duration {
        self.state().uptime
    }

    /// Moves the clock to the next timer; `false` if nobody waits for one.
    pub(super) fn skip_to_next_timer(&self) -> bool {
        let Some(due) = self.with_timers(|timers| timers.earliest()) else { return false };
        self.advance(due.saturating_sub(self.uptime()));
        true
    }

    pub(super) fn with_timers<T>(&self, use_them: impl FnOnce(&mut Timers) -> T) -> T {
        use_them(&mut lock(&self.0.timers))
    }

    /// Random-looking bytes, the same in every run.
    pub(super) fn entropy(&self) -> [u8; ENTROPY] {
        let mut state = self.state();
        let mut bytes = [0; ENTROPY];
        for chunk in bytes.chunks_mut(32) {
            state.drawn += 1;
            chunk.copy_from_slice(digest(&SHA256, &state.drawn.to_be_bytes()).as_ref());
        }
        bytes
    }

    pub(super) fn send(&self, outbound: Outbound) -> Result<Response<Vec<u8>>, TransportError> {
        let sent = Sent::new(outbound, self.now(), self.uptime());
        self.state().requests.push(sent.clone());
        match &mut *lock(&self.0.script) {
            Some(script) => script.respond(&sent),
            None => lock(&self.0.answers).respond(&sent),
        }
    }

    pub(super) fn run(&self, command: Command) -> Result<CommandOutput, CommandError> {
        let ran = Ran::new(command, self.now());
        self.state().commands.push(ran.clone());
        match &mut *lock(&self.0.script) {
            Some(script) => script.run(&ran),
            None => lock(&self.0.answers).run(&ran),
        }
    }

    pub(super) fn read(&self, file: &FileRead) -> io::Result<Vec<u8>> {
        self.state().files.read(file)
    }

    pub(super) fn listen(&self, port: u16) -> io::Result<()> {
        self.script(|script| script.listen(port))
    }

    pub(super) fn open(&self, url: &str) -> io::Result<()> {
        self.script(|script| script.open(url))
    }

    pub(super) fn redirect(&self) -> io::Result<Option<Vec<(String, String)>>> {
        self.script(|script| script.redirect())
    }

    fn script<T>(&self, ask: impl FnOnce(&mut dyn Script) -> io::Result<T>) -> io::Result<T> {
        match &mut *lock(&self.0.script) {
            Some(script) => ask(script.as_mut()),
            None => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    pub(super) fn exists(&self, path: &Path) -> bool {
        self.state().files.exists(path)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("now", &self.now())
            .field("uptime", &self.uptime())
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
