//! What a document holds after grants were put into it.

use super::*;
use crate::Authority;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn owner(client: &str, holder: Holder) -> Owner {
    Owner::new(client, Authority::parse("login.microsoftonline.com").unwrap(), "T", holder)
}

fn person() -> Owner {
    owner("app", Holder::Person("u.t".into()))
}

fn grant(token: &str, refresh_token: &str) -> Grant {
    let mut grant = Grant::new(token, at(3600), at(0));
    let claims =
        r#"{"iss":"https://login.microsoftonline.com/T/v2.0","sub":"s","oid":"o","preferred_username":"me"}"#;
    grant.id_token = Some(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims)).into());
    grant.client_info = Some(URL_SAFE_NO_PAD.encode(r#"{"uid":"u","utid":"t"}"#));
    grant.refresh_token = Some(refresh_token.into());
    grant
}

/// Written and read again, as another process does.
fn reread(document: &Document) -> Document {
    Document::parse(&document.to_bytes()).unwrap()
}

#[test]
fn keys_and_members_are_those_of_msal() {
    let mut document = Document::default();
    document.put(&person(), &["https://V/.default"], &grant("at", "rt"), None, at(0));
    let json: Value = serde_json::from_slice(&document.to_bytes()).unwrap();
    let key = "u.t-login.microsoftonline.com-accesstoken-app-t-https://v/.default";
    assert_eq!(json["AccessToken"][key]["target"], "https://V/.default");
    assert_eq!(json["AccessToken"][key]["expires_on"], "3600");
    let key = "u.t-login.microsoftonline.com-refreshtoken-app--https://v/.default";
    assert_eq!(json["RefreshToken"][key]["secret"], "rt");
    assert!(json["IdToken"]["u.t-login.microsoftonline.com-idtoken-app-t-"].is_object());
    assert_eq!(json["Account"]["u.t-login.microsoftonline.com-t"]["username"], "me");
    assert!(json["AppMetadata"]["appmetadata-login.microsoftonline.com-app"].is_object());
    document.put(&owner("app", Holder::Application), &["s"], &Grant::new("a", at(1), at(0)), None, at(0));
    let json: Value = serde_json::from_slice(&document.to_bytes()).unwrap();
    assert!(
        json["AccessToken"]["-login.microsoftonline.com-accesstoken-app-t-s"]["home_account_id"].is_null()
    );
}

#[test]
fn what_was_written_is_found_by_its_owner_only() {
    let mut document = Document::default();
    document.put(&person(), &["a", "b"], &grant("at", "rt"), None, at(0));
    let document = reread(&document);
    let found = document.access_token(&person(), &["b"], at(1)).unwrap();
    assert_eq!((found.access_token.expose(), found.expires_on), ("at", at(3600)));
    assert_eq!(found.refresh_token, Some("rt".into()));
    assert_eq!(Account::of_grant(&found).unwrap().home_account_id, "u.t");
    assert!(document.access_token(&person(), &["b"], at(3600)).is_none(), "expired");
    assert!(document.access_token(&person(), &["c"], at(1)).is_none(), "another scope");
    for other in [
        owner("other", Holder::Person("u.t".into())),
        owner("app", Holder::Person("u2.t".into())),
        owner("app", Holder::Application),
        owner("app", Holder::Unknown),
        Owner { authority: Authority::parse("login.chinacloudapi.cn").unwrap(), ..person() },
    ] {
        assert!(document.access_token(&other, &["b"], at(1)).is_none(), "{other:?}");
        assert!(document.refresh_token(&other, at(1)).is_none(), "{other:?}");
    }
    let alias = Owner { authority: Authority::parse("login.windows.net").unwrap(), ..person() };
    assert!(document.access_token(&alias, &["a"], at(1)).is_some());
    let elsewhere = Owner { tenant: "U".into(), ..person() };
    assert!(document.access_token(&elsewhere, &["a"], at(1)).is_none());
    assert!(document.refresh_token(&elsewhere, at(1)).is_some(), "refresh tokens serve every tenant");
}

#[test]
fn a_rotated_refresh_token_replaces_the_used_one_everywhere() {
    let mut document = Document::default();
    document.put(&person(), &["a"], &grant("1", "old"), None, at(0));
    document.put(&person(), &["b"], &grant("2", "new"), Some(&"old".into()), at(1));
    let text = String::from_utf8(document.to_bytes()).unwrap();
    assert!(!text.contains("\"old\"") && text.matches("\"new\"").count() == 2, "{text}");
    document.forget(&"new".into());
    assert!(document.refresh_token(&person(), at(2)).is_none());
    assert!(document.access_token(&person(), &["a"], at(2)).is_some());
}

#[test]
fn what_others_wrote_survives() {
    let text = br#"{"Future":{"x":1},"AccessToken":{"odd":7,"k":{"secret":"theirs","extra":[1]}},"RefreshToken":{}}"#;
    let mut document = Document::parse(text).unwrap();
    document.put(&person(), &["a"], &grant("1", "r"), None, at(0));
    document.sign_out(&document.accounts().first().unwrap().clone());
    let json: Value = serde_json::from_slice(&document.to_bytes()).unwrap();
    assert_eq!((&json["Future"]["x"], &json["AccessToken"]["odd"]), (&1.into(), &7.into()));
    assert_eq!(json["AccessToken"]["k"]["extra"][0], 1);
    assert!(document.accounts().is_empty() && document.refresh_token(&person(), at(0)).is_none());
}

#[test]
fn garbage_is_told_apart_from_nothing() {
    assert!(Document::parse(b"").is_ok() && Document::parse(b" \n").is_ok());
    for bytes in [&b"{"[..], b"[]", b"\xff", br#"{"AccessToken":[]}"#, br#"{"AccessToken":{}"#] {
        assert_eq!(Document::parse(bytes).unwrap_err(), super::super::Corrupt);
    }
}
