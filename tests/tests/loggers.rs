//! Loggers of the application that use credentials themselves, for example to send what they log.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use identity_blocking::{Credential, TokenRequest};
use identity_testing::family::Family;
use log::{LevelFilter, Log, Metadata, Record};

const SCOPE: &[&str] = &["https://vault.azure.net/.default"];
const OTHER: &[&str] = &["https://storage.azure.com/.default"];

static CREDENTIAL: OnceLock<Credential<Family>> = OnceLock::new();

/// Looks for a token, and asks for one, when another person signed in.
struct Asking;

impl Log for Asking {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let is_meant = record.args().to_string().contains("another person");
        // Asking lets yet another one sign in.
        if is_meant && LOGGED.fetch_add(1, Ordering::Relaxed) == 0 {
            let credential = CREDENTIAL.get().unwrap();
            credential.cached_token(&TokenRequest::new(SCOPE)).unwrap();
            credential.get_token(&TokenRequest::new(OTHER)).unwrap();
        }
    }

    fn flush(&self) {}
}

static LOGGED: AtomicUsize = AtomicUsize::new(0);

#[test]
fn a_logger_may_ask_for_a_token_whatever_it_logs() {
    log::set_logger(&Asking).unwrap();
    log::set_max_level(LevelFilter::Info);
    let (done, over) = mpsc::channel();
    thread::spawn(move || {
        let credential =
            CREDENTIAL.get_or_init(|| Credential::new(Family::new(["ada", "bob", "eve"])).unwrap());
        let request = TokenRequest::new(SCOPE);
        credential.get_token(&request).unwrap();
        credential.get_token(&request.with_force_refresh(true)).unwrap();
        done.send(()).unwrap();
    });
    // Nobody waits for that long but where a lock is held.
    over.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_ne!(LOGGED.load(Ordering::Relaxed), 0);
}
