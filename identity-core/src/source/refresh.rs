//! Refresh tokens (RFC 6749, section 6): the exchange, rotation, and what a refusal means.

use crate::client::Client;
use crate::oauth::Form;
use crate::{Error, Grant, Moment, Result, Step, TokenRequest};

/// What every sign-in of a person asks for besides the caller's scopes: who it is, and a refresh token.
pub(crate) const SIGN_IN_SCOPES: [&str; 3] = ["openid", "profile", "offline_access"];

/// Exchanges the refresh token of an earlier grant, if it has one; `then` gets the result, or `None` without one.
///
/// `extra` scopes are asked for besides those of the request; `prove` adds what authenticates the client. A refresh
/// token that is refused for good is forgotten everywhere before `then` is called.
#[inline]
pub(crate) fn refresh(
    client: &Client,
    request: &TokenRequest<'_>,
    previous: Option<&Grant>,
    extra: &[&str],
    prove: impl FnOnce(Form) -> Form,
    moment: &Moment,
    then: impl FnOnce(Moment, Option<Result<Grant>>) -> Step + Send + 'static,
) -> Step {
    let Some((previous, token)) = previous.and_then(|grant| Some((grant, grant.refresh_token.as_ref()?)))
    else {
        return then(moment.clone(), None);
    };
    let form =
        prove(Form::grant_type("refresh_token").secret("refresh_token", token)).field("client_info", "1");
    let form = match form.request(request, extra) {
        Ok(form) => form,
        Err(error) => return Step::fail(error),
    };
    let (previous, token) = (previous.clone(), token.clone());
    client.exchange_then(client.tenant(request), form, moment, move |moment, result| match result {
        Err(error) if is_dead(&error) => Step::forget(token, move |moment| then(moment, Some(Err(error)))),
        result => then(moment, Some(result.map(|grant| grant.continuing(&previous)))),
    })
}

/// Whether a refusal says that the refresh token is of no use any more. A refusal that asks for more of the person
/// (a second factor, consent) leaves it good for other requests.
#[inline]
fn is_dead(error: &Error) -> bool {
    const MORE_IS_NEEDED: [u32; 5] = [50076, 50079, 50158, 53003, 65001];
    let suberror = error.service().and_then(|service| service.suberror.as_deref());
    error.oauth_error() == Some("invalid_grant")
        && error.claims().is_none()
        && !error.aadsts_codes().iter().any(|code| MORE_IS_NEEDED.contains(code))
        && !matches!(
            suberror,
            Some("basic_action" | "additional_action" | "message_only" | "consent_required")
        )
}

/// Whether a person can help where a refresh failed: the service answered, refused, and will go on refusing.
#[inline]
pub(crate) fn needs_person(error: &Error) -> bool {
    error.oauth_error().is_some() && !error.is_transient()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceError;
    use http::StatusCode;

    fn refused(body: &str) -> Error {
        let service = ServiceError::read(StatusCode::BAD_REQUEST, body.as_bytes(), &[]);
        Error::authentication("refused").with_service(service)
    }

    #[test]
    fn only_a_final_refusal_kills_the_token() {
        assert!(is_dead(&refused(
            r#"{"error":"invalid_grant","error_description":"AADSTS700082: expired"}"#
        )));
        for body in [
            r#"{"error":"invalid_grant","error_description":"AADSTS50076: factor"}"#,
            r#"{"error":"invalid_grant","claims":"{}"}"#,
            r#"{"error":"invalid_grant","suberror":"consent_required"}"#,
            r#"{"error":"interaction_required"}"#,
            "<html>",
        ] {
            assert!(!is_dead(&refused(body)), "{body}");
        }
    }

    #[test]
    fn a_fault_that_passes_is_no_reason_to_ask_anybody() {
        assert!(needs_person(&refused(r#"{"error":"interaction_required"}"#)));
        assert!(!needs_person(&refused(r#"{"error":"temporarily_unavailable"}"#)));
        assert!(!needs_person(&refused("<html>")));
    }
}
