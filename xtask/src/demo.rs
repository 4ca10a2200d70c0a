//! `cargo xtask demo`: a token through every credential, in both flavours, from the embedded Entra.
//!
//! The credentials of developer tools and the shared token cache are left to the tests; the default chain has a fake `az`.

mod table;

use identity_testing::emulator::Emulator;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};

pub(crate) const ARGUMENTS: &str = "";
pub(crate) const PURPOSE: &str =
    "tokens from the embedded Entra in both flavours, and the default chain in six situations";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    Arguments::new(arguments).finish("none")?;
    let emulator =
        Emulator::start().map_err(|error| Failure::new(format!("the emulator does not start: {error}")))?;
    println!("Entra is at {}, with a certificate authority of its own.\n", emulator.authority());
    let mut rows = blocking::rows(&emulator);
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| Failure::new(format!("no runtime: {error}")))?;
    rows.extend(runtime.block_on(asynchronous::rows(&emulator)));
    // Credentials side by side, the blocking one first.
    rows.sort_by_key(|row| row.position);
    table::print(&rows);
    let mut answers = blocking::situations(&emulator);
    answers.extend(runtime.block_on(asynchronous::situations(&emulator)));
    answers.sort_by_key(|answer| answer.position);
    println!("\nThe default chain in six situations:\n");
    table::print_answers(&answers);
    let wrong = answers.iter().filter(|answer| answer.outcome.is_err()).count();
    let failed = rows.iter().filter(|row| row.outcome.is_err()).count();
    println!("\n{} obtained, {failed} failed; {wrong} situations not as expected", rows.len() - failed);
    if failed + wrong > 0 { Err(Failure::new("not every credential obtained a token")) } else { Ok(()) }
}

#[allow(unused_imports, reason = "the rewrite to blocking code needs less")]
#[path = "demo"]
mod blocking {
    use identity_blocking as identity;
    use maybe_async::must_be_sync as flavour;

    const FLAVOUR: &str = "blocking";

    mod cases;
    mod managed_identity;
    mod obtain;
    mod people;
    mod principals;
    mod situations;

    pub(super) use obtain::rows;
    pub(super) use situations::situations;
}

#[allow(clippy::duplicate_mod, reason = "one source text, two flavours")]
#[path = "demo"]
mod asynchronous {
    use identity_async as identity;
    use maybe_async::must_be_async as flavour;

    const FLAVOUR: &str = "async";

    mod cases;
    mod managed_identity;
    mod obtain;
    mod people;
    mod principals;
    mod situations;

    pub(super) use obtain::rows;
    pub(super) use situations::situations;
}
