//! People: browser, device code, authorization code, on behalf of, shared caches, authentication records.

use std::time::Duration;

use identity_core::{
    AssertionFn, AuthenticationRecord, AuthorizationCode, DeviceCode, Error, InteractiveBrowser, OnBehalfOf,
    Result, SharedTokenCache,
};
use serde_json::Value;

use super::{Built, Row, Setup};
use crate::conformance::options::Options;

pub(super) const ROWS: &[Row] = &[
    ("AuthenticationRecord", no_credential),
    ("AuthorizationCodeCredential", authorization_code),
    ("DeviceCodeCredential", device_code),
    ("InteractiveBrowserCredential", interactive_browser),
    ("OnBehalfOfCredential", on_behalf_of),
    ("SharedTokenCacheCredential", shared_token_cache),
    ("UsernamePasswordCredential", username_password),
];

/// Reads an authentication record and writes it again.
pub(super) fn record(input: &str) -> Option<Result<Value>> {
    let written = AuthenticationRecord::from_json(input).map(|record| record.to_json());
    Some(written.map(|json| serde_json::from_str(&json).unwrap_or_default()))
}

/// A record is read without any credential; the steps need one all the same.
fn no_credential(_options: &Options<'_>, setup: &Setup) -> Built {
    setup.build(DeviceCode::new())
}

/// The options of everything that signs in a person.
macro_rules! person {
    ($source:expr, $options:expr) => {{
        let (mut source, options) = ($source, $options);
        if let Some(tenant) = options.text("tenant_id") {
            source = source.with_tenant_id(tenant);
        }
        if let Some(client) = options.text("client_id") {
            source = source.with_client_id(client);
        }
        if let Some(record) = authentication_record(options) {
            source = source.with_record(record?);
        }
        if options.flag("disable_automatic_authentication") == Some(true) {
            source = source.disable_automatic_authentication();
        }
        source.with_options(options.client())
    }};
}

fn authentication_record(options: &Options<'_>) -> Option<Result<AuthenticationRecord>> {
    let record = &options.value("authentication_record")?["$authentication_record"];
    Some(AuthenticationRecord::from_json(&record.to_string()))
}

fn seconds(options: &Options<'_>) -> Option<Duration> {
    Duration::try_from_secs_f64(options.number("timeout")?).ok()
}

fn authorization_code(options: &Options<'_>, setup: &Setup) -> Built {
    let (tenant, client) = (options.required("tenant_id"), options.required("client_id"));
    let (code, redirect) = (options.required("authorization_code"), options.required("redirect_uri"));
    let mut source = AuthorizationCode::new(tenant, client, code, redirect).with_options(options.client());
    if let Some(secret) = options.text("client_secret") {
        source = source.with_client_secret(secret);
    }
    setup.build(source)
}

fn device_code(options: &Options<'_>, setup: &Setup) -> Built {
    let mut source = person!(DeviceCode::new(), options);
    if let Some(timeout) = seconds(options) {
        source = source.with_timeout(timeout);
    }
    if options.value("prompt_callback").is_some() {
        let replay = setup.replay.clone();
        source = source.with_prompt(move |prompt| {
            replay.prompted(&prompt.verification_uri, &prompt.user_code, prompt.expires_on);
        });
    }
    setup.build_person(source)
}

fn interactive_browser(options: &Options<'_>, setup: &Setup) -> Built {
    let mut source = person!(InteractiveBrowser::new(), options);
    if let Some(timeout) = seconds(options) {
        source = source.with_timeout(timeout);
    }
    if let Some(hint) = options.text("login_hint") {
        source = source.with_login_hint(hint);
    }
    if let Some(uri) = options.text("redirect_uri") {
        source = source.with_redirect_uri(uri);
    }
    setup.build_person(source)
}

fn on_behalf_of(options: &Options<'_>, setup: &Setup) -> Built {
    let (tenant, client) = (options.required("tenant_id"), options.required("client_id"));
    let user_assertion = options.required("user_assertion");
    // That of the certificate, if there is one.
    options.value("password");
    let secret = options.text("client_secret");
    let function = options.function("client_assertion_func");
    let certificate = options.bytes("client_certificate");
    let source = match (secret, function, certificate) {
        (Some(secret), None, None) => OnBehalfOf::with_secret(tenant, client, secret, user_assertion),
        (None, Some(function), None) => {
            let function =
                AssertionFn::new(move |_| Ok(function.call().map_err(Error::invalid_argument)?.into()));
            OnBehalfOf::with_assertion(tenant, client, function, user_assertion)
        }
        #[cfg(feature = "certificate")]
        (None, None, Some(content)) => with_certificate(options, tenant, client, content, user_assertion),
        #[cfg(not(feature = "certificate"))]
        (None, None, Some(_)) => {
            return Err(super::Unbuilt::Unsupported("certificates take the feature `certificate`".into()));
        }
        // Here one of the constructors has to be called, so that neither mistake can be written down.
        _ => {
            let text = "either client_secret, client_certificate or client_assertion_func";
            return Err(Error::invalid_argument(text).into());
        }
    };
    setup.build(source.with_options(options.client()))
}

#[cfg(feature = "certificate")]
fn with_certificate(
    options: &Options<'_>,
    tenant: &str,
    client: &str,
    content: Vec<u8>,
    user_assertion: &str,
) -> OnBehalfOf {
    use identity_core::source::CertificateAssertion;

    let mut assertion = CertificateAssertion::from_bytes(client, content);
    if let Some(password) = options.bytes("password") {
        assertion = assertion.with_password(String::from_utf8_lossy(&password).into_owned());
    }
    let chain = options.flag("send_certificate_chain").unwrap_or_default();
    OnBehalfOf::with_assertion(tenant, client, assertion.with_certificate_chain(chain), user_assertion)
}

fn shared_token_cache(options: &Options<'_>, setup: &Setup) -> Built {
    let mut source = SharedTokenCache::new().with_options(options.client());
    if let Some(username) = options.text("username") {
        source = source.with_username(username);
    }
    if let Some(tenant) = options.text("tenant_id") {
        source = source.with_tenant_id(tenant);
    }
    if let Some(record) = authentication_record(options) {
        source = source.with_record(record?);
    }
    setup.with_shared_cache().build(source)
}

#[allow(deprecated, reason = "the reference has it, and so have the recordings")]
fn username_password(options: &Options<'_>, setup: &Setup) -> Built {
    use identity_core::UsernamePassword;

    let (client, username) = (options.required("client_id"), options.required("username"));
    let source = UsernamePassword::new(client, username, options.required("password"));
    let source = person!(source, options);
    setup.build_person(source)
}
