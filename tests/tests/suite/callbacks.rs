//! Sources whose own code comes back to the credential that runs them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::doubles::VirtualClock;
use super::identity::{CredentialOn, Env, Grant, Moment, Result, Source, Step, TokenRequest, Transport};
use super::{VAULT, flavour, flavour_test};

type Hook = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

/// Gives a token of an hour, and first does once what it is told to.
#[derive(Default)]
struct Hooked(Hook);

impl Source for Hooked {
    fn name(&self) -> &str {
        "Hooked"
    }

    fn configure(&mut self, _env: &Env) -> Result<()> {
        Ok(())
    }

    fn partition(&self) -> String {
        "hooked".into()
    }

    fn acquire(&self, _request: &TokenRequest<'_>, _previous: Option<&Grant>, moment: &Moment) -> Step {
        let hook = self.0.lock().unwrap().take();
        if let Some(hook) = hook {
            hook();
        }
        let hour = Duration::from_secs(3600);
        Step::Done(Ok(Grant::new("token", moment.now() + hour, moment.now())))
    }
}

#[flavour]
#[flavour_test]
async fn a_request_that_was_under_way_brings_nothing_back_into_a_cleared_cache() {
    let source = Hooked::default();
    let hook = source.0.clone();
    let host = VirtualClock::new(Transport::default());
    let credential = CredentialOn::on(host, source).build().unwrap();
    let same = credential.clone();
    *hook.lock().unwrap() = Some(Box::new(move || same.clear_cache()));
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert!(!token.is_from_cache() && credential.cached_token(&TokenRequest::new(&[VAULT])).is_none());
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert!(credential.cached_token(&TokenRequest::new(&[VAULT])).is_some());
    credential.close().await;
}
