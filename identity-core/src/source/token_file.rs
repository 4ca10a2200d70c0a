//! A file that holds a client assertion and that somebody else keeps replacing, as Kubernetes does.

use std::io;
use std::path::{Path, PathBuf};

use super::client_assertion::assertion;
use crate::describe;
use crate::effect::FileRead;
use crate::explain::{Inspection, Outlook};
use crate::source::Source;
use crate::{Env, Error, Grant, Moment, Result, Secret, Step, TokenRequest};

/// The largest file that is read: service account tokens have a few kilobytes.
const LIMIT: usize = 64 * 1024;

/// Client assertions from a file, such as a projected service account token.
///
/// The file is read anew for each token request, so that no rotation is ever missed, and nothing of it is kept. White
/// space around the assertion is dropped. A file that is missing, empty, too large or cut short, as it may be while it is
/// replaced, is an error that [is transient](Error::is_transient).
#[derive(Clone, Debug)]
pub struct TokenFile(PathBuf);

impl TokenFile {
    /// A file; at most 64 KiB of it are read.
    #[inline]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

impl Source for TokenFile {
    #[inline]
    fn name(&self) -> &str {
        "TokenFile"
    }

    #[inline]
    fn configure(&mut self, _env: &Env) -> Result<()> {
        if self.0.as_os_str().is_empty() {
            return Err(Error::invalid_argument("the path of the token file is empty"));
        }
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        self.0.display().to_string()
    }

    #[inline]
    fn inspect(&self, _env: &Env) -> Inspection {
        Inspection::new("read from the file").with_files([self.0.clone()]).without_files(Outlook::Broken)
    }

    #[inline]
    fn acquire(&self, _request: &TokenRequest<'_>, _previous: Option<&Grant>, _moment: &Moment) -> Step {
        read(&self.0, |moment, token| Step::Done(token.map(|token| assertion(token, &moment))))
    }
}

/// Reads the assertion in a file and goes on with it.
#[inline]
pub(super) fn read(path: &Path, then: impl FnOnce(Moment, Result<Secret>) -> Step + Send + 'static) -> Step {
    let path = path.to_owned();
    Step::read(FileRead::new(&path, LIMIT), move |moment, content| then(moment, understood(&path, content)))
}

#[inline]
fn understood(path: &Path, content: io::Result<Vec<u8>>) -> Result<Secret> {
    let bad = |what: &str, remedy: &str| {
        Error::authentication(format!("the token file {} {what}: {remedy}", path.display())).transient()
    };
    let content = content.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            bad("does not exist", "check the path and that the token is projected into this pod")
        }
        io::ErrorKind::PermissionDenied => {
            bad("may not be read", "check its permissions and this process's user")
        }
        io::ErrorKind::FileTooLarge => {
            bad("is larger than 64 KiB", "it must hold one token and nothing else")
        }
        _ => bad("cannot be read", "see the cause")
            .with_source(std::sync::Arc::new(error) as std::sync::Arc<dyn std::error::Error + Send + Sync>),
    })?;
    let text = std::str::from_utf8(&content)
        .map_err(|_| bad("is not text", "it must hold one token and nothing else"))?;
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    if text.is_empty() {
        return Err(bad("is empty", "it may just be being replaced, try again"));
    }
    if text.contains(|c: char| c.is_ascii_whitespace() || c.is_control()) {
        return Err(bad("holds more than one word", "it must hold one token and nothing else"));
    }
    if is_cut_short(text) {
        return Err(bad("holds a part of a token", "it may just be being replaced, try again"));
    }
    Ok(Secret::new(text))
}

/// Whether the text begins as a JWT does (`{"` in base64url) and is none. What is no JWT at all is for the service to judge.
#[inline]
fn is_cut_short(text: &str) -> bool {
    text.starts_with("eyJ")
        && (text.split('.').filter(|part| !part.is_empty()).count() != 3 || describe::payload(text).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_the_token_is_dropped() {
        let token = understood(Path::new("t"), Ok(b"\n eyJh.e30.c2ln \r\n".to_vec())).unwrap();
        assert_eq!(token.expose(), "eyJh.e30.c2ln");
        assert_eq!(understood(Path::new("t"), Ok(b"opaque".to_vec())).unwrap().expose(), "opaque");
    }

    #[test]
    fn what_rotation_may_leave_for_a_moment_is_transient_and_names_the_file() {
        let cases: [(io::Result<Vec<u8>>, &str); 9] = [
            (Ok(b" \n".to_vec()), "is empty"),
            (Ok(b"eyJh".to_vec()), "part of a token"),
            (Ok(b"eyJh.e3".to_vec()), "part of a token"),
            (Ok(b"eyJh.e30.".to_vec()), "part of a token"),
            (Ok(b"a b".to_vec()), "more than one word"),
            (Ok(vec![0xff, 0xfe]), "is not text"),
            (Err(io::ErrorKind::NotFound.into()), "does not exist"),
            (Err(io::ErrorKind::FileTooLarge.into()), "64 KiB"),
            (Err(io::Error::other("disk on fire")), "cannot be read"),
        ];
        for (content, says) in cases {
            let error = understood(Path::new("/var/run/token"), content).unwrap_err();
            assert!(error.is_transient() && error.to_string().contains("/var/run/token"), "{error}");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
