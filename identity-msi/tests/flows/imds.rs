//! The instance metadata service: patience when used directly, haste inside a chain.

use std::time::Duration;

use identity_core::effect::TransportErrorKind::{Connect, ConnectTimeout, Timeout};
use identity_core::{ErrorKind, Retry, TokenRequest};
use identity_msi::ManagedIdentity;
use serde_json::json;

use crate::script::{Machine, Reply, reply, token};

fn request() -> TokenRequest<'static> {
    TokenRequest::new(&["https://r/.default"])
}

fn chained() -> TokenRequest<'static> {
    request().in_chain(true)
}

fn times(machine: &Machine) -> Vec<f64> {
    machine.sent.iter().map(|sent| (sent.at * 10.0).round() / 10.0).collect()
}

#[test]
fn every_status_has_its_schedule() {
    for (status, expected, unavailable) in [
        (404, &[0.0, 0.0, 1.6, 4.8, 11.2, 24.0][..], true),
        (410, &[0.0, 0.0, 5.0, 15.0, 35.0, 75.0], false),
        (429, &[0.0, 0.0, 1.6, 4.8, 11.2, 24.0], false),
        (500, &[0.0, 0.0, 1.6, 4.8, 11.2, 24.0], false),
        (599, &[0.0, 0.0, 1.6, 4.8, 11.2, 24.0], false),
        (400, &[0.0], true),
        (401, &[0.0], false),
        (403, &[0.0], false),
    ] {
        let mut machine = Machine::new(&[]);
        let source = machine.configured(ManagedIdentity::system_assigned());
        let answer = reply(status, json!({"error": "x", "error_description": "y"}));
        let error = machine.run(&source, &request(), None, &[answer]).unwrap_err();
        assert_eq!(times(&machine), expected, "{status}");
        assert_eq!(error.is_unavailable(), unavailable, "{status}");
        assert!(error.to_string().contains("IMDS") && error.to_string().contains("x: y"), "{error}");
    }
}

#[test]
fn retry_after_and_limits_of_the_caller_win() {
    let mut machine = Machine::new(&[]);
    let source = machine.configured(ManagedIdentity::system_assigned());
    let busy = Reply::Answer(429, vec![("retry-after", "4".into())], String::new());
    machine.run(&source, &request(), None, &[busy.clone(), token()]).unwrap();
    assert_eq!(times(&machine), [0.0, 4.0]);

    let mut machine = Machine::new(&[]);
    let source = ManagedIdentity::system_assigned()
        .with_retry(Retry::none())
        .with_connect_timeout(Duration::from_secs(7))
        .with_attempt_timeout(Duration::from_secs(9));
    let source = machine.configured(source);
    machine.run(&source, &request(), None, &[busy]).unwrap_err();
    let outbound = &machine.sent[0].outbound;
    assert_eq!(machine.sent.len(), 1);
    assert_eq!((outbound.connect_timeout.as_secs(), outbound.timeout.as_secs()), (7, 9));
}

#[test]
fn on_its_own_it_follows_the_schedule_and_says_what_it_tried() {
    let mut machine = Machine::new(&[]);
    let source = machine.configured(ManagedIdentity::system_assigned());
    let error = machine.run(&source, &request(), None, &[Reply::Fails(ConnectTimeout)]).unwrap_err();
    assert_eq!(times(&machine), [0.0, 2.0, 5.6, 10.8]);
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        error.to_string(),
        "no response from the IMDS endpoint http://169.254.169.254/metadata/identity/oauth2/token \
         after 4 attempts in 12.8 s: connecting took too long: no luck"
    );
    assert!(machine.sent.iter().all(|sent| sent.header("metadata") == Some("true")));
}

#[test]
fn inside_a_chain_it_gives_up_after_one_attempt_of_a_second() {
    for kind in [ConnectTimeout, Timeout] {
        let mut machine = Machine::new(&[]);
        let source = machine.configured(ManagedIdentity::system_assigned());
        let started = machine.now;
        let error = machine.run(&source, &chained(), None, &[Reply::Fails(kind)]).unwrap_err();
        assert!(machine.now.duration_since(started).unwrap() <= Duration::from_millis(1100));
        assert_eq!((machine.sent.len(), error.kind()), (1, ErrorKind::Unavailable));
        assert_eq!(machine.sent[0].header("metadata"), None);
        assert!(error.to_string().contains("one attempt of at most 1 s"), "{error}");
    }
}

#[test]
fn silence_is_remembered_for_half_a_minute_and_a_refusal_not_at_all() {
    let mut machine = Machine::new(&[]);
    let source = machine.configured(ManagedIdentity::system_assigned());
    machine.run(&source, &chained(), None, &[Reply::Fails(ConnectTimeout)]).unwrap_err();
    machine.now += Duration::from_secs(29);
    let error = machine.run(&source, &chained(), None, &[]).unwrap_err();
    assert!(error.is_unavailable() && error.to_string().contains("29 s ago"), "{error}");
    machine.now += Duration::from_secs(1);
    machine.run(&source, &chained(), None, &[reply(400, json!({})), token()]).unwrap();

    let mut machine = Machine::new(&[]);
    let source = machine.configured(ManagedIdentity::system_assigned());
    machine.run(&source, &chained(), None, &[Reply::Fails(Connect)]).unwrap_err();
    machine.run(&source, &chained(), None, &[reply(400, json!({})), token()]).unwrap();
    assert_eq!(machine.sent.len(), 3);
}

#[test]
fn a_direct_call_is_made_although_a_chain_heard_nothing() {
    let mut machine = Machine::new(&[]);
    let source = machine.configured(ManagedIdentity::system_assigned());
    machine.run(&source, &chained(), None, &[Reply::Fails(ConnectTimeout)]).unwrap_err();
    machine.run(&source, &request(), None, &[token()]).unwrap();
    // What a direct call found need not be looked for.
    machine.run(&source, &chained(), None, &[token()]).unwrap();
    assert_eq!(machine.sent.len(), 3);
}

#[test]
fn any_answer_to_the_probe_counts_except_that_of_a_proxy() {
    for answer in [reply(400, json!({})), reply(500, json!({})), Reply::Answer(200, vec![], "<html>".into())]
    {
        let mut machine = Machine::new(&[]);
        let source = machine.configured(ManagedIdentity::system_assigned());
        machine.run(&source, &chained(), None, &[answer, token()]).unwrap();
        assert_eq!(machine.sent.len(), 2);
        assert_eq!(machine.sent[0].line(), machine.sent[1].line());
        machine.run(&source, &chained(), None, &[token()]).unwrap();
        assert_eq!(machine.sent.len(), 3, "the probe is not repeated");
    }
    let mut machine = Machine::new(&[]);
    let source = machine.configured(ManagedIdentity::system_assigned());
    let proxy = reply(403, json!({"error": {"code": "403", "message": "connecting: Unreachable network"}}));
    let error = machine.run(&source, &chained(), None, &[proxy]).unwrap_err();
    assert_eq!((machine.sent.len(), error.kind()), (1, ErrorKind::Unavailable));
    assert!(error.to_string().contains("Unreachable network"), "{error}");
}

#[test]
fn an_endpoint_that_the_user_named_is_not_probed() {
    let pod = ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://localhost:1234/");
    let plain = ManagedIdentity::system_assigned;
    for (env, source) in [(&[pod][..], plain()), (&[], plain().without_probe())] {
        let mut machine = Machine::new(env);
        let source = machine.configured(source);
        machine.run(&source, &chained(), None, &[token()]).unwrap();
        assert_eq!(machine.sent.len(), 1);
    }
}
