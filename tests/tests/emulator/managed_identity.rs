//! Managed identity endpoints: what each host accepts, and what it says to anything else.

use crate::client::{Answer, agent, claims, read};
use identity_testing::emulator::{
    Emulator, ExpiresOn, FEDERATED_APP, Fault, ManagedIdentity, ManagedIdentityHost as Host,
};
use serde_json::Value;

type Pair<'a> = (&'a str, &'a str);

const VAULT: &str = "https://vault.azure.net";
const USER_ASSIGNED: &str = "bbbbbbbb-2222-0000-0000-000000000001";
const USER_ASSIGNED_OBJECT: &str = "bbbbbbbb-2222-0000-0000-000000000002";
const USER_ASSIGNED_RESOURCE: &str =
    "/subscriptions/0/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/j";

fn ask(entra: &Emulator, host: Host, headers: &[(&str, &str)], query: &[(&str, &str)]) -> Answer {
    let mut request = agent(entra).get(entra.managed_identity_url(host)).query_pairs(query.iter().copied());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(request.call().unwrap())
}

/// The value of the second variable of a host: its header.
fn secret(entra: &Emulator, host: Host) -> String {
    entra.managed_identity_variables(host)[1].1.clone()
}

fn imds(entra: &Emulator, query: &[(&str, &str)]) -> Answer {
    let all = [&[("api-version", "2018-02-01"), ("resource", VAULT)], query].concat();
    ask(entra, Host::Imds, &[("Metadata", "true")], &all)
}

fn object_id(answer: &Answer) -> Value {
    answer.claims()["oid"].clone()
}

#[test]
fn imds_answers_in_text() {
    let entra = Emulator::start().unwrap();
    let answer = imds(&entra, &[]);
    let body = answer.json();
    assert_eq!((&body["expires_in"], &body["resource"]), (&"86399".into(), &VAULT.into()));
    assert_eq!(body["expires_on"], answer.claims()["exp"].to_string());
    assert_eq!(answer.claims()["xms_mirid"], entra.managed_identities()[0].resource_id());
}

#[test]
fn imds_finds_an_identity_by_each_of_its_ids() {
    let entra = Emulator::start().unwrap();
    for (name, value) in [
        ("client_id", USER_ASSIGNED),
        ("object_id", USER_ASSIGNED_OBJECT),
        ("msi_res_id", USER_ASSIGNED_RESOURCE),
    ] {
        assert_eq!(object_id(&imds(&entra, &[(name, value)])), USER_ASSIGNED_OBJECT, "{name}");
    }
    assert_eq!(object_id(&imds(&entra, &[])), entra.managed_identities()[0].object_id());
}

