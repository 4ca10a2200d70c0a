//! What was granted and can be redeemed: authorization codes, device codes, refresh tokens.

use super::sign_in::DevicePoll;
use super::uuid;
use std::collections::{HashMap, VecDeque};

/// A user who signed in to an application.
#[derive(Clone, Debug)]
pub(super) struct SignedIn {
    pub(super) client_id: String,
    pub(super) username: String,
    /// To be repeated in the id token.
    pub(super) nonce: Option<String>,
    /// The user was there, so that Conditional Access has been satisfied.
    pub(super) interactive: bool,
}

/// An authorization code.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) signed_in: SignedIn,
    pub(super) redirect_uri: String,
    /// PKCE, RFC 7636: base64url of the verifier's SHA-256.
    pub(super) challenge: Option<String>,
    pub(super) scope: String,
    pub(super) expires: i64,
    pub(super) redeemed: bool,
}

/// A device code.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) client_id: String,
    pub(super) scope: String,
    /// Answers to come; the last one stays.
    pub(super) polls: VecDeque<DevicePoll>,
    pub(super) approved_by: Option<String>,
    pub(super) expires: i64,
}

/// A refresh token.
#[derive(Clone, Debug)]
pub(super) struct Refresh {
    pub(super) signed_in: SignedIn,
    /// Every application of the family may use it.
    pub(super) family: bool,
    pub(super) expires: i64,
    pub(super) revoked: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Grants {
    codes: HashMap<String, Code>,
    devices: HashMap<String, Device>,
    /// From what people type to the device code.
    user_codes: HashMap<String, String>,
    refresh: HashMap<String, Refresh>,
}

impl Grants {
    pub(super) fn add_code(&mut self, code: Code) -> String {
        let name = format!("0.{}", opaque());
        self.codes.insert(name.clone(), code);
        name
    }

    pub(super) fn code(&mut self, name: &str) -> Option<&mut Code> {
        self.codes.get_mut(name)
    }

    /// The device code and what people type.
    pub(super) fn add_device(&mut self, device: Device) -> (String, String) {
        let (name, typed) = (opaque(), opaque().chars().take(9).collect::<String>().to_ascii_uppercase());
        self.devices.insert(name.clone(), device);
        self.user_codes.insert(typed.clone(), name.clone());
        (name, typed)
    }

    pub(super) fn device(&mut self, name: &str) -> Option<&mut Device> {
        self.devices.get_mut(name)
    }

    pub(super) fn remove_device(&mut self, name: &str) {
        self.devices.remove(name);
        self.user_codes.retain(|_, device| device != name);
    }

    /// Someone typed a code and signed in. False when there is no such code any more.
    pub(super) fn approve(&mut self, typed: &str, username: &str, now: i64) -> bool {
        let name = self.user_codes.get(&typed.trim().to_ascii_uppercase());
        let device = name.and_then(|name| self.devices.get_mut(name)).filter(|device| device.expires > now);
        device.map(|device| device.approved_by = Some(username.to_owned())).is_some()
    }

    pub(super) fn add_refresh(&mut self, refresh: Refresh) -> String {
        let name = format!("1.{}{}", opaque(), opaque());
        self.refresh.insert(name.clone(), refresh);
        name
    }

    pub(super) fn refresh(&mut self, name: &str) -> Option<&mut Refresh> {
        self.refresh.get_mut(name)
    }

    pub(super) fn revoke_refresh_tokens(&mut self) {
        for token in self.refresh.values_mut() {
            token.revoked = true;
        }
    }
}

fn opaque() -> String {
    uuid::random().replace('-', "")
}
