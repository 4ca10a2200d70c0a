//! Client assertions: what is accepted, and the AADSTS code of each refusal.

use crate::client::{Answer, VAULT, token_in};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use identity_testing::emulator::{
    App, CERTIFICATE_APP, Emulator, FEDERATED_APP, FederatedCredential, PublicKey, SECRET_APP,
    SUBJECT_NAME_APP,
};
use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ISSUER: &str = "https://issuer.example";
const SUBJECT: &str = "system:serviceaccount:ns:sa";

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

fn der(pem: &str) -> Vec<u8> {
    let body = pem.split("-----").nth(2).unwrap();
    STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap()
}

fn sha1(pem: &str) -> impl AsRef<[u8]> {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der(pem))
}

fn sha256(pem: &str) -> impl AsRef<[u8]> {
    digest::digest(&digest::SHA256, &der(pem))
}

/// Signs; the padded form is what some clients send.
fn sign(key_pem: &str, header: &Value, claims: &Value, padded: bool) -> String {
    let key = RsaKeyPair::from_pkcs8(&der(key_pem)).unwrap();
    let encode = |bytes: &[u8]| if padded { URL_SAFE.encode(bytes) } else { URL_SAFE_NO_PAD.encode(bytes) };
    let signed =
        format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
    let algorithm: &dyn RsaEncoding =
        if header["alg"] == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(algorithm, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", encode(&signature))
}

fn claims(entra: &Emulator, app: &str, jti: &str) -> Value {
    let audience = format!("{}/{}/oauth2/v2.0/token", entra.authority(), entra.tenant().id());
    json!({ "iss": app, "sub": app, "aud": audience, "jti": jti, "nbf": now(), "exp": now() + 600 })
}

fn send(entra: &Emulator, app: &str, assertion: &str) -> Answer {
    let form = [
        ("client_id", app),
        ("client_assertion", assertion),
        ("client_assertion_type", TYPE),
        ("grant_type", "client_credentials"),
        ("scope", VAULT),
    ];
    token_in(entra, entra.tenant().id(), &form)
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

#[test]
fn both_algorithms_and_both_thumbprints_are_accepted() {
    let entra = Emulator::start().unwrap();
    let files = entra.client_certificate();
    let pem = files.certificate_pem();
    let headers = [
        json!({ "alg": "RS256", "x5t": URL_SAFE_NO_PAD.encode(sha1(&pem)) }),
        json!({ "alg": "RS256", "x5t": URL_SAFE.encode(sha1(&pem)) }),
        json!({ "alg": "RS256", "x5t": STANDARD.encode(sha1(&pem)) }),
        json!({ "alg": "PS256", "x5t#S256": URL_SAFE_NO_PAD.encode(sha256(&pem)) }),
        json!({ "alg": "PS256", "x5t#S256": STANDARD.encode(sha256(&pem)) }),
    ];
    for (at, header) in headers.iter().enumerate() {
        for padded in [false, true] {
            let body = claims(&entra, CERTIFICATE_APP, &format!("{at} {padded}"));
            let answer = send(&entra, CERTIFICATE_APP, &sign(&files.key_pem(), header, &body, padded));
            assert_eq!(answer.claims()["appidacr"], "2", "{header}");
        }
    }
}

#[test]
fn each_wrong_assertion_has_its_code() {
    let entra = Emulator::start().unwrap();
    let files = entra.client_certificate();
    let header =
        json!({ "alg": "PS256", "x5t#S256": URL_SAFE_NO_PAD.encode(sha256(&files.certificate_pem())) });
    let other = json!({ "alg": "PS256", "x5t#S256": URL_SAFE_NO_PAD.encode(sha256(&files.unregistered_certificate_pem())) });
    let body = || claims(&entra, CERTIFICATE_APP, "");
    let key = files.key_pem();
    let unlike = |name: &str, value: Value| sign(&key, &header, &with(body(), name, value), false);
    let issuer = format!("{}/{}/v2.0", entra.authority(), entra.tenant().id());
    let cases = [
        ("garbage", "a.b.c".to_owned(), 400, 50_027),
        ("another certificate", sign(&files.unregistered_key_pem(), &other, &body(), false), 401, 700_027),
        ("another key", sign(&files.unregistered_key_pem(), &header, &body(), false), 401, 700_027),
        ("no thumbprint", sign(&key, &json!({ "alg": "PS256" }), &body(), false), 401, 700_027),
        ("HS256", sign(&key, &with(header.clone(), "alg", "HS256".into()), &body(), false), 401, 700_027),
        ("no audience", unlike("aud", Value::Null), 401, 700_023),
        ("audience is the issuer", unlike("aud", issuer.into()), 401, 700_023),
        ("expired", unlike("exp", (now() - 301).into()), 401, 700_024),
        ("no expiry", unlike("exp", Value::Null), 401, 700_024),
        ("not yet valid", unlike("nbf", (now() + 400).into()), 401, 700_024),
        ("issued in the future", unlike("iat", (now() + 400).into()), 401, 700_024),
        ("another issuer", unlike("iss", SECRET_APP.into()), 401, 700_021),
        ("another subject", unlike("sub", SECRET_APP.into()), 401, 700_021),
    ];
    for (name, assertion, status, code) in cases {
        let error = if status == 400 { "invalid_request" } else { "invalid_client" };
        assert_eq!(
            send(&entra, CERTIFICATE_APP, &assertion).refusal(),
            (status, error.to_owned(), code),
            "{name}"
        );
    }
}

#[test]
fn clocks_may_differ_by_five_minutes() {
    let entra = Emulator::start().unwrap();
    let files = entra.client_certificate();
    let header = json!({ "alg": "RS256", "x5t": URL_SAFE_NO_PAD.encode(sha1(&files.certificate_pem())) });
    for (jti, seconds) in [("slow", -240), ("fast", 240)] {
        let mut body = claims(&entra, CERTIFICATE_APP, jti);
        for (name, add) in [("nbf", 0), ("iat", 0), ("exp", 600)] {
            // Some clients send fractions.
            body[name] = ((now() + seconds + add) as f64 + 0.25).into();
        }
        assert_eq!(send(&entra, CERTIFICATE_APP, &sign(&files.key_pem(), &header, &body, false)).status, 200);
    }
}

#[test]
fn an_assertion_works_once_unless_reuse_is_allowed() {
    let entra = Emulator::start().unwrap();
    let files = entra.client_certificate();
    let header = json!({ "alg": "RS256", "x5t": URL_SAFE_NO_PAD.encode(sha1(&files.certificate_pem())) });
    let assertion = sign(&files.key_pem(), &header, &claims(&entra, CERTIFICATE_APP, "once"), false);
    assert_eq!(send(&entra, CERTIFICATE_APP, &assertion).status, 200);
    assert_eq!(send(&entra, CERTIFICATE_APP, &assertion).refusal().2, 50_013);
    entra.allow_assertion_reuse(true);
    assert_eq!(send(&entra, CERTIFICATE_APP, &assertion).status, 200);
}

#[test]
fn a_chain_counts_only_where_the_subject_is_registered() {
    let entra = Emulator::start().unwrap();
    let files = entra.client_certificate();
    let (pem, authority) = (files.certificate_pem(), files.authority_pem());
    let chain = json!([STANDARD.encode(der(&pem)), STANDARD.encode(der(&authority))]);
    let header = json!({ "alg": "PS256", "x5t#S256": URL_SAFE_NO_PAD.encode(sha256(&pem)), "x5c": chain });
    let try_as = |app: &str, key: &str, header: &Value| {
        send(&entra, app, &sign(key, header, &claims(&entra, app, ""), false))
    };
    let key = files.key_pem();
    assert_eq!(try_as(SUBJECT_NAME_APP, &key, &header).status, 200);
    // By thumbprint the chain changes nothing.
    assert_eq!(try_as(CERTIFICATE_APP, &key, &header).status, 200);
    // Without the chain the certificate is unknown.
    assert_eq!(
        try_as(SUBJECT_NAME_APP, &key, &with(header.clone(), "x5c", Value::Null)).refusal().2,
        700_027
    );
    // Another subject of the same authority.
    let other = files.unregistered_certificate_pem();
    let other_chain = json!({
        "alg": "PS256", "x5t#S256": URL_SAFE_NO_PAD.encode(sha256(&other)), "x5c": [STANDARD.encode(der(&other))],
    });
    assert_eq!(try_as(SUBJECT_NAME_APP, &files.unregistered_key_pem(), &other_chain).refusal().2, 700_030);
    assert_eq!(try_as(CERTIFICATE_APP, &files.unregistered_key_pem(), &other_chain).refusal().2, 700_027);
    // A chain that is not the key's.
    assert_eq!(try_as(SUBJECT_NAME_APP, &files.unregistered_key_pem(), &header).refusal().2, 700_027);
    // PEM text instead of DER, as one library sends it.
    let text = with(header.clone(), "x5c", json!([STANDARD.encode(&pem)]));
    assert_eq!(try_as(SUBJECT_NAME_APP, &key, &text).refusal().2, 700_027);
}

#[test]
fn federated_credentials_match_issuer_subject_and_audience() {
    let entra = Emulator::start().unwrap();
    let good = entra.federated_token(ISSUER, SUBJECT).unwrap();
    // Projected tokens are used until they are rotated.
    for _ in 0..2 {
        assert_eq!(send(&entra, FEDERATED_APP, &good).claims()["appid"], FEDERATED_APP);
    }
    let header = json!({ "alg": "RS256" });
    let body =
        |audience: &str, exp: i64| json!({ "iss": ISSUER, "sub": SUBJECT, "aud": [audience], "exp": exp });
    let key = entra.federated_key_pem();
    let audience = "api://AzureADTokenExchange";
    let wrong_key = entra.client_certificate().key_pem();
    let cases = [
        (entra.federated_token("https://other.example", SUBJECT).unwrap(), 700_211),
        (entra.federated_token(ISSUER, "system:serviceaccount:ns:other").unwrap(), 700_213),
        (sign(&key, &header, &body("api://AKSIdentityBinding", now() + 600), false), 700_212),
        (sign(&wrong_key, &header, &body(audience, now() + 600), false), 700_027),
        (sign(&key, &header, &body(audience, now() - 301), false), 700_024),
    ];
    for (assertion, code) in cases {
        assert_eq!(
            send(&entra, FEDERATED_APP, &assertion).refusal(),
            (401, "invalid_client".to_owned(), code)
        );
    }
    assert_eq!(send(&entra, SECRET_APP, &good).refusal().2, 70_025);
    assert_eq!(
        send(&entra, FEDERATED_APP, &sign(&key, &header, &body(audience, now() + 600), false)).status,
        200
    );
}

#[test]
fn an_issuer_of_ones_own_signs_with_its_own_key() {
    let builder = Emulator::builder();
    let files = Emulator::start().unwrap().client_certificate();
    let pair = RsaKeyPair::from_pkcs8(&der(&files.key_pem())).unwrap();
    let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
    let jwk =
        json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(public.n), "e": URL_SAFE_NO_PAD.encode(public.e) });
    let key = PublicKey::from_jwk(&jwk).unwrap();
    let app = App::new("a0000000-0000-0000-0000-000000000001")
        .federated(FederatedCredential::with_key("https://own.example", "me", key).audience("own"));
    let entra = builder.app(app).start().unwrap();
    let body = json!({ "iss": "https://own.example", "sub": "me", "aud": "own", "exp": now() + 60 });
    let assertion = sign(&files.key_pem(), &json!({ "alg": "RS256" }), &body, false);
    assert_eq!(send(&entra, entra.app().client_id(), &assertion).status, 200);
}

