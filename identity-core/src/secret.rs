//! The one type that holds text nobody may see: it redacts itself, compares in constant time and is wiped on drop.

use std::fmt;
use std::hint::black_box;
use std::sync::Arc;

use zeroize::Zeroize;

/// A client secret, password, refresh token, assertion or access token.
///
/// `Debug` prints `[redacted]`; there is no `Display` and no `Serialize`. Clones share the text, which is wiped from memory
/// when the last of them is dropped.
///
/// Other copies are not wiped: environment variables, what the text of [`expose`](Self::expose) was copied to, what a store
/// keeps, and what a secret travels in, such as forms, headers, answers and the buffers of HTTP and TLS.
#[derive(Clone, Default)]
pub struct Secret(Arc<Text>);

impl Secret {
    /// Takes ownership of the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Text(text.into())))
    }

    /// The text itself. Whoever calls this is responsible for where it goes.
    pub fn expose(&self) -> &str {
        &self.0.0
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

/// Text that is wiped as one slice, as one byte after the other takes as long as keeping the token.
#[derive(Default)]
struct Text(String);

impl Drop for Text {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.as_mut_slice().zeroize();
        bytes.spare_capacity_mut().zeroize();
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl PartialEq for Secret {
    /// Takes the same time for every pair of the same length, wherever they differ.
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.expose().as_bytes(), other.expose().as_bytes());
        let difference = a.iter().zip(b).fold(0u8, |sum, (x, y)| black_box(sum | (x ^ y)));
        a.len() == b.len() && difference == 0
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_text() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[redacted]");
    }

    #[test]
    fn equality_is_that_of_the_text() {
        assert_eq!(Secret::new("a~b"), Secret::new("a~b"));
        assert_ne!(Secret::new("a~b"), Secret::new("a~c"));
        assert_ne!(Secret::new("a"), Secret::new("ab"));
    }
}
