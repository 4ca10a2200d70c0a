//! The figures of this project, each a ratio taken in one run.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a benchmark that cannot run must say so and end")]

mod hit;
mod limit;
mod profile;
mod report;
mod rounds;
mod subject;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|it| it == name);
    let mut report = report::Report::default();
    if wanted("hit") {
        hit::rows(&mut report, 41);
    }
    if arguments.iter().any(|it| it == "profile") {
        profile::run();
    }
    report.close();
}
