//! What credentials look at, and what was found: the answer to "who am I, and why?". No values, no tokens.

use std::fmt;
use std::path::PathBuf;

/// What a credential would look at to find out whether it can be used; see [`Source::inspect`](crate::Source::inspect).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Inspection {
    /// Names of environment variables.
    pub variables: Vec<String>,
    /// Files.
    pub files: Vec<PathBuf>,
    /// Programs by name or absolute path, of which one is enough.
    pub programs: Vec<String>,
    /// What becomes of the credential where none of the files exists; `None` if it can do without them.
    pub without_files: Option<Outlook>,
    /// Addresses that a token would be asked from.
    pub endpoints: Vec<String>,
    /// What the credential would do to get a token, as a sentence without a full stop.
    pub plan: String,
    /// Why it cannot be used here, where that is known without looking further.
    pub absent: Option<String>,
}

impl Inspection {
    /// A credential that would do this.
    #[inline]
    pub fn new(plan: impl Into<String>) -> Self {
        Self { plan: plan.into(), ..Self::default() }
    }

    /// A credential that cannot be used here, for this reason.
    #[inline]
    pub fn absent(reason: impl Into<String>) -> Self {
        Self { absent: Some(reason.into()), ..Self::default() }
    }

    /// Adds what another credential, on which this one depends, would look at. Where that one cannot be used, neither can
    /// this.
    #[must_use]
    #[inline]
    pub fn besides(mut self, other: Self) -> Self {
        self.variables.extend(other.variables);
        self.files.extend(other.files);
        self.programs.extend(other.programs);
        self.endpoints.extend(other.endpoints);
        if !other.plan.is_empty() {
            self.plan = format!("{}: {}", self.plan, other.plan);
        }
        self.without_files = self.without_files.or(other.without_files);
        self.absent = self.absent.or(other.absent);
        self
    }

    /// Adds variables.
    #[must_use]
    #[inline]
    pub fn with_variables<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.variables.extend(names.into_iter().map(Into::into));
        self
    }

    /// Adds files.
    #[must_use]
    #[inline]
    pub fn with_files(mut self, paths: impl IntoIterator<Item = PathBuf>) -> Self {
        self.files.extend(paths);
        self
    }

    /// What becomes of the credential where none of the files exists.
    #[must_use]
    #[inline]
    pub const fn without_files(mut self, outlook: Outlook) -> Self {
        self.without_files = Some(outlook);
        self
    }

    /// Adds programs.
    #[must_use]
    #[inline]
    pub fn with_programs<T: Into<String>>(mut self, programs: impl IntoIterator<Item = T>) -> Self {
        self.programs.extend(programs.into_iter().map(Into::into));
        self
    }

    /// Adds an address.
    #[must_use]
    #[inline]
    pub fn with_endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoints.push(url.into());
        self
    }
}

/// What became of the look at one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Outlook {
    /// It cannot be used here; a chain goes on.
    Absent,
    /// It is configured and cannot work; a chain stops.
    Broken,
    /// It would be asked for a token.
    Candidate,
}

/// The look at one credential.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Report {
    /// The credential.
    pub credential: String,
    /// What became of it.
    pub outlook: Outlook,
    /// Why, or what the credential would do.
    pub text: String,
    /// Environment variables by name, and whether they are present.
    pub variables: Vec<(String, bool)>,
    /// Files, and whether they exist.
    pub files: Vec<(PathBuf, bool)>,
    /// Programs that were looked for.
    pub programs: Vec<String>,
    /// The program that would be run.
    pub program: Option<PathBuf>,
    /// Addresses that a token would be asked from.
    pub endpoints: Vec<String>,
    /// How long the look took, in milliseconds.
    pub milliseconds: f64,
    /// The members of a chain, in order.
    pub members: Vec<Self>,
}

impl Report {
    /// A credential that nothing else is known of.
    #[inline]
    pub fn new(credential: impl Into<String>, outlook: Outlook, text: impl Into<String>) -> Self {
        Self {
            credential: credential.into(),
            outlook,
            text: text.into(),
            variables: Vec::new(),
            files: Vec::new(),
            programs: Vec::new(),
            program: None,
            endpoints: Vec::new(),
            milliseconds: 0.0,
            members: Vec::new(),
        }
    }

    /// A chain of these members: the first that is not absent decides.
    #[inline]
    pub fn of_chain(credential: impl Into<String>, members: Vec<Self>) -> Self {
        let mut report = match members.iter().find(|member| member.outlook != Outlook::Absent) {
            None => Self::new(credential, Outlook::Absent, "no member can be used here"),
            Some(first) => {
                let text = match first.outlook {
                    Outlook::Broken => format!("{} is configured and cannot work", first.credential),
                    _ => format!("{} would be asked first", first.credential),
                };
                Self::new(credential, first.outlook, text)
            }
        };
        report.milliseconds = members.iter().map(|member| member.milliseconds).sum();
        report.members = members;
        report
    }

    #[inline]
    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        let outlook = match self.outlook {
            Outlook::Absent => "absent",
            Outlook::Broken => "BROKEN",
            Outlook::Candidate => "candidate",
        };
        let text = self.text.replace('\n', " ");
        writeln!(f, "{:indent$}{} [{outlook}, {:.1} ms] {text}", "", self.credential, self.milliseconds)?;
        let indent = indent + 4;
        let list = |entries: &[(String, bool)], yes: bool| -> String {
            entries
                .iter()
                .filter(|entry| entry.1 == yes)
                .map(|entry| entry.0.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        let files: Vec<(String, bool)> =
            self.files.iter().map(|(path, exists)| (path.display().to_string(), *exists)).collect();
        let program = self.program.as_ref().map(|path| path.display().to_string());
        for (label, text) in [
            ("variables present", list(&self.variables, true)),
            ("variables missing", list(&self.variables, false)),
            ("files present", list(&files, true)),
            ("files missing", list(&files, false)),
            ("program", program.clone().unwrap_or_default()),
            (
                "programs not on PATH",
                if program.is_none() { self.programs.join(", ") } else { String::new() },
            ),
            ("endpoints", self.endpoints.join(", ")),
        ] {
            if !text.is_empty() {
                writeln!(f, "{:indent$}{label}: {text}", "")?;
            }
        }
        self.members.iter().try_for_each(|member| member.write(f, indent))
    }
}

impl fmt::Display for Report {
    /// One line per credential, and below it what was looked at.
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_what_its_first_usable_member_is() {
        let absent = Report::new("A", Outlook::Absent, "no");
        let broken = Report::new("B", Outlook::Broken, "bad");
        let chain = Report::of_chain("Chain", vec![absent.clone(), broken]);
        assert_eq!(
            (chain.outlook, chain.text.as_str()),
            (Outlook::Broken, "B is configured and cannot work")
        );
        assert_eq!(Report::of_chain("Chain", vec![absent]).outlook, Outlook::Absent);
    }

    #[test]
    fn reports_are_text() {
        let mut report = Report::new("A", Outlook::Candidate, "runs az");
        report.variables = vec![("X".into(), true), ("Y".into(), false)];
        let text = report.to_string();
        assert!(text.contains("variables present: X\n") && text.contains("variables missing: Y\n"), "{text}");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn reports_are_data() {
        let report = Report::new("A", Outlook::Candidate, "runs az");
        let json = serde_json::to_string(&report).unwrap();
        assert!(json.contains(r#""outlook":"candidate""#), "{json}");
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    }
}
