//! What was sent and must not come back: finds a secret in each form in which an answer may repeat it.

use std::fmt::Write;

use super::{excerpt, percent_encode};
use crate::Secret;

/// Shorter secrets are only found where they stand alone: they occur within ordinary words.
const SHORT: usize = 4;

/// Replaces every occurrence of the secrets: as they are, percent-encoded, as members of a form, escaped for JSON or
/// HTML, and on one line.
pub(crate) fn text(text: &str, secrets: &[Secret]) -> String {
    replace(text, &forms(secrets))
}

/// The same without the short ones, for text that is more than something to read.
pub(crate) fn long(text: &str, secrets: &[Secret]) -> String {
    let mut forms = forms(secrets);
    forms.retain(|form| form.expose().len() >= SHORT);
    replace(text, &forms)
}

/// The same in a body, before anything of it is cut or taken apart.
pub(crate) fn body(body: &[u8], secrets: &[Secret]) -> Vec<u8> {
    if secrets.is_empty() {
        body.to_vec()
    } else {
        long(&String::from_utf8_lossy(body), secrets).into_bytes()
    }
}

/// Every form of every secret, long ones first, so that none is found within another.
fn forms(secrets: &[Secret]) -> Vec<Secret> {
    let mut forms: Vec<Secret> = Vec::new();
    for secret in secrets.iter().map(Secret::expose).filter(|secret| !secret.trim().is_empty()) {
        let percent = percent_encode(secret);
        let lower = lower_hex(&percent);
        let json = json_escaped(secret, false);
        for form in [
            percent.replace("%20", "+"),
            lower.replace("%20", "+"),
            percent,
            lower,
            json.replace('/', "\\/"),
            json,
            json_escaped(secret, true),
            html_escaped(secret),
            excerpt::line(secret),
            secret.trim().to_owned(),
            secret.to_owned(),
        ] {
            let form = Secret::new(form);
            // One line of nothing but control characters is empty, and nothing is found everywhere.
            if !form.is_empty() && !forms.contains(&form) {
                let place = forms.partition_point(|longer| longer.expose().len() >= form.expose().len());
                forms.insert(place, form);
            }
        }
    }
    forms
}

fn replace(text: &str, forms: &[Secret]) -> String {
    let mut clean = text.to_owned();
    for form in forms.iter().map(Secret::expose) {
        if clean.contains(form) {
            clean = if form.len() < SHORT { replace_alone(&clean, form) } else { clean.replace(form, "***") };
        }
    }
    clean
}

fn replace_alone(text: &str, form: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(form) {
        let within = |c: char| c.is_alphanumeric();
        let starts = before.chars().next_back().or_else(|| clean.chars().next_back()).is_some_and(within);
        let alone = !starts && !after.starts_with(within);
        clean.push_str(before);
        clean.push_str(if alone { "***" } else { form });
        rest = after;
    }
    clean + rest
}

/// `%2B` as `%2b`.
fn lower_hex(percent_encoded: &str) -> String {
    let mut lower = String::with_capacity(percent_encoded.len());
    let mut hex = 0;
    for c in percent_encoded.chars() {
        lower.push(if hex > 0 { c.to_ascii_lowercase() } else { c });
        hex = if c == '%' { 2 } else { hex.max(1) - 1 };
    }
    lower
}

/// The inside of a JSON string; `cautious` escapes what .NET does.
fn json_escaped(text: &str, cautious: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if cautious && (matches!(c, '"' | '&' | '\'' | '+' | '<' | '>' | '`') || !c.is_ascii()) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04X}");
            }
            continue;
        }
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn html_escaped(text: &str) -> String {
    let named = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    named.replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a\"b+c/d&e  <ü>%'";

    #[test]
    fn every_form_of_a_secret_is_found() {
        let secrets = [Secret::new(SECRET)];
        for said in [
            SECRET,
            "a%22b%2Bc%2Fd%26e%20%20%3C%C3%BC%3E%25%27",
            "a%22b%2bc%2fd%26e%20%20%3c%c3%bc%3e%25%27",
            "a%22b%2Bc%2Fd%26e++%3C%C3%BC%3E%25%27",
            "a\\\"b+c/d&e  <ü>%'",
            "a\\\"b+c\\/d&e  <ü>%'",
            "a\\u0022b\\u002Bc/d\\u0026e  \\u003C\\u00FC\\u003E%\\u0027",
            "a&quot;b+c/d&amp;e  &lt;ü&gt;%&#39;",
            "a\"b+c/d&e <ü>%'",
        ] {
            assert_eq!(text(&format!("sent {said}!"), &secrets), "sent ***!");
            assert_eq!(body(said.as_bytes(), &secrets), b"***");
        }
    }

    #[test]
    fn a_secret_within_another_does_not_save_the_rest_of_it() {
        assert_eq!(text("key-and-more", &["key-".into(), "key-and-more".into()]), "***");
    }

    #[test]
    fn empty_and_short_secrets_leave_the_text_readable() {
        let secrets = ["", " ", "\u{1}", "a", "is"].map(Secret::new);
        assert_eq!(text("this is a bad answer: a.", &secrets), "this *** *** bad answer: ***.");
        assert_eq!(body(b"{\"a\":1}", &secrets), b"{\"a\":1}");
    }
}
