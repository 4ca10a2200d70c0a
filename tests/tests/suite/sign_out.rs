//! Signing somebody out of a persistent cache.

use std::fs;

use super::identity::Account;
use super::{Home, flavour, flavour_test};

const ACCOUNT: &str = r#"{"home_account_id":"u.t","environment":"login.example","realm":"t","local_account_id":"u",
    "username":"ada","authority_type":"MSSTS"}"#;

#[flavour]
#[flavour_test]
async fn a_cache_that_makes_no_sense_is_set_aside_and_not_lost() {
    let home = Home::new();
    let directory = home.path().join(".IdentityService");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("msal.cache.cae"), format!(r#"{{"Account":{{"a":{ACCOUNT}}}}}"#)).unwrap();
    let account: Account = home.cache().accounts().await.unwrap().remove(0);
    fs::write(directory.join("msal.cache.nocae"), "half a docu").unwrap();
    home.cache().sign_out(&account).await.unwrap();
    let left = home.cache().accounts().await.unwrap();
    assert_eq!(left, []);
    let contents: Vec<String> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert!(contents.len() == 2 && contents.iter().any(|content| content == "half a docu"), "{contents:?}");
}
