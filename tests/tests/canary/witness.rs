//! Sees everything that is logged, and panics, and remembers what must never be seen.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use identity_blocking::effect::Outbound;
use identity_blocking::{Host, Proxy, Transport};
use log::{LevelFilter, Log, Metadata, Record};

use crate::hands::encoded;

/// The longest part of a token that tells nothing: how its header begins.
const LONGEST: usize = 24;

static SEEN: Mutex<String> = Mutex::new(String::new());

/// What is documented to show secrets, and is warned of.
const DUMPS: &[&str] = &["ureq_proto::util"];

struct Witness;

impl Log for Witness {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        if !DUMPS.contains(&record.target()) {
            let _ = writeln!(seen(), "{} {} {}", record.level(), record.target(), record.args());
        }
    }

    fn flush(&self) {}
}

fn seen() -> MutexGuard<'static, String> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to watch.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Witness).unwrap();
        log::set_max_level(LevelFilter::Trace);
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let _ = writeln!(seen(), "PANIC {info}");
            before(info);
        }));
    });
}

/// Adds something that a user could print.
pub(crate) fn show(text: &str) {
    let _ = writeln!(seen(), "{text}");
}

/// Fails if a canary was seen, as it is, as a form or an address has it, or as JSON does; or anything like a token.
pub(crate) fn acquit(canaries: &[&str]) {
    let leak = leak(&seen().clone(), canaries);
    assert_eq!(leak, None);
}

/// What was seen of secrets, without showing them.
fn leak(seen: &str, canaries: &[&str]) -> Option<String> {
    let forms = canaries.iter().flat_map(|canary| {
        let json = format!("{canary:?}");
        [(*canary).to_owned(), encoded(canary), json.trim_matches('"').to_owned()]
    });
    let forms: BTreeSet<String> = forms.filter(|canary| !canary.is_empty()).collect();
    if let Some(canary) = forms.iter().find(|canary| seen.contains(canary.as_str())) {
        let line = seen.lines().find(|line| line.contains(canary.as_str())).unwrap_or_default();
        return Some(format!("{} characters: {}", canary.len(), line.replace(canary.as_str(), "***")));
    }
    // Answers that were cut short hold tokens that no test knows.
    let is_part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    // In the middle of other letters it is chance, as in the certificate of an authority.
    let begins =
        |at: &usize| !seen[..*at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '/' || c == '+');
    let token = seen.match_indices("eyJ").map(|(at, _)| at).filter(begins);
    let at = token.into_iter().find(|at| seen[*at..].chars().take_while(is_part).count() > LONGEST)?;
    let line = seen[..at].lines().last().unwrap_or_default();
    Some(format!("something like a token after: {line}"))
}

#[test]
fn what_shows_secrets_is_warned_of() {
    watch();
    let request = http::Request::get("http://127.0.0.1:9/").body(Vec::new()).unwrap();
    drop(Transport::builder().proxy(Proxy::None).build().send(Outbound::new(request)));
    for target in DUMPS {
        let warns = |line: &str| line.starts_with("WARN identity_blocking::") && line.contains(target);
        assert!(seen().lines().any(warns), "{target}");
    }
}

#[test]
fn the_witness_does_see() {
    watch();
    log::trace!(target: "identity_test", "a canary named c4n4ry-of-the-test");
    assert!(seen().contains("c4n4ry-of-the-test"));
    let hidden = |seen: &str| leak(seen, &["p\"+x"]).is_none();
    assert!(hidden("p + x, and eyJhbGciOiJ***"));
    for seen in ["a p\"+x", "a p%22%2Bx", "a p\\\"+x", "a eyJhbGciOiJub25lIn0eyJhbGciOiJub25lIn0"] {
        assert!(!hidden(seen), "{seen}");
    }
}
