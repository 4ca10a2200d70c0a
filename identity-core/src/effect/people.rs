//! What a flow asks of the person in front of the program.

use std::fmt;

/// Text for the person who uses the program.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The text, one or more lines without a line break at the end.
    pub text: String,
    /// Whether it is of use only to somebody who sits in front of a terminal now. A host without one refuses it then.
    pub needs_terminal: bool,
}

impl Message {
    /// Text that is of use wherever it ends up, such as in a log. Control characters become spaces.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: printable(&text.into()), needs_terminal: false }
    }

    /// Text that only somebody at a terminal can act on. Control characters become spaces.
    pub fn for_terminal(text: impl Into<String>) -> Self {
        Self { needs_terminal: true, ..Self::new(text) }
    }
}

impl fmt::Debug for Message {
    /// Without the text, which may hold the code that signs somebody in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("needs_terminal", &self.needs_terminal).finish_non_exhaustive()
    }
}

/// Foreign text without what a terminal would obey: of control characters only line breaks are left.
pub(crate) fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    text.replace("\r\n", "\n").chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_finds_nothing_to_obey() {
        let text = "\u{1b}]0;owned\u{7}go\r\nto\u{9b}2J\rü\n";
        for message in [Message::new(text), Message::for_terminal(text)] {
            assert_eq!(message.text, " ]0;owned go\nto 2J ü\n");
        }
    }

    #[test]
    fn debug_does_not_show_the_text() {
        assert_eq!(format!("{:?}", Message::new("ABCD")), "Message { needs_terminal: false, .. }");
    }
}
