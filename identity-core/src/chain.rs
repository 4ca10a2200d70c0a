//! What both flavours of a chain decide alike: how long a success is remembered, and how failures read.

use crate::Error;

/// How long a chain keeps to the member that gave the first token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Remember {
    /// For good: the identity of a running program never changes. Errors of that member are returned as they are.
    #[default]
    Always,
    /// Until that member reports that it is unavailable: then all are asked again, and the identity may change.
    WhileAvailable,
    /// Not at all: every call asks the members in order.
    Never,
}

/// The error of a search that found nothing. `members` are all members, in order.
#[inline]
pub(crate) fn failure(attempts: Vec<Error>, members: &[&str]) -> Error {
    let message = match attempts.last().filter(|last| !last.is_unavailable()) {
        None => "none of them can be used here".to_owned(),
        Some(_) => {
            let asked = attempts.len();
            let failed = members.get(asked.saturating_sub(1)).copied().unwrap_or_default();
            let rest = members.get(asked..).unwrap_or_default().join(", ");
            let rest = if rest.is_empty() { String::new() } else { format!(" (not asked: {rest})") };
            format!("{failed} failed, which ends the search{rest}")
        }
    };
    Error::chain(message, attempts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_has_a_line_of_its_own() {
        let attempts = vec![
            Error::unavailable("not here").of_credential("A"),
            Error::authentication("refused\ntwice").of_credential("B"),
        ];
        assert_eq!(
            failure(attempts, &["A", "B", "C", "D"]).of_credential("Chain").to_string(),
            "Chain failed to retrieve a token from the included credentials: B failed, which ends the search (not asked: C, D)\n  - skipped: A: not here\n  - failed: B: refused\n  twice"
        );
    }

    #[test]
    fn each_members_error_is_found_by_name() {
        let error = failure(vec![Error::unavailable("not here").of_credential("A")], &["A"]);
        assert_eq!(error.attempt("A").map(Error::message), Some("not here"));
        assert!(error.attempt("B").is_none());
    }
}
