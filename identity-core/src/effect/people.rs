//! What a flow asks of the person in front of the program.

/// Text for the person who uses the program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The text, one or more lines without a line break at the end.
    pub text: String,
    /// Whether it is of use only to somebody who sits in front of a terminal now. A host without one refuses it then.
    pub needs_terminal: bool,
}

impl Message {
    /// Text that is of use wherever it ends up, such as in a log.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), needs_terminal: false }
    }

    /// Text that only somebody at a terminal can act on.
    pub fn for_terminal(text: impl Into<String>) -> Self {
        Self { text: text.into(), needs_terminal: true }
    }
}
