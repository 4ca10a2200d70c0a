//! Users' tokens: passwords, refresh tokens, on-behalf-of, Conditional Access.

use crate::client::{Answer, SCOPE, USER, VAULT, get, token, token_in};
use identity_testing::emulator::{
    App, CONDITIONAL_ACCESS_APP, Emulator, Fault, PUBLIC_APP, SECRET_APP, VSCODE_APP,
};

fn password(entra: &Emulator, client_id: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("client_id", client_id),
        ("grant_type", "password"),
        ("username", USER),
        ("password", entra.users()[0].password()),
        ("scope", SCOPE),
        ("client_info", "1"),
    ];
    for (name, value) in more {
        form.retain(|(n, _)| n != name);
        form.push((name, value));
    }
    token(entra, &form)
}

fn refresh(entra: &Emulator, tenant: &str, client_id: &str, refresh_token: &str) -> Answer {
    let form = [
        ("client_id", client_id),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
        ("scope", SCOPE),
        ("client_info", "1"),
    ];
    token_in(entra, tenant, &form)
}

#[test]
fn passwords_are_checked() {
    let entra = Emulator::start().unwrap();
    assert_eq!(password(&entra, PUBLIC_APP, &[]).claims()["appidacr"], "0");
    let refused = |more: &[(&str, &str)]| password(&entra, PUBLIC_APP, more).refusal();
    assert_eq!(refused(&[("password", "wrong")]), (400, "invalid_grant".to_owned(), 50_126));
    assert_eq!(refused(&[("username", "nobody@contoso.example")]).2, 50_034);
    assert_eq!(refused(&[("client_secret", "x")]).2, 700_025);
    assert_eq!(password(&entra, SECRET_APP, &[]).refusal().2, 7_000_218);
    let realm = |user: &str| get(&entra, &format!("/common/userrealm/{user}?api-version=1.0")).json();
    assert_eq!(realm("user%40contoso.example")["account_type"], "Managed");
    assert_eq!(realm("user%40elsewhere.example")["account_type"], "Unknown");
}

#[test]
fn a_public_client_has_no_token_of_its_own() {
    let entra = Emulator::start().unwrap();
    let form = [("client_id", PUBLIC_APP), ("grant_type", "client_credentials"), ("scope", VAULT)];
    assert_eq!(token(&entra, &form).refusal().1, "unauthorized_client");
}

#[test]
fn refresh_tokens_rotate_and_can_be_revoked() {
    let entra = Emulator::start().unwrap();
    let tenant = entra.tenant().id();
    let first = password(&entra, PUBLIC_APP, &[]).member("refresh_token");
    let second = refresh(&entra, tenant, PUBLIC_APP, &first).member("refresh_token");
    assert_ne!(first, second);
    // Entra lets the old one live, unless told otherwise.
    assert_eq!(refresh(&entra, tenant, PUBLIC_APP, &first).status, 200);
    entra.set_single_use_refresh_tokens(true);
    assert_eq!(refresh(&entra, tenant, PUBLIC_APP, &second).status, 200);
    assert_eq!(
        refresh(&entra, tenant, PUBLIC_APP, &second).refusal(),
        (400, "invalid_grant".to_owned(), 50_173)
    );
    entra.revoke_refresh_tokens();
    assert_eq!(refresh(&entra, tenant, PUBLIC_APP, &first).refusal().2, 50_173);
    let old = password(&entra, PUBLIC_APP, &[]).member("refresh_token");
    entra.move_clock(90 * 86_400 + 1);
    assert_eq!(refresh(&entra, tenant, PUBLIC_APP, &old).refusal().2, 700_082);
}

