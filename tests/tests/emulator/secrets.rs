//! The client credentials grant with a secret, and each way in which it is refused.

use crate::client::{VAULT, post, secret_form, token, token_in};
use identity_testing::emulator::{
    App, CONDITIONAL_ACCESS_APP, Emulator, MULTI_TENANT_APP, Resource, Tenant, TokenVersion,
};

#[test]
fn the_right_secret_gives_a_version_1_token() {
    let entra = Emulator::start().unwrap();
    let answer = token(&entra, &secret_form(&entra, &[]));
    let body = answer.json();
    assert_eq!((body["token_type"].as_str(), body["expires_in"].as_u64()), (Some("Bearer"), Some(3599)));
    assert!(body.get("refresh_in").is_none() && body.get("refresh_token").is_none());
    let claims = answer.claims();
    let tenant = entra.tenant();
    assert_eq!(claims["aud"], "https://vault.azure.net");
    assert_eq!(claims["tid"], tenant.id());
    assert_eq!(claims["appid"], entra.app().client_id());
    assert_eq!(claims["oid"], entra.app().object_id_in(tenant));
    assert_eq!(claims["iss"], format!("https://sts.windows.net/{}/", tenant.id()));
    assert_eq!(
        (&claims["idtyp"], &claims["ver"], &claims["appidacr"]),
        (&"app".into(), &"1.0".into(), &"1".into())
    );
    assert_eq!(claims["roles"][0], "Vault.Read.All");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 3599 + 300);
    assert_eq!(answer.headers["cache-control"], "no-store, no-cache");
}

#[test]
fn a_resource_of_version_2_gets_a_version_2_token() {
    let api = Resource::new("c0000000-0000-0000-0000-000000000001", "api://orders").version(TokenVersion::V2);
    let entra = Emulator::builder().resource(api).start().unwrap();
    let claims = token(&entra, &secret_form(&entra, &[("scope", Some("api://orders/.default"))])).claims();
    assert_eq!(claims["aud"], "c0000000-0000-0000-0000-000000000001");
    assert_eq!(claims["azp"], entra.app().client_id());
    assert_eq!(claims["iss"], format!("{}/{}/v2.0", entra.authority(), entra.tenant().id()));
}

#[test]
fn the_tenant_may_be_a_domain_in_any_case() {
    let entra = Emulator::start().unwrap();
    let claims = token_in(&entra, "Contoso.Example", &secret_form(&entra, &[])).claims();
    assert_eq!(claims["tid"], entra.tenant().id());
}

#[test]
fn each_wrong_field_has_its_code() {
    let entra = Emulator::start().unwrap();
    let two = "https://vault.azure.net/.default https://storage.azure.com/.default";
    let cases: &[(&str, Option<&str>, u16, &str, u64)] = &[
        ("grant_type", None, 400, "invalid_request", 900_144),
        ("grant_type", Some("implicit"), 400, "unsupported_grant_type", 70_003),
        ("client_id", None, 400, "invalid_request", 900_144),
        ("client_id", Some("aaaaaaaa-9999-0000-0000-000000000001"), 400, "unauthorized_client", 700_016),
        ("client_secret", None, 401, "invalid_client", 7_000_216),
        ("client_secret", Some(""), 401, "invalid_client", 7_000_216),
        ("client_secret", Some("wrong"), 401, "invalid_client", 7_000_215),
        ("client_secret", Some("expired-secret"), 401, "invalid_client", 7_000_222),
        ("client_assertion", Some("a.b.c"), 400, "invalid_request", 90_023),
        ("scope", None, 400, "invalid_request", 900_144),
        ("scope", Some("https://vault.azure.net/user_impersonation"), 400, "invalid_scope", 1_002_012),
        ("scope", Some("https://vault.azure.net/.default openid"), 400, "invalid_scope", 1_002_012),
        ("scope", Some(two), 400, "invalid_request", 28_000),
        ("scope", Some("https://nowhere.example/.default"), 400, "invalid_resource", 500_011),
        ("claims", Some("not json"), 400, "invalid_request", 9_002_313),
    ];
    for (name, value, status, error, code) in cases {
        let answer = token(&entra, &secret_form(&entra, &[(name, *value)]));
        assert_eq!(answer.refusal(), (*status, (*error).to_owned(), *code), "{name}={value:?}");
    }
}

#[test]
fn each_wrong_tenant_has_its_code() {
    let entra = Emulator::start().unwrap();
    let cases = [
        ("12345678-0000-0000-0000-000000000000", "invalid_request", 90_002),
        ("nowhere.example", "invalid_request", 90_002),
        ("no_tenant", "invalid_request", 900_023),
        // It exists, but the application is not in it.
        (entra.tenants()[1].id(), "unauthorized_client", 700_016),
        ("common", "invalid_request", 50_194),
    ];
    for (tenant, error, code) in cases {
        let answer = token_in(&entra, tenant, &secret_form(&entra, &[]));
        assert_eq!(answer.refusal(), (400, error.to_owned(), code), "{tenant}");
    }
}

