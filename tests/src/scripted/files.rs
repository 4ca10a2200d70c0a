//! Virtual files: a map of paths, with the checks of a host.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use identity_core::effect::FileRead;

/// Files by path. There are no links; a directory exists if a file lies below it.
#[derive(Debug, Default)]
pub(super) struct Files(BTreeMap<PathBuf, Vec<u8>>);

impl Files {
    pub(super) fn write(&mut self, path: &Path, content: Vec<u8>) {
        self.0.insert(path.to_owned(), content);
    }

    pub(super) fn remove(&mut self, path: &Path) {
        self.0.remove(path);
    }

    pub(super) fn get(&self, path: &Path) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }

    pub(super) fn exists(&self, path: &Path) -> bool {
        self.0.keys().any(|file| file.starts_with(path))
    }

    /// Reads as a host does: within limit and directory.
    pub(super) fn read(&self, file: &FileRead) -> Result<Vec<u8>> {
        let path = normal(&file.path);
        let content = self.0.get(&path).ok_or_else(|| Error::from(ErrorKind::NotFound))?;
        if file.within.as_deref().is_some_and(|directory| path.parent() != Some(&normal(directory))) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        if content.len() > file.limit {
            return Err(ErrorKind::FileTooLarge.into());
        }
        Ok(content.clone())
    }
}

/// The path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => drop(normal.pop()),
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_keep_to_limit_and_directory() {
        let mut files = Files::default();
        files.write(Path::new("/a/b"), b"12345".to_vec());
        let kind = |file: FileRead| files.read(&file).map_err(|error| error.kind());
        assert_eq!(kind(FileRead::new("/a/b", 5).within("/a")), Ok(b"12345".to_vec()));
        assert_eq!(kind(FileRead::new("/a/b", 4)), Err(ErrorKind::FileTooLarge));
        assert_eq!(kind(FileRead::new("/x/../a/b", 5).within("/x")), Err(ErrorKind::PermissionDenied));
        assert_eq!(kind(FileRead::new("/a/c", 5)), Err(ErrorKind::NotFound));
        assert!(files.exists(Path::new("/a")) && !files.exists(Path::new("/c")));
    }
}
