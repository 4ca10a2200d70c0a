//! Tokens that survive the process: in the keyring of the desktop, or, where that is allowed, in files.

mod file;
mod lock;
mod turn;
#[cfg_attr(target_os = "linux", path = "store/keyring.rs")]
#[cfg_attr(target_os = "macos", path = "store/keychain.rs")]
#[cfg_attr(windows, path = "store/dpapi.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "macos", windows)), path = "store/no_vault.rs")]
mod vault;

use std::any::Any;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use identity_core::{Env, Error, ErrorKind, Platform, Result};

use crate::system;

/// How long a change waits for the changes of other processes.
const LOCK_LIMIT: Duration = Duration::from_secs(5);

/// The store that Azure Identity uses on this machine in every language: `~/.IdentityService` (on Windows
/// `%LOCALAPPDATA%\.IdentityService`), encrypted: on Linux tokens are kept in the Secret Service, on macOS in the Keychain,
/// on Windows in files that DPAPI encrypts for the person.
///
/// Where that cannot be done the first use fails, unless clear text was explicitly allowed. Files are readable by their
/// owner only, replaced as a whole, and changed by one process at a time.
///
/// **Untested:** this project has no machine with macOS or Windows, so that the few lines for the Keychain and DPAPI were
/// never compiled or run there. If they fail you, bring a store of your own ([`TokenStore`](crate::TokenStore)).
#[derive(Clone)]
pub struct SystemStore(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    directory: PathBuf,
    protection: Protection,
    only_if_there: bool,
    env: Env,
    place: OnceLock<Place>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protection {
    Encrypted,
    EncryptedIfPossible,
    None,
}

/// Where tokens are, once that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// What encrypts on this system.
    Vault,
    /// A file in clear text.
    File,
}

impl SystemStore {
    /// The store of the person who runs this process, encrypted.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) if the environment does not say where the person's files are.
    pub fn new() -> Result<Self> {
        Self::from_env(&system::env())
    }

    /// The same with these environment variables in place of those of the process.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn from_env(env: &Env) -> Result<Self> {
        let variable = if env.platform() == Platform::Windows { "LOCALAPPDATA" } else { "HOME" };
        let home = env.non_empty(variable).ok_or_else(|| {
            Error::invalid_argument(format!(
                "{variable} is not set, so that there is no place for a token cache: set it"
            ))
        })?;
        Ok(Self::of(Inner {
            directory: PathBuf::from(home).join(".IdentityService"),
            protection: Protection::Encrypted,
            only_if_there: false,
            env: env.clone(),
            place: OnceLock::new(),
        }))
    }

    /// Keeps tokens in clear text where they cannot be encrypted, as on servers without a desktop. Whoever can read the
    /// person's files can then act as the person.
    #[must_use]
    pub fn allow_unencrypted_storage(self) -> Self {
        self.with(Protection::EncryptedIfPossible)
    }

    /// Keeps tokens in clear text in any case.
    #[must_use]
    pub fn unencrypted(self) -> Self {
        self.with(Protection::None)
    }

    fn with(&self, protection: Protection) -> Self {
        Self::of(Inner { protection, place: OnceLock::new(), ..Inner::clone(&self.0) })
    }

    /// Looks at caches that some program has made, and at the keyring only for those. One that cannot be read makes a
    /// credential unavailable: nobody asked for it.
    pub(crate) fn only_if_there(self) -> Self {
        Self::of(Inner { only_if_there: true, ..Inner::clone(&self.0) })
    }

    fn of(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// What is kept under a name.
    pub(crate) fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        if !self.0.only_if_there {
            return self.kept(name);
        }
        // Whoever keeps a cache in a keyring leaves a file beside it, for the time of its last change.
        match self.path(name)?.exists() {
            true => self.kept(name).map_err(|error| error.with_kind(ErrorKind::Unavailable)),
            false => Ok(None),
        }
    }

    fn kept(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(name)?;
        match self.place()? {
            Place::Vault => vault::read(name, &path, &self.0.env),
            Place::File => file::read(&path),
        }
    }

    /// Changes what is kept under a name, while no other process does. What stays the same is not written.
    pub(crate) fn change(&self, name: &str, change: &dyn Fn(Option<&[u8]>) -> Vec<u8>) -> Result<()> {
        let (path, place) = (self.path(name)?, self.place()?);
        file::make_directory(&self.0.directory)?;
        let _locked = lock::exclusive(&path, LOCK_LIMIT)?;
        let before = match place {
            Place::Vault => vault::read(name, &path, &self.0.env)?,
            Place::File => file::read(&path)?,
        };
        let next = change(before.as_deref());
        match place {
            _ if next == before.unwrap_or_default() => Ok(()),
            Place::Vault => vault::write(name, &path, &next, &self.0.env),
            Place::File => file::replace(&path, &next),
        }
    }

    /// Waits until no other process fetches the same token.
    pub(crate) fn wait_turn(
        &self,
        name: &str,
        subject: &str,
        limit: Duration,
    ) -> Option<Box<dyn Any + Send>> {
        let path = self.path(name).ok()?;
        if self.0.only_if_there && !path.exists() {
            return None;
        }
        file::make_directory(&self.0.directory).ok()?;
        turn::wait(&path, subject, limit).map(|turn| Box::new(turn) as Box<dyn Any + Send>)
    }

    /// Moves a file that nobody can make sense of out of the way.
    pub(crate) fn put_aside(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(name)?;
        if self.place()? != Place::File {
            return Ok(());
        }
        let _locked = lock::exclusive(&path, LOCK_LIMIT)?;
        file::set_aside(&path, bytes)
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        let fine = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | ' ');
        if name.is_empty() || name.starts_with('.') || !name.chars().all(fine) {
            return Err(Error::invalid_argument(format!(
                "{name:?} cannot be the name of a token cache: letters, digits and . - _ @ are allowed"
            )));
        }
        Ok(self.0.directory.join(name))
    }

    fn place(&self) -> Result<Place> {
        if let Some(place) = self.0.place.get() {
            return Ok(*place);
        }
        let place = match self.0.protection {
            Protection::None => Place::File,
            protection => match vault::probe(&self.0.env) {
                Ok(()) => Place::Vault,
                Err(error) if protection == Protection::EncryptedIfPossible => {
                    log::warn!("the token cache is kept in clear text, as was allowed: {error}");
                    Place::File
                }
                Err(error) => return Err(error),
            },
        };
        Ok(*self.0.place.get_or_init(|| place))
    }
}

/// Tokens would have to be kept in clear text, which nobody allowed.
fn no_encryption(why: impl fmt::Display) -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        format!("the token cache cannot be encrypted: {why}; {}", vault::REMEDY),
    )
}

impl fmt::Debug for SystemStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemStore")
            .field("directory", &self.0.directory)
            .field("protection", &self.0.protection)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
