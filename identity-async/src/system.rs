//! What a flow asks of the operating system: environment, clocks, randomness, files, the terminal.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use identity_core::effect::{FileRead, Message};
use identity_core::moment::ENTROPY;
use identity_core::{Env, Platform};

/// A snapshot of the process environment. Variables that are not Unicode are left out.
pub(crate) fn env() -> Env {
    let variables =
        std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
    variables.collect::<Env>().on(Platform::current())
}

/// The wall clock, read on every call of a credential: the coarse one, a few milliseconds behind at a fifth of the
/// price.
#[inline]
#[cfg(all(feature = "coarse-clock", target_os = "linux"))]
pub(crate) fn now() -> SystemTime {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    let seconds = Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or_default());
    let rest = Duration::from_nanos(u64::try_from(time.tv_nsec).unwrap_or_default());
    SystemTime::UNIX_EPOCH.checked_add(seconds + rest).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The wall clock.
#[cfg(not(all(feature = "coarse-clock", target_os = "linux")))]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// Time since the first call in this process.
pub(crate) fn uptime() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Random bytes of the operating system.
pub(crate) fn entropy() -> [u8; ENTROPY] {
    let mut bytes = [0; ENTROPY];
    if let Err(error) = getrandom::getrandom(&mut bytes) {
        // Without randomness TLS fails as well, so that nothing made of these bytes ever leaves the machine.
        log::error!("the operating system gives no random bytes: {error}");
        for chunk in bytes.chunks_mut(8) {
            let hash = RandomState::new().hash_one(Instant::now()).to_ne_bytes();
            chunk.copy_from_slice(&hash[..chunk.len()]);
        }
    }
    bytes
}

/// Writes to standard error. A message that needs a person at a terminal is refused where there is none.
pub(crate) fn tell(message: &Message) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    if message.needs_terminal && !stderr.is_terminal() {
        return Err(io::Error::new(io::ErrorKind::NotConnected, "standard error is no terminal"));
    }
    writeln!(stderr, "{}", message.text)?;
    stderr.flush()
}

/// Reads a file within its limits.
pub(crate) fn read(file: &FileRead) -> io::Result<Vec<u8>> {
    let path = match &file.within {
        None => file.path.clone(),
        Some(directory) => {
            let (path, directory) = (fs::canonicalize(&file.path)?, fs::canonicalize(directory)?);
            if path.parent() != Some(&directory) {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "the file lies outside its directory",
                ));
            }
            path
        }
    };
    let opened = open(File::options().read(true), &path)?;
    let mut content = Vec::new();
    opened.take(file.limit as u64 + 1).read_to_end(&mut content)?;
    if content.len() > file.limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {} bytes", file.limit)));
    }
    Ok(content)
}

/// Opens a regular file. A pipe in its place is refused: already to open it may take for ever.
pub(crate) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok(file)
}
