//! How a task fails: a message for a person and an exit status for a machine.

use std::fmt;

/// What a task returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a task failed.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// A failure with exit status 1.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }

    /// A failure that passes on the exit status of a program that this one started.
    pub(crate) fn with_status(message: impl Into<String>, status: std::process::ExitStatus) -> Self {
        let code = status.code().and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0);
        Self { message: message.into(), code: code.unwrap_or(1) }
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
