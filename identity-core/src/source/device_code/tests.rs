//! How a device code flow goes, step by step.

use super::*;
use crate::ErrorKind;
use crate::moment::ENTROPY;
use crate::oauth::percent_encode;
use std::sync::Mutex;
use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const CODE: &str = r#"{"user_code":"ABCD","device_code":"dc","verification_uri":"https://m.example","expires_in":"900","interval":5}"#;
const PENDING: &str = r#"{"error":"authorization_pending"}"#;

fn token(refresh_token: &str) -> String {
    let id_token = URL_SAFE_NO_PAD
        .encode(r#"{"sub":"s","iss":"https://login.example/t/v2.0","preferred_username":"u"}"#);
    format!(
        r#"{{"access_token":"t","expires_in":3600,"refresh_token":"{refresh_token}","id_token":"e30.{id_token}.x"}}"#
    )
}

/// Answers in turn, and says what was sent when.
fn drive(mut step: Step, answers: &[(u16, &str)]) -> (Vec<(u64, String)>, Vec<Secret>, Result<Grant>) {
    let (mut now, mut sent, mut forgotten) = (UNIX_EPOCH, Vec::new(), Vec::new());
    let mut answers = answers.iter();
    loop {
        let moment = Moment::new(now, [0; ENTROPY]);
        step = match step {
            Step::Send(outbound, then) => {
                let body = String::from_utf8(outbound.request.body().clone()).unwrap();
                sent.push((moment.unix(), format!("{} {body}", outbound.request.uri().path())));
                let (status, body) = answers.next().expect("an answer");
                let answer = Response::builder().status(*status).body(body.as_bytes().to_vec()).unwrap();
                then(moment, Ok(answer))
            }
            Step::Sleep(pause, then) => {
                now += pause.delay;
                then(Moment::new(now, [0; ENTROPY]), ())
            }
            Step::Forget(token, then) => {
                forgotten.push(token);
                then(moment, ())
            }
            Step::Done(result) => return (sent, forgotten, result),
            other => panic!("{other:?}"),
        };
    }
}

fn configured(mut source: DeviceCode) -> DeviceCode {
    source.configure(&Env::empty()).unwrap();
    source
}

fn begin_with(source: &DeviceCode, previous: Option<&Grant>, claims: &str) -> Step {
    let request = TokenRequest::new(&["s"]).with_claims(claims);
    source.acquire(&request, previous, &Moment::new(UNIX_EPOCH, [0; ENTROPY]))
}

#[test]
fn the_person_sees_the_code_and_the_service_sets_the_pace() {
    let seen: Arc<Mutex<Vec<DeviceCodePrompt>>> = Arc::default();
    let kept = seen.clone();
    let source =
        configured(DeviceCode::new().with_prompt(move |prompt| kept.lock().unwrap().push(prompt.clone())));
    let slow = r#"{"error":"slow_down"}"#;
    let answers = [(200, CODE), (400, PENDING), (400, slow), (400, PENDING), (200, &token("r"))];
    let (sent, _, result) = drive(begin_with(&source, None, ""), &answers);
    assert_eq!(sent.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 0, 5, 15, 25]);
    assert!(
        sent[0].1.starts_with("/organizations/oauth2/v2.0/devicecode client_id=04b07795"),
        "{}",
        sent[0].1
    );
    assert!(sent[0].1.ends_with(&percent_encode("s openid profile offline_access")), "{}", sent[0].1);
    assert_eq!(result.unwrap().refresh_token, Some("r".into()));
    let seen = seen.lock().unwrap();
    assert_eq!((seen.len(), seen[0].user_code.as_str()), (1, "ABCD"));
    assert_eq!(seen[0].expires_on, UNIX_EPOCH + Duration::from_secs(900));
}

#[test]
fn waiting_ends_with_the_timeout_or_the_code() {
    let quiet = |source: DeviceCode| configured(source.with_prompt(|_| {}));
    let source = quiet(DeviceCode::new().with_timeout(Duration::from_secs(7)));
    let (sent, _, result) =
        drive(begin_with(&source, None, ""), &[(200, CODE), (400, PENDING), (400, PENDING)]);
    assert_eq!((sent.len(), result.unwrap_err().kind()), (3, ErrorKind::TimedOut));
    let short = CODE.replace("\"900\"", "6");
    let source = quiet(DeviceCode::new().with_timeout(Duration::from_secs(1000)));
    let (sent, _, _) = drive(begin_with(&source, None, ""), &[(200, &short), (400, PENDING), (400, PENDING)]);
    assert_eq!(sent.len(), 3);
}

