//! How a developer tool failed, for code that wants to react to it.

use std::time::Duration;

use super::Error;

/// How a developer tool failed; see [`Error::tool_failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolFailure {
    /// The tool, or a part of it that is needed, is not there: install it.
    NotInstalled,
    /// The tool is there and nobody is signed in, or not as the request needs: sign in.
    NotSignedIn,
    /// The tool was ended after this time.
    TimedOut(Duration),
    /// The tool exists and cannot be started.
    CannotStart,
    /// The tool ended with this exit code; `None` if a signal ended it.
    Exit(Option<i32>),
    /// The tool succeeded and its output made no sense.
    UnexpectedOutput,
}

impl Error {
    /// Tells how a developer tool failed.
    #[must_use]
    pub fn with_tool_failure(self, failure: ToolFailure) -> Self {
        self.edit(|repr| repr.tool = Some(failure))
    }

    /// How a developer tool failed, if one did.
    pub fn tool_failure(&self) -> Option<ToolFailure> {
        self.decisive().0.tool
    }
}
