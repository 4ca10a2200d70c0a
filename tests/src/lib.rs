//! Test support for programs that use these identity crates: an embedded Entra emulator, a scripted host,
//! and the replay of recorded runs.

pub mod conformance;
pub mod emulator;
pub mod scripted;
