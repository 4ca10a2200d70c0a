//! What a tool printed, as it may be shown: short, printable, and without tokens.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity_core::oauth;

/// Claims as tools take them: standard base64 of the text.
#[inline]
pub(crate) fn base64(claims: &str) -> String {
    STANDARD.encode(claims)
}

/// The part of an output that says what is wrong. `None` if nothing was printed.
#[inline]
pub(crate) fn excerpt(output: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(output);
    // Warnings come first and are longer than what is shown.
    let lines = || text.split_inclusive('\n');
    let from: usize = match lines().position(|line| line.contains("ERROR") || line.contains("AADSTS")) {
        Some(index) => lines().take(index).map(str::len).sum(),
        None => 0,
    };
    oauth::excerpt(hide_marked(text.get(from..).unwrap_or_default()).as_bytes())
}

/// Hides `azsdk%token%seconds`, the form in which PowerShell hands over a token.
#[inline]
fn hide_marked(text: &str) -> String {
    let mut parts = text.split("azsdk%");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str("azsdk%***");
        let end = part.find(|c: char| c == '%' || c.is_whitespace()).unwrap_or(part.len());
        clean.push_str(part.get(end..).unwrap_or_default());
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_in_every_form_are_hidden() {
        for text in [
            r#"{"accessToken": "LEAKED", "#,
            r#""accessToken": "LEAKED", oops"#,
            r#"{"token":"LEAKED"}"#,
            "x azsdk%LEAKED%17 y",
            "azsdk%LEAKED",
        ] {
            let shown = excerpt(text.as_bytes()).unwrap();
            assert!(!shown.contains("LEAKED") && shown.contains("***"), "{shown}");
        }
    }

    #[test]
    fn the_error_is_shown_and_not_the_warning_before_it() {
        let shown = excerpt(format!("WARNING: {}\nERROR: AADSTS1: no", "w ".repeat(400)).as_bytes());
        assert_eq!(shown.as_deref(), Some("ERROR: AADSTS1: no"));
        assert_eq!(excerpt(b"\r\n"), None);
    }
}
