//! `grant_type=urn:ietf:params:oauth:grant-type:device_code`: one poll.

use super::{EntraError, Exchange, Scope, user_answer};
use crate::emulator::grants::SignedIn;
use crate::emulator::sign_in::DevicePoll;
use serde_json::Value;

pub(super) fn issue(exchange: &Exchange<'_>) -> Result<Value, EntraError> {
    let state = exchange.state;
    let name = exchange.form.need("device_code")?;
    let first = state.directory.users.first().map(|user| user.username().to_owned());
    let (username, scope) = {
        let mut grants = state.grants();
        let device = grants.device(name).filter(|device| device.client_id == exchange.app.client_id());
        let Some(device) = device else {
            return Err(EntraError::new(
                400,
                "bad_verification_code",
                70_018,
                "Invalid verification code due to User typing in wrong user code for device code flow.",
            ));
        };
        if device.expires <= state.clock.now() {
            return Err(expired());
        }
        let poll = match device.polls.len() {
            0 => DevicePoll::Approved,
            1 => device.polls.front().copied().unwrap_or(DevicePoll::Approved),
            _ => device.polls.pop_front().unwrap_or(DevicePoll::Approved),
        };
        let approved = match poll {
            DevicePoll::Approved => device.approved_by.clone().or(first),
            DevicePoll::ByHand => device.approved_by.clone(),
            DevicePoll::Pending => None,
            DevicePoll::SlowDown => {
                return Err(refused("slow_down", 70_016, "Polling too often. Slow down."));
            }
            DevicePoll::Expired => return Err(expired()),
            DevicePoll::Declined => {
                let text = "User declined to consent to access the app.";
                return Err(refused("authorization_declined", 65_004, text));
            }
        };
        let Some(username) = approved else {
            let text = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
            return Err(refused("authorization_pending", 70_016, text));
        };
        let scope = device.scope.clone();
        grants.remove_device(name);
        (username, scope)
    };
    let signed_in =
        SignedIn { client_id: exchange.app.client_id().to_owned(), username, nonce: None, interactive: true };
    let scope = Scope::parse(exchange.form.get("scope").unwrap_or(&scope), &state.directory)?;
    user_answer::answer(exchange, signed_in, &scope)
}

fn expired() -> EntraError {
    refused(
        "expired_token",
        70_020,
        "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
    )
}

fn refused(error: &'static str, code: u32, text: &str) -> EntraError {
    EntraError::new(400, error, code, text)
}
