//! The Secret Service of Linux desktops (freedesktop.org), as messages without a socket.
//!
//! A handful of calls is all that is needed, and the D-Bus crates bring an async runtime or a C library: neither has a place
//! in the blocking flavour.

mod address;
mod calls;
mod message;
mod wire;

pub use address::{Socket, sockets};
pub use calls::{
    Secret, create_item, default_collection, delete_item, get_secret, hello, is_locked, open_session,
    read_bool, read_path, read_search, read_secret, read_session, search,
};
pub use message::{Call, Malformed, Reply, needed};
