//! What the flavour macros cannot rewrite does not occur in the source that both flavours share.

use super::checkout::Checkout;
use super::finding::Finding;
use super::mask::{closing, code_only, line_of, word_starts};
use crate::failure::Outcome;

/// Folders whose files are compiled once as blocking and once as async code.
const SHARED: &[&str] = &[
    "identity-core/src/drive/",
    "tests/src/conformance/flavoured/",
    "tests/src/doubles/",
    "tests/src/scripted/flavoured/",
    "tests/tests/canary/leaks.rs",
    "tests/tests/suite/",
    "xtask/src/demo/cases.rs",
    "xtask/src/demo/obtain.rs",
    "xtask/src/token/",
];

/// Files among them that belong to one flavour.
const OF_ONE_FLAVOUR: &[&str] = &["task_async.rs", "task_blocking.rs"];

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    let files = SHARED.iter().flat_map(|folder| checkout.rust_files(folder));
    let files = files.filter(|file| !OF_ONE_FLAVOUR.iter().any(|name| file.path.ends_with(name)));
    Ok(files.flat_map(|file| check_code(&file.path, &code_only(&file.text))).collect())
}

/// `code` without comments and literals.
fn check_code(path: &str, code: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |offset: usize, problem: &str, remedy: &str| {
        findings.push(Finding::new(path, line_of(code, offset), problem, remedy));
    };
    for offset in word_starts(code, "maybe_async") {
        add(offset, "the flavour is named here", "write `use super::flavour;` and `#[flavour]`");
    }
    for offset in word_starts(code, "async") {
        let rest = code[offset + "async".len()..].trim_start();
        let rest = rest.strip_prefix("move").map_or(rest, str::trim_start);
        if rest.starts_with('|') {
            add(offset, "an async closure is not rewritten", "write a function with `#[flavour]`");
        } else if rest.starts_with('{') && !is_whole_boxed_body(code, offset, code.len() - rest.len()) {
            add(
                offset,
                "a `?` or `return` in an async block would leave the function in the blocking flavour",
                "write a function with `#[flavour]`, or make it the whole body: `Box::pin(async move { ... })`",
            );
        }
    }
    for (offset, arguments) in macro_calls(code) {
        if arguments.contains(".await") {
            add(offset, "an `.await` in a macro's arguments is not rewritten", "bind the result first");
        }
    }
    for offset in word_starts(code, "type ") {
        let alias = code[offset..].split(';').next().unwrap_or_default();
        if alias.contains("Future") && alias.contains('=') && alias.contains("Box<") {
            add(offset, "an alias of a boxed future is not rewritten", "spell the boxed future out");
        }
    }
    findings
}

/// Whether the async block that starts at `start` and opens at `open` is all there is in a function's body,
/// inside `Box::pin`.
fn is_whole_boxed_body(code: &str, start: usize, open: usize) -> bool {
    let before = code[..start].trim_end();
    let after = code[closing(code, open)..].trim_start();
    let Some(before) = before.strip_suffix('(').and_then(|before| before.strip_suffix("Box::pin")) else {
        return false;
    };
    let after = after.strip_prefix(',').map_or(after, str::trim_start);
    before.trim_end().ends_with('{')
        && after.strip_prefix(')').is_some_and(|after| after.trim_start().starts_with('}'))
}

/// Offset and arguments of every `name!(...)`, with any kind of bracket, definitions left out.
fn macro_calls(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.match_indices('!').filter_map(|(offset, _)| {
        let name = code[..offset].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = code[offset + 1..].trim_start();
        let open = code.len() - rest.len();
        (name && rest.starts_with(['(', '[', '{'])).then(|| (offset, &code[open..closing(code, open)]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(code: &str) -> Vec<usize> {
        check_code("a.rs", code).iter().map(Finding::line).collect()
    }

    #[test]
    fn good_shared_code_is_let_be() {
        let code = "use super::flavour;\n#[flavour]\nasync fn a() { let x = b().await; assert_eq!(x, 1); if x != (1) {} }\n\
                    fn c() -> Pin<Box<dyn Future<Output = ()> + Send>> {\n Box::pin(async move { d().await })\n}";
        assert_eq!(check_code("a.rs", code), []);
    }

    #[test]
    fn a_flavour_of_ones_own_is_found() {
        assert_eq!(lines("\nuse maybe_async::must_be_sync as flavour;"), [2]);
    }

    #[test]
    fn async_closures_are_found() {
        assert_eq!(lines("f(async |x| x);\nf(async move || ());"), [1, 2]);
    }

    #[test]
    fn async_blocks_are_found_unless_they_are_a_whole_boxed_body() {
        assert_eq!(lines("fn a() {\n let b = async { 1 };\n}"), [2]);
        assert_eq!(lines("fn a() {\n let b = Box::pin(async move { 1 });\n b\n}"), [2]);
        assert_eq!(lines("fn a() {\n Box::pin(async move { 1 }).await\n}"), [2]);
    }

    #[test]
    fn awaits_in_macros_are_found() {
        assert_eq!(lines("assert_eq!(\n a().await,\n 1);"), [1]);
        assert_eq!(lines("vec![a().await]"), [1]);
    }

    #[test]
    fn aliases_of_boxed_futures_are_found() {
        assert_eq!(lines("type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;"), [1]);
    }
}
