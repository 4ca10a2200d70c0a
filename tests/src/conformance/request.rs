//! Whether a request is the one that a recording has.

use std::collections::BTreeMap;

use http::Uri;
use identity_core::effect::{Outbound, Trust};
use serde_json::{Map, Value};

use super::matchers::{Bindings, Mismatch};
use crate::scripted::{Sent, pairs};

/// Compares method, address, query, headers, body and trust. Binds variables.
pub(super) fn check(bindings: &mut Bindings, expected: &Value, sent: &Sent) -> Result<(), Mismatch> {
    let request = &sent.outbound.request;
    if expected["method"] != request.method().as_str() {
        return Err(format!("the method is {} in place of {}", request.method(), expected["method"]));
    }
    check_address(bindings, expected, request.uri())?;
    check_headers(bindings, expected, request)?;
    check_body(bindings, expected, sent)?;
    check_trust(&expected["tls"], &sent.outbound)?;
    match expected["connect_timeout"].as_f64() {
        Some(seconds) if sent.outbound.connect_timeout.min(sent.outbound.timeout).as_secs_f64() > seconds => {
            Err(format!("connecting may take more than {seconds} s"))
        }
        _ => Ok(()),
    }
}

/// Compares `url` and `query`. Binds variables.
pub(super) fn check_address(bindings: &mut Bindings, expected: &Value, actual: &Uri) -> Result<(), Mismatch> {
    check_url(expected["url"].as_str().unwrap_or_default(), actual)?;
    let nothing = Map::new();
    let query = expected["query"].as_object().unwrap_or(&nothing);
    let found = pairs(actual.query().unwrap_or_default());
    check_pairs(bindings, query, found).map_err(|problem| format!("query: {problem}"))
}

fn check_url(expected: &str, actual: &Uri) -> Result<(), Mismatch> {
    let parts = |uri: &Uri| {
        let scheme = uri.scheme_str().unwrap_or_default().to_owned();
        let port = uri.port_u16().unwrap_or(if scheme == "http" { 80 } else { 443 });
        (scheme, uri.host().unwrap_or_default().to_ascii_lowercase(), port, uri.path().to_owned())
    };
    let wanted: Uri = expected.parse().map_err(|_| format!("{expected} in the vector is not a URL"))?;
    if parts(&wanted) == parts(actual) {
        Ok(())
    } else {
        Err(format!("the address is {actual} in place of {expected}"))
    }
}

fn check_headers(
    bindings: &mut Bindings,
    expected: &Value,
    request: &http::Request<Vec<u8>>,
) -> Result<(), Mismatch> {
    for (name, value) in expected["headers"].as_object().into_iter().flatten() {
        let values = request.headers().get_all(name).iter();
        let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        let actual = Value::String(values.join(", "));
        bindings.check(value, &actual).map_err(|problem| format!("header {name}: {problem}"))?;
    }
    let absent = super::vector::texts(&expected["headers_absent"]);
    match absent.iter().find(|name| request.headers().contains_key(name.as_str())) {
        Some(name) => Err(format!("header {name} must be absent")),
        None => Ok(()),
    }
}

fn check_body(bindings: &mut Bindings, expected: &Value, sent: &Sent) -> Result<(), Mismatch> {
    let body = sent.outbound.request.body();
    let text = String::from_utf8_lossy(body);
    if let Some(form) = expected["form"].as_object() {
        let mut pairs = sent.form();
        let poll =
            form.get("grant_type").and_then(Value::as_str).is_some_and(|it| it.ends_with(":device_code"));
        if poll && !form.contains_key("code") {
            let code = pairs.iter().find(|(name, _)| name == "device_code").map(|(_, value)| value.clone());
            pairs.retain(|(name, value)| name != "code" || Some(value) != code.as_ref());
        }
        check_pairs(bindings, form, pairs).map_err(|problem| format!("form: {problem}"))
    } else if let Some(json) = expected.get("json") {
        let actual = serde_json::from_slice(body).map_err(|_| format!("the body is not JSON: {text}"))?;
        bindings.check(json, &actual).map_err(|problem| format!("body: {problem}"))
    } else {
        let wanted = expected["text"].as_str().unwrap_or_default();
        if wanted == text { Ok(()) } else { Err(format!("the body is {text:?} in place of {wanted:?}")) }
    }
}

/// Exactly the listed members, apart from incidental ones.
fn check_pairs(
    bindings: &mut Bindings,
    expected: &Map<String, Value>,
    actual: Vec<(String, String)>,
) -> Result<(), Mismatch> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in actual {
        found.entry(name).or_default().push(value);
    }
    for (name, wanted) in expected {
        let Some(mut values) = found.remove(name) else {
            if is_incidental(name) {
                continue;
            }
            return Err(format!("`{name}` is missing"));
        };
        let result = match (wanted, values.as_mut_slice()) {
            (Value::Array(_), _) => {
                bindings.check(wanted, &Value::Array(values.into_iter().map(Value::String).collect()))
            }
            (_, [value]) => bindings.check(wanted, &Value::String(std::mem::take(value))),
            _ => Err("it is repeated".into()),
        };
        result.map_err(|problem| format!("`{name}`: {problem}"))?;
    }
    match found.keys().find(|name| !is_incidental(name)) {
        Some(name) => Err(format!("`{name}` is too much")),
        None => Ok(()),
    }
}

fn is_incidental(name: &str) -> bool {
    matches!(name, "client_info" | "client-request-id") || name.starts_with("x-client-")
}

fn check_trust(tls: &Value, outbound: &Outbound) -> Result<(), Mismatch> {
    if let Some(sha1) = tls["server_certificate_sha1"].as_str() {
        let pinned = match &outbound.trust {
            Trust::Thumbprint(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            _ => String::new(),
        };
        if !pinned.eq_ignore_ascii_case(sha1) {
            return Err(format!("the trusted certificate is {pinned:?} in place of {sha1}"));
        }
    }
    if tls["ca_subject"].is_string() && !matches!(&outbound.trust, Trust::Authorities { pem: Some(_), .. }) {
        return Err(format!("only {} may be trusted", tls["ca_subject"]));
    }
    match (tls["sni"].as_str(), &outbound.trust) {
        (Some(sni), Trust::Authorities { server_name, .. }) if server_name.as_deref() == Some(sni) => Ok(()),
        (Some(sni), _) => Err(format!("the server name in TLS must be {sni}")),
        (None, _) => Ok(()),
    }
}

/// A request as a person reads it.
pub(super) fn show(sent: &Sent) -> String {
    let request = &sent.outbound.request;
    let mut text = format!("{} {}", request.method(), request.uri());
    for (name, value) in request.headers() {
        text += &format!("\n{name}: {}", String::from_utf8_lossy(value.as_bytes()));
    }
    if !request.body().is_empty() {
        text += &format!("\n{}", String::from_utf8_lossy(request.body()));
    }
    text
}
