//! A store that takes its time: what it does after the close of a credential changes nothing any more.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use super::fixture::TestCredential;
use super::identity::{Change, PersistentCache, Result, TokenRequest, TokenStore};
use super::{Fixture, VAULT, flavour, flavour_test};

/// Puts every change off.
#[derive(Clone, Default)]
struct Later(Arc<Mutex<Vec<Change>>>);

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
            self.0.lock().unwrap().push(change);
            Ok(())
        })
    }
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
    let change = store.0.lock().unwrap().remove(0);
    assert!(String::from_utf8(change(None)).unwrap().contains(token.secret()));
    credential.close().await;
    assert_eq!((change(None), change(Some(b"{ }"))), (Vec::new(), b"{ }".to_vec()));
}
