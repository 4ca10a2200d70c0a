//! One process at a time: the lock file that Azure Identity uses in other languages too.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use fs4::FileExt;
use identity_core::{Error, Result};

use super::file::{beside, failed, private};
use crate::system::open;

/// The pause between two tries.
pub(super) const PAUSE: Duration = Duration::from_millis(5);

/// A lock file without a lock is somebody's who is about to lock it, or, from this age on, of a process that was ended.
const STALE: Duration = Duration::from_secs(1);

/// A lock file of ours. Dropping it removes the file.
pub(super) struct Exclusive {
    file: File,
    path: PathBuf,
}

impl Drop for Exclusive {
    fn drop(&mut self) {
        // First the name, then the lock: who waits for the lock sees that the file is gone, and begins anew.
        drop(fs::remove_file(&self.path));
        drop(FileExt::unlock(&self.file));
    }
}

/// Makes and locks `{path}.lockfile`.
pub(super) fn exclusive(path: &Path, limit: Duration) -> Result<Exclusive> {
    let path = beside(path, ".lockfile");
    let started = Instant::now();
    loop {
        match lock(&path) {
            Ok(Some(locked)) => return Ok(locked),
            Ok(None) => {}
            Err(error) => return Err(failed("lock", &path, &error)),
        }
        if started.elapsed() >= limit {
            return Err(Error::new(
                identity_core::ErrorKind::TimedOut,
                format!("another process holds {} for more than {} s", path.display(), limit.as_secs()),
            ));
        }
        std::thread::sleep(PAUSE);
    }
}

/// One try. `None` if somebody else has it.
fn lock(path: &Path) -> io::Result<Option<Exclusive>> {
    let (mut file, is_new) = match private().create_new(true).write(true).open(path) {
        Ok(file) => (file, true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => match open(private().write(true), path) {
            Ok(file) => (file, false),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        },
        Err(error) => return Err(error),
    };
    if !is_new && !is_stale(&file) || FileExt::try_lock(&file).is_err() || !is_at(&file, path) {
        return Ok(None);
    }
    file.set_len(0)?;
    write!(file, "{} identity", std::process::id())?;
    Ok(Some(Exclusive { file, path: path.to_owned() }))
}

fn is_stale(file: &File) -> bool {
    let modified = file.metadata().and_then(|metadata| metadata.modified());
    // A time to come is one of a clock that was set back since: it would be in the way until then.
    let age = |modified| SystemTime::now().duration_since(modified).unwrap_or_else(|ahead| ahead.duration());
    modified.is_ok_and(|modified| age(modified) >= STALE)
}

/// Whether the file that was opened still has its name: whoever locked it before may have removed it.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(theirs)) => (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()),
        _ => false,
    }
}

/// Elsewhere a file that is open cannot lose its name to another one.
#[cfg(not(unix))]
pub(super) fn is_at(_file: &File, path: &Path) -> bool {
    path.exists()
}
