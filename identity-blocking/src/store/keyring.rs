//! The Secret Service over the session's message bus: a socket, a deadline, and the calls of the core.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use identity_core::store::keyring::{self, Call, Malformed, Reply, Socket, needed};
use identity_core::{Env, Result};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, socket_with};

use super::{file, no_encryption};

/// What the person can do about it.
pub(super) const REMEDY: &str = "unlock or install a Secret Service (such as gnome-keyring), or accept clear text with \
                                 allow_unencrypted_storage";

/// The longest that one use of the keyring may take. Nobody is asked for a password: that could take for ever.
const LIMIT: Duration = Duration::from_secs(5);

/// The pause between two tries to connect.
const PAUSE: Duration = Duration::from_millis(20);

/// Whether tokens can be kept in the keyring.
pub(super) fn probe(env: &Env) -> Result<()> {
    let mut bus = Bus::open(env)?;
    bus.writable_collection().map(drop)
}

/// What the item of a cache holds; `None` if there is none.
pub(super) fn read(cache: &str, _path: &Path, env: &Env) -> Result<Option<Vec<u8>>> {
    let mut bus = Bus::open(env)?;
    let (readable, locked) = understood(keyring::read_search(&bus.call(&keyring::search(cache))?))?;
    match (readable.first(), locked.is_empty()) {
        (Some(item), _) => {
            let session = bus.session()?;
            let reply = bus.call(&keyring::get_secret(item, &session))?;
            understood(keyring::read_secret(&reply)).map(Some)
        }
        (None, false) => Err(no_encryption("the keyring is locked")),
        (None, true) => bus.writable_collection().map(|_| None),
    }
}

/// Puts content in the item of a cache.
pub(super) fn write(cache: &str, path: &Path, content: &[u8], env: &Env) -> Result<()> {
    let mut bus = Bus::open(env)?;
    let collection = bus.writable_collection()?;
    let session = bus.session()?;
    let reply = bus.call(&keyring::create_item(&collection, &session, cache, content))?;
    match understood(keyring::read_path(&reply))?.as_str() {
        // No item, but a prompt that nobody would answer.
        "/" => Err(no_encryption("the keyring is locked")),
        // Other processes look at the time of the file. Clear text of earlier times must not stay in it.
        _ => file::signal(path),
    }
}

/// A connection to the message bus.
struct Bus {
    stream: UnixStream,
    until: Instant,
    serial: u32,
    arrived: Vec<u8>,
}

impl Bus {
    fn open(env: &Env) -> Result<Self> {
        let until = Instant::now() + LIMIT;
        let stream = connect(env, until)
            .map_err(|error| no_encryption(format!("there is no message bus: {error}")))?;
        let mut bus = Self { stream, until, serial: 0, arrived: Vec::new() };
        bus.authenticate()
            .map_err(|error| no_encryption(format!("the message bus does not answer: {error}")))?;
        bus.call(&keyring::hello())?;
        Ok(bus)
    }