#[test]
fn a_challenge_while_refreshing_asks_the_person_once_with_its_claims() {
    let source = configured(DeviceCode::new().with_prompt(|_| {}));
    let mut previous = Grant::new("old", UNIX_EPOCH, UNIX_EPOCH);
    previous.refresh_token = Some("r0".into());
    let challenge = r#"{"error":"interaction_required","claims":"{\"a\":1}"}"#;
    let answers = [(400, challenge), (200, CODE), (400, challenge)];
    let (sent, forgotten, result) = drive(begin_with(&source, Some(&previous), r#"{"b":2}"#), &answers);
    assert!(sent[0].1.contains("refresh_token=r0") && sent[0].1.contains(&percent_encode(r#"{"b":2}"#)));
    assert!(sent[2].1.contains(&percent_encode(r#"{"a":1}"#)), "{}", sent[2].1);
    assert_eq!(result.unwrap_err().claims(), Some(r#"{"a":1}"#));
    assert!(forgotten.is_empty());
}

#[test]
fn without_permission_to_ask_the_error_says_what_to_sign_in_for() {
    let source = configured(DeviceCode::new().with_prompt(|_| {}).disable_automatic_authentication());
    let mut previous = Grant::new("old", UNIX_EPOCH, UNIX_EPOCH);
    previous.refresh_token = Some("r0".into());
    let dead = r#"{"error":"invalid_grant","error_description":"AADSTS700082: expired"}"#;
    let (_, forgotten, result) = drive(begin_with(&source, Some(&previous), r#"{"b":2}"#), &[(400, dead)]);
    let error = result.unwrap_err();
    assert_eq!(
        (error.kind(), error.scopes(), error.claims()),
        (ErrorKind::InteractionRequired, &["s".to_owned()][..], Some(r#"{"b":2}"#))
    );
    assert_eq!(forgotten, ["r0".into()]);
    assert!(error.to_string().contains("authenticate"), "{error}");
}

#[test]
fn a_refresh_keeps_what_the_answer_leaves_out() {
    let source = configured(DeviceCode::new());
    let mut previous = Grant::new("old", UNIX_EPOCH, UNIX_EPOCH);
    previous.refresh_token = Some("r0".into());
    previous.client_info = Some("info".into());
    let (_, _, result) =
        drive(begin_with(&source, Some(&previous), ""), &[(200, r#"{"access_token":"t","expires_in":1}"#)]);
    let grant = result.unwrap();
    assert_eq!((grant.refresh_token, grant.client_info.as_deref()), (Some("r0".into()), Some("info")));
}

#[test]
fn a_terminal_obeys_nothing_of_what_the_service_says() {
    let seen: Arc<Mutex<Vec<DeviceCodePrompt>>> = Arc::default();
    let kept = seen.clone();
    let source =
        configured(DeviceCode::new().with_prompt(move |prompt| kept.lock().unwrap().push(prompt.clone())));
    let code = CODE
        .replace("ABCD", "AB\\u001b[2J")
        .replace(".example", ".example\\u0007")
        .replace('}', r#","message":"\u001b]0;x\u0007\r\nlook"}"#);
    drive(begin_with(&source, None, ""), &[(200, &code), (200, &token("r"))]).2.unwrap();
    let prompt = seen.lock().unwrap().remove(0);
    let shown = (prompt.user_code.as_str(), prompt.verification_uri.as_str(), prompt.message.as_str());
    assert_eq!(shown, ("AB [2J", "https://m.example ", " ]0;x \nlook"));
}

#[test]
fn nobody_to_tell_is_said_and_not_waited_for() {
    let source = configured(DeviceCode::new());
    let Step::Send(_, then) = begin_with(&source, None, "") else { panic!() };
    let moment = Moment::new(UNIX_EPOCH, [0; ENTROPY]);
    let Step::Tell(message, then) = then(moment.clone(), Ok(Response::new(CODE.as_bytes().to_vec()))) else {
        panic!()
    };
    assert!(message.text.contains("ABCD") && message.text.contains("https://m.example"));
    let Step::Done(Err(error)) = then(moment, Err(std::io::ErrorKind::Unsupported.into())) else { panic!() };
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn a_refused_start_says_so() {
    let source = configured(DeviceCode::new());
    let refusal = r#"{"error":"invalid_client","error_description":"AADSTS7000218: x"}"#;
    let (_, _, result) = drive(begin_with(&source, None, ""), &[(400, refusal)]);
    let error = result.unwrap_err();
    assert!(error.to_string().contains("Couldn't begin authentication") && error.aadsts_codes() == [7000218]);
}

#[test]
fn the_capability_goes_out_with_both_requests_and_the_claims_with_the_second() {
    let source = configured(DeviceCode::new().with_prompt(|_| {}));
    let request = TokenRequest::new(&["s"]).with_claims(r#"{"b":2}"#).with_cae(true);
    let step = source.acquire(&request, None, &Moment::new(UNIX_EPOCH, [0; ENTROPY]));
    let (sent, _, _) = drive(step, &[(200, CODE), (200, &token("r"))]);
    let (capability, claims) = (percent_encode("xms_cc"), percent_encode(r#""b":2"#));
    assert!(sent[0].1.contains(&capability) && !sent[0].1.contains(&claims), "{}", sent[0].1);
    assert!(sent[1].1.contains(&capability) && sent[1].1.contains(&claims), "{}", sent[1].1);
}

#[test]
fn the_last_try_is_made_when_the_code_expires() {
    let source = configured(DeviceCode::new().with_prompt(|_| {}));
    let ten = CODE.replace("\"900\"", "10");
    let pending = [(200, ten.as_str()), (400, PENDING), (400, PENDING), (400, PENDING)];
    let (sent, _, _) = drive(begin_with(&source, None, ""), &pending);
    assert_eq!(sent.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 0, 5, 10]);
}
