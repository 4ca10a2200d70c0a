//! Addresses in the form that reqwest wants: the last ones are kept, as reading one costs more than sending the headers.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use http::Uri;
use identity_core::effect::{TransportError, TransportErrorKind};
use reqwest::Url;

/// At most this many are kept: a token endpoint for each tenant in turn.
const KEPT: usize = 8;

/// The last addresses. Those with a query or a user are not kept: they may hold a secret, and seldom come twice.
#[derive(Default)]
pub(crate) struct Addresses(Mutex<Vec<(Uri, Url)>>);

impl Addresses {
    /// The address as a URL.
    pub(crate) fn url(&self, uri: &Uri) -> Result<Url, TransportError> {
        if uri.query().is_some() || uri.authority().is_some_and(|it| it.as_str().contains('@')) {
            return read(uri);
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, url)) = kept.iter().find(|(known, _)| known == uri) {
            return Ok(url.clone());
        }
        let url = read(uri)?;
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((uri.clone(), url.clone()));
        Ok(url)
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Addresses").finish_non_exhaustive()
    }
}

fn read(uri: &Uri) -> Result<Url, TransportError> {
    uri.to_string().parse().map_err(|error| TransportError::new(TransportErrorKind::Unsupported, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(addresses: &Addresses, text: &str) -> String {
        addresses.url(&text.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn every_address_is_its_own() {
        let addresses = Addresses::default();
        for round in 0..2 {
            for index in 0..=KEPT {
                let text = format!("https://login.example/{index}/token");
                assert_eq!(of(&addresses, &text), text, "{round}");
            }
        }
        assert_eq!(addresses.0.lock().unwrap().len(), KEPT);
    }

    #[test]
    fn an_address_that_may_hold_a_secret_is_not_kept() {
        let addresses = Addresses::default();
        for text in ["https://host.example/?code=1", "https://me:word@host.example/"] {
            assert_eq!(of(&addresses, text), text);
        }
        assert!(addresses.0.lock().unwrap().is_empty());
    }
}
