//! `cargo xtask tidy`: the rules that a compiler does not know, one file each.

mod changelogs;
mod checkout;
mod counts;
mod deferred;
mod finding;
mod headers;
mod layout;
mod leftovers;
mod manifests;
mod mask;
mod policy;
mod purity;
mod readme;
mod shared_code;
mod surface;
mod traces;
mod twins;

use checkout::Checkout;
use finding::Finding;

use crate::failure::{Failure, Outcome};

pub(crate) const ARGUMENTS: &str = "[RULE...]";
pub(crate) const PURPOSE: &str = "the rules a compiler does not know: purity, headers, sizes, dependency counts, README, changelogs, licences";

struct Rule {
    name: &'static str,
    check: fn(&Checkout) -> Outcome<Vec<Finding>>,
}

const RULES: &[Rule] = &[
    Rule { name: "layout", check: layout::check },
    Rule { name: "headers", check: headers::check },
    Rule { name: "leftovers", check: leftovers::check },
    Rule { name: "traces", check: traces::check },
    Rule { name: "purity", check: purity::check },
    Rule { name: "shared-code", check: shared_code::check },
    Rule { name: "deferred", check: deferred::check },
    Rule { name: "twins", check: twins::check },
    Rule { name: "surface", check: surface::check },
    Rule { name: "manifests", check: manifests::check },
    Rule { name: "counts", check: counts::check },
    Rule { name: "policy", check: policy::check },
    Rule { name: "changelogs", check: changelogs::check },
    Rule { name: "readme", check: readme::check },
];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some(unknown) = arguments.iter().find(|name| RULES.iter().all(|rule| rule.name != *name)) {
        let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        return Err(Failure::new(format!(
            "tidy has no rule `{unknown}`; its rules are {}",
            names.join(", ")
        )));
    }
    let checkout = Checkout::load()?;
    let chosen =
        RULES.iter().filter(|rule| arguments.is_empty() || arguments.iter().any(|it| it == rule.name));
    let (mut kept, mut broken) = (0, 0);
    for rule in chosen {
        let findings = (rule.check)(&checkout)?;
        if findings.is_empty() {
            kept += 1;
            println!("ok    {}", rule.name);
        } else {
            broken += 1;
            println!("FAIL  {} ({})", rule.name, findings.len());
            findings.iter().for_each(|finding| println!("{finding}"));
        }
    }
    println!("\n{kept} rules kept, {broken} broken");
    if broken == 0 { Ok(()) } else { Err(Failure::new(format!("{broken} rules are broken"))) }
}
