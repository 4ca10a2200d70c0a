//! Workload identity, found by its variables.

use identity_core::{ErrorKind, Source, TokenRequest};
use identity_msi::{ManagedIdentity, UserAssigned};

use crate::script::{Machine, token};

const VARIABLES: [(&str, &str); 4] = [
    ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/"),
    ("AZURE_TENANT_ID", "contoso.example"),
    ("AZURE_CLIENT_ID", "from-env"),
    ("AZURE_FEDERATED_TOKEN_FILE", "/token"),
];

fn body(source: ManagedIdentity) -> String {
    let mut machine = Machine::new(&VARIABLES).file("/token", b"federated");
    let source = machine.configured(source);
    machine.run(&source, &TokenRequest::new(&["a", "b"]), None, &[token()]).unwrap();
    let url = "POST https://login.microsoftonline.us/contoso.example/oauth2/v2.0/token";
    assert_eq!(machine.sent[0].line(), url);
    String::from_utf8(machine.sent[0].outbound.request.body().clone()).unwrap()
}

#[test]
fn the_token_of_the_pod_is_exchanged() {
    let body = body(ManagedIdentity::system_assigned());
    assert!(body.contains("client_assertion=federated") && body.contains("client_id=from-env"), "{body}");
}

#[test]
fn a_client_id_wins_over_the_variable_and_other_ids_are_refused() {
    let chosen = body(ManagedIdentity::user_assigned(UserAssigned::client_id("chosen")));
    assert!(chosen.contains("client_id=chosen"), "{chosen}");
    for id in [UserAssigned::object_id("o"), UserAssigned::resource_id("/r")] {
        let env = Machine::new(&VARIABLES).env;
        let error = ManagedIdentity::user_assigned(id.clone()).configure(&env).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert!(error.to_string().contains("client id"), "{error}");
        let hint = body(ManagedIdentity::user_assigned(id).with_identity_as_hint());
        assert!(hint.contains("client_id=from-env"), "{hint}");
    }
}

#[test]
fn without_a_client_id_it_says_how_to_give_one() {
    let without = VARIABLES.map(|(name, value)| (name, if name == "AZURE_CLIENT_ID" { "" } else { value }));
    let env = Machine::new(&without).env;
    let error = ManagedIdentity::system_assigned().configure(&env).unwrap_err();
    assert!(
        error.kind() == ErrorKind::InvalidArgument && error.to_string().contains("AZURE_CLIENT_ID"),
        "{error}"
    );
}

#[test]
fn its_rules_for_tenants_and_cae_apply() {
    let machine = Machine::new(&VARIABLES);
    let source = machine.configured(ManagedIdentity::system_assigned());
    assert_eq!(source.tenancy().map(|tenancy| tenancy.default_tenant()), Some("contoso.example"));
    assert!(source.supports_cae());
    let source = machine.configured(ManagedIdentity::system_assigned().without_workload_identity());
    assert!(source.tenancy().is_none() && !source.supports_cae());
}
