//! Test support for programs that use these identity crates: an embedded Entra emulator.

pub mod emulator;
