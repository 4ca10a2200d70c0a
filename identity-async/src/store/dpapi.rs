//! Files that the Windows Data Protection API encrypts for the person, as MSAL does. Untested, see [`SystemStore`](super::SystemStore).

use std::path::Path;

use identity_core::{Env, Result};
use windows_dpapi::{Scope, decrypt_data, encrypt_data};

use super::{file, no_encryption};

/// What the person can do about it.
pub(super) const REMEDY: &str =
    "sign in to Windows as the person who made the cache, delete it, or bring a TokenStore of your own";

/// Every Windows has it.
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it may be missing")]
pub(super) const fn probe(_env: &Env) -> Result<()> {
    Ok(())
}

/// The content of a file in the clear; `None` if there is none.
pub(super) fn read(_cache: &str, path: &Path, _env: &Env) -> Result<Option<Vec<u8>>> {
    match file::read(path)? {
        // Just made, to be locked.
        Some(encrypted) if encrypted.is_empty() => Ok(None),
        Some(encrypted) => decrypt_data(&encrypted, Scope::User, None)
            .map(Some)
            .map_err(|error| no_encryption(format!("{} cannot be decrypted: {error}", path.display()))),
        None => Ok(None),
    }
}

/// Puts content, encrypted, in the place of what is there.
pub(super) fn write(_cache: &str, path: &Path, content: &[u8], _env: &Env) -> Result<()> {
    let encrypted = encrypt_data(content, Scope::User, None)
        .map_err(|error| no_encryption(format!("DPAPI refuses: {error}")))?;
    file::replace(path, &encrypted)
}
