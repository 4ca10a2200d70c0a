//! What a clean release build of a minimal program costs, against the same program on the bare client.

use crate::programs::{Built, PROGRAMS, Program, build_anew};
use crate::report::{Goal, Report};

pub(crate) fn rows(report: &mut Report) {
    let [ureq, blocking, reqwest, later] = &PROGRAMS;
    for (name, bare, ours) in [("blocking, ureq", ureq, blocking), ("async, reqwest", reqwest, later)] {
        let [bare, ours] = &least_of_two([bare, ours]);
        user_time(report, name, bare, ours);
        let mib = |built: &Built| built.size() / 1024.0 / 1024.0;
        let absolute = format!("{:.2} MiB, bare {:.2} MiB", mib(ours), mib(bare));
        let row = format!("stripped size of a minimal program, against the bare client's; {name}");
        report.row(&row, ours.size() / bare.size(), "x", Goal::AtMost(1.2), absolute);
    }
}

/// Builds are disturbed by whatever else goes on, and never for the better: the least of two counts for each.
fn least_of_two(programs: [&Program; 2]) -> [Built; 2] {
    let [before, mut built] = [(); 2].map(|()| build_anew(programs));
    for (built, before) in built.iter_mut().zip(before) {
        built.user = built.user.zip(before.user).map(|(a, b)| a.min(b));
    }
    built
}

fn user_time(report: &mut Report, name: &str, bare: &Built, ours: &Built) {
    let row = format!("user CPU of a clean release build, against the bare client's; {name}");
    let Some((user, bare_user)) = ours.user.zip(bare.user) else {
        return report.skip(&row, "this system does not tell what its children spend");
    };
    let packages = (ours.packages, bare.packages);
    let absolute =
        format!("{user:.0} s for {} packages, bare {bare_user:.0} s for {}", packages.0, packages.1);
    report.row(&row, user / bare_user, "x", Goal::AtMost(1.3), absolute);
}
