//! Answers given in turn.

use std::collections::VecDeque;

use http::Response;
use identity_core::effect::{CommandError, CommandOutput, TransportError, TransportErrorKind};

use super::script::{Ran, Script, Sent};

/// Gives answers in the order in which they were added. What nobody scripted fails with a text that says so.
#[derive(Debug, Default)]
pub struct Answers {
    responses: VecDeque<Result<Response<Vec<u8>>, TransportError>>,
    outputs: VecDeque<Result<CommandOutput, CommandError>>,
}

impl Answers {
    /// Adds the answer to a request.
    pub fn response(&mut self, response: Result<Response<Vec<u8>>, TransportError>) {
        self.responses.push_back(response);
    }

    /// Adds the output of a command.
    pub fn output(&mut self, output: Result<CommandOutput, CommandError>) {
        self.outputs.push_back(output);
    }
}

impl Script for Answers {
    fn respond(&mut self, sent: &Sent) -> Result<Response<Vec<u8>>, TransportError> {
        self.responses.pop_front().unwrap_or_else(|| {
            let what = format!("no answer is scripted for {:?}", sent.outbound);
            Err(TransportError::new(TransportErrorKind::Unsupported, what))
        })
    }

    fn run(&mut self, _ran: &Ran) -> Result<CommandOutput, CommandError> {
        self.outputs.pop_front().unwrap_or(Err(CommandError::NotFound))
    }
}
