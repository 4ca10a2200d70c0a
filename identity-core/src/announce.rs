//! The one line in the log about whose tokens a credential gives.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::Grant;
use crate::describe::{Identity, shortened};

/// Says it once.
pub(crate) struct Announcing {
    full_ids: bool,
    done: AtomicBool,
}

impl Announcing {
    pub(crate) const fn new(full_ids: bool) -> Self {
        Self { full_ids, done: AtomicBool::new(false) }
    }

    /// Logs whose token this is, if it is the first of the credential.
    pub(crate) fn once(&self, credential: &str, grant: &Grant) {
        if !self.done.swap(true, Ordering::Relaxed) && log::log_enabled!(log::Level::Info) {
            log::info!("{}", line(credential, grant, self.full_ids));
        }
    }
}

fn line(credential: &str, grant: &Grant, full_ids: bool) -> String {
    let who = match Identity::of_jwt(grant.access_token.expose()) {
        None => "somebody its token does not name".to_owned(),
        Some(identity) if full_ids => identity.to_string(),
        Some(identity) => shortened(&identity),
    };
    format!("{credential} got its first token from {}, for {who}", grant.origin)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    #[test]
    fn ids_are_shortened_and_people_left_out_unless_asked_for() {
        let claims = r#"{"tid":"11111111-2222","oid":"o","upn":"ada@contoso.example"}"#;
        let token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
        let grant = Grant::new(token, UNIX_EPOCH, UNIX_EPOCH).from_origin("az");
        assert_eq!(
            line("Test", &grant, false),
            "Test got its first token from az, for tenant 11111111…, object o"
        );
        assert!(
            line("Test", &grant, true).ends_with("tenant 11111111-2222, object o, user ada@contoso.example")
        );
    }
}
