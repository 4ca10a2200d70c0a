//! Microsoft's Python client against the same server, in a process of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering::Relaxed;

use crate::loopback::Loopback;
use crate::table::{Column, Table};

/// Rows by the names that the script gives them.
const ROWS: [(&str, &str); 3] = [
    ("hit", "a cached token"),
    ("fetched", "a new token over warm TLS, against the bare POST of reqwest (Python: requests)"),
    ("herd", "1,000 callers, no token: requests and time (endpoint 50 ms)"),
];

/// Runs the script: one scenario per process, so that the server can behave as it must.
pub(crate) fn rows(table: &mut Table, server: &Loopback, interpreter: &Path, folder: &Path) {
    let (ca, script) = (folder.join("ca.pem"), folder.join("client.py"));
    fs::write(&ca, &server.ca_pem).unwrap();
    fs::write(&script, include_str!("client.py")).unwrap();
    server.conduct.lifetime.store(86_400, Relaxed);
    for (column, flavour) in [(Column::PythonSync, "sync"), (Column::PythonAio, "aio")] {
        for (name, row) in ROWS {
            server.conduct.delay.store(if name == "herd" { 50 } else { 0 }, Relaxed);
            let before = server.conduct.requests.load(Relaxed);
            let output = Command::new(interpreter)
                .args([script.as_path(), name.as_ref(), flavour.as_ref(), server.authority.as_ref(), &ca])
                .stdin(Stdio::null())
                .stderr(Stdio::inherit())
                .output()
                .unwrap();
            if !output.status.success() {
                println!("Python's {flavour} client failed in {name}");
                continue;
            }
            let said = String::from_utf8(output.stdout).unwrap();
            let requests = server.conduct.requests.load(Relaxed) - before;
            table.enter(row, column, said.trim().replace("REQUESTS", &requests.to_string()));
        }
    }
    server.conduct.delay.store(0, Relaxed);
}
