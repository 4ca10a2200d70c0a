//! The system's store as the cache of credentials sees it: what may block does so on a thread that may.

use std::any::Any;
use std::pin::Pin;
use std::time::Duration;

use identity_core::asynchronous::{Change, TokenStore};
use identity_core::{Error, Result};
use tokio::runtime::Handle;

use crate::store::SystemStore;

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl TokenStore for SystemStore {
    fn read<'a>(&'a self, name: &'a str) -> Later<'a, Result<Option<Vec<u8>>>> {
        let (store, name) = (self.clone(), name.to_owned());
        Box::pin(off_thread(move || store.get(&name)))
    }

    fn update<'a>(&'a self, name: &'a str, change: Change) -> Later<'a, Result<()>> {
        let (store, name) = (self.clone(), name.to_owned());
        Box::pin(off_thread(move || store.change(&name, &*change)))
    }

    fn turn<'a>(
        &'a self,
        name: &'a str,
        subject: &'a str,
        limit: Duration,
    ) -> Later<'a, Option<Box<dyn Any + Send>>> {
        let (store, name, subject) = (self.clone(), name.to_owned(), subject.to_owned());
        Box::pin(async move { off_thread(move || Ok(store.wait_turn(&name, &subject, limit))).await.ok()? })
    }

    fn set_aside<'a>(&'a self, name: &'a str, bytes: Vec<u8>) -> Later<'a, Result<()>> {
        let (store, name) = (self.clone(), name.to_owned());
        Box::pin(off_thread(move || store.put_aside(&name, &bytes)))
    }
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    if Handle::try_current().is_err() {
        // The host has another runtime, whose threads are not known here.
        return work();
    }
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Error::unavailable(format!("the token store was given up: {error}"))))
}
