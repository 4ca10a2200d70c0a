//! Sign-in in a browser on this machine: the local port that the redirect comes to, and the browser itself.

mod launch;
mod port;

pub(crate) use launch::open;
pub(crate) use port::{listen, receive};
