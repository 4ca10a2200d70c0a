//! Discovery documents, and that tokens can be checked with what they publish.

use crate::client::{get, secret_form, token};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_testing::emulator::Emulator;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

#[test]
fn instances_are_known_or_refused() {
    let entra = Emulator::start().unwrap();
    let ask = |version: &str, endpoint: &str| {
        let query = format!("api-version={version}&authorization_endpoint={endpoint}");
        get(&entra, &format!("/common/discovery/instance?{query}"))
    };
    let own = format!("{}/common/oauth2/v2.0/authorize", entra.authority());
    let known = ask("1.1", &own).json();
    assert!(known["tenant_discovery_endpoint"].as_str().unwrap().starts_with(entra.authority()));
    assert!(known["metadata"][0]["aliases"].as_array().unwrap().contains(&"login.windows.net".into()));
    assert!(ask("1.0", &own).json().get("metadata").is_none());
    assert_eq!(
        ask("1.1", "https://elsewhere.example/common").refusal(),
        (400, "invalid_instance".to_owned(), 50_049)
    );
    assert_eq!(ask("9.9", &own).status, 400);
}

#[test]
fn metadata_names_the_tenant_by_its_id() {
    let entra = Emulator::start().unwrap();
    let id = entra.tenant().id();
    for name in [id, "contoso.example"] {
        let document = get(&entra, &format!("/{name}/v2.0/.well-known/openid-configuration")).json();
        let expected = format!("{}/{id}/oauth2/v2.0/token", entra.authority());
        assert_eq!(document["token_endpoint"], expected);
        assert_eq!(document["issuer"], format!("{}/{id}/v2.0", entra.authority()));
    }
    let version_1 = get(&entra, &format!("/{id}/.well-known/openid-configuration")).json();
    assert_eq!(version_1["issuer"], format!("https://sts.windows.net/{id}/"));
    let unknown = get(&entra, "/nowhere.example/v2.0/.well-known/openid-configuration");
    assert_eq!(unknown.refusal(), (400, "invalid_request".to_owned(), 90_002));
}

#[test]
fn tokens_verify_with_the_published_keys() {
    let entra = Emulator::start().unwrap();
    let metadata =
        get(&entra, &format!("/{}/v2.0/.well-known/openid-configuration", entra.tenant().id())).json();
    let keys = get(&entra, metadata["jwks_uri"].as_str().unwrap()).json();
    let body = token(&entra, &secret_form(&entra, &[])).json();
    let (signed, signature) = body["access_token"].as_str().unwrap().rsplit_once('.').unwrap();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let header: serde_json::Value =
        serde_json::from_slice(&decode(signed.split('.').next().unwrap())).unwrap();
    let key = &keys["keys"][0];
    assert_eq!((&header["kid"], &header["alg"]), (&key["kid"], &"RS256".into()));
    let key = RsaPublicKeyComponents {
        n: decode(key["n"].as_str().unwrap()),
        e: decode(key["e"].as_str().unwrap()),
    };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &decode(signature)).unwrap();
}

#[test]
fn there_is_nothing_else() {
    let entra = Emulator::start().unwrap();
    assert_eq!(get(&entra, "/").status, 404);
}
