//! What is tried in a session with a keyring, with both flavours and with Python's client.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{Session, python};
use crate::failure::{Failure, Outcome};

/// A keyring that nobody unlocks is no reason to wait longer than this.
const LIMIT: Duration = Duration::from_secs(10);

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
            shared(&session, Protection::Encrypted)?;
            no_clear_text()
        }
        _ => {
            refused(&session)?;
            no_clear_text()?;
            shared(&session, Protection::Clear)
        }
    }
}

/// One cache for all: what one client wrote, the others read.
fn shared(session: &Session<'_>, protection: Protection) -> Outcome {
    let runtime = runtime()?;
    let name = protection.name();
    let record = blocking::sign_in(session, "from-blocking", protection)?;
    runtime.block_on(asynchronous::use_cache(session, "from-blocking", protection, &record))?;
    python::read(session, "from-blocking", name, &record)?;
    let record = runtime.block_on(asynchronous::sign_in(session, "from-async", protection))?;
    blocking::use_cache(session, "from-async", protection, &record)?;
    python::read(session, "from-async", name, &record)?;
    let record = python::write(session, "from-python", name)?;
    blocking::use_cache(session, "from-python", protection, &record)?;
    runtime.block_on(asynchronous::use_cache(session, "from-python", protection, &record))?;
    // Still in order after others have used it.
    python::read(session, "from-python", name, &record)?;
    println!("  {name}: blocking, async and Python's client read what each of them wrote");
    Ok(())
}

/// Nothing is kept in clear text unless that is allowed: an error says so, and in time.
fn refused(session: &Session<'_>) -> Outcome {
    let runtime = runtime()?;
    let judge = |flavour: &str, began: Instant, result: Outcome<String>| match result {
        Ok(_) => Err(Failure::new(format!("{flavour}: signed in, although nothing can be encrypted"))),
        Err(_) if began.elapsed() > LIMIT => Err(Failure::new(format!("{flavour}: the error came too late"))),
        Err(error) if !error.to_string().contains("cannot be encrypted") => Err(error),
        Err(error) => {
            println!("  {flavour} ({:.1} s): {error}", began.elapsed().as_secs_f64());
            Ok(())
        }
    };
    let (began, encrypted) = (Instant::now(), Protection::Encrypted);
    judge("blocking", began, blocking::sign_in(session, "refused", encrypted))?;
    let began = Instant::now();
    judge("async", began, runtime.block_on(asynchronous::sign_in(session, "refused", encrypted)))
}

/// What is beside a keyring says nothing.
fn no_clear_text() -> Outcome {
    let home = std::env::var_os("HOME").unwrap_or_default();
    let Ok(files) = Path::new(&home).join(".IdentityService").read_dir() else { return Ok(()) };
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
