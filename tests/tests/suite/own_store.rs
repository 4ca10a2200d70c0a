//! A store of the application: when it is asked for a turn, and what it does too late.

use std::any::Any;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::fixture::TestCredential;
use super::identity::{Change, CredentialOn, DeviceCode, PersistentCache, Result, TokenRequest, TokenStore};
use super::{Fixture, VAULT, flavour, flavour_test};

/// Puts every change off, and counts who wants a turn.
#[derive(Clone, Default)]
struct Later {
    changes: Arc<Mutex<Vec<Change>>>,
    turns: Arc<AtomicU32>,
}

#[flavour(AFIT)]
impl TokenStore for Later {
    fn read<'a>(
        &'a self,
        _name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Option<Vec<u8>>>> + Send + 'a>> {
        Box::pin(async move { Ok(None) })
    }

    fn update<'a>(
        &'a self,
        _name: &'a str,
        change: Change,
    ) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
        Box::pin(async move {
            self.changes.lock().unwrap().push(change);
            Ok(())
        })
    }

    fn turn<'a>(
        &'a self,
        _name: &'a str,
        _subject: &'a str,
        _limit: Duration,
    ) -> Pin<Box<dyn Future<Output = Option<Box<dyn Any + Send>>> + Send + 'a>> {
        Box::pin(async move {
            self.turns.fetch_add(1, Ordering::Relaxed);
            None
        })
    }
}

#[flavour]
#[flavour_test]
async fn who_can_use_nothing_of_others_waits_for_nobody() {
    let (fixture, store) = (Fixture::new(), Later::default());
    let cache = PersistentCache::new(store.clone(), "c");
    let source = DeviceCode::new()
        .with_tenant_id(fixture.entra.tenant().id())
        .with_options(fixture.options())
        .with_prompt(|_| {});
    let person =
        CredentialOn::on(fixture.host.clone(), source).persistent_cache(cache.clone()).build().unwrap();
    let request = TokenRequest::new(&[VAULT]);
    person.get_token(&request).await.unwrap();
    assert_eq!(store.turns.load(Ordering::Relaxed), 0);
    // Now it is known who that is, and what they left elsewhere.
    person.get_token(&request.with_force_refresh(true)).await.unwrap();
    assert_eq!(store.turns.load(Ordering::Relaxed), 1);
}

#[flavour]
#[flavour_test]
async fn a_change_that_comes_after_the_close_changes_nothing() {
    let (fixture, store) = (Fixture::new(), Later::default());
    let credential = TestCredential::on(fixture.host.clone(), fixture.source())
        .persistent_cache(PersistentCache::new(store.clone(), "c"))
        .build()
        .unwrap();
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    let change = store.changes.lock().unwrap().remove(0);
    assert!(String::from_utf8(change(None)).unwrap().contains(token.secret()));
    credential.close().await;
    assert_eq!((change(None), change(Some(b"{ }"))), (Vec::new(), b"{ }".to_vec()));
}
