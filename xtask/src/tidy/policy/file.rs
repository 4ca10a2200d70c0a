//! Reading `.cargo/deny.toml`: the few keys used, one list entry a line, and nothing that is not understood.

/// What the file says.
#[derive(Default)]
pub(crate) struct Policy {
    /// SPDX names.
    pub(crate) licences: Vec<String>,
    pub(crate) bans: Vec<Selection>,
    /// Versions that may be there beside another one.
    pub(crate) skips: Vec<Selection>,
}

/// A package, or one version of it, and why it is listed.
pub(crate) struct Selection {
    /// `name` or `name@version`.
    pub(crate) krate: String,
    pub(crate) reason: String,
    pub(crate) line: usize,
}

impl Selection {
    pub(crate) fn covers(&self, name: &str, version: &str) -> bool {
        match self.krate.split_once('@') {
            Some((own, wanted)) => own == name && wanted == version,
            None => self.krate == name,
        }
    }
}

/// Reads the text; an error begins with the number of the line.
pub(crate) fn parse(text: &str) -> Result<Policy, String> {
    let mut policy = Policy::default();
    let (mut section, mut list) = ("", "");
    for (line, content) in (1..).zip(text.lines().map(str::trim)) {
        let problem = |what: &str| format!("{line}: {what}: `{content}`");
        match content {
            "" => {}
            _ if content.starts_with('#') => {}
            "]" => list = "",
            _ if !list.is_empty() => {
                let entry =
                    content.strip_suffix(',').ok_or_else(|| problem("an entry must end in a comma"))?;
                match (section, list) {
                    ("licenses", "allow") => {
                        policy.licences.push(quoted(entry).ok_or_else(|| problem("not a name in quotes"))?);
                    }
                    ("bans", "deny" | "skip") => {
                        let (krate, reason) = selection(entry).ok_or_else(|| {
                            problem("not of the form `{ crate = \"name@version\", reason = \"...\" }`")
                        })?;
                        let selection = Selection { krate, reason, line };
                        if list == "deny" { &mut policy.bans } else { &mut policy.skips }.push(selection);
                    }
                    _ => return Err(problem("this list is not known")),
                }
            }
            _ if content.starts_with('[') => section = content.trim_matches(['[', ']']),
            _ => match content.split_once(" = ") {
                Some((key, "[")) => list = key,
                Some(("multiple-versions", "\"deny\"")) => {}
                _ => return Err(problem("this key is not known")),
            },
        }
    }
    if policy.licences.is_empty() {
        return Err("1: no licence is allowed".to_owned());
    }
    Ok(policy)
}

fn quoted(text: &str) -> Option<String> {
    let inner = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    (!inner.is_empty() && !inner.contains('"')).then(|| inner.to_owned())
}

fn selection(text: &str) -> Option<(String, String)> {
    let inner = text.strip_prefix("{ crate = ")?.strip_suffix(" }")?;
    let (krate, reason) = inner.split_once(", reason = ")?;
    Some((quoted(krate)?, quoted(reason)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read() {
        let text = "# Why\n[licenses]\nallow = [\n    # Ours\n    \"MIT\",\n]\n[bans]\nskip = [\n    { crate = \"a@1.0.0\", reason = \"old\" },\n]\n";
        let policy = parse(text).expect("well-formed");
        assert_eq!(policy.licences, ["MIT"]);
        assert!(policy.skips[0].covers("a", "1.0.0") && !policy.skips[0].covers("a", "1.0.1"));
        assert_eq!(policy.skips[0].line, 9);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [
            "",
            "[licenses]\nallow = [\n    MIT,\n]\n",
            "[licenses]\nallow = [\n    \"MIT\"\n]\n",
            "[licenses]\nunknown = 1\n",
            "[bans]\ndeny = [\n    { crate = \"a\" },\n]\n",
            "[bans]\ndeny = [\n    { crate = \"a\", reason = \"\" },\n]\n",
            "[other]\nallow = [\n    \"MIT\",\n]\n",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
