//! The hand-written minimum that a cached hit is held against.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use foldhash::fast::RandomState;

struct Entry {
    token: Arc<str>,
    expires_on: SystemTime,
}

/// Tokens by scope, replaced as a whole: arc-swap, foldhash, `Arc<str>` and the system's clock.
pub(crate) struct Limit(ArcSwap<HashMap<String, Arc<Entry>, RandomState>>);

impl Limit {
    pub(crate) fn new(scopes: &[String], token: &str) -> Self {
        let expires_on = SystemTime::now() + Duration::from_secs(86_400);
        let entry = |scope: &String| (scope.clone(), Arc::new(Entry { token: token.into(), expires_on }));
        Self(ArcSwap::from_pointee(scopes.iter().map(entry).collect()))
    }

    pub(crate) fn get(&self, scope: &str) -> Option<Arc<str>> {
        let entries = self.0.load();
        let entry = entries.get(scope)?;
        (SystemTime::now() < entry.expires_on).then(|| entry.token.clone())
    }
}
