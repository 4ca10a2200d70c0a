//! How a sign-in in a browser goes, step by step.

use super::*;
use crate::Then;
use crate::effect::TransportError;
use crate::moment::ENTROPY;
use http::Response;
use std::time::UNIX_EPOCH;

fn moment() -> Moment {
    let mut entropy = [0; ENTROPY];
    for (index, byte) in entropy.iter_mut().enumerate() {
        *byte = u8::try_from(index).unwrap();
    }
    Moment::new(UNIX_EPOCH, entropy)
}

fn begin(source: InteractiveBrowser, request: &TokenRequest<'_>) -> Step {
    let mut source = source;
    source.configure(&Env::empty()).unwrap();
    source.acquire(request, None, &moment())
}

fn take_listen(step: Step, port: u16) -> Then<io::Result<Listening>> {
    let Step::Listen(listen, then) = step else { panic!("{step:?}") };
    assert_eq!((listen.host.as_str(), listen.port), ("localhost", port));
    then
}

fn take_open(step: Step) -> (String, Then<io::Result<()>>) {
    let Step::Open(open, then) = step else { panic!("{step:?}") };
    (open.url, then)
}

/// Up to the wait for the redirect: the address that was opened, and the wait.
fn opened(request: &TokenRequest<'_>) -> (String, Receive, Then<io::Result<Redirect>>) {
    let then = take_listen(begin(InteractiveBrowser::new().with_login_hint("u@x"), request), 8400);
    let (url, then) = take_open(then(moment(), Ok(Listening::new(()))));
    let step = then(moment(), Ok(()));
    let Step::Receive(receive, then) = step else { panic!("{step:?}") };
    (url, receive, then)
}

type Answer = Result<Response<Vec<u8>>, TransportError>;

fn redeem(then: Then<io::Result<Redirect>>) -> (String, Then<Answer>) {
    let step = then(moment(), Ok(Redirect::Code("the-code".into())));
    let Step::Send(outbound, then) = step else { panic!("{step:?}") };
    (String::from_utf8(outbound.request.into_body()).unwrap(), then)
}

fn parameter<'a>(text: &'a str, name: &str) -> &'a str {
    let pairs = text.rsplit('?').next().unwrap().split('&');
    pairs.filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn the_code_comes_back_with_the_verifier_of_the_challenge() {
    let (url, receive, then) = opened(&TokenRequest::new(&["s"]).with_claims("{}"));
    assert!(
        url.starts_with("https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?"),
        "{url}"
    );
    assert_eq!(parameter(&url, "redirect_uri"), "http%3A%2F%2Flocalhost%3A8400");
    assert_eq!((parameter(&url, "login_hint"), parameter(&url, "claims")), ("u%40x", "%7B%7D"));
    assert_eq!(receive.timeout, Duration::from_secs(300));
    let (sent, then) = redeem(then);
    let verifier = parameter(&sent, "code_verifier");
    assert_eq!(verifier.len(), 43);
    assert_eq!(parameter(&url, "code_challenge"), digest::sha256_base64url(verifier));
    assert_ne!(parameter(&url, "state"), parameter(&url, "nonce"));
    let claims = format!(r#"{{"nonce":"{}","sub":"s"}}"#, parameter(&url, "nonce"));
    let id_token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims));
    let body = format!(r#"{{"access_token":"t","expires_in":1,"id_token":"{id_token}"}}"#);
    let Step::Done(Ok(grant)) = then(moment(), Ok(Response::new(body.into_bytes()))) else { panic!() };
    assert_eq!(grant.access_token.expose(), "t");
}

#[test]
fn an_id_token_of_another_sign_in_is_refused() {
    let (_, _, then) = opened(&TokenRequest::new(&["s"]));
    let (_, then) = redeem(then);
    let id_token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(r#"{"nonce":"other","sub":"s"}"#));
    let body = format!(r#"{{"access_token":"t","expires_in":1,"id_token":"{id_token}"}}"#);
    let Step::Done(Err(error)) = then(moment(), Ok(Response::new(body.into_bytes()))) else { panic!() };
    assert!(error.message().contains("nonce"), "{error}");
}

#[test]
fn ports_in_use_are_passed_over() {
    let request = TokenRequest::new(&["s"]);
    let then = take_listen(begin(InteractiveBrowser::new(), &request), 8400);
    let then = take_listen(then(moment(), Err(io::ErrorKind::AddrInUse.into())), 8401);
    let (url, _) = take_open(then(moment(), Ok(Listening::new(()))));
    assert_eq!(parameter(&url, "redirect_uri"), "http%3A%2F%2Flocalhost%3A8401");
    let only = InteractiveBrowser::new().with_redirect_uri("http://localhost:9000/some/path");
    let then = take_listen(begin(only, &request), 9000);
    let Step::Done(Err(error)) = then(moment(), Err(io::ErrorKind::AddrInUse.into())) else { panic!() };
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn without_a_browser_the_address_goes_to_the_terminal_or_the_error_says_so() {
    let cannot = || Err(io::ErrorKind::NotFound.into());
    let request = TokenRequest::new(&["s"]);
    for (request, chained) in [(request, false), (request.in_chain(true), true)] {
        let then = take_listen(begin(InteractiveBrowser::new(), &request), 8400);
        let (url, then) = take_open(then(moment(), Ok(Listening::new(()))));
        let error = match then(moment(), cannot()) {
            Step::Tell(message, then) if !chained => {
                assert!(message.needs_terminal && message.text.contains(&url));
                let Step::Done(Err(error)) = then(moment(), cannot()) else { panic!() };
                error
            }
            Step::Done(Err(error)) if chained => error,
            other => panic!("{other:?}"),
        };
        assert!(error.is_unavailable() && error.message().contains("browser"), "{error}");
    }
}

#[test]
fn refusal_and_timeout_are_told_apart() {
    let (_, _, then) = opened(&TokenRequest::new(&["s"]));
    let refused = Redirect::Refused { error: "access_denied".into(), description: "AADSTS65004: no".into() };
    let Step::Done(Err(error)) = then(moment(), Ok(refused)) else { panic!() };
    assert!(error.kind() == ErrorKind::Authentication && error.message().contains("AADSTS65004"), "{error}");
    let (_, _, then) = opened(&TokenRequest::new(&["s"]));
    let Step::Done(Err(error)) = then(moment(), Err(io::ErrorKind::TimedOut.into())) else { panic!() };
    assert!(error.kind() == ErrorKind::TimedOut && error.message().contains("300"), "{error}");
}

#[test]
fn a_redirect_uri_is_a_loopback_host_with_a_port() {
    for bad in [
        "http://localhost",
        "localhost:8400x",
        "http://:8400",
        "http://example.com:8400",
        "localhost:8400",
        "",
    ] {
        let mut source = InteractiveBrowser::new().with_redirect_uri(bad);
        assert!(
            source.configure(&Env::empty()).unwrap_err().message().contains(&format!("{bad:?}")),
            "{bad}"
        );
    }
}
