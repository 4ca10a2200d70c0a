//! The system's store as the cache of credentials sees it.

use std::any::Any;
use std::time::Duration;

use identity_core::Result;
use identity_core::blocking::{Change, TokenStore};

use crate::store::SystemStore;

impl TokenStore for SystemStore {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.get(name)
    }

    fn update(&self, name: &str, change: Change) -> Result<()> {
        self.change(name, &*change)
    }

    fn turn(&self, name: &str, subject: &str, limit: Duration) -> Option<Box<dyn Any + Send>> {
        self.wait_turn(name, subject, limit)
    }

    fn set_aside(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        self.put_aside(name, &bytes)
    }
}
