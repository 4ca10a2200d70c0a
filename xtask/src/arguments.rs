//! Command-line options of the form `--name value` and `--flag`.

use crate::failure::{Failure, Outcome};

/// The options of a task, taken one by one; what is left over is an error.
pub(crate) struct Arguments(Vec<String>);

impl Arguments {
    pub(crate) fn new(arguments: &[String]) -> Self {
        Self(arguments.to_vec())
    }

    /// Takes every value of an option that may be repeated.
    pub(crate) fn values(&mut self, name: &str) -> Outcome<Vec<String>> {
        let mut values = Vec::new();
        while let Some(at) = self.0.iter().position(|argument| argument == name) {
            if at + 1 >= self.0.len() {
                return Err(Failure::new(format!("{name} needs a value")));
            }
            self.0.remove(at);
            values.push(self.0.remove(at));
        }
        Ok(values)
    }

    /// Takes the value of an option that may be given once.
    pub(crate) fn value(&mut self, name: &str) -> Outcome<Option<String>> {
        let mut values = self.values(name)?;
        if values.len() > 1 {
            return Err(Failure::new(format!("{name} may be given once")));
        }
        Ok(values.pop())
    }

    /// Takes a flag.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|argument| argument != name);
        self.0.len() < before
    }

    /// Takes what is left, such as paths; refuses options.
    pub(crate) fn rest(self, usage: &str) -> Outcome<Vec<String>> {
        match self.0.iter().find(|argument| argument.starts_with('-')) {
            None => Ok(self.0),
            Some(unknown) => {
                Err(Failure::new(format!("{unknown:?} is not expected here; the arguments are {usage}")))
            }
        }
    }

    /// Refuses whatever was not taken.
    pub(crate) fn finish(self, usage: &str) -> Outcome {
        match self.0.first() {
            None => Ok(()),
            Some(unknown) => {
                Err(Failure::new(format!("{unknown:?} is not expected here; the arguments are {usage}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(list: &[&str]) -> Arguments {
        Arguments::new(&list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn values_and_flags_are_taken_in_any_order() {
        let mut given = arguments(&["--scope", "a", "--flag", "--scope", "b"]);
        assert_eq!(given.values("--scope").unwrap(), ["a", "b"]);
        assert!(given.flag("--flag") && !given.flag("--flag"));
        given.finish("").unwrap();
    }

    #[test]
    fn mistakes_are_named() {
        assert!(arguments(&["--scope"]).value("--scope").unwrap_err().to_string().contains("--scope"));
        assert!(arguments(&["--a", "1", "--a", "2"]).value("--a").is_err());
        assert!(arguments(&["--typo"]).finish("[--type]").unwrap_err().to_string().contains("--typo"));
    }
}
