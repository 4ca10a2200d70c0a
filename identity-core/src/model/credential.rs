//! The blocking credential with callers in several threads.

use std::sync::Arc;

use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use shuttle::thread;

use super::check;
use super::town::{Citizen, Service, Town};
use crate::blocking::Credential;
use crate::{ErrorKind, TokenRequest};

type Tested = Credential<Service, Citizen>;

fn credential() -> (Arc<Town>, Tested) {
    credential_of(Service::Plain)
}

fn credential_of(service: Service) -> (Arc<Town>, Tested) {
    let town = Arc::new(Town::default());
    let credential = Credential::on(Citizen(town.clone()), service).build().unwrap();
    (town, credential)
}

fn callers<T: Send + 'static>(
    count: usize,
    credential: &Tested,
    call: impl Fn(usize, &Tested) -> T + Clone + Send + 'static,
) -> Vec<T> {
    let start = |index| {
        let (credential, call) = (credential.clone(), call.clone());
        thread::spawn(move || call(index, &credential))
    };
    let threads: Vec<_> = (0..count).map(start).collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn many_callers_share_one_request() {
    check(|| {
        let (town, credential) = credential();
        callers(4, &credential, |_, credential| {
            credential.get_token(&TokenRequest::new(&["a"])).unwrap();
        });
        assert_eq!(town.requests.load(SeqCst), 1);
    });
}

/// Of those who could only begin a session one does, whatever the scope; where that fails, the next one: two at a time
/// are what the town does not allow.
#[test]
fn a_session_begins_once() {
    for fails in [false, true] {
        check(move || {
            let (town, credential) = credential_of(Service::Session);
            town.fails.store(fails, SeqCst);
            callers(4, &credential, move |index, credential| {
                let scopes = [["a", "b", "c", "a"][index]];
                let result = credential.get_token(&TokenRequest::new(&scopes));
                assert!(fails || result.is_ok());
            });
            assert!(fails || town.requests.load(SeqCst) == 3, "one begins, and the two other scopes refresh");
        });
    }
}

/// Errors reach those who waited and nobody else, forced requests and other scopes go their own ways, and a cache that
/// is cleared meanwhile loses nobody's wake-up.
#[test]
fn everybody_gets_an_answer() {
    check(|| {
        let (town, credential) = credential();
        town.fails.store(true, SeqCst);
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, requests) = (asked.clone(), town.clone());
        let failed: usize = callers(4, &credential, move |index, credential| {
            let scopes = [if index == 3 { "b" } else { "a" }];
            let request = TokenRequest::new(&scopes).with_force_refresh(index == 2);
            count.fetch_add(1, SeqCst);
            match credential.get_token(&request) {
                Ok(token) => {
                    credential.invalidate(&request, &token);
                    0
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                    1
                }
            }
        })
        .into_iter()
        .sum();
        assert!(failed <= asked.load(SeqCst) && requests.requests.load(SeqCst) <= 4);
    });
}

/// A token that is due is given to everybody at once, and replaced once.
#[test]
fn a_refresh_is_not_felt() {
    check(|| {
        let (town, credential) = credential();
        credential.get_token(&TokenRequest::new(&["a"])).unwrap();
        town.now.store(3400, SeqCst);
        callers(3, &credential, |_, credential| {
            assert!(credential.get_token(&TokenRequest::new(&["a"])).unwrap().is_from_cache());
        });
        town.join();
        assert_eq!(town.requests.load(SeqCst), 2);
        credential.close();
    });
}

/// Whoever asks while a credential is closed gets a token or hears that it is closed; afterwards nothing is sent.
#[test]
fn a_close_at_any_moment_leaves_nobody_behind() {
    check(|| {
        let (town, credential) = credential();
        credential.get_token(&TokenRequest::new(&["a"])).unwrap();
        town.now.store(3400, SeqCst);
        let end = town.clone();
        callers(4, &credential, move |index, credential| {
            if index == 3 {
                credential.close();
                return;
            }
            let scopes = [if index == 2 { "b" } else { "a" }];
            if let Err(error) = credential.get_token(&TokenRequest::new(&scopes)) {
                assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
            }
        });
        end.closed.store(true, SeqCst);
        let error = credential.get_token(&TokenRequest::new(&["a"])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
        town.join();
    });
}
