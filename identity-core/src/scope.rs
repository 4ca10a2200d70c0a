//! Scopes and resources: the one becomes the other for services that know resources only.

use crate::{Error, Result, TokenRequest};

/// The single resource of a request for services that take one: the scope without a `/.default` at its end.
///
/// # Errors
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) if the request has several scopes.
#[inline]
pub fn resource<'a>(request: &TokenRequest<'a>, credential: &str) -> Result<&'a str> {
    match request.scopes() {
        [scope] => Ok(scope.strip_suffix("/.default").unwrap_or(scope)),
        scopes => Err(Error::invalid_argument(format!(
            "{credential} takes exactly one scope per request, and got {}",
            scopes.len()
        ))),
    }
}

/// Refuses scopes with characters that have no place on a command line.
///
/// # Errors
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument), naming the scope.
#[inline]
pub fn validate_for_tool(scope: &str) -> Result<()> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/');
    if !scope.is_empty() && scope.chars().all(fine) {
        return Ok(());
    }
    Err(Error::invalid_argument(format!(
        "{scope:?} is not a scope that can be passed to a tool: letters, digits and _ - . : / are allowed"
    )))
}

/// The scopes of a request, in its order. Almost all requests name one, which then is one step away.
#[derive(Clone, Debug)]
pub(crate) enum Scopes {
    One(Box<str>),
    Several(Box<[Box<str>]>),
}

impl Scopes {
    pub(crate) fn new(scopes: &[&str]) -> Self {
        match scopes {
            [scope] => Self::One((*scope).into()),
            _ => Self::Several(scopes.iter().map(|scope| (*scope).into()).collect()),
        }
    }

    pub(crate) fn all(&self) -> &[Box<str>] {
        match self {
            Self::One(scope) => std::slice::from_ref(scope),
            Self::Several(scopes) => scopes,
        }
    }

    /// Whether each of these is among them.
    pub(crate) fn contains_all(&self, scopes: &[&str]) -> bool {
        scopes.iter().all(|scope| self.all().iter().any(|known| **known == **scope))
    }

    /// Whether these are the same, in whatever order and however often.
    #[inline]
    pub(crate) fn is(&self, scopes: &[&str]) -> bool {
        match (self, scopes) {
            (Self::One(known), [scope]) => **known == **scope,
            _ => self.is_set(scopes),
        }
    }

    #[cold]
    fn is_set(&self, scopes: &[&str]) -> bool {
        self.contains_all(scopes) && self.all().iter().all(|scope| scopes.contains(&&**scope))
    }

    /// The same for others that are owned.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let among = |scopes: &Self, others: &Self| scopes.all().iter().all(|it| others.all().contains(it));
        among(self, other) && among(other, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_is_removed_once() {
        for (scope, expected) in
            [("https://x/.default", "https://x"), ("https://x//.default", "https://x/"), ("x", "x")]
        {
            assert_eq!(resource(&TokenRequest::new(&[scope]), "Test").unwrap(), expected);
        }
        assert!(resource(&TokenRequest::new(&["a", "b"]), "Test").is_err());
    }

    #[test]
    fn shell_characters_are_refused() {
        for bad in ["", "a b", "a;b", "a'b", "a\nb", "ä"] {
            assert!(validate_for_tool(bad).is_err(), "{bad}");
        }
        assert!(validate_for_tool("https://a.b-c_d:1/.default").is_ok());
    }
}
