//! A source whose sign-ins are of one person after the other, for tests of what becomes of those before.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_core::{Env, Error, Grant, Moment, Result, Source, Step, TokenRequest};

/// A sign-in of whoever is next in the list, which no refresh token can avoid. The token is the name, and lives for an
/// hour; after the last person the source is unavailable.
#[derive(Debug)]
pub struct Family(Mutex<VecDeque<String>>);

impl Family {
    /// These people, in the order in which they sign in.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(Mutex::new(names.into_iter().map(str::to_owned).collect()))
    }
}

impl Source for Family {
    fn name(&self) -> &str {
        "Family"
    }

    fn configure(&mut self, _env: &Env) -> Result<()> {
        Ok(())
    }

    fn partition(&self) -> String {
        "family".into()
    }

    fn acquire(&self, _request: &TokenRequest<'_>, _previous: Option<&Grant>, moment: &Moment) -> Step {
        let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(name) = next else { return Step::fail(Error::unavailable("nobody is left to sign in")) };
        let mut grant = Grant::new(name.as_str(), moment.now() + Duration::from_secs(3600), moment.now());
        let claims = URL_SAFE_NO_PAD.encode(serde_json::json!({ "sub": name }).to_string());
        grant.id_token = Some(format!("e30.{claims}.x").into());
        Step::Done(Ok(grant))
    }
}
