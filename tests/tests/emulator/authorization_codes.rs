//! The authorize endpoint, its page, and what becomes of its codes.

use crate::client::{Answer, SCOPE, USER, VAULT, agent, claims, read, token};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_testing::emulator::{Emulator, PUBLIC_APP, SECRET_APP, SignInPage};
use ring::digest;
use serde_json::Value;

const REDIRECT: &str = "http://localhost:45678";

fn query_of(url: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let pairs = url.split_once('?').unwrap().1.split('&');
    pairs.map(|pair| pair.split_once('=').unwrap()).map(|(n, v)| (decode(n), decode(v))).collect()
}

fn find(pairs: &[(String, String)], name: &str) -> String {
    pairs.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no {name} in {pairs:?}")).1.clone()
}

fn authorize(entra: &Emulator, client_id: &str, more: &[(&str, &str)]) -> Answer {
    let mut query = vec![
        ("client_id", client_id),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", SCOPE),
        ("state", "s t&te"),
        ("login_hint", USER),
    ];
    for (name, value) in more {
        query.retain(|(n, _)| n != name);
        query.push((name, value));
    }
    let url = format!("{}/{}/oauth2/v2.0/authorize", entra.authority(), entra.tenant().id());
    read(agent(entra).get(url).query_pairs(query).call().unwrap())
}

fn code(answer: &Answer) -> String {
    assert_eq!(answer.status, 302, "{}", String::from_utf8_lossy(&answer.body));
    let pairs = query_of(answer.headers["location"].to_str().unwrap());
    assert_eq!(find(&pairs, "state"), "s t&te");
    find(&pairs, "code")
}

fn redeem(entra: &Emulator, code: &str, more: &[(&str, &str)]) -> Answer {
    let base = [
        ("client_id", SECRET_APP),
        ("client_secret", entra.secret()),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("client_info", "1"),
    ];
    token(entra, &[&base[..], more].concat())
}

#[test]
fn a_code_becomes_tokens_once() {
    let entra = Emulator::start().unwrap();
    let verifier = "a-verifier-of-enough-characters-0123456789-abcdef";
    let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
    let pkce =
        [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256"), ("nonce", "n0nce")];
    let code = code(&authorize(&entra, SECRET_APP, &pkce));
    assert_eq!(redeem(&entra, &code, &[]).refusal().2, 501_481);
    assert_eq!(redeem(&entra, &code, &[("code_verifier", "another")]).refusal().2, 501_481);
    let answer = redeem(&entra, &code, &[("code_verifier", verifier)]);
    let id = claims(&answer.member("id_token"));
    assert_eq!(
        (&id["nonce"], &id["aud"], &id["preferred_username"]),
        (&"n0nce".into(), &SECRET_APP.into(), &USER.into())
    );
    assert_eq!(
        (&answer.claims()["upn"], &answer.claims()["scp"]),
        (&USER.into(), &"user_impersonation".into())
    );
    let info: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(answer.member("client_info")).unwrap()).unwrap();
    assert_eq!((&info["uid"], &info["utid"]), (&id["oid"], &id["tid"]));
    assert!(answer.member("scope").split(' ').any(|scope| scope == VAULT));
    assert_eq!(redeem(&entra, &code, &[("code_verifier", verifier)]).refusal().2, 54_005);
}

#[test]
fn each_wrong_redemption_has_its_code() {
    let entra = Emulator::start().unwrap();
    let fresh = || code(&authorize(&entra, SECRET_APP, &[]));
    assert_eq!(redeem(&entra, "garbage", &[]).refusal(), (400, "invalid_grant".to_owned(), 70_000));
    let elsewhere = [
        ("client_id", SECRET_APP),
        ("client_secret", entra.secret()),
        ("grant_type", "authorization_code"),
        ("code", &fresh()),
        ("redirect_uri", "http://localhost:1"),
    ];
    assert_eq!(token(&entra, &elsewhere).refusal().2, 500_112);
    let public = [
        ("client_id", PUBLIC_APP),
        ("grant_type", "authorization_code"),
        ("code", &fresh()),
        ("redirect_uri", REDIRECT),
    ];
    assert_eq!(token(&entra, &public).refusal().2, 70_000);
    let old = fresh();
    entra.move_clock(601);
    assert_eq!(redeem(&entra, &old, &[]).refusal().2, 70_008);
}

#[test]
fn nobody_is_sent_to_an_address_that_is_not_registered() {
    let entra = Emulator::start().unwrap();
    let answer = authorize(&entra, SECRET_APP, &[("redirect_uri", "https://evil.example/")]);
    assert!(answer.status == 400 && String::from_utf8_lossy(&answer.body).contains("AADSTS50011"));
    // Any port of localhost is good.
    let local = authorize(&entra, PUBLIC_APP, &[("redirect_uri", "http://localhost:8400")]);
    assert!(local.headers["location"].to_str().unwrap().starts_with("http://localhost:8400?code="));
    assert_eq!(
        authorize(&entra, PUBLIC_APP, &[("redirect_uri", "http://localhost.evil.example")]).status,
        400
    );
}

#[test]
fn other_mistakes_are_reported_to_the_application() {
    let entra = Emulator::start().unwrap();
    let error = |more: &[(&str, &str)]| {
        let answer = authorize(&entra, SECRET_APP, more);
        find(&query_of(answer.headers["location"].to_str().unwrap()), "error_description")
    };
    assert!(error(&[("scope", "https://nowhere.example/.default")]).starts_with("AADSTS500011: "));
    assert!(error(&[("response_type", "token")]).starts_with("AADSTS700054: "));
    assert!(
        error(&[("code_challenge", "x"), ("code_challenge_method", "plain")]).starts_with("AADSTS9002313: ")
    );
    entra.set_sign_in_page(SignInPage::Cancelled);
    assert!(error(&[]).starts_with("AADSTS65004: "));
}

#[test]
fn the_page_asks_for_the_password() {
    let entra = Emulator::start().unwrap();
    let page = authorize(&entra, SECRET_APP, &[("login_hint", "")]);
    assert!(page.status == 200 && String::from_utf8_lossy(&page.body).contains("name=\"password\""));
    let path = format!("{}/{}/oauth2/v2.0/authorize", entra.authority(), entra.tenant().id());
    let submit = |password: &str| {
        let query = [
            ("client_id", SECRET_APP),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("scope", SCOPE),
            ("state", "s t&te"),
            ("response_mode", "form_post"),
        ];
        let request = agent(&entra).post(&path).query_pairs(query);
        read(request.send_form([("username", USER), ("password", password)]).unwrap())
    };
    assert!(String::from_utf8_lossy(&submit("wrong").body).contains("AADSTS50126"));
    let posted = String::from_utf8(submit(entra.users()[0].password()).body).unwrap();
    assert!(
        posted.contains(&format!("action=\"{REDIRECT}\"")) && posted.contains("value=\"s t&amp;te\""),
        "{posted}"
    );
    let code = posted.split("name=\"code\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(redeem(&entra, code, &[]).status, 200);
    entra.set_sign_in_page(SignInPage::SelfSubmitting);
    let page = authorize(&entra, SECRET_APP, &[("login_hint", "")]);
    assert!(String::from_utf8_lossy(&page.body).contains("document.forms[0].submit()"));
}