#[test]
fn imds_says_what_is_wrong() {
    let entra = Emulator::start().unwrap();
    let version = ("api-version", "2018-02-01");
    let metadata: &[_] = &[("Metadata", "true")];
    let forwarded: &[_] = &[("Metadata", "true"), ("X-Forwarded-For", "10.0.0.1")];
    let with = |name, value| vec![version, ("resource", VAULT), (name, value)];
    let cases: &[(&[Pair<'_>], Vec<Pair<'_>>, &str)] = &[
        (&[], vec![version, ("resource", VAULT)], "Required metadata header not specified"),
        (forwarded, vec![version, ("resource", VAULT)], "X-Forwarded-For"),
        (metadata, vec![("resource", VAULT)], "'api-version' is missing"),
        (metadata, vec![("api-version", "1999-01-01"), ("resource", VAULT)], "'1999-01-01' is invalid"),
        (metadata, vec![version], "'resource' is missing"),
        (metadata, vec![version, ("resource", "https://nowhere.example")], "AADSTS500011"),
        (metadata, with("client_id", "unknown"), "Identity not found"),
        (metadata, with("mi_res_id", USER_ASSIGNED_RESOURCE), "'mi_res_id' is not known"),
        (
            metadata,
            [with("client_id", USER_ASSIGNED), vec![("object_id", USER_ASSIGNED_OBJECT)]].concat(),
            "More than one",
        ),
    ];
    for (headers, query, text) in cases {
        let answer = ask(&entra, Host::Imds, headers, query);
        let body = answer.json();
        assert_eq!(answer.status, 400, "{body}");
        assert!(body["error_description"].as_str().unwrap().contains(text), "{body}");
    }
}

#[test]
fn several_user_assigned_identities_must_be_told_apart() {
    let one = ManagedIdentity::user_assigned("a", "b", "c");
    let entra = Emulator::builder().managed_identity(one.clone()).start().unwrap();
    assert_eq!(object_id(&imds(&entra, &[])), "b");
    let two = ManagedIdentity::user_assigned("d", "e", "f");
    let entra = Emulator::builder().managed_identity(one).managed_identity(two).start().unwrap();
    let body = imds(&entra, &[]).json();
    assert!(
        body["error_description"].as_str().unwrap().starts_with("Multiple user assigned identities exist")
    );
    assert_eq!(object_id(&imds(&entra, &[("client_id", "d")])), "e");
}

#[test]
fn faults_reach_metadata_requests() {
    let entra = Emulator::start().unwrap();
    entra.fail(Fault::status(404));
    entra.fail(Fault::status(410).on(Host::Imds.path()));
    entra.fail(Fault::imds(400, "invalid_request", "Identity not found"));
    entra.fail(Fault::html(500));
    let statuses = [(); 5].map(|()| imds(&entra, &[]).status);
    assert_eq!(statuses, [404, 410, 400, 500, 200]);
    assert_eq!(entra.token_requests(), 5);
}

#[test]
fn expiry_comes_in_every_form() {
    let entra = Emulator::start().unwrap();
    entra.set_expires_on(ExpiresOn::Number);
    assert!(imds(&entra, &[]).json()["expires_on"].is_i64());
    entra.set_expires_on(ExpiresOn::TwelveHourDate);
    let text = imds(&entra, &[]).json()["expires_on"].as_str().unwrap().to_owned();
    assert!(text.ends_with("M +00:00"), "{text}");
}

#[test]
fn app_service_wants_its_header_and_its_parameter_names() {
    let entra = Emulator::start().unwrap();
    let header = secret(&entra, Host::AppService);
    let get = |header: &str, query: &[(&str, &str)]| {
        let all = [&[("resource", VAULT)], query].concat();
        ask(&entra, Host::AppService, &[("X-IDENTITY-HEADER", header)], &all)
    };
    let version = ("api-version", "2019-08-01");
    assert_eq!(
        object_id(&get(&header, &[version, ("mi_res_id", USER_ASSIGNED_RESOURCE)])),
        USER_ASSIGNED_OBJECT
    );
    assert_eq!(get("wrong", &[version]).status, 401);
    assert_eq!(get(&header, &[("api-version", "2018-02-01")]).status, 400);
    assert_eq!(get(&header, &[version, ("msi_res_id", USER_ASSIGNED_RESOURCE)]).status, 400);
    assert_eq!(get(&header, &[version, ("client_id", "unknown")]).json()["statusCode"], 400);
    let wrong = [version, ("resource", "https://nowhere.example")];
    assert_eq!(ask(&entra, Host::AppService, &[("X-IDENTITY-HEADER", &header)], &wrong).status, 500);
}

#[test]
fn azure_ml_wants_clientid_without_an_underscore() {
    let entra = Emulator::start().unwrap();
    let header = secret(&entra, Host::AzureMl);
    let get = |header: &str, name: &str| {
        let query = [("api-version", "2017-09-01"), ("resource", VAULT), (name, USER_ASSIGNED)];
        ask(&entra, Host::AzureMl, &[("secret", header)], &query)
    };
    assert_eq!(object_id(&get(&header, "clientid")), USER_ASSIGNED_OBJECT);
    assert_eq!(get(&header, "client_id").status, 400);
    assert_eq!(get("wrong", "clientid").status, 401);
}

#[test]
fn cloud_shell_takes_a_form_with_a_resource_only() {
    let entra = Emulator::start().unwrap();
    let post = |metadata: &str, form: &[(&str, &str)]| {
        let request =
            agent(&entra).post(entra.managed_identity_url(Host::CloudShell)).header("Metadata", metadata);
        read(request.send_form(form.iter().copied()).unwrap())
    };
    assert_eq!(post("true", &[("resource", VAULT)]).claims()["upn"], entra.users()[0].username());
    assert_eq!(post("false", &[("resource", VAULT)]).status, 400);
    assert_eq!(post("true", &[("resource", VAULT), ("client_id", USER_ASSIGNED)]).status, 400);
    assert_eq!(post("true", &[]).status, 400);
}

#[test]
fn arc_hands_out_a_key_that_works_once() {
    let entra = Emulator::start().unwrap();
    let query = [("api-version", "2020-06-01"), ("resource", VAULT), ("client_id", USER_ASSIGNED)];
    let get = |headers: &[(&str, &str)]| {
        ask(&entra, Host::AzureArc, &[&[("Metadata", "true")], headers].concat(), &query)
    };
    let challenge = get(&[]);
    assert_eq!(challenge.status, 401);
    let realm = challenge.headers["www-authenticate"].to_str().unwrap().strip_prefix("Basic realm=").unwrap();
    let directory = std::path::Path::new(realm).parent().unwrap();
    let authorization = format!("Basic {}", std::fs::read_to_string(realm).unwrap());
    let answer = get(&[("Authorization", &authorization)]);
    assert_eq!(
        (object_id(&answer), answer.json()["client_id"].clone()),
        (USER_ASSIGNED_OBJECT.into(), USER_ASSIGNED.into())
    );
    assert_eq!(get(&[("Authorization", &authorization)]).status, 401);
    assert_eq!(get(&[("Authorization", "Basic guess")]).status, 401);
    assert!(directory.exists());
    drop(entra);
    assert!(!directory.exists());
}

#[test]
fn service_fabric_wants_its_secret_and_knows_refreshes() {
    let entra = Emulator::start().unwrap();
    let secret = secret(&entra, Host::ServiceFabric);
    let get = |headers: &[(&str, &str)], query: &[(&str, &str)]| {
        let all = [&[("api-version", "2019-07-01-preview"), ("resource", VAULT)], query].concat();
        ask(&entra, Host::ServiceFabric, headers, &all)
    };
    let good: &[_] = &[("Secret", secret.as_str())];
    let hash = "ab".repeat(32);
    let capable = get(good, &[("token_sha256_to_refresh", &hash), ("xms_cc", "CP1")]);
    assert_eq!(capable.claims()["xms_cc"][0], "CP1");
    assert_eq!(get(&[], &[]).json()["error"]["code"], "SecretHeaderNotFound");
    assert_eq!(get(&[("Secret", "wrong")], &[]).json()["error"]["code"], "ManagedIdentityNotFound");
    assert_eq!(get(good, &[("token_sha256_to_refresh", "short")]).status, 400);
    assert_eq!(get(good, &[("client_id", USER_ASSIGNED)]).status, 400);
    let thumbprint = &entra.managed_identity_variables(Host::ServiceFabric)[2].1;
    assert!(thumbprint.len() == 40 && thumbprint.bytes().all(|b| b.is_ascii_hexdigit()), "{thumbprint}");
}

#[test]
fn a_managed_identity_can_be_a_federated_credential() {
    let entra = Emulator::start().unwrap();
    let query = [("api-version", "2018-02-01"), ("resource", "api://AzureADTokenExchange")];
    let body = ask(&entra, Host::Imds, &[("Metadata", "true")], &query).json();
    let assertion = body["access_token"].as_str().unwrap();
    assert_eq!(claims(assertion)["iss"], format!("{}/{}/v2.0", entra.authority(), entra.tenant().id()));
    let form = [
        ("client_id", FEDERATED_APP),
        ("client_assertion", assertion),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("grant_type", "client_credentials"),
        ("scope", "https://vault.azure.net/.default"),
    ];
    assert_eq!(crate::client::token(&entra, &form).claims()["appid"], FEDERATED_APP);
}