#[test]
fn refresh_tokens_belong_to_their_client_or_its_family() {
    let stranger = App::new("c0000000-0000-0000-0000-00000000000c").public();
    let entra = Emulator::builder().app(stranger).start().unwrap();
    let tenant = entra.tenant().id();
    let answer = password(&entra, PUBLIC_APP, &[]);
    assert_eq!(answer.member("foci"), "1");
    let token = answer.member("refresh_token");
    assert_eq!(refresh(&entra, tenant, VSCODE_APP, &token).claims()["appid"], VSCODE_APP);
    let refused = refresh(&entra, tenant, entra.app().client_id(), &token);
    assert_eq!((refused.refusal().2, refused.member("suberror")), (70_000, "client_mismatch".to_owned()));
}

#[test]
fn a_guest_has_another_object_id_in_the_other_tenant() {
    let entra = Emulator::start().unwrap();
    let home = password(&entra, PUBLIC_APP, &[]);
    let other = entra.tenants()[1].id();
    let away = refresh(&entra, other, PUBLIC_APP, &home.member("refresh_token"));
    assert_eq!(away.claims()["tid"], other);
    assert_ne!(away.claims()["oid"], home.claims()["oid"]);
    assert_eq!(away.member("client_info"), home.member("client_info"));
    let second = &entra.users()[1];
    let form = [
        ("client_id", PUBLIC_APP),
        ("grant_type", "password"),
        ("username", second.username()),
        ("password", second.password()),
        ("scope", SCOPE),
    ];
    assert_eq!(token_in(&entra, other, &form).refusal().2, 90_072);
    assert_eq!(token_in(&entra, "organizations", &form).claims()["tid"], entra.tenant().id());
}

#[test]
fn on_behalf_of_takes_a_users_token_for_the_service() {
    let entra = Emulator::start().unwrap();
    let exchange = |assertion: &str, more: &[(&str, &str)]| {
        let base = [
            ("client_id", SECRET_APP),
            ("client_secret", entra.secret()),
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("scope", "https://storage.azure.com/.default"),
            ("assertion", assertion),
        ];
        token(&entra, &[&base[..], more].concat())
    };
    let purpose = [("requested_token_use", "on_behalf_of")];
    let own = format!("api://{SECRET_APP}/.default");
    let users = password(&entra, PUBLIC_APP, &[("scope", &own)]).member("access_token");
    let answer = exchange(&users, &purpose);
    assert_eq!((&answer.claims()["upn"], &answer.claims()["appid"]), (&USER.into(), &SECRET_APP.into()));
    assert_eq!(exchange(&users, &[]).refusal().2, 900_144);
    assert_eq!(exchange(&users, &[("requested_token_use", "other")]).refusal().2, 90_023);
    assert_eq!(exchange("garbage", &purpose).refusal().2, 50_027);
    let (signed, _) = users.rsplit_once('.').unwrap();
    assert_eq!(exchange(&format!("{signed}.AAAA"), &purpose).refusal().2, 50_013);
    let graph = password(&entra, PUBLIC_APP, &[("scope", "User.Read")]).member("access_token");
    assert_eq!(exchange(&graph, &purpose).refusal(), (400, "invalid_grant".to_owned(), 500_131));
    let application = crate::client::secret_form(&entra, &[]);
    let applications = token(&entra, &application).member("access_token");
    assert_eq!(exchange(&applications, &purpose).refusal().2, 7_000_114);
    entra.move_clock(4000);
    assert_eq!(exchange(&users, &purpose).refusal().2, 500_133);
}

#[test]
fn conditional_access_can_come_between_on_any_request() {
    let entra = Emulator::start().unwrap();
    entra.fail(Fault::interaction_required("{\"access_token\":{}}"));
    let refused = password(&entra, PUBLIC_APP, &[]);
    assert_eq!(
        (refused.refusal().1, refused.member("claims")),
        ("interaction_required".into(), "{\"access_token\":{}}".into())
    );
    let secret = [("client_secret", entra.secret())];
    let refused = password(&entra, CONDITIONAL_ACCESS_APP, &secret);
    let wanted = refused.member("claims");
    assert_eq!(password(&entra, CONDITIONAL_ACCESS_APP, &[secret[0], ("claims", &wanted)]).status, 200);
}
