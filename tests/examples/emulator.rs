//! Runs the emulator until standard input closes: writes what a client needs into the directory that the first argument
//! names, then prints the authority.

use identity_testing::emulator::Emulator;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let Some(directory) = arguments.next() else {
        return Err(io::Error::other("usage: emulator DIRECTORY [CONFIGURATION]"));
    };
    let mut builder = Emulator::builder();
    if let Some(file) = arguments.next() {
        builder = builder.config_file(Path::new(&file))?;
    }
    let emulator = builder.start()?;
    emulator.write_files(Path::new(&directory))?;
    writeln!(io::stdout(), "{}", emulator.authority())?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
