//! Faults: each one reaches the client as what it says it is, as often as it says.

use crate::client::{agent, get, secret_form, token, try_token};
use identity_testing::emulator::{Emulator, Fault};
use std::time::{Duration, Instant};

#[test]
fn each_answer_arrives_as_asked_for() {
    let entra = Emulator::start().unwrap();
    let form = secret_form(&entra, &[]);
    entra.fail(Fault::status(503).retry_after(7));
    entra.fail(Fault::html(502));
    entra.fail(Fault::empty(200));
    entra.fail(Fault::huge(200));
    entra.fail(Fault::redirect("https://elsewhere.example/"));
    entra.fail(Fault::content_type("text/plain"));
    entra.fail(Fault::entra(400, "temporarily_unavailable", 90_033));

    let busy = token(&entra, &form);
    assert_eq!((busy.status, busy.headers["retry-after"].to_str().unwrap()), (503, "7"));
    let page = token(&entra, &form);
    assert!(page.status == 502 && page.body.starts_with(b"<!DOCTYPE html>"));
    assert!(token(&entra, &form).body.is_empty());
    assert_eq!(token(&entra, &form).body.len(), 5_000_000);
    let moved = token(&entra, &form);
    assert_eq!(
        (moved.status, moved.headers["location"].to_str().unwrap()),
        (307, "https://elsewhere.example/")
    );
    let text = token(&entra, &form);
    assert_eq!((text.status, text.headers["content-type"].to_str().unwrap()), (200, "text/plain"));
    assert!(text.claims()["exp"].is_i64());
    assert_eq!(token(&entra, &form).refusal(), (400, "temporarily_unavailable".to_owned(), 90_033));

    assert_eq!(token(&entra, &form).status, 200);
    assert_eq!(entra.token_requests(), 8);
}

#[test]
fn a_broken_connection_is_an_error_to_the_client_only() {
    let entra = Emulator::start().unwrap();
    let form = secret_form(&entra, &[]);
    entra.fail(Fault::truncated());
    entra.fail(Fault::drop_connection());
    for _ in 0..2 {
        assert!(try_token(&agent(&entra), &entra, entra.tenant().id(), &form).is_err());
    }
    assert_eq!(token(&entra, &form).status, 200);
}

#[test]
fn faults_count_down_and_keep_to_their_path() {
    let entra = Emulator::start().unwrap();
    let form = secret_form(&entra, &[]);
    entra.fail(Fault::status(500).times(2));
    entra.fail(Fault::status(418).on("openid-configuration"));
    let metadata = format!("/{}/v2.0/.well-known/openid-configuration", entra.tenant().id());
    assert_eq!(get(&entra, &metadata).status, 418);
    assert_eq!(get(&entra, &metadata).status, 200);
    let statuses = [(); 3].map(|()| token(&entra, &form).status);
    assert_eq!(statuses, [500, 500, 200]);
}

#[test]
fn faults_can_be_called_off() {
    let entra = Emulator::start().unwrap();
    entra.fail(Fault::status(500).times(usize::MAX));
    entra.clear_faults();
    assert_eq!(token(&entra, &secret_form(&entra, &[])).status, 200);
}

#[test]
fn silence_ends_with_the_emulator() {
    let entra = Emulator::start().unwrap();
    entra.fail(Fault::silence(Duration::from_secs(600)));
    let form: Vec<(String, String)> =
        secret_form(&entra, &[]).into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let url = format!("{}/{}/oauth2/v2.0/token", entra.authority(), entra.tenant().id());
    let client = agent(&entra);
    let waiting = std::thread::spawn(move || client.post(url).send_form(form).is_err());
    while entra.token_requests() == 0 {
        std::thread::yield_now();
    }
    let started = Instant::now();
    drop(entra);
    assert!(waiting.join().unwrap());
    assert!(started.elapsed() < Duration::from_secs(10));
}
