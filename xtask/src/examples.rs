//! `cargo xtask examples`: every example of both façades runs to its end, against the embedded Entra.

use std::fs;

use crate::arguments::Arguments;
use crate::cargo::Cargo;
use crate::failure::{Failure, Outcome};
use crate::workspace::root;

pub(crate) const ARGUMENTS: &str = "";
pub(crate) const PURPOSE: &str = "runs every example of both façades against the embedded Entra";

/// The façades, with the features that their examples need beyond the default ones.
const FACADES: [(&str, &[&str]); 2] =
    [("identity-blocking", &[]), ("identity-async", &["--features", "azure-core"])];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    Arguments::new(arguments).finish("none")?;
    for (facade, features) in FACADES {
        for example in examples(facade)? {
            Cargo::new("run")
                .args(["--quiet", "--package", facade])
                .args(features)
                .args(["--example", &example])
                .run()?;
            println!("passed   {facade}: {example}");
        }
    }
    Ok(())
}

fn examples(facade: &str) -> Outcome<Vec<String>> {
    let folder = root().join(facade).join("examples");
    let problem = |error| Failure::new(format!("{} cannot be read: {error}", folder.display()));
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(problem)? {
        let path = entry.map_err(problem)?.path();
        if let (Some("rs"), Some(name)) = (path.extension().and_then(|e| e.to_str()), path.file_stem()) {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    if names.is_empty() {
        return Err(Failure::new(format!("{} has no examples", folder.display())));
    }
    names.sort();
    Ok(names)
}
