//! Each way of leaving a recording is noticed, in both flavours, and called by its name.

use serde_json::{Value, json};

use crate::vectors::{causes, exchange, run, vector, with};

const REQUEST: &str = "/steps/0/exchanges/0/request";

fn both(name: &'static str) -> Vec<&'static str> {
    vec![name, name]
}

#[test]
fn the_vector_itself_passes() {
    let report = run(&[vector()], "");
    assert!(report.is_success(), "{}", report.text(true));
    assert_eq!(report.text(false), "2 passed, 0 failed, 0 skipped\n");
}

#[test]
fn another_request_fails() {
    for (member, value) in [
        ("method", json!("GET")),
        ("url", json!("https://login.microsoftonline.com/contoso.example/oauth2/token")),
        ("url", json!("https://login.microsoftonline.us/contoso.example/oauth2/v2.0/token")),
        ("url", json!("https://login.microsoftonline.com:8443/contoso.example/oauth2/v2.0/token")),
        ("headers", json!({"metadata": "true"})),
        ("headers_absent", json!(["content-type"])),
        ("form/client_id", json!("other")),
        ("form/scope", json!({"$scopes": ["https://a.example/.default", "https://b.example/.default"]})),
        (
            "form",
            json!({"grant_type": "client_credentials", "client_id": "app", "client_secret": "not-a-secret"}),
        ),
        (
            "form",
            json!({"grant_type": "client_credentials", "client_id": "app", "client_secret": "not-a-secret",
                        "scope": "https://a.example/.default", "claims": "{}"}),
        ),
    ] {
        let changed = with(&format!("{REQUEST}/{member}"), value.clone());
        assert_eq!(causes(changed), both("request"), "{member}: {value}");
    }
    let mut changed = vector();
    changed["steps"][0]["exchanges"][0]["request"]["query"] = json!({"api-version": "1"});
    assert_eq!(causes(changed), both("request"));
}

#[test]
fn missing_extra_and_late_requests_fail() {
    let two = json!([exchange(), exchange()]);
    assert_eq!(causes(with("/steps/0/exchanges", two)), both("missing-request"));
    assert_eq!(causes(with("/steps/0/exchanges", json!([]))), both("extra-request"));
    let mut hit = vector();
    hit["steps"][2]["exchanges"] = json!([exchange()]);
    assert_eq!(causes(hit), both("missing-request"));
    let mut late = vector();
    late["steps"][0]["exchanges"][0]["at"] = json!(0.002);
    assert_eq!(causes(late), both("time"));
}

#[test]
fn retries_are_made_at_their_time() {
    let busy = |at: f64| {
        let mut busy = exchange();
        busy["at"] = json!(at);
        busy["response"] = json!({"status": 503, "headers": {}, "text": ""});
        busy
    };
    let mut last = exchange();
    let mut retried = |at: f64| {
        last["at"] = json!(at);
        let mut vector = with("/steps/0/exchanges", json!([busy(0.0), busy(0.0), last]));
        vector["steps"][0]["result"]["expires_on"] = json!({"$any": true});
        vector["steps"][2]["result"]["expires_on"] = json!({"$any": true});
        causes(vector)
    };
    assert_eq!(retried(1.6), Vec::<&str>::new());
    assert_eq!(retried(1.602), both("time"));
    assert_eq!(retried(3.2), both("time"));
}

#[test]
fn other_results_fail() {
    for (pointer, value, cause) in [
        ("/steps/0/result/token", json!("T2"), "result"),
        ("/steps/0/result/expires_on", json!(1_600_003_601), "result"),
        ("/steps/0/result/refresh_on", json!(1_600_001_800), "refresh-on"),
        ("/steps/0/result/token_type", json!("pop"), "result"),
        ("/steps/2/result/token", json!("T2"), "result"),
    ] {
        assert_eq!(causes(with(pointer, value)), both(cause), "{pointer}");
    }
}

#[test]
fn other_errors_fail() {
    let refused = |error: Value| {
        let mut vector = vector();
        let call = &mut vector["steps"][0];
        call["exchanges"][0]["response"] = json!({
            "status": 401, "headers": {},
            "json": {"error": "invalid_client", "error_description": "AADSTS7000215: wrong secret"}});
        call.as_object_mut().unwrap().remove("result");
        call["error"] = error;
        vector["steps"].as_array_mut().unwrap().truncate(1);
        causes(vector)
    };
    let error = |kind: &str, says: &str, status: u16| json!({"kind": kind, "message": "", "contains": [says], "http_status": status});
    assert_eq!(refused(error("client_authentication", "AADSTS7000215", 401)), Vec::<&str>::new());
    assert_eq!(refused(error("credential_unavailable", "AADSTS7000215", 401)), both("error"));
    assert_eq!(refused(error("client_authentication", "AADSTS7000222", 401)), both("error"));
    assert_eq!(refused(error("client_authentication", "AADSTS7000215", 400)), both("error"));
    let mut success = vector();
    success["steps"][0].as_object_mut().unwrap().remove("result");
    success["steps"][0]["error"] = error("other", "", 200);
    assert_eq!(causes(success), both("success"));
    let mut failure = vector();
    failure["steps"][0]["exchanges"][0]["response"]["json"] = json!({"error": "invalid_client"});
    assert_eq!(causes(failure), both("failure"));
}

#[test]
fn construction_must_fail_where_the_recording_does() {
    let new = |tenant: &str| {
        let mut vector = with("/credential/options/tenant_id", json!(tenant));
        let error = json!({"kind": "invalid_argument", "message": "", "contains": ["tenant"]});
        vector["steps"] = json!([{"call": "new", "error": error}]);
        causes(vector)
    };
    assert_eq!(new("not a tenant"), Vec::<&str>::new());
    assert_eq!(new("contoso.example"), both("extra-request"));
}

#[test]
fn optional_requests_may_be_left_out_and_answer_no_other() {
    let mut optional = exchange();
    optional["optional"] = json!(true);
    let mut left_out = optional.clone();
    left_out["request"]["url"] = json!("https://login.microsoftonline.com/discovery");
    assert_eq!(causes(with("/steps/0/exchanges", json!([left_out, exchange()]))), Vec::<&str>::new());
    assert_eq!(causes(with("/steps/0/exchanges", json!([optional]))), Vec::<&str>::new());
    assert_eq!(causes(with("/steps/0/exchanges", json!([left_out]))), both("extra-request"));
}

#[test]
fn what_is_not_mapped_is_skipped_and_never_passed() {
    for unknown in [with("/credential/type", json!("NoSuchCredential")), {
        let mut vector = vector();
        vector["credential"]["options"]["colour"] = json!("blue");
        vector
    }] {
        let report = run(&[unknown], "");
        assert!(report.text(false).ends_with("0 passed, 0 failed, 2 skipped\n"), "{}", report.text(false));
    }
}