#[test]
fn a_multi_tenant_application_works_in_each_tenant_but_not_without_one() {
    let entra = Emulator::start().unwrap();
    let form = secret_form(&entra, &[("client_id", Some(MULTI_TENANT_APP))]);
    for tenant in entra.tenants() {
        assert_eq!(token_in(&entra, tenant.id(), &form).claims()["tid"], tenant.id());
    }
    assert_eq!(token_in(&entra, "organizations", &form).refusal().2, 50_059);
}

#[test]
fn what_is_not_a_form_has_no_fields() {
    let entra = Emulator::start().unwrap();
    let path = format!("/{}/oauth2/v2.0/token", entra.tenant().id());
    let json = post(&entra, &path, "application/json", "{\"grant_type\":\"client_credentials\"}");
    assert_eq!(json.refusal(), (400, "invalid_request".to_owned(), 900_144));
    let twice = "grant_type=client_credentials&scope=a&scope=b";
    let answer = post(&entra, &path, "application/x-www-form-urlencoded", twice);
    assert_eq!(answer.refusal(), (400, "invalid_request".to_owned(), 9_000_411));
    let got = crate::client::get(&entra, &path);
    assert_eq!(got.refusal(), (405, "invalid_request".to_owned(), 900_561));
}

#[test]
fn errors_have_entras_shape_and_echo_the_correlation_id() {
    let entra = Emulator::start().unwrap();
    let id = "0af7651c-4b3d-4c1e-9c40-1f0e3d2c1b0a";
    let url = format!("{}/{}/oauth2/v2.0/token", entra.authority(), entra.tenant().id());
    for header in ["client-request-id", "x-ms-client-request-id"] {
        let request = crate::client::agent(&entra).post(&url).header(header, id);
        let answer = crate::client::read(request.send_form([("grant_type", "none")]).unwrap());
        let body = answer.json();
        assert_eq!(body["correlation_id"], id);
        let text = body["error_description"].as_str().unwrap();
        let trace = body["trace_id"].as_str().unwrap();
        let time = body["timestamp"].as_str().unwrap();
        let tail = format!(" Trace ID: {trace} Correlation ID: {id} Timestamp: {time}");
        assert!(text.ends_with(&tail), "{text}");
        assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
        assert_eq!(body["error_uri"], format!("{}/error?code=70003", entra.authority()));
    }
}

#[test]
fn the_capability_gives_a_long_lived_token() {
    let entra = Emulator::start().unwrap();
    let claims = r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#;
    let answer = token(&entra, &secret_form(&entra, &[("claims", Some(claims))]));
    assert_eq!(answer.json()["expires_in"], 86_399);
    assert_eq!(answer.claims()["xms_cc"][0], "CP1");
}

#[test]
fn conditional_access_wants_its_claims_back() {
    let entra = Emulator::start().unwrap();
    let form = secret_form(&entra, &[("client_id", Some(CONDITIONAL_ACCESS_APP))]);
    let refused = token(&entra, &form);
    assert_eq!(refused.refusal(), (400, "interaction_required".to_owned(), 50_076));
    let body = refused.json();
    assert_eq!(body["suberror"], "basic_action");
    let mut again = form.clone();
    again.push(("claims", body["claims"].as_str().unwrap()));
    assert_eq!(token(&entra, &again).status, 200);
}

#[test]
fn lifetime_and_refresh_in_can_be_set() {
    let entra = Emulator::start().unwrap();
    entra.set_lifetime(std::time::Duration::from_secs(7200));
    entra.set_refresh_in(Some(std::time::Duration::from_secs(1800)));
    entra.move_clock(-240);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
    let answer = token(&entra, &secret_form(&entra, &[]));
    let body = answer.json();
    assert_eq!((body["expires_in"].as_u64(), body["refresh_in"].as_u64()), (Some(7200), Some(1800)));
    let expected = now + 7200 - 240;
    assert!((expected..expected + 20).contains(&answer.claims()["exp"].as_i64().unwrap()));
}

#[test]
fn a_directory_of_ones_own() {
    let entra = Emulator::builder()
        .tenant(Tenant::new("3f6b6f0c-57a5-4b52-9f0a-8f7f40a0c001").domain("corp.example"))
        .app(App::new("0c4c5ac8-5b0a-4d0e-8f5a-3f5b0a4d0e8f").secret("not-a-real-secret"))
        .start()
        .unwrap();
    let claims = token_in(&entra, "corp.example", &secret_form(&entra, &[("scope", Some(VAULT))])).claims();
    assert_eq!(claims["tid"], "3f6b6f0c-57a5-4b52-9f0a-8f7f40a0c001");
    assert_eq!(claims["appid"], "0c4c5ac8-5b0a-4d0e-8f5a-3f5b0a4d0e8f");
}
