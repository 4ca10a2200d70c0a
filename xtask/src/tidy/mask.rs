//! Rust source with everything blanked that a text search must not see: comments, literals, tests.
//!
//! Lines stay where they are, so that a hit's line number is right.

/// `text` with comments, strings and character literals replaced by spaces.
pub(crate) fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let end = match at(i) {
            '/' if at(i + 1) == '/' => (i..chars.len()).find(|end| at(*end) == '\n').unwrap_or(chars.len()),
            '/' if at(i + 1) == '*' => block_comment_end(&chars, i),
            '"' => string_end(&chars, i),
            'r' if starts_word(&chars, i) => raw_string_end(&chars, i).unwrap_or(i),
            '\'' if at(i + 1) == '\\' => {
                (i + 3..chars.len()).find(|end| at(*end) == '\'').map_or(chars.len(), |end| end + 1)
            }
            '\'' if at(i + 2) == '\'' => i + 3,
            _ => i,
        };
        if end == i {
            out.push(at(i));
            i += 1;
        }
        for index in i..end {
            out.push(if at(index) == '\n' { '\n' } else { ' ' });
        }
        i = i.max(end);
    }
    out
}

/// `code` (see [`code_only`]) with every item under `#[cfg(test)]` replaced by spaces.
pub(crate) fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some((start, end)) = test_item(&out) {
        let blank: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(start..end, &blank);
    }
    out
}

/// The names in `#[cfg(test)] mod NAME;`: modules in files of their own that are tests.
pub(crate) fn test_modules(code: &str) -> Vec<String> {
    let mut rest = code.to_owned();
    let mut names = Vec::new();
    while let Some((start, end)) = test_item(&rest) {
        let item = &rest[start..end];
        if let Some(name) = item.strip_suffix(';').and_then(|item| item.rsplit_once("mod ")) {
            names.push(name.1.trim().to_owned());
        }
        rest.replace_range(start..end, "");
    }
    names
}

/// The line, from 1, of a byte offset.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// Offsets of `needle` in `code` where it is not the tail of a longer name.
pub(crate) fn word_starts<'a>(code: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(needle).map(|(offset, _)| offset).filter(move |offset| {
        !code[..*offset].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    })
}

/// The offset just behind the bracket that closes the one at `open`.
pub(crate) fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, c) in code[open..].char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return open + offset + c.len_utf8();
        }
    }
    code.len()
}

fn starts_word(chars: &[char], i: usize) -> bool {
    let name = |c: char| c.is_alphanumeric() || c == '_';
    let before = |back: usize| i.checked_sub(back).and_then(|index| chars.get(index)).copied().unwrap_or(' ');
    !name(before(1)) || (matches!(before(1), 'b' | 'c') && !name(before(2)))
}

fn string_end(chars: &[char], start: usize) -> usize {
    let mut i = start + 1;
    while let Some(c) = chars.get(i) {
        match c {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

fn raw_string_end(chars: &[char], start: usize) -> Option<usize> {
    let hashes = chars.iter().skip(start + 1).take_while(|c| **c == '#').count();
    let open = start + 1 + hashes;
    (chars.get(open) == Some(&'"')).then(|| {
        (open + 1..chars.len())
            .find(|i| chars.get(*i) == Some(&'"') && (1..=hashes).all(|n| chars.get(i + n) == Some(&'#')))
            .map_or(chars.len(), |i| i + 1 + hashes)
    })
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let (mut depth, mut i) = (0_usize, start);
    while i < chars.len() {
        match (chars.get(i), chars.get(i + 1)) {
            (Some('/'), Some('*')) => (depth, i) = (depth + 1, i + 2),
            (Some('*'), Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

/// Start and end of the first item under `#[cfg(test)]` or `#[cfg(all(test, ...))]`.
fn test_item(code: &str) -> Option<(usize, usize)> {
    let start =
        ["#[cfg(test)]", "#[cfg(all(test,"].iter().filter_map(|attribute| code.find(attribute)).min()?;
    let mut end = start;
    // This attribute and those that follow it.
    while code[end..].trim_start().starts_with("#[") {
        end += code[end..].find('[').unwrap_or(0);
        end = closing(code, end);
    }
    while let Some(c) = code[end..].chars().next() {
        match c {
            '(' | '[' => end = closing(code, end),
            '{' => return Some((start, closing(code, end))),
            ';' => return Some((start, end + 1)),
            _ => end += c.len_utf8(),
        }
    }
    Some((start, code.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_kept() {
        let text = "let a = \"std::env \\\" x\"; // std::fs\n/* tokio /* nested */\n tokio */ let b = 'x';\n";
        let code = code_only(text);
        assert!(!code.contains("std::") && !code.contains("tokio") && !code.contains('x'), "{code}");
        assert!(code.contains("let a =") && code.contains("let b ="), "{code}");
        assert_eq!(code.lines().count(), 3);
    }

    #[test]
    fn raw_strings_and_lifetimes_are_told_from_names_and_characters() {
        let code = code_only("br#\"a \" tokio\"# fn f<'a>(r: &'a str) { '\\''; for_r\"tokio\" }");
        assert!(!code.contains("tokio"), "{code}");
        assert!(code.contains("fn f<'a>(r: &'a str)"), "{code}");
    }

    #[test]
    fn test_items_vanish_and_the_rest_stays() {
        let code = "#[cfg(test)]\n#[path = \"x\"]\nmod tests { fn a() { x } }\nfn kept() {}\n#[cfg(test)]\nmod other;\n";
        let shipped = without_tests(code);
        assert!(!shipped.contains("tests") && !shipped.contains("other"), "{shipped}");
        assert!(shipped.contains("fn kept() {}"));
        assert_eq!(test_modules(code), ["other"]);
    }

    #[test]
    fn a_word_is_not_found_at_the_end_of_a_longer_one() {
        assert_eq!(word_starts("MyFile::new File::open", "File::").collect::<Vec<_>>(), [12]);
    }
}
