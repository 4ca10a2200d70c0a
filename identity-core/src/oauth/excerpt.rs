//! What may be shown of text that a server or a tool sent: little, printable, and nothing that looks like a token.

/// At most this many characters of a foreign body are shown.
const LIMIT: usize = 256;

/// Runs of token characters from this length on are taken for a secret.
const LONG: usize = 64;

/// The beginning of a body, safe to log. `None` for an empty one.
pub fn safe(body: &[u8]) -> Option<String> {
    // Never walk through megabytes to show 256 characters.
    let head = &body[..body.len().min(4 * LIMIT)];
    let text = line(&String::from_utf8_lossy(head));
    if text.is_empty() {
        return None;
    }
    let mut short: String = text.chars().take(LIMIT).collect();
    if short.len() < text.len() || head.len() < body.len() {
        short.push('…');
    }
    Some(short)
}

/// Foreign text on one line: control characters and runs of white space become one space, members that hold
/// secrets and long token-like words become `***`.
pub(crate) fn line(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(1024));
    for word in
        hide_members(text).split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty())
    {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.push_str(&hide_long_runs(word));
    }
    clean
}

/// Replaces every occurrence of the given secrets.
pub(crate) fn scrub(text: &str, secrets: &[&str]) -> String {
    let mut clean = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= 4) {
        if clean.contains(secret) {
            clean = clean.replace(secret, "***");
        }
    }
    clean
}

fn hide_long_runs(word: &str) -> String {
    let is_token =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+' | '/' | '=');
    let mut shown = String::with_capacity(word.len());
    let mut run = String::new();
    for c in word.chars().chain(std::iter::once('\0')) {
        if is_token(c) {
            run.push(c);
            continue;
        }
        // Addresses are long as well, and worth reading: they have a `//` that no token has.
        if run.len() >= LONG && !run.contains("//") {
            shown.push_str("***")
        } else {
            shown.push_str(&run)
        }
        run.clear();
        if c != '\0' {
            shown.push(c);
        }
    }
    shown
}

/// `"access_token":"..."` and its like, in JSON or form text, also cut short.
fn hide_members(text: &str) -> String {
    const MEMBERS: [&str; 14] = [
        "access_token",
        "refresh_token",
        "id_token",
        "client_secret",
        "client_assertion",
        "assertion",
        "password",
        "device_code",
        "accessToken",
        "refreshToken",
        "oidcToken",
        "\"token\"",
        "\"value\"",
        "\"code\"",
    ];
    let mut clean = text.to_owned();
    for member in MEMBERS {
        let mut from = 0;
        while let Some(found) = clean[from..].find(member) {
            let mut start = from + found + member.len();
            let rest = &clean[start..];
            let gap = rest.len() - rest.trim_start_matches(['"', ':', '=', ' ']).len();
            start += gap;
            let end = clean[start..]
                .find(|c: char| matches!(c, '"' | '&' | ',' | '}') || c.is_whitespace())
                .map_or(clean.len(), |length| start + length);
            // Without a separator behind it this is a word in a sentence, not a member.
            if clean[start - gap..start].contains([':', '=']) && end > start {
                clean.replace_range(start..end, "***");
            }
            from = start;
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_cut_and_made_printable() {
        assert_eq!(safe(b"<html>\r\n\x00 <b>Bad</b>"), Some("<html> <b>Bad</b>".into()));
        assert_eq!(safe(b" \r\n"), None);
        let long = safe(&b"word ".repeat(1_000_000)).unwrap();
        assert!(long.chars().count() == LIMIT + 1 && long.ends_with('…'));
        assert!(safe(&[0xff; 300]).is_some());
    }

    #[test]
    fn members_and_token_like_words_are_hidden() {
        for text in [
            r#"{"access_token":"abc.def","x":1}"#.to_owned(),
            r#"{"access_token": "abc.def"#.to_owned(),
            "refresh_token=abc.def&x=1".to_owned(),
            format!("token was {}", "abc.def".repeat(12)),
        ] {
            let shown = line(&text);
            assert!(!shown.contains("abc.def") && shown.contains("***"), "{shown}");
        }
    }

    #[test]
    fn addresses_and_sentences_stay_readable() {
        let text = "the refresh_token expired; see https://login.microsoftonline.com/common/oauth2/v2.0/a/b/c/d/e/f/g";
        assert_eq!(line(text), text);
    }

    #[test]
    fn secrets_that_a_server_echoes_are_scrubbed() {
        assert_eq!(scrub("no such secret: hunter2!", &["hunter2!"]), "no such secret: ***");
    }
}
