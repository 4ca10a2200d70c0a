//! What a caller may set for every host: retry, time limits, endpoint.

use std::path::PathBuf;
use std::time::Duration;

use identity_core::Retry;

/// Limits and overrides; `None` means the host's own.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) retry: Option<Retry>,
    pub(crate) connect_timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) probe_timeout: Duration,
    pub(crate) endpoint: Option<String>,
    pub(crate) arc_key_directory: Option<PathBuf>,
    /// The identity is a default that somebody else chose: a host that has only one may pass over it.
    pub(crate) identity_is_hint: bool,
    /// The user says that there is a managed identity.
    pub(crate) is_meant: bool,
}

impl Default for Settings {
    #[inline]
    fn default() -> Self {
        Self {
            retry: None,
            connect_timeout: Duration::from_secs(2),
            attempt_timeout: Duration::from_secs(30),
            probe_timeout: Duration::from_secs(1),
            endpoint: None,
            arc_key_directory: None,
            identity_is_hint: false,
            is_meant: false,
        }
    }
}
