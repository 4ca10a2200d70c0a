//! A process from its start over one token to its end, against the same on the bare client.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use crate::loopback::Loopback;
use crate::programs::{Built, PROGRAMS};
use crate::report::{Goal, Report};
use crate::rounds::{Contender, measure};

/// Where Linux keeps the certificate authorities that it trusts.
const BUNDLES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

pub(crate) fn rows(report: &mut Report, rounds: usize) {
    let built = PROGRAMS.each_ref().map(|program| program.build());
    let server = Loopback::start();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let one = folder.join("one-authority.pem");
    fs::write(&one, &server.ca_pem).unwrap();
    compare(report, rounds, "one certificate authority", &built, &server.authority, &one);
    let what = "the system's certificate authorities";
    let Some(bundle) = BUNDLES.iter().find_map(|path| fs::read_to_string(path).ok()) else {
        return report.skip(&format!("process with one token and {what}"), "no file holds them here");
    };
    let all = folder.join("all-authorities.pem");
    fs::write(&all, format!("{bundle}\n{}", server.ca_pem)).unwrap();
    compare(report, rounds, what, &built, &server.authority, &all);
}

/// All programs trust the same file, so that they parse the same.
fn compare(
    report: &mut Report,
    rounds: usize,
    what: &str,
    built: &[Built; 4],
    authority: &str,
    trusted: &PathBuf,
) {
    let contender = |built: &Built| -> Contender<'_> {
        let mut command = Command::new(&built.path);
        command.arg(authority).env_clear().env("SSL_CERT_FILE", trusted).stdin(Stdio::null());
        Box::new(move |count| {
            for _ in 0..count {
                assert!(command.status().unwrap().success());
            }
        })
    };
    let contenders = built.each_ref().map(contender);
    let [ureq, blocking, reqwest, later] = measure(rounds, Duration::from_millis(20), contenders);
    for (name, most, bare, ours) in
        [("blocking, ureq", 1.1, &ureq, &blocking), ("async, reqwest", 1.2, &reqwest, &later)]
    {
        let absolute = format!("{:.2} ms, bare {:.2} ms", ours.median() / 1e6, bare.median() / 1e6);
        let row = format!("process with one token and {what}, against the bare client; {name}");
        report.row(&row, ours.ratio(bare), "x", Goal::AtMost(most), absolute);
    }
}
