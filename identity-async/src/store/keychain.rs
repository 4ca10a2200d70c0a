//! The macOS Keychain, as MSAL uses it: one generic password holds the cache. Untested, see [`SystemStore`](super::SystemStore).

use std::path::Path;

use identity_core::{Env, Result};
use security_framework::passwords::{get_generic_password, set_generic_password};

use super::{file, no_encryption};

/// What the person can do about it.
pub(super) const REMEDY: &str = "unlock the Keychain, or bring a TokenStore of your own";

const SERVICE: &str = "Microsoft.Developer.IdentityService";

/// `errSecItemNotFound`.
const NOT_FOUND: i32 = -25300;

/// Every Mac has a Keychain; whether it is unlocked shows when it is used.
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it may be missing")]
pub(super) const fn probe(_env: &Env) -> Result<()> {
    Ok(())
}

/// What the item of a cache holds; `None` if there is none.
pub(super) fn read(cache: &str, _path: &Path, _env: &Env) -> Result<Option<Vec<u8>>> {
    match get_generic_password(SERVICE, account(cache)) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.code() == NOT_FOUND => Ok(None),
        Err(error) => Err(no_encryption(format!("the Keychain cannot be read: {error}"))),
    }
}

/// Puts content in the item of a cache.
pub(super) fn write(cache: &str, path: &Path, content: &[u8], _env: &Env) -> Result<()> {
    set_generic_password(SERVICE, account(cache), content)
        .map_err(|error| no_encryption(format!("the Keychain cannot be changed: {error}")))?;
    // Other processes look at the time of the file. Clear text of earlier times must not stay in it.
    file::signal(path)
}

/// The default cache without continuous access evaluation has a name of its own.
fn account(cache: &str) -> &str {
    if cache == "msal.cache.nocae" { "MSALCache" } else { cache }
}
