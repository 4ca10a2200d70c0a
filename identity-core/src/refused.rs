//! Tokens that a resource refused: what a persistent cache still has of them is not handed out again.

use std::sync::PoisonError;
use std::time::SystemTime;

use crate::sync::{Mutex, MutexGuard};
use crate::{AccessToken, Secret};

/// Nobody invalidates more tokens of one credential than this while they are all valid.
const MOST: usize = 64;

/// The tokens that were invalidated and have not expired, the latest ones last.
#[derive(Default)]
pub(crate) struct Refused(Mutex<Vec<(Secret, SystemTime)>>);

impl Refused {
    /// Notes a token.
    pub(crate) fn add(&self, token: &AccessToken, now: SystemTime) {
        let mut tokens = self.lock();
        tokens.retain(|(known, expires_on)| *expires_on > now && known.expose() != token.secret());
        if tokens.len() == MOST {
            tokens.remove(0);
        }
        tokens.push((token.secret().into(), token.expires_on()));
    }

    /// Whether a token was noted.
    pub(crate) fn has(&self, token: &Secret) -> bool {
        self.lock().iter().any(|(known, _)| known == token)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Secret, SystemTime)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn what_has_expired_is_forgotten_and_there_is_a_bound() {
        let refused = Refused::default();
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let token = |name: &str, expires| AccessToken::new(name, at(expires), "Test");
        refused.add(&token("short", 10), at(0));
        refused.add(&token("long", 1000), at(20));
        assert!(!refused.has(&"short".into()) && refused.has(&"long".into()));
        for number in 0..MOST {
            refused.add(&token(&number.to_string(), 1000), at(20));
        }
        assert!(!refused.has(&"long".into()) && refused.has(&"0".into()));
        assert_eq!(refused.lock().len(), MOST);
    }
}
