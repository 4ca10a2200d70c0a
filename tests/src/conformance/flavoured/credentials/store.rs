//! The persistent cache of a recording: a store in the files of the scripted world, in clear text.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use identity_core::{Error, Result};

use super::super::super::driver::{Change, PersistentCache, TokenStore};
use super::super::super::{ScriptedHost, flavour};
use super::Setup;
use crate::conformance::options::Options;
use crate::scripted::World;

/// The cache that `cache_persistence_options` describe, if they are there.
pub(super) fn asked_for(options: &Options<'_>, host: &ScriptedHost) -> Option<PersistentCache> {
    let asked = &options.value("cache_persistence_options")?["$cache_persistence_options"];
    let name = asked["name"].as_str().unwrap_or(PersistentCache::DEFAULT_NAME);
    let allowed = asked["allow_unencrypted_storage"].as_bool().unwrap_or_default();
    Some(PersistentCache::new(WorldStore::new(host.world(), allowed), name))
}

impl Setup {
    /// The cache that the options ask for.
    #[cfg(feature = "facades")]
    pub(super) const fn persistent(&self) -> Option<&PersistentCache> {
        self.persistent.as_ref()
    }

    /// The same with the cache that programs share.
    pub(super) fn with_shared_cache(&self) -> Self {
        let shared =
            PersistentCache::new(WorldStore::new(self.host.world(), true), PersistentCache::DEFAULT_NAME);
        Self { persistent: Some(self.persistent.clone().unwrap_or(shared)), ..self.clone() }
    }
}

/// Files below the home directory. The recordings were made without a keyring.
struct WorldStore {
    world: World,
    allowed: bool,
    changing: Arc<Mutex<()>>,
}

impl WorldStore {
    fn new(world: &World, allowed: bool) -> Self {
        Self { world: world.clone(), allowed, changing: Arc::default() }
    }

    fn path(&self, name: &str) -> Result<String> {
        if !self.allowed {
            let text = "there is no keyring, and clear text was not allowed (allow_unencrypted_storage)";
            return Err(Error::invalid_argument(text));
        }
        let env = self.world.env();
        Ok(format!("{}/.IdentityService/{name}", env.get("HOME").unwrap_or_default()))
    }
}

#[flavour(AFIT)]
impl TokenStore for WorldStore {
    fn read<'a>(
        &'a self,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Vec<u8>>>> + Send + 'a>> {
        Box::pin(async move { self.path(name).map(|path| self.world.file(path)) })
    }

    fn update<'a>(
        &'a self,
        name: &'a str,
        change: Change,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin(async move {
            self.path(name).map(|path| {
                let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
                let next = change(self.world.file(&path).as_deref());
                self.world.write_file(path, next);
            })
        })
    }
}
