//! Credentials that need no service: one that always gives the same token, one that follows a script.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use identity_core::{AccessToken, Error, Result, Secret, TokenRequest};

use super::driver::TokenCredential;
use super::flavour;

/// Gives the same token for every request.
#[derive(Debug)]
pub struct StaticCredential {
    token: AccessToken,
}

impl StaticCredential {
    /// A credential that gives `token`, valid for an hour from now.
    pub fn new(token: impl Into<Secret>) -> Self {
        Self {
            token: AccessToken::new(token, SystemTime::now() + Duration::from_secs(3600), "StaticCredential"),
        }
    }
}

#[flavour(AFIT)]
impl TokenCredential for StaticCredential {
    fn name(&self) -> &str {
        "StaticCredential"
    }

    fn get_token<'a>(
        &'a self,
        _request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(async move { Ok(self.token.clone()) })
    }
}

/// Gives the results it was told to, one per request, the last one for ever.
pub struct ScriptedCredential {
    name: String,
    script: Mutex<VecDeque<Result<AccessToken>>>,
    calls: AtomicUsize,
    closed: AtomicBool,
}

impl ScriptedCredential {
    /// A credential with a name and the results to give.
    pub fn new(name: &str, script: impl IntoIterator<Item = Result<AccessToken>>) -> Self {
        Self {
            name: name.to_owned(),
            script: Mutex::new(script.into_iter().collect()),
            calls: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
        }
    }

    /// How often a token was asked for.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    fn next(&self) -> Result<AccessToken> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        let next = if script.len() > 1 { script.pop_front() } else { script.front().cloned() };
        next.unwrap_or_else(|| Err(Error::unavailable("the script is empty")))
    }
}

#[flavour(AFIT)]
impl TokenCredential for ScriptedCredential {
    fn name(&self) -> &str {
        &self.name
    }

    fn get_token<'a>(
        &'a self,
        _request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(async move { self.next() })
    }

    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move { self.closed.store(true, Ordering::Relaxed) })
    }
}

impl fmt::Debug for ScriptedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedCredential").field("name", &self.name).field("calls", &self.calls()).finish()
    }
}
