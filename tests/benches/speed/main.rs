//! The figures of this project, each a ratio taken in one run. Arguments name the groups to run; without any, all run.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark that cannot run must say so and end"
)]

mod herd;
mod hit;
mod limit;
mod loopback;
mod place;
mod profile;
mod refresh;
mod report;
mod rounds;
mod subject;
mod wire;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    if arguments.iter().any(|it| it == "profile") {
        return profile::run();
    }
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|it| it == name);
    let mut report = report::Report::default();
    if wanted("hit") {
        hit::rows(&mut report, 41);
    }
    if wanted("refresh") {
        refresh::rows(&mut report, 41);
    }
    if wanted("wire") {
        place::on_processor(0, || wire::rows(&mut report, 61));
    }
    // Last: a write to a lock-free map visits every thread that ever read one, and these are thousands.
    if wanted("herd") {
        herd::rows(&mut report);
    }
    report.close();
}
