//! Runs the emulator until standard input closes: writes its CA to the file that the first argument names, and prints
//! the authority.

use identity_testing::emulator::Emulator;
use std::io::{self, Read as _};

fn main() -> io::Result<()> {
    let Some(file) = std::env::args().nth(1) else {
        return Err(io::Error::other("usage: emulator CA_FILE"));
    };
    let emulator = Emulator::start()?;
    std::fs::write(file, emulator.ca_pem())?;
    io::Write::write_all(&mut io::stdout(), format!("{}\n", emulator.authority()).as_bytes())?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
