//! A folder for the files of one test, gone with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

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

    /// A pipe that nobody writes to. Whoever waits for that is freed after a while, too late for the test.
    #[cfg(unix)]
    pub(super) fn pipe(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let late = path.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(20));
            drop(fs::File::options().read(true).write(true).open(late));
        });
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
