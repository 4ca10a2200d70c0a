//! This library and its peers in one run: every row is one scenario for all of them.
//!
//! Not part of the workspace, so that what peers depend on stays out of it; `cargo xtask bench peers` builds and runs it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a comparison that cannot run must say so and end"
)]

#[path = "../speed/loopback.rs"]
mod loopback;
mod peer;
#[path = "../speed/place.rs"]
mod place;
mod python;
#[path = "../speed/rounds.rs"]
mod rounds;
mod scenarios;
mod table;

use loopback::Loopback;
use peer::{Azure, Google, Ours};
use table::Table;
use tokio::runtime::Runtime;

/// The arguments are Python's interpreter, if there is one, and a folder for files.
fn main() {
    let mut arguments = std::env::args().skip(1);
    let (interpreter, folder) = (arguments.next().unwrap(), arguments.next().unwrap());
    let server = place::on_processor(1, Loopback::start);
    let mut table = Table::default();
    // Single calls, by turns: client and server on a processor each.
    place::on_processor(0, || {
        let runtime = runtime();
        let _inside = runtime.enter();
        scenarios::hit(&mut table, &runtime, &server);
        scenarios::fetched(&mut table, &runtime, &server);
    });
    let runtime = runtime();
    scenarios::herd::<Ours>(&mut table, &runtime, &server);
    scenarios::herd::<Azure>(&mut table, &runtime, &server);
    scenarios::herd::<Google>(&mut table, &runtime, &server);
    scenarios::window::<Ours>(&mut table, &runtime, &server);
    scenarios::window::<Azure>(&mut table, &runtime, &server);
    scenarios::window::<Google>(&mut table, &runtime, &server);
    if !interpreter.is_empty() {
        python::rows(&mut table, &server, interpreter.as_ref(), folder.as_ref());
    }
    table.print();
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}
