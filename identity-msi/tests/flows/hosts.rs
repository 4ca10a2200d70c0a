//! What goes out to each host, and that none of it may pass a proxy.

use identity_core::effect::{Route, Trust};
use identity_core::{ErrorKind, Grant, Source, TokenRequest};
use identity_msi::{AzureHost, ManagedIdentity, UserAssigned};
use serde_json::json;

use crate::script::{Machine, Reply, reply, token};

type Variables = &'static [(&'static str, &'static str)];

const APP_SERVICE: [(&str, &str); 2] =
    [("IDENTITY_ENDPOINT", "http://127.0.0.1:4105/msi/token"), ("IDENTITY_HEADER", "hush-hush")];
const AZURE_ML: [(&str, &str); 2] =
    [("MSI_ENDPOINT", "http://127.0.0.1:46/MSI/auth"), ("MSI_SECRET", "hush-hush")];
const CLOUD_SHELL: [(&str, &str); 1] = [("MSI_ENDPOINT", "http://localhost:50342/oauth2/token")];
const THUMBPRINT: &str = "AB:ab:AB:ab:AB:ab:AB:ab:AB:ab:AB:ab:AB:ab:AB:ab:AB:ab:AB:ab ";
const SERVICE_FABRIC: [(&str, &str); 3] = [
    ("IDENTITY_ENDPOINT", "https://localhost:2377/metadata/identity/oauth2/token"),
    ("IDENTITY_HEADER", "hush-hush"),
    ("IDENTITY_SERVER_THUMBPRINT", THUMBPRINT),
];

fn request() -> TokenRequest<'static> {
    TokenRequest::new(&["https://r/.default"])
}

fn user(kind: &str) -> ManagedIdentity {
    ManagedIdentity::user_assigned(match kind {
        "client" => UserAssigned::client_id("a b"),
        "object" => UserAssigned::object_id("a b"),
        _ => UserAssigned::resource_id("a b"),
    })
}

fn line(variables: &[(&str, &str)], source: ManagedIdentity) -> String {
    let mut machine = Machine::new(variables);
    let source = machine.configured(source);
    machine.run(&source, &request(), None, &[token()]).unwrap();
    assert_eq!(machine.sent[0].outbound.route, Route::Direct);
    machine.sent[0].line()
}

#[test]
fn each_host_has_its_own_names_for_an_identity() {
    let imds = "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fr";
    let app_service = "GET http://127.0.0.1:4105/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fr";
    let azure_ml = "GET http://127.0.0.1:46/MSI/auth?api-version=2017-09-01&resource=https%3A%2F%2Fr";
    let cases: [(Variables, &str, [&str; 3]); 3] = [
        (&[], imds, ["client_id", "object_id", "msi_res_id"]),
        (&APP_SERVICE, app_service, ["client_id", "object_id", "mi_res_id"]),
        (&AZURE_ML, azure_ml, ["clientid", "object_id", "msi_res_id"]),
    ];
    for (variables, expected, names) in cases {
        assert_eq!(line(variables, ManagedIdentity::system_assigned()), expected);
        for (kind, name) in ["client", "object", "resource"].into_iter().zip(names) {
            assert_eq!(line(variables, user(kind)), format!("{expected}&{name}=a%20b"));
        }
    }
}

#[test]
fn secrets_travel_in_headers_and_nowhere_else() {
    for (variables, header) in
        [(&APP_SERVICE[..], "x-identity-header"), (&AZURE_ML, "secret"), (&SERVICE_FABRIC, "secret")]
    {
        let mut machine = Machine::new(variables);
        let source = machine.configured(ManagedIdentity::system_assigned());
        let echo = reply(500, json!({"error": {"code": "x", "message": "you sent hush-hush"}}));
        let error = machine.run(&source, &request(), None, &[echo]).unwrap_err();
        assert_eq!(machine.sent[0].header(header), Some("hush-hush"));
        assert_eq!(machine.sent[0].header("metadata"), None);
        let shown = format!("{error} {error:?} {source:?} {:?}", machine.sent[0].outbound);
        assert!(!shown.contains("hush-hush") && shown.contains("you sent ***"), "{shown}");
        assert_eq!((machine.sent.len(), error.kind()), (4, ErrorKind::Authentication));
    }
}

#[test]
fn cloud_shell_gets_a_form() {
    let mut machine = Machine::new(&CLOUD_SHELL);
    let source = machine.configured(ManagedIdentity::system_assigned());
    machine.run(&source, &request(), None, &[token()]).unwrap();
    assert_eq!(machine.sent[0].line(), "POST http://localhost:50342/oauth2/token");
    assert_eq!(machine.sent[0].outbound.request.body(), b"resource=https%3A%2F%2Fr");
    assert_eq!(machine.sent[0].header("metadata"), Some("true"));
}

#[test]
fn cloud_shell_refuses_an_identity_unless_it_is_a_hint() {
    let mut machine = Machine::new(&CLOUD_SHELL);
    let error = user("client").configure(&machine.env).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("cloud shell"), "{error}");
    let source = machine.configured(user("client").with_identity_as_hint());
    machine.run(&source, &request(), None, &[token()]).unwrap();
    assert_eq!(machine.sent[0].outbound.request.body(), b"resource=https%3A%2F%2Fr&client_id=a%20b");
}