#[test]
fn the_type_of_assertion_is_needed() {
    let entra = Emulator::start().unwrap();
    let mut form = vec![
        ("client_id", CERTIFICATE_APP),
        ("client_assertion", "a.b.c"),
        ("grant_type", "client_credentials"),
        ("scope", VAULT),
    ];
    assert_eq!(token_in(&entra, entra.tenant().id(), &form).refusal().2, 900_144);
    form.push(("client_assertion_type", "jwt"));
    assert_eq!(token_in(&entra, entra.tenant().id(), &form).refusal().2, 90_023);
}

#[test]
fn the_token_proxy_takes_its_own_audience_and_entra_does_not() {
    let entra = Emulator::start().unwrap();
    let bound = entra.federated_token_for(ISSUER, SUBJECT, "api://AKSIdentityBinding").unwrap();
    let through = |assertion: &str| {
        let form = [
            ("client_id", FEDERATED_APP),
            ("client_assertion", assertion),
            ("client_assertion_type", TYPE),
            ("grant_type", "client_credentials"),
            ("scope", VAULT),
        ];
        let proxy = &entra.token_proxy_variables()[0].1;
        let url = format!("{proxy}/{}/oauth2/v2.0/token", entra.tenant().id());
        crate::client::read(crate::client::agent(&entra).post(url).send_form(form).unwrap())
    };
    assert_eq!(through(&bound).claims()["appid"], FEDERATED_APP);
    assert_eq!(send(&entra, FEDERATED_APP, &bound).refusal().2, 700_212);
    assert_eq!(through(&entra.federated_token(ISSUER, SUBJECT).unwrap()).refusal().2, 700_212);
    assert_eq!(entra.token_requests(), 3);
}
