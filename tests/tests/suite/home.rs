//! A home directory with a persistent cache, for tests of what outlives a credential.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::identity::{Env, PersistentCache, Platform, SystemStore};

/// A home directory of its own, removed in the end.
pub(super) struct Home(PathBuf);

impl Home {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let unique = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!(
            "people-{}-{unique}-{}",
            std::process::id(),
            module_path!().len()
        ));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The persistent cache of whoever lives there.
    pub(super) fn cache(&self) -> PersistentCache {
        let home = ("HOME".to_owned(), self.0.to_str().unwrap().to_owned());
        let env = [home].into_iter().collect::<Env>().on(Platform::Linux);
        PersistentCache::new(
            SystemStore::from_env(&env).unwrap().unencrypted(),
            PersistentCache::DEFAULT_NAME,
        )
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
