//! The figures of this project, each a ratio taken in one run. Arguments name the groups to run; without any, all run.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark that cannot run must say so and end"
)]

mod build;
mod herd;
mod hit;
mod limit;
mod loopback;
mod place;
mod process;
mod programs;
mod refresh;
mod report;
mod rounds;
mod subject;
mod tenants;
mod wire;

fn main() {
    let (options, arguments): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|it| it.starts_with("--"));
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|it| it == name);
    let mut report = report::Report::new(options.iter().any(|it| it == "--markdown"));
    if wanted("hit") {
        hit::rows(&mut report, 41);
    }
    if wanted("refresh") {
        refresh::rows(&mut report, 41);
    }
    if wanted("wire") {
        wire::rows(&mut report, 61);
    }
    if wanted("tenants") {
        tenants::rows(&mut report);
    }
    // Last of those in this process: a write to a lock-free map visits every thread that ever read one, and these are thousands.
    if wanted("herd") {
        herd::rows(&mut report);
    }
    // The programs that are started are built for that, if not here.
    if wanted("build") {
        build::rows(&mut report);
    }
    if wanted("process") {
        process::rows(&mut report, 61);
    }
    report.close();
}
