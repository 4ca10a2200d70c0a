//! Stand-ins for credentials and hosts, compiled once per flavour: files here take `flavour` and `driver` from `super`.

use super::driver;
use super::flavour;

mod credentials;
mod virtual_clock;

pub use credentials::{ScriptedCredential, StaticCredential};
pub use virtual_clock::VirtualClock;
