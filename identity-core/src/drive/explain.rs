//! Looks at what a credential would look at.

use std::time::Duration;

use super::flavour;
use super::host::Host;
use crate::effect::Command;
use crate::explain::{Inspection, Outlook, Report};
use crate::{Env, Error};

/// Finds out what there is of what a credential would look at. `problem` is why it could not even be built.
#[flavour]
pub(super) async fn look<H: Host>(
    host: &H,
    env: Option<&Env>,
    name: &str,
    inspection: Inspection,
    problem: Option<&Error>,
) -> Report {
    let began = host.uptime();
    let own;
    let variables = match env {
        Some(env) => env,
        None => {
            own = host.env();
            &own
        }
    };
    let mut report = Report::new(name, Outlook::Candidate, &*inspection.plan);
    report.variables = inspection
        .variables
        .into_iter()
        .map(|name| {
            let present = variables.non_empty(&name).is_some();
            (name, present)
        })
        .collect();
    for path in inspection.files {
        let exists = host.exists(path.clone()).await;
        report.files.push((path, exists));
    }
    if let Some(outlook) = inspection.without_files
        && !report.files.is_empty()
        && !report.files.iter().any(|(_, exists)| *exists)
    {
        let missing: Vec<String> = report.files.iter().map(|(path, _)| path.display().to_string()).collect();
        report.outlook = outlook;
        report.text = format!("{} does not exist", missing.join(" or "));
    }
    if !inspection.programs.is_empty() {
        let mut command = Command::new(&inspection.programs, "");
        command.inherited = env.cloned();
        report.programs = inspection.programs;
        report.program = host.find(command).await;
        if report.program.is_none() {
            report.outlook = Outlook::Absent;
            report.text = format!("{} is not on PATH", report.programs.join(" or "));
        }
    }
    if let Some(reason) = inspection.absent {
        report.outlook = Outlook::Absent;
        report.text = reason;
    }
    if let Some(problem) = problem {
        report.outlook = if problem.is_unavailable() { Outlook::Absent } else { Outlook::Broken };
        report.text = problem.message().to_owned();
    }
    report.endpoints = inspection.endpoints;
    report.milliseconds = milliseconds(host.uptime().saturating_sub(began));
    report
}

#[inline]
fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
