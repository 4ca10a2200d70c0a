//! Turns of our own: of those who fetch the same token at the same time, one asks the service.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fs4::{FileExt, TryLockError};

use super::file::{beside, private};
use super::lock::{PAUSE, is_at};
use crate::system::open;

/// Subjects share so many files, of which there are only those that are in use, or were when a process was ended.
const FILES: u64 = 256;

/// A turn. Dropping it ends it and removes its file.
pub(super) struct Turn {
    file: File,
    path: PathBuf,
}

impl Drop for Turn {
    fn drop(&mut self) {
        // First the name, then the lock: who waits for the lock sees that the file is gone, and begins anew.
        drop(fs::remove_file(&self.path));
        drop(FileExt::unlock(&self.file));
    }
}

/// Waits for the turn of a subject. `None` after the limit, where nothing can be locked, and where another subject has
/// the file: a second fetch at a time does less harm than a wait for a stranger.
pub(super) fn wait(path: &Path, subject: &str, limit: Duration) -> Option<Turn> {
    let mut hasher = DefaultHasher::new();
    subject.hash(&mut hasher);
    let subject = hasher.finish();
    let path = beside(path, &format!(".turn{:x}", subject % FILES));
    let started = Instant::now();
    loop {
        let mut file = open(private().create(true).read(true).write(true).truncate(false), &path).ok()?;
        match FileExt::try_lock(&file) {
            Ok(()) if is_at(&file, &path) => {
                sign(&mut file, subject);
                return Some(Turn { file, path });
            }
            Ok(()) => continue,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(_)) => return None,
        }
        let is_a_strangers = signed_by(&mut file).is_some_and(|other| other != subject);
        if is_a_strangers || started.elapsed() >= limit {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Says whose turn it is. Without that, others wait for it in vain, and not for ever.
fn sign(file: &mut File, subject: u64) {
    drop(file.rewind().and_then(|()| write!(file, "{subject:016x}")));
}

/// Whose turn it is; `None` if that cannot be told, as its holder has only just come.
fn signed_by(file: &mut File) -> Option<u64> {
    let mut signature = String::new();
    file.take(16).read_to_string(&mut signature).ok()?;
    (signature.len() == 16).then(|| u64::from_str_radix(&signature, 16).ok())?
}
