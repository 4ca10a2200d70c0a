//! Whether a licence expression can be satisfied with the licences that are allowed.

/// Evaluates an SPDX expression (or the older `A/B`); what cannot be understood is not allowed.
pub(crate) fn allowed(expression: &str, licences: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let result = alternatives(&mut words, licences);
    words.peek().is_none() && result
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn alternatives(words: &mut Words<'_>, licences: &[String]) -> bool {
    let mut result = conjunction(words, licences);
    while words.next_if_eq(&"OR").is_some() {
        result |= conjunction(words, licences);
    }
    result
}

fn conjunction(words: &mut Words<'_>, licences: &[String]) -> bool {
    let mut result = licence(words, licences);
    while words.next_if_eq(&"AND").is_some() {
        result &= licence(words, licences);
    }
    result
}

fn licence(words: &mut Words<'_>, licences: &[String]) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let result = alternatives(words, licences);
        return words.next_if_eq(&")").is_some() && result;
    }
    let mut name = words.next().unwrap_or_default().to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name = format!("{name} WITH {}", words.next().unwrap_or_default());
    }
    licences.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_evaluated() {
        let licences = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "Unlicense/MIT",
            "(MIT OR GPL-3.0) AND Apache-2.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
        ] {
            assert!(allowed(good, &licences), "{good}");
        }
        for bad in
            ["", "none", "GPL-3.0", "MIT AND GPL-3.0", "(MIT", "MIT)", "MIT WITH Odd-exception", "MIT MIT"]
        {
            assert!(!allowed(bad, &licences), "{bad}");
        }
    }
}
