//! Where tokens survive the process: the trait that applications implement, and the cache on top of it.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::flavour;
use crate::store::{Document, cache_name};
use crate::{Account, Result};

/// A change of what is kept: from the bytes that are there (if any) to those that shall be there. It may be called more
/// than once, if somebody else was quicker. Call it when nobody else can come in between: what it gives back unchanged (no
/// bytes for none) need not be written, and is nothing to be kept any more.
pub type Change = Arc<dyn Fn(Option<&[u8]>) -> Vec<u8> + Send + Sync>;

/// Keeps bytes under names: in files, in a keyring, in a database, in a cache server. The bytes are secrets: whoever can read
/// them can act as the person, until the refresh token is revoked.
///
/// Give each user of a service a name of their own, so that no bug can mix two.
#[flavour(AFIT)]
pub trait TokenStore: Send + Sync + 'static {
    /// What is kept under a name; `None` for nothing.
    ///
    /// # Errors
    /// If it cannot be read; nothing to be read is none.
    fn read<'a>(
        &'a self,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Vec<u8>>>> + Send + 'a>>;

    /// Changes what is kept under a name, as a whole or not at all, with nobody else in between.
    ///
    /// # Errors
    /// If nothing was changed.
    fn update<'a>(
        &'a self,
        name: &'a str,
        change: Change,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

    /// Waits, for the limit at most, until no other process fetches what `subject` names, and keeps it so until the
    /// answer is dropped. Without it, processes that need the same token at the same time may each fetch one.
    fn turn<'a>(
        &'a self,
        _name: &'a str,
        _subject: &'a str,
        _limit: Duration,
    ) -> Pin<Box<dyn Future<Output = Option<Box<dyn Any + Send>>> + Send + 'a>> {
        Box::pin(async move { None })
    }

    /// Sets bytes that nobody can make sense of aside. The default leaves them to be overwritten.
    ///
    /// # Errors
    /// If they cannot be set aside.
    fn set_aside<'a>(
        &'a self,
        _name: &'a str,
        _bytes: Vec<u8>,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin(async move { Ok(()) })
    }
}

/// A named cache in a store, to be given to credentials. Cheap to clone.
///
/// Its format is that of MSAL and Azure Identity in other languages. Tokens with continuous access evaluation are kept under
/// `{name}.cae`, others under `{name}.nocae`.
#[derive(Clone)]
pub struct PersistentCache {
    pub(super) store: Arc<dyn TokenStore>,
    name: Arc<str>,
}

impl PersistentCache {
    /// The name that Azure Identity uses in every language unless told otherwise.
    pub const DEFAULT_NAME: &'static str = "msal.cache";

    /// The cache with this name in a store.
    pub fn new(store: impl TokenStore, name: &str) -> Self {
        Self { store: Arc::new(store), name: Arc::from(name) }
    }

    pub(super) fn name(&self, enable_cae: bool) -> String {
        cache_name(&self.name, enable_cae)
    }
}

#[flavour]
impl PersistentCache {
    /// The people who signed in through this cache, with any application.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        let mut found = Vec::<Account>::new();
        for name in [self.name(false), self.name(true)] {
            for account in self.document(&name).await?.accounts() {
                if !found.contains(&account) {
                    found.push(account);
                }
            }
        }
        Ok(found)
    }

    /// Removes everything of a person from this cache. What a running process has in memory stays there. A cache that makes
    /// no sense is set aside, with whoever may be signed in there.
    ///
    /// # Errors
    /// If the store cannot be changed.
    pub async fn sign_out(&self, account: &Account) -> Result<()> {
        for name in [self.name(false), self.name(true)] {
            self.document(&name).await?;
            if self.store.read(&name).await?.is_some() {
                let account = account.clone();
                let sign_out = move |document: &mut Document| {
                    document.sign_out(&account);
                    true
                };
                self.change(&name, sign_out).await?;
            }
        }
        Ok(())
    }

    /// Removes everything from this cache, also what other programs put there.
    ///
    /// # Errors
    /// If the store cannot be changed.
    pub async fn clear(&self) -> Result<()> {
        for name in [self.name(false), self.name(true)] {
            if self.store.read(&name).await?.is_some() {
                let clear = |document: &mut Document| {
                    *document = Document::default();
                    true
                };
                self.change(&name, clear).await?;
            }
        }
        Ok(())
    }

    /// What is kept under a name. Bytes that make no sense are set aside, reported, and count as nothing.
    pub(super) async fn document(&self, name: &str) -> Result<Document> {
        let bytes = self.store.read(name).await?.unwrap_or_default();
        match Document::parse(&bytes) {
            Ok(document) => Ok(document),
            Err(corrupt) => {
                log::warn!("{name}: {corrupt}; it counts as empty, and people have to sign in again");
                self.store.set_aside(name, bytes).await?;
                Ok(Document::default())
            }
        }
    }

    /// Changes what is kept under a name, unless `change` says that everything is to stay as it is.
    pub(super) async fn change(
        &self,
        name: &str,
        change: impl Fn(&mut Document) -> bool + Send + Sync + 'static,
    ) -> Result<()> {
        let change: Change = Arc::new(move |bytes| {
            let bytes = bytes.unwrap_or_default();
            let mut document = Document::parse(bytes).unwrap_or_default();
            if change(&mut document) { document.to_bytes() } else { bytes.to_vec() }
        });
        self.store.update(name, change).await
    }
}

impl fmt::Debug for PersistentCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersistentCache").field("name", &self.name).finish_non_exhaustive()
    }
}