    /// Says who we are, which the bus checks by the socket (D-Bus specification, "Authentication Protocol").
    fn authenticate(&mut self) -> io::Result<()> {
        let user = std::fs::metadata("/proc/self")?.uid().to_string();
        let hex: String = user.bytes().map(|byte| format!("{byte:02x}")).collect();
        self.send(format!("\0AUTH EXTERNAL {hex}\r\n").as_bytes())?;
        while !self.arrived.ends_with(b"\r\n") {
            self.receive()?;
        }
        if !self.arrived.starts_with(b"OK ") {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "it refuses this user"));
        }
        self.arrived.clear();
        self.send(b"BEGIN\r\n")
    }

    /// The session in which secrets travel.
    fn session(&mut self) -> Result<String> {
        let reply = self.call(&keyring::open_session())?;
        understood(keyring::read_session(&reply))
    }

    /// The collection for new items, if it is unlocked.
    fn writable_collection(&mut self) -> Result<String> {
        let collection = understood(keyring::read_path(&self.call(&keyring::default_collection())?))?;
        if collection == "/" {
            return Err(no_encryption("the keyring has no default collection"));
        }
        if understood(keyring::read_bool(&self.call(&keyring::is_locked(&collection))?))? {
            return Err(no_encryption("the keyring is locked"));
        }
        Ok(collection)
    }

    fn call(&mut self, call: &Call) -> Result<Reply> {
        self.serial += 1;
        let answered = self.send(&call.message(self.serial)).and_then(|()| self.reply());
        let reply = answered
            .map_err(|error| no_encryption(format!("the Secret Service does not answer: {error}")))?;
        match &reply.error {
            None => Ok(reply),
            Some(name) if name.ends_with(".ServiceUnknown") || name.ends_with(".NameHasNoOwner") => {
                Err(no_encryption("no Secret Service is running"))
            }
            Some(name) if name.ends_with(".IsLocked") => Err(no_encryption("the keyring is locked")),
            Some(name) => {
                let said = reply.text().unwrap_or_default();
                Err(no_encryption(format!("the Secret Service refused: {name}: {said}")))
            }
        }
    }

    /// The reply to the last call; whatever else arrives is passed over.
    fn reply(&mut self) -> io::Result<Reply> {
        let malformed = |error: Malformed| io::Error::new(ErrorKind::InvalidData, error);
        loop {
            match needed(&self.arrived).map_err(malformed)?.filter(|length| *length <= self.arrived.len()) {
                None => self.receive()?,
                Some(length) => {
                    let rest = self.arrived.split_off(length);
                    let message = std::mem::replace(&mut self.arrived, rest);
                    if let Ok(reply) = Reply::read(&message)
                        && reply.to == Some(self.serial)
                    {
                        return Ok(reply);
                    }
                }
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write_all(bytes)
    }

    fn receive(&mut self) -> io::Result<()> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => {
                self.arrived.extend_from_slice(buffer.get(..length).unwrap_or_default());
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(ErrorKind::TimedOut.into()),
            Err(error) => Err(error),
        }
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

/// Connects to the first address that answers.
fn connect(env: &Env, until: Instant) -> io::Result<UnixStream> {
    let mut sockets = match (env.non_empty("DBUS_SESSION_BUS_ADDRESS"), env.non_empty("XDG_RUNTIME_DIR")) {
        (Some(addresses), _) => keyring::sockets(addresses),
        (None, Some(directory)) => vec![Socket::Path(format!("{directory}/bus"))],
        (None, None) => Vec::new(),
    }
    .into_iter();
    let mut last = io::Error::new(ErrorKind::NotFound, "DBUS_SESSION_BUS_ADDRESS names no local socket");
    sockets.find_map(|socket| tried(&socket, until).map_err(|error| last = error).ok()).ok_or(last)
}

/// Tries until there is room in the queue of the bus: to wait in it has no limit.
fn tried(socket: &Socket, until: Instant) -> io::Result<UnixStream> {
    let address = match socket {
        Socket::Path(path) => SocketAddrUnix::new(path.as_str())?,
        Socket::Abstract(name) => SocketAddrUnix::new_abstract_name(name.as_bytes())?,
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let stream = UnixStream::from(socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?);
    loop {
        match rustix::net::connect(&stream, &address) {
            Ok(()) => break,
            Err(Errno::AGAIN) if Instant::now() < until => thread::sleep(PAUSE),
            Err(Errno::AGAIN) => return Err(ErrorKind::TimedOut.into()),
            Err(error) => return Err(error.into()),
        }
    }
    stream.set_nonblocking(false)?;
    Ok(stream)
}

fn understood<T>(read: Result<T, Malformed>) -> Result<T> {
    read.map_err(no_encryption)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_bus_with_a_full_queue_is_not_waited_for() {
        let path = std::env::temp_dir().join(format!("identity-bus-{}", std::process::id()));
        let full = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
        rustix::net::bind(&full, &SocketAddrUnix::new(&path).unwrap()).unwrap();
        // Room for one.
        rustix::net::listen(&full, 0).unwrap();
        let socket = Socket::Path(path.to_str().unwrap().to_owned());
        let _first = tried(&socket, Instant::now()).unwrap();
        assert_eq!(tried(&socket, Instant::now()).unwrap_err().kind(), ErrorKind::TimedOut);
        let full = UnixListener::from(full);
        drop(full.accept().unwrap());
        assert!(tried(&socket, Instant::now()).is_ok());
        std::fs::remove_file(path).unwrap();
    }
}
