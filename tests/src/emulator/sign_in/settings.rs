//! What emulated people do.

use super::super::Emulator;
use serde::Deserialize;
use std::time::Duration;

/// What becomes of a sign-in at the authorize endpoint that does not name its user with `login_hint`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignInPage {
    /// A page that asks for user name and password.
    #[default]
    Interactive,
    /// The same page, which fills itself in for the first user and submits itself: for browsers without hands.
    SelfSubmitting,
    /// The user cancels: `access_denied`.
    Cancelled,
}

/// The answer to one poll for a device code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DevicePoll {
    /// `authorization_pending`.
    Pending,
    /// `slow_down`.
    SlowDown,
    /// The first user has signed in.
    Approved,
    /// `authorization_pending` until someone signs in at the verification page.
    ByHand,
    /// `authorization_declined`.
    Declined,
    /// `expired_token`.
    Expired,
}

impl Emulator {
    /// What the authorize endpoint shows from now on. Default: [`SignInPage::Interactive`].
    pub fn set_sign_in_page(&self, page: SignInPage) {
        self.state.settings().sign_in_page = page;
    }

    /// The answers to the polls for each device code issued from now on; the last one repeats. Default:
    /// [`DevicePoll::Approved`].
    pub fn set_device_polls(&self, polls: impl IntoIterator<Item = DevicePoll>) {
        self.state.settings().device_polls = polls.into_iter().collect();
    }

    /// The `interval` between polls that device code answers ask for, in whole seconds. Default: 1, unlike Entra's 5.
    pub fn set_device_interval(&self, interval: Duration) {
        self.state.settings().device_interval = interval.as_secs();
    }

    /// Revokes every refresh token issued so far: using one is answered `invalid_grant`, AADSTS50173.
    pub fn revoke_refresh_tokens(&self) {
        self.state.grants().revoke_refresh_tokens();
    }

    /// Whether a refresh token works once only, as those of single-page applications do. Default: no.
    pub fn set_single_use_refresh_tokens(&self, single_use: bool) {
        self.state.settings().single_use_refresh_tokens = single_use;
    }
}
