//! Signing in with a browser on this machine: the redirect that comes to a local port, read and answered without a socket.

mod page;
mod reception;
mod wire;

pub use page::Page;
pub(crate) use reception::is_loopback;
pub use reception::{Reception, Redirect};
pub use wire::{Parsed, parse, write};
