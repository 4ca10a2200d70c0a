//! The key file that the Azure Arc agent names in its challenge: where it may lie, and that nothing else is read.

use std::path::PathBuf;

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue};
use identity_core::effect::FileRead;
use identity_core::{Env, Error, Platform, Result, Secret};

/// The longest key file in bytes.
const LIMIT: usize = 4096;

/// The agent's key directory, and how paths are written there.
#[derive(Clone, Debug)]
pub(crate) struct KeyDirectory {
    path: String,
    is_windows: bool,
}

impl KeyDirectory {
    /// The directory of the platform, or another one that the caller chose.
    #[inline]
    pub(crate) fn of(env: &Env, chosen: Option<&PathBuf>) -> Result<Self> {
        let is_windows = env.platform() == Platform::Windows;
        let path = match (chosen, env.platform()) {
            (Some(path), _) => path.to_string_lossy().into_owned(),
            (None, Platform::Linux) => "/var/opt/azcmagent/tokens".to_owned(),
            (None, Platform::Windows) => {
                let data = env.non_empty("ProgramData").ok_or_else(|| {
                    Error::authentication(
                        "ProgramData is not set, and so the keys of Azure Arc cannot be found",
                    )
                })?;
                format!(r"{data}\AzureConnectedMachineAgent\Tokens")
            }
            (None, _) => return Err(Error::unavailable("Azure Arc has no managed identity on this system")),
        };
        Ok(Self { path, is_windows })
    }

    /// The file that a challenge names, if that is one which may be read: directly in the directory, also after links
    /// are resolved, with the extension `.key`, and of at most 4096 bytes.
    #[inline]
    pub(crate) fn file(&self, headers: &HeaderMap) -> Result<FileRead> {
        let named = realm(headers)?;
        let (directory, name) = self.split(&named);
        let refuse = |why: &str| {
            Error::authentication(format!("Azure Arc named the key file {named:?}, which is not read: {why}"))
        };
        if !self.is_same(directory, self.path.trim_end_matches(['/', '\\'])) {
            return Err(refuse(&format!("it is not in {}", self.path)));
        }
        let extension =
            name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension);
        if !extension.is_some_and(|extension| self.is_same(extension, "key")) {
            return Err(refuse("it does not have the extension .key"));
        }
        let separator = if self.is_windows { '\\' } else { '/' };
        let path = format!("{}{separator}{name}", self.path.trim_end_matches(['/', '\\']));
        Ok(FileRead::new(path, LIMIT).within(&self.path))
    }

    /// Directory and base name.
    #[inline]
    fn split<'a>(&self, path: &'a str) -> (&'a str, &'a str) {
        let separators: &[char] = if self.is_windows { &['/', '\\'] } else { &['/'] };
        path.rfind(separators).map_or(("", path), |at| (&path[..at], &path[at + 1..]))
    }

    #[inline]
    fn is_same(&self, a: &str, b: &str) -> bool {
        if !self.is_windows {
            return a == b;
        }
        a.replace('/', "\\").eq_ignore_ascii_case(&b.replace('/', "\\"))
    }
}

/// What is wrong with a file that could not be read.
#[inline]
pub(crate) fn unreadable(path: &str, error: &std::io::Error) -> Error {
    use std::io::ErrorKind::{FileTooLarge, NotFound, PermissionDenied};
    let why = match error.kind() {
        FileTooLarge => format!("it is larger than {LIMIT} bytes"),
        NotFound => "it does not exist".to_owned(),
        PermissionDenied => {
            format!(
                "{error}; the user of this program must be in the group himds (Linux) or an administrator"
            )
        }
        _ => error.to_string(),
    };
    Error::authentication(format!("the key file {path} of Azure Arc cannot be used: {why}"))
}

/// The content of a key file as a secret; white space around it is dropped.
#[inline]
pub(crate) fn key(content: Vec<u8>, path: &str) -> Result<Secret> {
    match String::from_utf8(content) {
        Ok(text) if !text.trim().is_empty() => Ok(Secret::new(text.trim())),
        _ => Err(Error::authentication(format!("the key file {path} of Azure Arc holds no key"))),
    }
}