#[test]
fn service_fabric_is_pinned_and_told_of_refused_tokens() {
    let mut machine = Machine::new(&SERVICE_FABRIC);
    let source = machine.configured(ManagedIdentity::system_assigned());
    let grant = machine.run(&source, &request(), None, &[token()]).unwrap();
    assert_eq!(machine.sent[0].outbound.trust, Trust::Thumbprint([0xab; 20]));
    let claims = request().with_claims("{}");
    machine.run(&source, &claims, Some(&grant), &[token()]).unwrap();
    let expected = identity_core::digest::sha256_hex(b"token-1");
    assert!(machine.sent[1].line().ends_with(&format!("&token_sha256_to_refresh={expected}")));
    machine.run(&source, &request(), Some(&grant), &[token()]).unwrap();
    assert_eq!(machine.sent[2].line(), machine.sent[0].line());
}

#[test]
fn service_fabric_says_what_is_wrong_without_sending_anything() {
    let with = |name: &'static str, value: &'static str| {
        SERVICE_FABRIC.map(|(known, old)| (known, if known == name { value } else { old }))
    };
    for (variables, source, names) in [
        (SERVICE_FABRIC, user("client"), "Service Fabric"),
        (
            with("IDENTITY_SERVER_THUMBPRINT", "abc"),
            ManagedIdentity::system_assigned(),
            "IDENTITY_SERVER_THUMBPRINT",
        ),
        (with("IDENTITY_ENDPOINT", "http://x/y"), ManagedIdentity::system_assigned(), "HTTPS"),
        (with("IDENTITY_HEADER", "a\nb"), ManagedIdentity::system_assigned(), "IDENTITY_HEADER"),
    ] {
        let mut machine = Machine::new(&variables);
        let source = machine.configured(source);
        let error = machine.run(&source, &request(), None, &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.to_string().contains(names), "{error}");
    }
}

#[test]
fn a_missing_service_fabric_identity_is_not_asked_for_again() {
    let mut machine = Machine::new(&SERVICE_FABRIC);
    let source = machine.configured(ManagedIdentity::system_assigned());
    let body =
        json!({"error": {"code": "ManagedIdentityNotFound", "message": "not found", "correlationId": "c-1"}});
    let error = machine.run(&source, &request(), None, &[reply(404, body)]).unwrap_err();
    assert_eq!((machine.sent.len(), error.correlation_id()), (1, Some("c-1")));
}

#[test]
fn several_scopes_bad_urls_and_unannounced_hosts_are_refused() {
    let mut machine = Machine::new(&APP_SERVICE);
    let source = machine.configured(ManagedIdentity::system_assigned());
    let error = machine.run(&source, &TokenRequest::new(&["a", "b"]), None, &[]).unwrap_err();
    assert!(error.to_string().contains("exactly one scope"), "{error}");

    for url in ["", "ftp://x", "/path", "http://", "not a url"] {
        let machine = Machine::new(&[("IDENTITY_HEADER", "x")]);
        let mut source = ManagedIdentity::system_assigned().on(AzureHost::AppService).with_endpoint(url);
        assert_eq!(source.configure(&machine.env).unwrap_err().kind(), ErrorKind::InvalidArgument, "{url}");
    }
    let mut machine = Machine::new(&[]);
    let source = machine.configured(ManagedIdentity::system_assigned().on(AzureHost::AppService));
    let error = machine.run(&source, &request(), None, &[]).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("IDENTITY_ENDPOINT"), "{error}");
}

#[test]
fn an_endpoint_that_refuses_connections_is_a_failure_and_no_absence() {
    let mut machine = Machine::new(&APP_SERVICE);
    let source = machine.configured(ManagedIdentity::system_assigned());
    let refused = Reply::Fails(identity_core::effect::TransportErrorKind::Connect);
    let error = machine.run(&source, &request().in_chain(true), None, &[refused]).unwrap_err();
    assert_eq!((machine.sent.len(), error.kind()), (4, ErrorKind::Transport));
    assert!(
        error.to_string().contains("http://127.0.0.1:4105/msi/token after 4 attempts in 4.8 s"),
        "{error}"
    );
}

#[test]
fn partitions_tell_identities_and_places_apart() {
    let partitions: Vec<String> = [
        (&APP_SERVICE[..], ManagedIdentity::system_assigned()),
        (&APP_SERVICE, user("client")),
        (&APP_SERVICE, user("object")),
        (&AZURE_ML, user("client")),
        (&[], user("client")),
    ]
    .map(|(variables, source)| Machine::new(variables).configured(source).partition())
    .to_vec();
    for (index, partition) in partitions.iter().enumerate() {
        assert!(!partitions[..index].contains(partition), "{partition}");
    }
}

#[test]
fn a_grant_says_where_it_came_from() {
    let mut machine = Machine::new(&APP_SERVICE);
    let source = machine.configured(ManagedIdentity::system_assigned());
    let grant: Grant = machine.run(&source, &request(), None, &[token()]).unwrap();
    assert_eq!(grant.origin, "App Service");
    let decision = source.decision().unwrap().to_string();
    assert_eq!(decision, "App Service, because IDENTITY_ENDPOINT and IDENTITY_HEADER are set");
}
