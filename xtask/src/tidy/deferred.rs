//! Sources are compiled where they are used: their functions are `#[inline]`, so that a program builds those it names.

use super::checkout::Checkout;
use super::finding::Finding;
use crate::failure::Outcome;

/// Where each file is one of many ways to get a token, of which a program uses few. Without the attribute all of them are
/// translated and optimised in every build; with it, none but those that are called.
const FOLDERS: &[&str] = &["identity-core/src/source/", "identity-devtools/src/", "identity-msi/src/"];

pub(crate) fn check(checkout: &Checkout) -> Outcome<Vec<Finding>> {
    let files = FOLDERS.iter().flat_map(|folder| checkout.shipped_code(folder));
    Ok(files.flat_map(|(path, code)| check_code(path, &code)).collect())
}

fn check_code(path: &str, code: &str) -> Vec<Finding> {
    let (mut findings, mut inline, mut in_trait) = (Vec::new(), false, false);
    for (number, line) in (1..).zip(code.lines()) {
        let words = line.trim_start();
        let mut names = words.split_whitespace().filter(|word| !word.starts_with("pub"));
        match names.find(|word| !matches!(*word, "const" | "async")) {
            // What a trait provides is generic, and deferred as it is.
            Some("trait") => in_trait = true,
            Some("fn") if !inline && !in_trait => findings.push(Finding::new(
                path,
                number,
                "every program would compile this function",
                "put `#[inline]` above it: it is compiled where it is used then",
            )),
            _ if line.starts_with('}') => in_trait = false,
            _ => {}
        }
        // Attributes may stand between it and the function.
        inline = words.starts_with("#[inline") || (inline && (words.starts_with("#[") || words.is_empty()));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_a_source_are_compiled_where_they_are_used() {
        for fine in [
            "#[inline]\nfn f() {}\n",
            "    #[inline]\n    #[must_use]\n    pub(crate) const fn f() {}\n",
            "pub trait T {\n    fn f(&self) {}\n}\n",
            "struct S {\n    run: fn(),\n}\n",
        ] {
            assert_eq!(check_code("a.rs", fine), [], "{fine}");
        }
    }

    #[test]
    fn a_function_without_the_attribute_is_found() {
        let code = "#[inline]\nfn f() {}\npub fn g() {}\ntrait T {\n    fn h();\n}\nimpl T for S {\n    fn h() {}\n}\n";
        let lines: Vec<usize> = check_code("a.rs", code).iter().map(Finding::line).collect();
        assert_eq!(lines, [3, 8]);
    }
}
