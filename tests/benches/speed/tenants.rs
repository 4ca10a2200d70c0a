//! A million tenants through a bounded cache: how much memory stays.

use std::sync::Arc;

use identity_core::{Cache, TokenRequest};

use crate::report::{Goal, Report};
use crate::subject::{AUTHORITY, Blocking, Memory, source};

const TENANTS: usize = 1_000_000;
const BOUND: usize = 1_000;
const SCOPES: [&str; 1] = ["https://vault.azure.net/.default"];

/// In MiB: 1,000 tokens of 1,500 characters take 3 with all that belongs to them; the rest is the allocator's.
const LIMIT: f64 = 16.0;

pub(crate) fn rows(report: &mut Report) {
    let name = "memory after a million tenants through a bound of 1,000 entries; blocking";
    let cache = Cache::with_capacity(BOUND);
    let credential =
        Blocking::on(Arc::<Memory<_>>::default(), source(AUTHORITY)).cache(cache.clone()).build().unwrap();
    let fetch = |index: usize| {
        let tenant = format!("{index:08x}-7a3b-4c8d-9e0f-a1b2c3d4e5f6");
        drop(credential.get_token(&TokenRequest::new(&SCOPES).with_tenant_id(&tenant)).unwrap());
    };
    // What the first fetch sets up is not counted.
    fetch(0);
    let Some(before) = resident() else {
        return report.skip(name, "this system does not tell how much memory a process has");
    };
    let mut most = before;
    for index in 1..=TENANTS {
        fetch(index);
        if index % 10_000 == 0 {
            most = resident().map_or(most, |now| now.max(most));
        }
    }
    assert!(cache.len() <= BOUND, "{} entries", cache.len());
    let absolute = format!("resident memory at most, above the beginning; {} entries are left", cache.len());
    report.row(name, most - before, " MiB", Goal::AtMost(LIMIT), absolute);
}

/// The memory of this process that is in use, in MiB, where the system tells.
fn resident() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib / 1024.0)
}
