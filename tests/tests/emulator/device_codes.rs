//! Device codes: polls, and the page that approves them.

use crate::client::{SCOPE, USER, agent, get, read, token};
use identity_testing::emulator::{DevicePoll, Emulator, PUBLIC_APP};
use serde_json::Value;

#[test]
fn a_device_code_goes_through_its_script() {
    let entra = Emulator::start().unwrap();
    let begin = || {
        let url = format!("{}/{}/oauth2/v2.0/devicecode", entra.authority(), entra.tenant().id());
        read(agent(&entra).post(url).send_form([("client_id", PUBLIC_APP), ("scope", SCOPE)]).unwrap()).json()
    };
    let poll = |code: &Value| {
        let form = [
            ("client_id", PUBLIC_APP),
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", code["device_code"].as_str().unwrap()),
        ];
        token(&entra, &form)
    };
    entra.set_device_polls([DevicePoll::Pending, DevicePoll::SlowDown, DevicePoll::Approved]);
    let code = begin();
    assert!(code["message"].as_str().unwrap().contains(code["user_code"].as_str().unwrap()));
    assert_eq!((code["interval"].as_u64(), code["expires_in"].as_u64()), (Some(1), Some(900)));
    assert_eq!(poll(&code).refusal(), (400, "authorization_pending".to_owned(), 70_016));
    assert_eq!(poll(&code).refusal().1, "slow_down");
    assert_eq!(poll(&code).claims()["upn"], USER);
    assert_eq!(poll(&code).refusal().1, "bad_verification_code");

    entra.set_device_polls([DevicePoll::Declined]);
    assert_eq!(poll(&begin()).refusal().1, "authorization_declined");
    entra.set_device_polls([DevicePoll::Expired]);
    assert_eq!(poll(&begin()).refusal().1, "expired_token");
    entra.set_device_polls([DevicePoll::Pending]);
    let old = begin();
    entra.move_clock(901);
    assert_eq!(poll(&old).refusal().1, "expired_token");
}

#[test]
fn a_device_code_can_be_approved_on_its_page() {
    let entra = Emulator::start().unwrap();
    entra.set_device_polls([DevicePoll::ByHand]);
    let url = format!("{}/{}/oauth2/v2.0/devicecode", entra.authority(), entra.tenant().id());
    let begun =
        read(agent(&entra).post(url).send_form([("client_id", PUBLIC_APP), ("scope", SCOPE)]).unwrap())
            .json();
    let form = [
        ("client_id", PUBLIC_APP),
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", begun["device_code"].as_str().unwrap()),
    ];
    assert_eq!(token(&entra, &form).refusal().1, "authorization_pending");
    let page = begun["verification_uri"].as_str().unwrap();
    assert_eq!(get(&entra, page).status, 200);
    let second = &entra.users()[1];
    let submit = |code: &str| {
        let fields = [("otc", code), ("username", second.username()), ("password", second.password())];
        String::from_utf8(read(agent(&entra).post(page).send_form(fields).unwrap()).body).unwrap()
    };
    assert!(submit("WRONG").contains("That code didn't work"));
    assert!(submit(begun["user_code"].as_str().unwrap()).contains("You have signed in"));
    assert_eq!(token(&entra, &form).claims()["upn"], second.username());
}
