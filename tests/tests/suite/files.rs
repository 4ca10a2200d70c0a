//! A folder for the files of one test, gone with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("identity-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        // Both flavours compile this file: each has numbers of its own.
        let path = std::env::temp_dir().join(module_path!().replace("::", "-")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    pub(super) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// Points the link at another file, in one step, as Kubernetes does.
    #[cfg(unix)]
    pub(super) fn link(&self, name: &str, target: &Path) {
        let new = self.path(&format!("{name}.new"));
        std::os::unix::fs::symlink(target, &new).unwrap();
        fs::rename(new, self.path(name)).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}
