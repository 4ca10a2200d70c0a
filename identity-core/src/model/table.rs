//! The table of tokens: who refreshes, and what is counted.

use std::sync::Arc;

use shuttle::thread;

use super::{TERMS, at, check};
use crate::cache::{Cache, Found, Joined, KeyRef, Partition};
use crate::{Grant, TokenRequest};

const SCOPES: [&str; 4] = ["a", "b", "c", "d"];

/// Keeps a token that lives for an hour, as a flight does.
fn keep(cache: &Cache, partition: &Arc<Partition>, scope: &str, asked: u64) {
    keep_for(cache, partition, &[scope], asked);
}

fn keep_for(cache: &Cache, partition: &Arc<Partition>, scopes: &[&str], asked: u64) {
    let request = TokenRequest::new(scopes).with_force_refresh(true);
    let key = KeyRef::new(partition, &request);
    if let Joined::Lead(lead) = cache.join(&key, &request, TERMS) {
        let grant = Grant::new("token", at(asked + 3600), at(asked));
        let token = lead.store(grant, &Arc::from("Test"), at(asked));
        lead.land(Ok(token));
    }
}

#[test]
fn one_of_many_is_told_to_refresh() {
    check(|| {
        let (cache, partition) = (Cache::new(), Arc::new(Partition::new("p")));
        keep(&cache, &partition, "a", 0);
        let look = |_| {
            let (cache, partition) = (cache.clone(), partition.clone());
            thread::spawn(move || {
                let request = TokenRequest::new(&["a"]);
                match cache.find(&KeyRef::new(&partition, &request), at(3500)) {
                    Found::Due(_) => 1,
                    Found::Fresh(_) => 0,
                    Found::Nothing => panic!("the token is valid"),
                }
            })
        };
        let threads: Vec<_> = (0..4).map(look).collect();
        let told: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert_eq!(told, 1);
    });
}

/// A token for more scopes is kept for fewer as well, but not if it was refused or forgotten meanwhile.
#[test]
fn what_was_taken_out_does_not_come_back_for_fewer_scopes() {
    for forget in [false, true] {
        check(move || {
            let (cache, partition) = (Cache::new(), Arc::new(Partition::new("p")));
            keep_for(&cache, &partition, &["a", "b"], 0);
            let (wide, narrow) = (TokenRequest::new(&["a", "b"]), TokenRequest::new(&["a"]));
            let token = cache.peek(&KeyRef::new(&partition, &wide), at(1)).unwrap();
            let (other, of) = (cache.clone(), partition.clone());
            let finder = thread::spawn(move || {
                other.find_wider(&KeyRef::new(&of, &narrow), at(1), &Arc::from("Test"));
            });
            if forget {
                cache.forget(&partition);
            } else {
                cache.invalidate(&KeyRef::new(&partition, &wide), &token);
            }
            finder.join().unwrap();
            assert!(cache.peek(&KeyRef::new(&partition, &narrow), at(1)).is_none());
        });
    }
}

#[test]
fn what_is_counted_is_what_is_there() {
    check(|| {
        let (cache, partition) = (Cache::with_capacity(2), Arc::new(Partition::new("p")));
        let work = |index: usize| {
            let (cache, partition) = (cache.clone(), partition.clone());
            thread::spawn(move || {
                keep(&cache, &partition, SCOPES[index], 0);
                keep(&cache, &partition, SCOPES[(index + 1) % 4], 1);
                if index == 3 {
                    cache.forget(&partition);
                }
            })
        };
        let threads: Vec<_> = (0..4).map(work).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let there = |scope: &&str| {
            let scopes = [*scope];
            cache.peek(&KeyRef::new(&partition, &TokenRequest::new(&scopes)), at(2)).is_some()
        };
        let there = SCOPES.iter().filter(|scope| there(scope)).count();
        assert_eq!((there, cache.len() <= 2), (cache.len(), true));
    });
}