/// The path in `WWW-Authenticate: Basic realm=PATH`, quoted or not. Backslashes stand for themselves.
#[inline]
fn realm(headers: &HeaderMap) -> Result<String> {
    let missing = |what: &str| {
        Error::authentication(format!("Azure Arc asked for a key without saying where it is: {what}"))
    };
    let value: &HeaderValue =
        headers.get(WWW_AUTHENTICATE).ok_or_else(|| missing("no value of WWW-Authenticate"))?;
    let text = value.to_str().map_err(|_| missing("WWW-Authenticate is not text"))?;
    let at =
        text.to_ascii_lowercase().find("realm=").ok_or_else(|| missing("no realm in WWW-Authenticate"))?;
    let path = text[at + "realm=".len()..].trim();
    let path = path.strip_prefix('"').and_then(|path| path.split('"').next()).unwrap_or(path);
    if path.is_empty() { Err(missing("an empty realm in WWW-Authenticate")) } else { Ok(path.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(directory: &KeyDirectory, challenge: &str) -> Result<FileRead> {
        directory.file(&[(WWW_AUTHENTICATE, challenge.parse().unwrap())].into_iter().collect())
    }

    #[test]
    fn on_linux_only_keys_directly_in_the_directory_are_read() {
        let directory = KeyDirectory::of(&Env::empty().on(Platform::Linux), None).unwrap();
        for challenge in [
            "Basic realm=/var/opt/azcmagent/tokens/a.b.key",
            r#"basic Realm="/var/opt/azcmagent/tokens/a.b.key""#,
        ] {
            let file = file(&directory, challenge).unwrap();
            assert_eq!(file.path, PathBuf::from("/var/opt/azcmagent/tokens/a.b.key"));
            assert_eq!((file.limit, file.within), (4096, Some("/var/opt/azcmagent/tokens".into())));
        }
        for (challenge, why) in [
            ("Basic realm=/var/opt/azcmagent/tokens/a.txt", ".key"),
            ("Basic realm=/var/opt/azcmagent/tokens/key", ".key"),
            ("Basic realm=/var/opt/azcmagent/tokens/.key", ".key"),
            ("Basic realm=/var/opt/azcmagent/tokens/a.KEY", ".key"),
            ("Basic realm=/etc/shadow.key", "not in /var"),
            ("Basic realm=/var/opt/azcmagent/tokens/../a.key", "not in /var"),
            ("Basic realm=/var/opt/azcmagent/tokens/x/a.key", "not in /var"),
            ("Basic realm=a.key", "not in /var"),
            ("Basic realm=", "empty realm"),
            ("Basic", "no realm"),
        ] {
            let error = file(&directory, challenge).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
        assert!(directory.file(&HeaderMap::new()).unwrap_err().to_string().contains("WWW-Authenticate"));
    }

    #[test]
    fn on_windows_case_and_kind_of_slash_do_not_matter() {
        let env = Env::from_iter([("ProgramData", r"C:\Program Data")]).on(Platform::Windows);
        let directory = KeyDirectory::of(&env, None).unwrap();
        let expected = PathBuf::from(r"C:\Program Data\AzureConnectedMachineAgent\Tokens\A.Key");
        for challenge in [
            r"Basic realm=C:\Program Data\AzureConnectedMachineAgent\Tokens\A.Key",
            r"Basic realm=c:/program data/azureconnectedmachineagent/tokens/A.Key",
        ] {
            assert_eq!(file(&directory, challenge).unwrap().path, expected);
        }
        assert!(file(&directory, r"Basic realm=C:\Windows\a.key").is_err());
        let error = KeyDirectory::of(&Env::empty().on(Platform::Windows), None).unwrap_err();
        assert!(error.to_string().contains("ProgramData"), "{error}");
        assert!(KeyDirectory::of(&Env::empty().on(Platform::MacOs), None).unwrap_err().is_unavailable());
    }
}
