//! The persistent cache: MSAL's unified JSON schema, read and written without touching a file.

mod document;
pub mod keyring;
mod lookup;
mod owner;
mod put;
mod shared;

pub use document::{Corrupt, Document};
pub use owner::{Holder, Owner};

/// Part of the name of what a store keeps: tokens with continuous access evaluation and others never mix.
pub fn cache_name(name: &str, enable_cae: bool) -> String {
    format!("{name}.{}", if enable_cae { "cae" } else { "nocae" })
}
