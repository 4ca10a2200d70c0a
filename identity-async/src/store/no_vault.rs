//! Systems on which nothing is known that encrypts for a person.

use std::path::Path;

use identity_core::{Env, Result};

use super::no_encryption;

/// What the person can do about it.
pub(super) const REMEDY: &str =
    "bring a TokenStore of your own, or accept clear text with allow_unencrypted_storage";

/// There is nothing.
pub(super) fn probe(_env: &Env) -> Result<()> {
    Err(no_encryption("it is not known how on this system"))
}

/// Cannot be.
pub(super) fn read(_cache: &str, _path: &Path, env: &Env) -> Result<Option<Vec<u8>>> {
    probe(env).map(|()| None)
}

/// Cannot be.
pub(super) fn write(_cache: &str, _path: &Path, _content: &[u8], env: &Env) -> Result<()> {
    probe(env)
}
