//! A snapshot of environment variables and the platform they belong to; taken once, passed as a value.

use std::fmt;

/// The operating system whose conventions (paths, names of tools) apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Platform {
    /// Linux and other Unix systems.
    Linux,
    /// Apple macOS.
    MacOs,
    /// Microsoft Windows.
    Windows,
}

impl Platform {
    /// The platform this code was compiled for.
    pub const fn current() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::MacOs
        } else {
            Self::Linux
        }
    }
}

/// Environment variables as they were when a credential was built.
///
/// No credential reads the process environment itself: a host hands over a snapshot, tests hand over a list.
/// `Debug` shows the names of the variables and never their values.
#[derive(Clone)]
pub struct Env {
    /// In the order of the names.
    variables: Vec<(String, String)>,
    platform: Platform,
}

impl Env {
    /// An environment without variables on the platform of this build.
    pub const fn empty() -> Self {
        Self { variables: Vec::new(), platform: Platform::current() }
    }

    /// The same variables, as seen on another platform.
    #[must_use]
    pub const fn on(mut self, platform: Platform) -> Self {
        self.platform = platform;
        self
    }

    /// The platform.
    pub const fn platform(&self) -> Platform {
        self.platform
    }

    /// The value of a variable that is present, even if empty. Names ignore case on Windows, as they do there.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = match self.place(name) {
            Ok(index) => self.variables.get(index),
            Err(_) if self.platform != Platform::Windows => None,
            Err(_) => self.variables.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)),
        };
        found.map(|(_, value)| value.as_str())
    }

    /// Where a name is, or belongs.
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.variables.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }

    /// The value of a variable that is present and not empty.
    pub fn non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Sets a variable, or removes it.
    pub fn set(&mut self, name: impl Into<String>, value: Option<String>) {
        let name = name.into();
        match (self.place(&name), value) {
            (Ok(index), Some(value)) => self.variables[index].1 = value,
            (Ok(index), None) => drop(self.variables.remove(index)),
            (Err(index), Some(value)) => self.variables.insert(index, (name, value)),
            (Err(_), None) => {}
        }
    }

    /// All variables: names and values.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The names of all variables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables().map(|(name, _)| name)
    }
}

impl Default for Env {
    fn default() -> Self {
        Self::empty()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let mut env = Self::empty();
        variables.into_iter().for_each(|(name, value)| env.set(name, Some(value.into())));
        env
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env")
            .field("names", &self.names().collect::<Vec<_>>())
            .field("platform", &self.platform)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn present_and_non_empty_differ() {
        let env = Env::from_iter([("AZURE_CLIENT_ID", "")]);
        assert_eq!(env.get("AZURE_CLIENT_ID"), Some(""));
        assert_eq!(env.non_empty("AZURE_CLIENT_ID"), None);
        assert_eq!(env.get("azure_client_id"), None);
    }

    #[test]
    fn names_ignore_case_on_windows() {
        let env = Env::from_iter([("Path", "C:\\")]).on(Platform::Windows);
        assert_eq!(env.get("PATH"), Some("C:\\"));
    }

    #[test]
    fn debug_shows_names_only() {
        let env = Env::from_iter([("AZURE_CLIENT_SECRET", "hunter2")]);
        let text = format!("{env:?}");
        assert!(text.contains("AZURE_CLIENT_SECRET") && !text.contains("hunter2"), "{text}");
    }
}
