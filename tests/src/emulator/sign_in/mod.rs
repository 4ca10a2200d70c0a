//! How people sign in: the authorize endpoint with its page, device codes, user realms.

mod authorize;
mod device;
mod page;
mod realm;
mod settings;

pub(super) use authorize::answer as authorize;
pub(super) use device::{begin as device_code, page as device_page};
pub(super) use realm::answer as user_realm;
pub use settings::{DevicePoll, SignInPage};
