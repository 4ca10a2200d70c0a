//! The files that the rules look at, read once.

use std::fs;
use std::path::Path;

use super::mask;
use crate::failure::{Failure, Outcome};
use crate::workspace::{Workspace, root};

/// The workspace and its text files.
pub(crate) struct Checkout {
    pub(crate) workspace: Workspace,
    pub(crate) files: Vec<TextFile>,
}

/// A text file.
pub(crate) struct TextFile {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Checkout {
    pub(crate) fn load() -> Outcome<Self> {
        let mut files = Vec::new();
        collect(root(), "", &mut files)
            .map_err(|error| Failure::new(format!("the checkout could not be read: {error}")))?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { workspace: Workspace::load()?, files })
    }

    /// The text of one file, if it is there.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Every Rust file below a folder (`""` for all).
    pub(crate) fn rust_files<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a TextFile> {
        self.files.iter().filter(move |file| file.path.starts_with(folder) && file.path.ends_with(".rs"))
    }

    /// Path and masked code of every Rust file below `folder`, tests left out.
    pub(crate) fn shipped_code<'a>(&'a self, folder: &'a str) -> Vec<(&'a str, String)> {
        let masked: Vec<(&str, String)> =
            self.rust_files(folder).map(|file| (file.path.as_str(), mask::code_only(&file.text))).collect();
        let tests: Vec<String> = masked.iter().flat_map(|(path, code)| test_paths(path, code)).collect();
        let is_test = |path: &str| {
            tests.iter().any(|test| path == format!("{test}.rs") || path.starts_with(&format!("{test}/")))
        };
        masked
            .into_iter()
            .filter(|(path, _)| !is_test(path))
            .map(|(path, code)| (path, mask::without_tests(&code)))
            .collect()
    }
}

/// Where the modules are that `path` declares under `#[cfg(test)]`, without `.rs`.
fn test_paths(path: &str, code: &str) -> Vec<String> {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let folder = match stem.rsplit_once('/') {
        Some((folder, "lib" | "main" | "mod")) => folder,
        _ => stem,
    };
    mask::test_modules(code).into_iter().map(|name| format!("{folder}/{name}")).collect()
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<TextFile>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let path = format!("{prefix}{name}");
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if name != ".git" && name != "target" {
                collect(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if kind.is_file() && name != ".git" {
            // What is not UTF-8 is no text, and no rule speaks of it.
            if let Ok(text) = String::from_utf8(fs::read(entry.path())?) {
                files.push(TextFile { path, text });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_modules_in_their_own_files_are_located() {
        let code = "#[cfg(test)]\nmod tests;";
        assert_eq!(test_paths("a/src/lib.rs", code), ["a/src/tests"]);
        assert_eq!(test_paths("a/src/cache/mod.rs", code), ["a/src/cache/tests"]);
        assert_eq!(test_paths("a/src/cache.rs", code), ["a/src/cache/tests"]);
    }
}
