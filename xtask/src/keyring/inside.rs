//! What is tried in a session with a keyring, with both flavours and with Python's client.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Session, python};
use crate::failure::{Failure, Outcome};

/// A keyring that nobody unlocks is no reason to wait longer than this.
const LIMIT: Duration = Duration::from_secs(10);

/// The cache that Python's client writes.
const KEPT: &str = "from-python";

/// Where caches are, in the home directory.
const FOLDER: &str = ".IdentityService";

/// The record of who signed in to it, for the sessions after the first.
const RECORD: &str = "record.json";

/// Whether tokens may be kept in clear text.
#[derive(Clone, Copy, PartialEq)]
enum Protection {
    Encrypted,
    Clear,
}

impl Protection {
    const fn name(self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::Clear => "clear",
        }
    }
}

pub(super) fn run(arguments: &[String]) -> Outcome {
    let [state, authority, tenant, ca, python] = arguments else {
        return Err(Failure::new("this runs only inside a session that `cargo xtask keyring` starts"));
    };
    let session = Session { authority, tenant, ca: Path::new(ca), python: Path::new(python) };
    match state.as_str() {
        "open" => {
            let record = shared(&session, Protection::Encrypted)?;
            write(RECORD, &record)?;
            no_clear_text()
        }
        _ => {
            refused(&session)?;
            no_clear_text()?;
            shared(&session, Protection::Clear)?;
            // The next session finds no clear text that was allowed in this one.
            super::remove(&home(FOLDER))
        }
    }
}

/// One cache for all: what one client wrote, the others read. The record of what Python's client wrote.
fn shared(session: &Session<'_>, protection: Protection) -> Outcome<String> {
    let runtime = runtime()?;
    let name = protection.name();
    let record = blocking::sign_in(session, "from-blocking", protection)?;
    runtime.block_on(asynchronous::use_cache(session, "from-blocking", protection, &record))?;
    python::read(session, "from-blocking", name, &record)?;
    let record = runtime.block_on(asynchronous::sign_in(session, "from-async", protection))?;
    blocking::use_cache(session, "from-async", protection, &record)?;
    python::read(session, "from-async", name, &record)?;
    let record = python::write(session, KEPT, name)?;
    blocking::use_cache(session, KEPT, protection, &record)?;
    runtime.block_on(asynchronous::use_cache(session, KEPT, protection, &record))?;
    // Still in order after others have used it.
    python::read(session, KEPT, name, &record)?;
    println!("  {name}: blocking, async and Python's client read what each of them wrote");
    Ok(record)
}

/// Nothing is kept in clear text unless that is allowed, and what was kept in a keyring that is locked or gone is not
/// passed over: an error says so, and in time.
fn refused(session: &Session<'_>) -> Outcome {
    let (runtime, encrypted) = (runtime()?, Protection::Encrypted);
    let record = read(RECORD)?;
    let began = Instant::now();
    judge("blocking, new", began, blocking::sign_in(session, "refused", encrypted).map(drop))?;
    let began = Instant::now();
    let signed_in = runtime.block_on(asynchronous::sign_in(session, "refused", encrypted));
    judge("async, new", began, signed_in.map(drop))?;
    let began = Instant::now();
    judge("blocking, kept", began, blocking::use_cache(session, KEPT, encrypted, &record))?;
    let began = Instant::now();
    judge("async, kept", began, runtime.block_on(asynchronous::use_cache(session, KEPT, encrypted, &record)))
}

fn judge(what: &str, began: Instant, result: Outcome) -> Outcome {
    match result {
        Ok(()) => Err(Failure::new(format!("{what}: a token, although nothing can be encrypted"))),
        Err(_) if began.elapsed() > LIMIT => Err(Failure::new(format!("{what}: the error came too late"))),
        Err(error) if !error.to_string().contains("cannot be encrypted") => Err(error),
        Err(error) => {
            println!("  {what} ({:.1} s): {error}", began.elapsed().as_secs_f64());
            Ok(())
        }
    }
}

fn home(name: &str) -> PathBuf {
    PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(name)
}

fn write(name: &str, text: &str) -> Outcome {
    std::fs::write(home(name), text).map_err(|error| Failure::new(format!("{name}: {error}")))
}

fn read(name: &str) -> Outcome<String> {
    std::fs::read_to_string(home(name)).map_err(|error| Failure::new(format!("{name}: {error}")))
}

/// What is beside a keyring says nothing.
fn no_clear_text() -> Outcome {
    let Ok(files) = home(FOLDER).read_dir() else { return Ok(()) };
    for file in files.flatten() {
        let text = std::fs::read(file.path()).unwrap_or_default();
        if text.windows(6).any(|window| window == b"secret") {
            return Err(Failure::new(format!("{} holds tokens in clear text", file.path().display())));
        }
    }
    println!("  no token is in clear text");
    Ok(())
}

fn runtime() -> Outcome<tokio::runtime::Runtime> {
    tokio::runtime::Runtime::new().map_err(|error| Failure::new(format!("no runtime: {error}")))
}

#[allow(unused_imports, reason = "the rewrite to blocking code needs less")]
#[path = ""]
mod blocking {
    use identity_blocking as identity;
    use maybe_async::must_be_sync as flavour;

    #[path = "client.rs"]
    mod client;

    pub(super) use client::{sign_in, use_cache};
}

#[allow(clippy::duplicate_mod, reason = "one source text, two flavours")]
#[path = ""]
mod asynchronous {
    use identity_async as identity;
    use maybe_async::must_be_async as flavour;

    #[path = "client.rs"]
    mod client;

    pub(super) use client::{sign_in, use_cache};
}
