//! A program to run: what is run, where and for how long, what it printed, and why there is no output.

use std::error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::Env;
use crate::moment::Seconds;

/// A program to run, without a shell, with standard input closed and in a process group of its own.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Command {
    /// Candidates, of which the first found is run: names, looked up in absolute `PATH` entries only (never in the
    /// current directory), or absolute paths.
    pub programs: Vec<String>,
    /// The arguments. None of them is secret.
    pub arguments: Vec<String>,
    /// Variables added to the inherited environment.
    pub environment: Vec<(String, String)>,
    /// The inherited environment, which also has the `PATH` to search; `None` means that of the host.
    pub inherited: Option<Env>,
    /// The working directory.
    pub directory: PathBuf,
    /// After this time the program and everything it started is ended.
    pub timeout: Duration,
    /// The longest output per stream, in bytes; a program that prints more is ended.
    pub max_output: usize,
}

impl Command {
    /// Runs the first of these programs that is found, in a directory, with 10 s and 4 MiB of output.
    pub fn new<P: Into<String>>(
        programs: impl IntoIterator<Item = P>,
        directory: impl Into<PathBuf>,
    ) -> Self {
        Self {
            programs: programs.into_iter().map(Into::into).collect(),
            arguments: Vec::new(),
            environment: Vec::new(),
            inherited: None,
            directory: directory.into(),
            timeout: Duration::from_secs(10),
            max_output: 4 * 1024 * 1024,
        }
    }

    /// Sets the arguments.
    #[must_use]
    pub fn with_arguments<A: Into<String>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments = arguments.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a variable to the inherited environment.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Sets the time after which the program is ended.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// What a program printed, and how it ended.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct CommandOutput {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output. It may hold a token.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl CommandOutput {
    /// An output with the given exit code.
    pub const fn new(code: Option<i32>, stdout: Vec<u8>, stderr: Vec<u8>) -> Self {
        Self { code, stdout, stderr }
    }
}

impl fmt::Debug for CommandOutput {
    /// The exit code: what was printed may hold a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandOutput").field("code", &self.code).finish_non_exhaustive()
    }
}

/// Why a program gave no output.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CommandError {
    /// No such program in an absolute `PATH` entry.
    NotFound,
    /// It exists and cannot be started.
    CannotExecute(Arc<io::Error>),
    /// It was ended after its time.
    TimedOut(Duration),
    /// It was ended, as it printed more than so many bytes.
    TooMuchOutput(usize),
    /// It was ended, as the credential was closed or the caller has gone.
    Abandoned,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found on PATH"),
            Self::CannotExecute(_) => f.write_str("cannot be started"),
            Self::TimedOut(after) => write!(f, "timed out after {}", Seconds(*after)),
            Self::TooMuchOutput(bytes) => write!(f, "printed more than {bytes} bytes"),
            Self::Abandoned => f.write_str("was ended, as nobody waits for it any more"),
        }
    }
}

impl error::Error for CommandError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::CannotExecute(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        Self::CannotExecute(Arc::new(error))
    }
}
