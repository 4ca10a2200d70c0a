//! A plain HTTPS client, and what is common to the tests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_testing::emulator::Emulator;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Key Vault, whose tokens are version 1.
pub(crate) const VAULT: &str = "https://vault.azure.net/.default";

/// The first user.
pub(crate) const USER: &str = "user@contoso.example";
/// What a client of a user asks for.
pub(crate) const SCOPE: &str = "https://vault.azure.net/.default openid profile offline_access";

/// An answer, read completely.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// A text member of the body.
    pub(crate) fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no {name} in {self:?}")).to_owned()
    }

    /// The claims of the access token.
    pub(crate) fn claims(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        claims(self.json()["access_token"].as_str().unwrap())
    }

    /// Status, OAuth error and AADSTS code of a refusal; its text must repeat the code.
    pub(crate) fn refusal(&self) -> (u16, String, u64) {
        let body = self.json();
        let code = body["error_codes"][0].as_u64().unwrap();
        let description = body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
        (self.status, body["error"].as_str().unwrap().to_owned(), code)
    }
}

pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Trusts the emulator and nothing else; follows no redirects, uses no proxy.
pub(crate) fn agent(emulator: &Emulator) -> Agent {
    let ca = Certificate::from_pem(emulator.ca_pem().as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(vec![ca])))
        .unversioned_rustls_crypto_provider(provider)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .new_agent()
}

pub(crate) fn get(emulator: &Emulator, path: &str) -> Answer {
    let url = if path.starts_with("http") { path.to_owned() } else { emulator.authority().to_owned() + path };
    read(agent(emulator).get(url).call().unwrap())
}

/// Sends a form to the token endpoint of the first tenant.
pub(crate) fn token(emulator: &Emulator, form: &[(&str, &str)]) -> Answer {
    token_in(emulator, emulator.tenant().id(), form)
}

pub(crate) fn token_in(emulator: &Emulator, tenant: &str, form: &[(&str, &str)]) -> Answer {
    try_token(&agent(emulator), emulator, tenant, form).unwrap()
}

pub(crate) fn try_token(
    agent: &Agent,
    emulator: &Emulator,
    tenant: &str,
    form: &[(&str, &str)],
) -> Result<Answer, ureq::Error> {
    let url = format!("{}/{tenant}/oauth2/v2.0/token", emulator.authority());
    let response = agent.post(url).send_form(form.iter().copied())?;
    try_read(response)
}

pub(crate) fn try_read(mut response: http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let body = response.body_mut().with_config().limit(10_000_000).read_to_vec()?;
    Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
}

pub(crate) fn read(response: http::Response<ureq::Body>) -> Answer {
    try_read(response).unwrap()
}

/// Sends a body of any kind.
pub(crate) fn post(emulator: &Emulator, path: &str, content_type: &str, body: &str) -> Answer {
    let request = agent(emulator).post(emulator.authority().to_owned() + path).content_type(content_type);
    read(request.send(body).unwrap())
}

/// The form of a client secret request, with changes: a value replaces or adds, `None` removes.
pub(crate) fn secret_form<'a>(
    emulator: &'a Emulator,
    changes: &[(&'a str, Option<&'a str>)],
) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("client_id", emulator.app().client_id()),
        ("client_secret", emulator.secret()),
        ("grant_type", "client_credentials"),
        ("scope", VAULT),
    ];
    for (name, value) in changes {
        form.retain(|(n, _)| n != name);
        form.extend(value.map(|value| (*name, value)));
    }
    form
}
