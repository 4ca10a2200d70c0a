//! What may be shown of text that a server or a tool sent: little, printable, and nothing that looks like a token.

/// At most this many characters of a foreign body are shown.
const LIMIT: usize = 256;

/// Runs of token characters from this length on are taken for a secret.
const LONG: usize = 64;

/// The beginning of a body, safe to log. `None` for an empty one.
pub fn safe(body: &[u8]) -> Option<String> {
    // Never walk through megabytes to show 256 characters.
    let head = String::from_utf8_lossy(&body[..body.len().min(4 * LIMIT)]);
    let cut = body.len() > 4 * LIMIT;
    // The last word is not whole then: it may be a token that does not look like one any more.
    let end = if cut { head.rfind(char::is_whitespace).unwrap_or_default() } else { head.len() };
    let text = line(&head[..end]);
    if cut && text.is_empty() {
        return Some("…".into());
    }
    if text.is_empty() {
        return None;
    }
    let end = text.char_indices().nth(LIMIT).map_or(text.len(), |(end, _)| end);
    let mut short = text.get(..end)?.to_owned();
    if short.len() < text.len() || cut {
        short.push('…');
    }
    Some(short)
}

/// At most this many bytes of a description are kept: the longest ones of the service have some hundreds.
const LONGEST_LINE: usize = 4096;

/// Foreign text on one line, cut where it is absurdly long: control characters and runs of white space become one space, members that hold
/// secrets and long token-like words become `***`.
pub(crate) fn line(text: &str) -> String {
    let head = head(text);
    let mut clean = String::with_capacity(head.len().min(1024));
    let hidden = hide_members(head);
    for word in hidden.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()) {
        // What follows is a token, however short, unless it is a word as people write them.
        let is_token = ends_with_bearer(&clean) && word.contains(|c: char| c.is_ascii_digit());
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.push_str(&if is_token { "***".to_owned() } else { hide_long_runs(&hide_user(word)) });
    }
    if head.len() < text.len() {
        clean.push('…');
    }
    clean
}

/// The beginning of a text, cut between two words so that no secret loses its end.
fn head(text: &str) -> &str {
    if text.len() <= LONGEST_LINE {
        return text;
    }
    let head = (0..=LONGEST_LINE).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    head.rfind(char::is_whitespace).and_then(|end| head.get(..end)).unwrap_or_default()
}

fn ends_with_bearer(text: &str) -> bool {
    let last = text.rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
    last.is_some_and(|word| word.eq_ignore_ascii_case("bearer"))
}

/// `user:password@` in the address of, say, a proxy.
fn hide_user(word: &str) -> String {
    let mut clean = word.to_owned();
    let mut from = 0;
    while let Some(found) = clean.get(from..).and_then(|rest| rest.find("://")) {
        let start = from + found + 3;
        let end = clean[start..].find(['/', '?', '#', '"', '\'']).map_or(clean.len(), |end| start + end);
        if let Some(at) = clean[start..end].rfind('@') {
            hide(&mut clean, start, start + at);
        }
        from = start;
    }
    clean
}

fn hide(text: &mut String, start: usize, end: usize) {
    let rest = text.split_off(end);
    text.truncate(start);
    text.push_str("***");
    text.push_str(&rest);
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
        shown.push_str(&hide_run(&run, shown.ends_with(':')));
        run.clear();
        if c != '\0' {
            shown.push(c);
        }
    }
    shown
}

/// Addresses are long as well, and worth reading: of them, only segments that are too long are hidden.
fn hide_run(run: &str, after_colon: bool) -> String {
    // A JWT, however short: what begins like this is a JSON object in base64url.
    if run.starts_with("eyJ") && run.contains('.') {
        "***".to_owned()
    } else if run.len() < LONG {
        run.to_owned()
    } else if after_colon && run.starts_with("//") {
        let mut shown = String::with_capacity(run.len());
        for (index, segment) in run.split('/').enumerate() {
            if index > 0 {
                shown.push('/');
            }
            shown.push_str(if segment.len() < LONG { segment } else { "***" });
        }
        shown
    } else {
        "***".to_owned()
    }
}

/// `"access_token":"..."` and its like, in JSON (also JSON within JSON), the text of other languages, or form text, in
/// any case, also cut short.
fn hide_members(text: &str) -> String {
    const MEMBERS: [&str; 18] = [
        "access_token",
        "refresh_token",
        "id_token",
        "client_secret",
        "client_assertion",
        "assertion",
        "password",
        "device_code",
        "code_verifier",
        "accesstoken",
        "refreshtoken",
        "idtoken",
        "clientsecret",
        "oidctoken",
        "identity-header",
        "\"token\"",
        "\"value\"",
        "\"code\"",
    ];
    // Tools write a value on a line of its own as well.
    let is_between = |c: char| matches!(c, '"' | '\'' | '\\' | ':' | '=' | ' ') || c.is_ascii_control();
    let mut clean = text.to_owned();
    for member in MEMBERS {
        let mut from = 0;
        // Only ASCII changes its case here, so that positions stay the same.
        while let Some(found) = clean[from..].to_ascii_lowercase().find(member) {
            let mut start = from + found + member.len();
            let rest = &clean[start..];
            let gap = rest.len() - rest.trim_start_matches(is_between).len();
            start += gap;
            let end = clean[start..]
                .find(|c: char| matches!(c, '"' | '\'' | '&' | ',' | '}') || c.is_whitespace())
                .map_or(clean.len(), |length| start + length);
            // Without a separator behind it this is a word in a sentence, not a member.
            if clean[start - gap..start].contains([':', '=']) && end > start {
                hide(&mut clean, start, end);
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
    fn a_description_of_a_megabyte_is_cut_between_words() {
        let shown = line(&"password=x ".repeat(100_000));
        assert!(shown.len() < 2 * LONGEST_LINE && shown.ends_with("password=***…"), "{}", shown.len());
        assert_eq!(line(&"x".repeat(1_000_000)), "…");
    }

    #[test]
    fn members_and_token_like_words_are_hidden() {
        for text in [
            r#"{"access_token":"abc.def","x":1}"#.to_owned(),
            r#"{"access_token": "abc.def"#.to_owned(),
            "{\n  \"accessToken\":\r\n\t\"abc.def\",\n  \"x\": null }".to_owned(),
            "refresh_token=abc.def&x=1".to_owned(),
            r#"{"body":"{\"access_token\":\"abc.def\"}"}"#.to_owned(),
            "{'AccessToken': 'abc.def'}".to_owned(),
            format!("token was {}", "abc.def".repeat(12)),
            "got eyJ0eXAi.abc.def, which nobody knows".to_owned(),
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
    fn passwords_in_addresses_are_hidden() {
        let text = "no proxy at 'http://user:p@ss@proxy:8080/': see https://proxy/help@home";
        assert_eq!(line(text), "no proxy at 'http://***@proxy:8080/': see https://proxy/help@home");
    }

    #[test]
    fn tokens_with_slashes_and_in_addresses_are_hidden() {
        let token = "abc//def/".repeat(10);
        assert_eq!(line(&token), "***");
        let long = "x".repeat(70);
        assert_eq!(line(&format!("https://host/{long}/b")), "https://host/***/b");
    }

    #[test]
    fn a_token_that_was_cut_is_hidden() {
        let mut body = b" ".repeat(4 * LIMIT - 20);
        body.extend_from_slice(&b"eyJhbGci".repeat(100));
        assert_eq!(safe(&body).as_deref(), Some("…"));
    }
}
