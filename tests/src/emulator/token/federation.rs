//! Federated identity credentials: assertions of an issuer that the application trusts.

use super::super::directory::{App, FederatedCredential};
use super::super::keys::Jwt;
use super::super::state::State;
use super::super::token_proxy;
use super::assertion::{bad_signature, check_times};
use super::error::EntraError;
use super::tenancy::Tenancy;

/// # Errors
/// 70025 without federated credentials; 700211, 700213, 700212 when no credential has the issuer, the subject, the
/// audience; 700027 for the signature; 700024 for the time. The same assertion may be used again: a projected
/// Kubernetes token is. Through the token proxy, the audience is the proxy's.
pub(super) fn check(
    state: &State,
    app: &App,
    tenancy: Tenancy<'_>,
    token: &Jwt<'_>,
    through_proxy: bool,
) -> Result<(), EntraError> {
    let all = app.federated_credentials();
    if all.is_empty() {
        return Err(EntraError::client(
            70_025,
            format!("The client '{}' has no configured federated identity credentials.", app.client_id()),
        ));
    }
    let entra = state.issuer(tenancy.named()?.id());
    let (issuer, subject) = (token.text("iss"), token.text("sub"));
    let left = some(all.iter().filter(|c| c.issuer(&entra) == issuer), 700_211, "issuer", issuer)?;
    let left = some(left.into_iter().filter(|c| c.subject() == subject), 700_213, "subject", subject)?;
    let audience = token.claims.get("aud").map(|aud| aud.to_string().replace('"', "")).unwrap_or_default();
    let accepts = |c: &&FederatedCredential| {
        let expected = if through_proxy { token_proxy::AUDIENCE } else { c.expected_audience() };
        token.audience_in(&state.directory.audience_names(expected))
    };
    let left = some(left.into_iter().filter(accepts), 700_212, "audience", &audience)?;
    let keys = &state.keys;
    if !left.iter().any(|c| c.key(keys.issuer.public(), keys.tokens.public()).verifies(token)) {
        return Err(bad_signature("The key was not found in the issuer's keys, or the signature is wrong."));
    }
    check_times(state, token)
}

/// The candidates that are left, or the refusal if there are none.
fn some<'a>(
    left: impl Iterator<Item = &'a FederatedCredential>,
    code: u32,
    what: &str,
    shown: &str,
) -> Result<Vec<&'a FederatedCredential>, EntraError> {
    let left: Vec<_> = left.collect();
    if !left.is_empty() {
        return Ok(left);
    }
    Err(EntraError::client(
        code,
        format!(
            "No matching federated identity record found for presented assertion {what} '{shown}'. Check your federated \
             identity credential Subject, Audience and Issuer against the presented assertion. \
             https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
        ),
    ))
}
