//! Client assertions (RFC 7523): signed with a registered certificate, or by a trusted issuer.

use super::super::clock::timestamp;
use super::super::directory::App;
use super::super::keys::{Certificate, Jwt};
use super::super::state::State;
use super::client::Proof;
use super::error::EntraError;
use super::federation;
use super::form::Form;
use super::tenancy::Tenancy;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Clocks may differ by this many seconds.
const SKEW: i64 = 300;

/// # Errors
/// Each check that fails has its AADSTS code.
pub(super) fn check(
    state: &State,
    app: &App,
    tenancy: Tenancy<'_>,
    form: &Form,
    text: &str,
) -> Result<Proof, EntraError> {
    let kind = form.need("client_assertion_type")?;
    if kind != TYPE {
        return Err(EntraError::request(
            90_023,
            format!("Invalid request: 'client_assertion_type' must be '{TYPE}', not '{kind}'."),
        ));
    }
    let token =
        Jwt::parse(text).ok_or_else(|| EntraError::request(50_027, "JWT token is invalid or malformed."))?;
    let id = app.client_id();
    if token.text("iss") == id || token.text("sub") == id {
        signed_by_the_client(state, app, tenancy, &token)?;
    } else {
        federation::check(state, app, tenancy, &token, form.through_proxy)?;
    }
    Ok(Proof::Assertion)
}

/// # Errors
/// 700024 for an assertion that has expired or is from the future, beyond a skew of five minutes.
pub(super) fn check_times(state: &State, token: &Jwt<'_>) -> Result<(), EntraError> {
    let now = state.clock.now();
    let (from, issued, until) = (token.time("nbf"), token.time("iat"), token.time("exp"));
    let future = |time: Option<i64>| time.is_some_and(|time| time > now.saturating_add(SKEW));
    let good =
        until.is_some_and(|until| until.saturating_add(SKEW) > now) && !future(from) && !future(issued);
    if good {
        return Ok(());
    }
    let show = |time: Option<i64>| time.map_or_else(|| "unspecified".to_owned(), timestamp);
    Err(EntraError::client(
        700_024,
        format!(
            "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry \
             time of assertion {}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/\
             certificate-credentials.",
            timestamp(now),
            show(from.or(issued)),
            show(until)
        ),
    ))
}

pub(super) fn bad_signature(reason: &str) -> EntraError {
    EntraError::client(700_027, format!("Client assertion failed signature validation. [Reason - {reason}]"))
}

fn signed_by_the_client(
    state: &State,
    app: &App,
    tenancy: Tenancy<'_>,
    token: &Jwt<'_>,
) -> Result<(), EntraError> {
    let id = app.client_id();
    if token.text("iss") != id || token.text("sub") != id {
        return Err(EntraError::client(
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        ));
    }
    let certificate = certificate(state, app, token)?;
    if !certificate.key().verifies(token) {
        return Err(bad_signature(&format!(
            "The provided signature value did not match the expected signature value., Thumbprint of key used by \
             client: '{}'",
            certificate.thumbprint()
        )));
    }
    if !token.audience_in(&token_endpoints(state, tenancy)) {
        return Err(EntraError::client(
            700_023,
            "Client assertion audience claim does not match Realm issuer. Review the documentation at \
             https://learn.microsoft.com/entra/identity-platform/certificate-credentials.",
        ));
    }
    check_times(state, token)?;
    let jti = token.text("jti");
    let until = token.time("exp").unwrap_or_default().saturating_add(SKEW);
    if !jti.is_empty() && !state.first_use(&format!("{id} {jti}"), until) {
        // Entra does not document a code for this.
        return Err(EntraError::client(
            50_013,
            "Assertion is invalid because of various reasons: its 'jti' was used before.",
        ));
    }
    Ok(())
}

/// The registered certificate that the header names, or the one it brings along if its subject is registered.
fn certificate(state: &State, app: &App, token: &Jwt<'_>) -> Result<Certificate, EntraError> {
    let (sha256, sha1) = (token.header_bytes("x5t#S256"), token.header_bytes("x5t"));
    let named = |candidate: &&Certificate| match (&sha256, &sha1) {
        (Some(thumbprint), _) => *thumbprint == candidate.sha256(),
        (None, Some(thumbprint)) => *thumbprint == candidate.sha1(),
        (None, None) => false,
    };
    if let Some(found) = app.certificates().iter().find(named) {
        return Ok(found.clone());
    }
    let chain = chain(token);
    if let Some((leaf, rest)) = chain.split_first()
        && !app.subject_names().is_empty()
    {
        let leaf = Certificate::from_der(leaf).map_err(|e| bad_signature(&e.to_string()))?;
        if (sha256.is_some() || sha1.is_some()) && !named(&&leaf) {
            return Err(bad_signature("The thumbprint is not that of the first certificate in 'x5c'."));
        }
        return by_subject_name(state, app, leaf, rest);
    }
    let thumbprint = sha1.or(sha256).unwrap_or_default();
    let hex: String = thumbprint.iter().map(|byte| format!("{byte:02X}")).collect();
    Err(bad_signature(&format!(
        "The key was not found., Thumbprint of key used by client: '{hex}', Please visit the Azure Portal, Graph \
         Explorer or directly use MS Graph to see configured keys for app Id '{}'.",
        app.client_id()
    )))
}

fn by_subject_name(
    state: &State,
    app: &App,
    leaf: Certificate,
    rest: &[Vec<u8>],
) -> Result<Certificate, EntraError> {
    let name = leaf.common_name().unwrap_or_default();
    let mut authorities = app.subject_names().iter().filter(|(registered, _)| *registered == name).peekable();
    if authorities.peek().is_none() {
        return Err(EntraError::client(
            700_030,
            format!(
                "Invalid certificate - subject name in certificate is not authorized. SubjectNames/\
                 SubjectAlternativeNames (up to 10) in token certificate are: {name}."
            ),
        ));
    }
    let now = u64::try_from(state.clock.now()).unwrap_or_default();
    if authorities.any(|(_, authority)| leaf.chains_to(authority, rest, now)) {
        Ok(leaf)
    } else {
        Err(bad_signature("The certificate chain does not lead to a trusted authority."))
    }
}

/// The certificates of `x5c` (RFC 7515, section 4.1.6): standard base64 of DER, leaf first.
fn chain(token: &Jwt<'_>) -> Vec<Vec<u8>> {
    let entries = token.header.get("x5c").and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| STANDARD.decode(entry.as_str()?).ok()).collect()
}

/// Every spelling of the URL that the request went to.
fn token_endpoints(state: &State, tenancy: Tenancy<'_>) -> Vec<String> {
    let names: Vec<&str> = match tenancy {
        Tenancy::Tenant(tenant) => {
            std::iter::once(tenant.id()).chain(tenant.domains().iter().map(String::as_str)).collect()
        }
        Tenancy::Any => vec!["organizations", "common"],
    };
    let hosts = state.hosts.iter();
    hosts
        .flat_map(|host| names.iter().map(move |n| format!("https://{host}/{n}/oauth2/v2.0/token")))
        .collect()
}
