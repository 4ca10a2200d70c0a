//! Files that only their owner can read, and that are replaced as a whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use identity_core::{Error, Result};

use crate::system::open;

/// The largest cache that is read, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;

/// The content of a file; `None` if there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let file = match open(File::options().read(true), path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path, &error)),
    };
    let mut content = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut content).map_err(|error| failed("read", path, &error))?;
    if content.len() as u64 > LIMIT {
        return Err(failed("read", path, &ErrorKind::FileTooLarge.into()));
    }
    Ok(Some(content))
}

/// Puts content in the place of what is there. Whenever this is interrupted, the old or the new content is there.
pub(super) fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let next = beside(path, ".tmp");
    let written = write_new(&next, content).and_then(|()| fs::rename(&next, path));
    written.map_err(|error| failed("write", path, &error))
}

/// Empties a file and so gives it a new time.
#[cfg_attr(
    not(any(target_os = "linux", target_os = "macos")),
    allow(dead_code, reason = "only beside a keyring is a file empty")
)]
pub(super) fn signal(path: &Path) -> Result<()> {
    let touched = open(private().create(true).write(true).truncate(true), path);
    touched
        .and_then(|file| file.set_modified(SystemTime::now()))
        .map_err(|error| failed("write", path, &error))
}

/// Moves a file out of the way if it still holds these bytes.
pub(super) fn set_aside(path: &Path, bytes: &[u8]) -> Result<()> {
    if read(path)?.as_deref() != Some(bytes) {
        return Ok(());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let aside = beside(path, &format!(".corrupt-{}", now.as_secs()));
    fs::rename(path, &aside).map_err(|error| failed("move", path, &error))?;
    log::warn!("{} was moved to {}", path.display(), aside.display());
    Ok(())
}

/// Makes the directory, for its owner only.
pub(super) fn make_directory(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| failed("make", path, &error))
}

/// Options that give a new file to its owner only.
pub(super) fn private() -> OpenOptions {
    #[cfg_attr(not(unix), allow(unused_mut, reason = "other systems have no modes"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A name beside a path.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

pub(super) fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::invalid_argument(format!("cannot {what} the token cache {}: {error}", path.display()))
}

/// Writes a file that was not there before, so that neither its mode nor a link is somebody else's.
fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    // A process that was ended may have left one.
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().create_new(true).write(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
