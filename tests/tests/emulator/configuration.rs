//! Configuration by file.

use crate::client::{VAULT, get, token_in};
use identity_testing::emulator::{Emulator, PUBLIC_APP, SECRET_APP};
use std::path::PathBuf;

/// A directory of its own for one test.
fn directory(name: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("emulator-config-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

#[test]
fn a_file_adds_to_the_defaults() {
    let directory = directory("adds");
    let defaults = Emulator::start().unwrap();
    std::fs::write(directory.join("client.crt"), defaults.client_certificate().certificate_pem()).unwrap();
    let text = r#"{
        "sign_in_page": "self-submitting",
        "tenants": [{ "id": "3f6b6f0c-57a5-4b52-9f0a-8f7f40a0c001", "domains": ["corp.example"] }],
        "applications": [{
            "client_id": "c0000000-0000-0000-0000-000000000001", "secrets": ["not-a-real-secret"],
            "certificate_files": ["client.crt"],
            "federated_credentials": [{ "issuer": "https://i.example", "subject": "s", "key_file": "client.crt" }]
        }],
        "users": [{ "username": "a@corp.example", "password": "not-a-real-password", "guest_in": ["contoso.example"] }],
        "managed_identities": [{ "client_id": "a", "object_id": "b" }],
        "resources": [{ "app_id": "c", "identifiers": ["api://orders"], "version": 2 }]
    }"#;
    let path = directory.join("config.json");
    std::fs::write(&path, text).unwrap();
    let entra = Emulator::builder().config_file(&path).unwrap().start().unwrap();
    let form = [
        ("client_id", "c0000000-0000-0000-0000-000000000001"),
        ("client_secret", "not-a-real-secret"),
        ("grant_type", "client_credentials"),
        ("scope", "api://orders/.default"),
    ];
    let claims = token_in(&entra, "corp.example", &form).claims();
    assert_eq!(
        (&claims["aud"], &claims["tid"]),
        (&"c".into(), &"3f6b6f0c-57a5-4b52-9f0a-8f7f40a0c001".into())
    );
    assert_eq!(entra.managed_identities().len(), 1);
    let query =
        format!("client_id={PUBLIC_APP}&response_type=code&redirect_uri=http://localhost&scope=User.Read");
    let page = get(&entra, &format!("/organizations/oauth2/v2.0/authorize?{query}"));
    assert!(String::from_utf8_lossy(&page.body).contains("submit()"), "{page:?}");
    // The defaults are still there, in the tenant that is now the first.
    let secret = defaults.secret();
    let form = [
        ("client_id", SECRET_APP),
        ("client_secret", secret),
        ("grant_type", "client_credentials"),
        ("scope", VAULT),
    ];
    assert_eq!(token_in(&entra, "corp.example", &form).status, 200);
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn mistakes_are_named() {
    let directory = directory("mistakes");
    let path = directory.join("config.json");
    let error = |text: &str| {
        std::fs::write(&path, text).unwrap();
        Emulator::builder().config_file(&path).unwrap_err().to_string()
    };
    assert!(error("{").contains("config.json"));
    assert!(error(r#"{ "aplications": [] }"#).contains("`aplications`"));
    assert!(error(r#"{ "applications": [{ "secrets": [] }] }"#).contains("`client_id`"));
    let missing = r#"{ "applications": [{ "client_id": "a", "certificate_files": ["none.crt"] }] }"#;
    assert!(error(missing).contains("none.crt"));
    let wrong = r#"{ "applications": [{ "client_id": "a", "certificate_files": ["config.json"] }] }"#;
    assert!(error(wrong).contains("no PEM block `CERTIFICATE`"));
    std::fs::remove_dir_all(directory).unwrap();
}
