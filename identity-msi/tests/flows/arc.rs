//! Azure Arc: challenge, key file, and the confirmation of user-assigned identities.

use identity_core::{ErrorKind, TokenRequest};
use identity_msi::{ManagedIdentity, UserAssigned};
use serde_json::json;

use crate::script::{Machine, Reply, challenge, reply, token};

const KEY: &str = "/var/opt/azcmagent/tokens/a.key";
const VARIABLES: [(&str, &str); 2] =
    [("IDENTITY_ENDPOINT", "http://localhost:40342/m"), ("IMDS_ENDPOINT", "http://localhost:40342")];

fn request() -> TokenRequest<'static> {
    TokenRequest::new(&["https://r/.default"])
}

#[test]
fn the_key_is_sent_as_it_is_and_never_shown() {
    let mut machine = Machine::new(&VARIABLES).file(KEY, b"hush-hush");
    let source = machine.configured(ManagedIdentity::system_assigned());
    machine.run(&source, &request(), None, &[challenge(KEY), token()]).unwrap();
    let expected = "GET http://localhost:40342/m?api-version=2020-06-01&resource=https%3A%2F%2Fr";
    assert!(machine.sent.iter().all(|sent| sent.line() == expected));
    assert_eq!(machine.sent[0].header("authorization"), None);
    assert_eq!(machine.sent[1].header("authorization"), Some("Basic hush-hush"));
    assert!(!format!("{:?}", machine.sent[1].outbound.request).contains("hush-hush"));

    let echo = reply(403, json!({"error": "no", "error_description": "not hush-hush"}));
    let error = machine.run(&source, &request(), None, &[challenge(KEY), echo]).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hush-hush"), "{error}");
}

#[test]
fn the_agents_file_is_enough_to_find_it() {
    let mut machine = Machine::new(&[]).file(KEY, b"k").file("/opt/azcmagent/bin/himds", b"");
    let source = machine.configured(ManagedIdentity::system_assigned());
    let grant = machine.run(&source, &request().in_chain(true), None, &[challenge(KEY), token()]).unwrap();
    assert_eq!(grant.origin, "Azure Arc");
    let url = "http://localhost:40342/metadata/identity/oauth2/token?";
    assert!(machine.sent[0].line().contains(url), "{}", machine.sent[0].line());
}

#[test]
fn four_kibibytes_pass_and_one_byte_more_does_not() {
    for (length, passes) in [(4096, true), (4097, false)] {
        let mut machine = Machine::new(&VARIABLES).file(KEY, &vec![b'k'; length]);
        let source = machine.configured(ManagedIdentity::system_assigned());
        let result = machine.run(&source, &request(), None, &[challenge(KEY), token()]);
        assert_eq!(result.is_ok(), passes, "{length}");
        assert_eq!(machine.sent.len(), if passes { 2 } else { 1 });
    }
}

#[test]
fn nothing_but_a_proper_challenge_leads_to_a_file() {
    for (answer, kind, says) in [
        (challenge("/etc/evil.key"), ErrorKind::Authentication, "not in /var/opt/azcmagent/tokens"),
        (challenge("/var/opt/azcmagent/tokens/a.txt"), ErrorKind::Authentication, ".key"),
        (challenge("/var/opt/azcmagent/tokens/none.key"), ErrorKind::Authentication, "does not exist"),
        (Reply::Answer(401, vec![], String::new()), ErrorKind::Authentication, "WWW-Authenticate"),
        (token(), ErrorKind::Unavailable, "without asking for its key"),
        (reply(400, json!({"error": "x"})), ErrorKind::Authentication, "x"),
        (Reply::Answer(404, vec![], "<html>".into()), ErrorKind::Unavailable, "no JSON"),
    ] {
        let mut machine = Machine::new(&VARIABLES).file("/etc/evil.key", b"k").file(KEY, b"k");
        let source = machine.configured(ManagedIdentity::system_assigned());
        let error = machine.run(&source, &request(), None, &[answer]).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(machine.sent.len(), 1);
    }
}

#[test]
fn keys_that_no_header_can_carry_are_refused_unseen() {
    for content in [&b"hush\nhush"[..], b"", b"  ", &[0xff, 0xfe]] {
        let mut machine = Machine::new(&VARIABLES).file(KEY, content);
        let source = machine.configured(ManagedIdentity::system_assigned());
        let error = machine.run(&source, &request(), None, &[challenge(KEY)]).unwrap_err();
        assert!(!error.to_string().contains("hush") && error.kind() == ErrorKind::Authentication, "{error}");
        assert_eq!(machine.sent.len(), 1);
    }
}

#[test]
fn a_user_assigned_identity_must_be_confirmed() {
    let client = || UserAssigned::client_id("AbC");
    let object = || UserAssigned::object_id("AbC");
    let resource = || UserAssigned::resource_id("/AbC");
    for (identity, echo, passes) in [
        (client(), json!({"client_id": "aBc"}), true),
        (client(), json!({}), false),
        (client(), json!({"client_id": "other"}), false),
        (client(), json!({"object_id": "AbC"}), false),
        (object(), json!({"object_id": "abc"}), true),
        (object(), json!({"client_id": "AbC"}), false),
        (resource(), json!({"msi_res_id": "/ABC"}), true),
        (resource(), json!({"mi_res_id": "/abc"}), true),
        (resource(), json!({"resource_id": "/AbC"}), false),
    ] {
        let mut body = json!({"access_token": "t", "expires_in": 60});
        body.as_object_mut().unwrap().extend(echo.as_object().unwrap().clone());
        let mut machine = Machine::new(&VARIABLES).file(KEY, b"k");
        let source = machine.configured(ManagedIdentity::user_assigned(identity));
        let result = machine.run(&source, &request(), None, &[challenge(KEY), reply(200, body)]);
        assert_eq!(result.is_ok(), passes, "{echo}");
        if let Err(error) = result {
            assert!(error.to_string().contains("user-assigned"), "{error}");
            assert_eq!(error.kind(), ErrorKind::Authentication);
        }
    }
}
