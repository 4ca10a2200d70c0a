//! `cargo xtask conformance`: replays recorded runs of the reference implementation.

use std::path::PathBuf;

use identity_testing::conformance::{Departures, Flavour, Suite};

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};
use crate::workspace::root;

pub(crate) const ARGUMENTS: &str = "PATH... [--flavour blocking|async|both] [--filter TEXT] [--explain]";
pub(crate) const PURPOSE: &str = "replays vectors; the last line is `N passed, N failed, N skipped`";

/// Where the documented departures are.
const DEPARTURES: &str = "tests/departures.md";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let options = Options::read(arguments)?;
    let path = root().join(DEPARTURES);
    let departures = std::fs::read_to_string(&path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))?;
    let mut suite = Suite::load(&options.paths).map_err(Failure::new)?;
    if let Some(text) = &options.filter {
        suite.keep(text);
        if suite.is_empty() {
            return Err(Failure::new(format!("no vector has {text:?} in its id")));
        }
    }
    let report = suite.run(&options.flavours, &Departures::parse(&departures));
    print!("{}", report.text(options.explain));
    if report.is_success() { Ok(()) } else { Err(Failure::new("some vectors were not replayed as recorded")) }
}

/// The command line, understood.
#[derive(Debug, PartialEq)]
struct Options {
    paths: Vec<PathBuf>,
    flavours: Vec<Flavour>,
    filter: Option<String>,
    explain: bool,
}

impl Options {
    fn read(arguments: &[String]) -> Outcome<Self> {
        let mut arguments = Arguments::new(arguments);
        let flavours = flavours(arguments.value("--flavour")?.as_deref().unwrap_or("both"))?;
        let filter = arguments.value("--filter")?;
        let explain = arguments.flag("--explain");
        let paths: Vec<PathBuf> = arguments.rest(ARGUMENTS)?.into_iter().map(PathBuf::from).collect();
        if paths.is_empty() {
            return Err(Failure::new(format!("name a file or directory; the arguments are {ARGUMENTS}")));
        }
        Ok(Self { paths, flavours, filter, explain })
    }
}

/// `blocking`, `async` or `both`.
pub(crate) fn flavours(text: &str) -> Outcome<Vec<Flavour>> {
    if text == "both" {
        return Ok(Flavour::ALL.to_vec());
    }
    match Flavour::ALL.into_iter().find(|flavour| flavour.name() == text) {
        Some(flavour) => Ok(vec![flavour]),
        None => Err(Failure::new(format!("the flavour is blocking, async or both, not {text:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Option<Options> {
        Options::read(&arguments.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn options_and_paths_come_in_any_order() {
        let expected = Options {
            paths: vec!["a".into(), "b".into()],
            flavours: vec![Flavour::Async],
            filter: Some("x".into()),
            explain: true,
        };
        assert_eq!(read(&["a", "--flavour", "async", "--explain", "b", "--filter", "x"]), Some(expected));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [&[][..], &["--filter", "x"], &["a", "--flavour"], &["a", "--flavour", "c"], &["a", "-x"]]
        {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
