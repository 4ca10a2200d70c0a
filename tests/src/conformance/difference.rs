//! What differed between a recording and a replay.

use std::fmt;

/// Where and how a replay left its recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// In which respect.
    pub kind: DifferenceKind,
    /// Where: the step and, where it applies, the exchange or command, counted from 1.
    pub place: String,
    /// What the recording has.
    pub expected: String,
    /// What happened.
    pub actual: String,
}

/// In which respect a replay differed. [`DifferenceKind::name`] is the word in `departures.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// A request with another address, header or content.
    Request,
    /// A client's assertion signed in another way that the service accepts as well; everything else of it, and of the
    /// request, is as recorded.
    Assertion,
    /// A request of the recording that was not made.
    MissingRequest,
    /// A request that the recording does not have.
    ExtraRequest,
    /// A request at another time.
    Time,
    /// A command that was run otherwise, too much or not at all.
    Command,
    /// What a person got to see: the browser, the prompt.
    Person,
    /// Another token, expiry or record.
    Result,
    /// The same token, to be replaced at another time.
    RefreshOn,
    /// An error of another kind, or that does not say what it must.
    Error,
    /// Success in place of an error.
    Success,
    /// An error in place of success.
    Failure,
    /// The code panicked, or the vector cannot be replayed.
    Runner,
}

impl DifferenceKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Request,
        Self::Assertion,
        Self::MissingRequest,
        Self::ExtraRequest,
        Self::Time,
        Self::Command,
        Self::Person,
        Self::Result,
        Self::RefreshOn,
        Self::Error,
        Self::Success,
        Self::Failure,
        Self::Runner,
    ];

    /// A word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Assertion => "assertion",
            Self::MissingRequest => "missing-request",
            Self::ExtraRequest => "extra-request",
            Self::Time => "time",
            Self::Command => "command",
            Self::Person => "person",
            Self::Result => "result",
            Self::RefreshOn => "refresh-on",
            Self::Error => "error",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Runner => "runner",
        }
    }
}

impl Difference {
    pub(super) fn new(
        kind: DifferenceKind,
        place: impl Into<String>,
        expected: impl fmt::Display,
        actual: impl fmt::Display,
    ) -> Self {
        Self { kind, place: place.into(), expected: expected.to_string(), actual: actual.to_string() }
    }

    /// One line: the texts cut to a length that can be read.
    pub fn line(&self) -> String {
        let cut = |text: &str| {
            let flat: String = text.chars().take(160).map(|c| if c.is_control() { ' ' } else { c }).collect();
            if text.chars().count() > 160 { format!("{flat}...") } else { flat }
        };
        let (place, kind) = (&self.place, self.kind.name());
        format!("{place}: {kind}: expected {}; got {}", cut(&self.expected), cut(&self.actual))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.place, self.kind.name())?;
        writeln!(f, "  expected: {}", self.expected.replace('\n', "\n            "))?;
        write!(f, "  actual:   {}", self.actual.replace('\n', "\n            "))
    }
}
