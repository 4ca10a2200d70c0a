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
