//! What all endpoints of one emulator share.

use super::clock::Clock;
use super::directory::Directory;
use super::fault::Faults;
use super::grants::Grants;
use super::keys::Keys;
use super::managed_identity::{self, ExpiresOn};
use super::record::Log;
use super::server::Stop;
use super::sign_in::{DevicePoll, SignInPage};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Fixed registrations, adjustable settings, and what happened so far.
pub(super) struct State {
    /// `https://localhost:PORT`.
    pub(super) authority: String,
    /// `http://127.0.0.1:PORT`, of the metadata endpoints.
    pub(super) metadata: String,
    /// Host and port of every URL that leads to the TLS port.
    pub(super) hosts: Vec<String>,
    pub(super) directory: Directory,
    pub(super) keys: Arc<Keys>,
    pub(super) arc: managed_identity::Arc,
    pub(super) clock: Clock,
    pub(super) faults: Faults,
    pub(super) log: Log,
    pub(super) stop: Arc<Stop>,
    settings: Mutex<Settings>,
    grants: Mutex<Grants>,
    /// Ids of assertions that were used, and when they can be forgotten.
    used: Mutex<HashMap<String, i64>>,
}

/// What a test may change while the emulator runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    /// Of access tokens; `None`: an hour, or a day for clients that can handle claims challenges.
    pub(super) lifetime: Option<Duration>,
    /// `refresh_in` of answers; `None`: absent.
    pub(super) refresh_in: Option<Duration>,
    /// What the authorize endpoint shows.
    pub(super) sign_in_page: SignInPage,
    /// Answers to the polls for a new device code.
    pub(super) device_polls: Vec<DevicePoll>,
    /// Seconds between polls.
    pub(super) device_interval: u64,
    /// Whether using a refresh token revokes it.
    pub(super) single_use_refresh_tokens: bool,
    /// How managed identity endpoints write times.
    pub(super) expires_on: ExpiresOn,
    /// Whether an assertion may be used more than once.
    pub(super) reuse: bool,
}

impl State {
    pub(super) fn new(
        authority: String,
        metadata: String,
        hosts: Vec<String>,
        directory: Directory,
        keys: Arc<Keys>,
        arc: managed_identity::Arc,
        stop: Arc<Stop>,
    ) -> Self {
        Self {
            authority,
            metadata,
            hosts,
            directory,
            keys,
            arc,
            stop,
            clock: Clock::default(),
            faults: Faults::default(),
            log: Log::default(),
            settings: Mutex::new(Settings { device_interval: 1, ..Settings::default() }),
            grants: Mutex::default(),
            used: Mutex::default(),
        }
    }

    pub(super) fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn grants(&self) -> MutexGuard<'_, Grants> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the use of something that may be used once before `until`. False if it was used already.
    pub(super) fn first_use(&self, id: &str, until: i64) -> bool {
        if self.settings().reuse {
            return true;
        }
        let now = self.clock.now();
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() > 1000 {
            used.retain(|_, until| *until > now);
        }
        used.insert(id.to_owned(), until).is_none()
    }

    /// The issuer name in version 2 tokens of a tenant.
    pub(super) fn issuer(&self, tenant_id: &str) -> String {
        format!("{}/{tenant_id}/v2.0", self.authority)
    }
}
