//! Tokens that survive the process: the cache, who shares it, and everything that can go wrong with it.

use std::path::{Path, PathBuf};

use identity_testing::emulator::Emulator;

use super::flavour;
use super::flavour_test;
use super::identity::{
    AuthenticationRecord, DeviceCode, DeviceCodeCredential, Env, PersistentCache, Platform, SharedTokenCache,
    SystemStore, TokenRequest,
};
use super::trial::{acquit, build_with, options, show, transport, trial};
use crate::witness;

const VAULT: &str = "https://vault.azure.net/.default";
const TOKEN_ENDPOINT: &[&str] = &["/oauth2/v2.0/token"];
const CACHE: &str = "msal.cache.nocae";

/// A home directory that is gone with the test.
struct Home(PathBuf);

impl Home {
    fn new(test: &str) -> Self {
        let name = format!("{}-{test}-{}", module_path!().replace(':', "_"), std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn store(&self) -> SystemStore {
        let env = Env::from_iter([("HOME", self.0.to_str().unwrap())]).on(Platform::Linux);
        SystemStore::from_env(&env).unwrap()
    }

    fn cache(&self) -> PersistentCache {
        let store = self.store().unencrypted();
        witness::show(&format!("{store:?}"));
        PersistentCache::new(store, PersistentCache::DEFAULT_NAME)
    }

    fn file(&self) -> PathBuf {
        self.0.join(".IdentityService").join(CACHE)
    }

    /// Every secret in the cache.
    fn secrets(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.file()).unwrap();
        let parts = text.split("\"secret\": \"").skip(1);
        parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn device(entra: &Emulator) -> DeviceCode {
    DeviceCode::new().with_tenant_id(entra.tenant().id()).with_prompt(|_| {}).with_options(options(entra))
}

/// Signs somebody in, so that the cache holds tokens of every kind.
#[flavour]
async fn sign_in(entra: &Emulator, home: &Home) -> AuthenticationRecord {
    let builder = DeviceCodeCredential::builder(device(entra)).host(transport(entra));
    let credential = builder.persistent_cache(home.cache()).build().unwrap();
    let record = credential.authenticate(&TokenRequest::new(&[VAULT])).await.unwrap();
    witness::show(&format!("{record:?} {}", record.to_json()));
    credential.close().await;
    record
}

#[flavour]
#[flavour_test]
async fn what_is_kept_is_not_seen() {
    witness::watch();
    let (entra, home) = (Emulator::start().unwrap(), Home::new("kept"));
    let record = sign_in(&entra, &home).await;
    let accounts = home.cache().accounts().await.unwrap();
    witness::show(&format!("{accounts:?}"));
    let mut secrets = home.secrets();
    assert!(secrets.len() > 2, "access, refresh and id token");
    let source = device(&entra).with_record(record).disable_automatic_authentication();
    let credential = build_with(&entra, source, Env::empty(), Some(home.cache()));
    let kept: Vec<&str> = secrets.iter().map(String::as_str).collect();
    trial(&entra, credential, TOKEN_ENDPOINT, &kept).await;
    // A person of another program.
    let record = sign_in(&entra, &home).await;
    secrets.extend(home.secrets());
    let kept: Vec<&str> = secrets.iter().map(String::as_str).collect();
    for shared in [SharedTokenCache::new(), SharedTokenCache::new().with_record(record)] {
        let shared = shared.with_options(options(&entra));
        let credential = build_with(&entra, shared, Env::empty(), Some(home.cache()));
        trial(&entra, credential, TOKEN_ENDPOINT, &kept).await;
    }
    for account in accounts {
        home.cache().sign_out(&account).await.unwrap();
    }
    acquit(&entra, secrets);
}

/// What a crash, an editor or another program can leave.
fn damages(sound: &str) -> Vec<Vec<u8>> {
    let half = &sound[..sound.len() / 2];
    vec![
        half.into(),
        sound.replace("\"AccessToken\": {", "\"AccessToken\": [{").into(),
        sound.replace('{', "[").into(),
        sound.replace("\"expires_on\": \"", "\"expires_on\": \"x").into(),
        sound.replace("\"secret\": \"", "\"secret\": \"\\ud800").into(),
        [sound.as_bytes(), b"\xff\xfe"].concat(),
        format!("{sound}{sound}").into(),
        format!("\"{}\"", half.escape_default()).into(),
    ]
}

#[flavour]
#[flavour_test]
async fn a_cache_that_is_broken_shows_nothing_of_itself() {
    witness::watch();
    let (entra, home) = (Emulator::start().unwrap(), Home::new("broken"));
    let record = sign_in(&entra, &home).await;
    let secrets = home.secrets();
    let sound = std::fs::read_to_string(home.file()).unwrap();
    let silent = || device(&entra).with_record(record.clone()).disable_automatic_authentication();
    let request = TokenRequest::new(&[VAULT]).with_force_refresh(true);
    let mut failed = 0;
    for damage in damages(&sound) {
        std::fs::write(home.file(), damage).unwrap();
        let accounts = home.cache().accounts().await;
        witness::show(&format!("{accounts:?}"));
        let credential = build_with(&entra, silent(), Env::empty(), Some(home.cache())).unwrap();
        let result = credential.get_token(&request).await;
        witness::show(&format!("{result:?}"));
        failed += usize::from(result.inspect_err(show).is_err());
        credential.close().await;
    }
    assert!(failed > 5, "{failed}");
    // A cache that can neither be read nor written, and one that nothing can encrypt.
    drop(std::fs::remove_file(home.file()));
    std::fs::create_dir(home.file()).unwrap();
    let nothing_encrypts = PersistentCache::new(home.store(), PersistentCache::DEFAULT_NAME);
    for cache in [home.cache(), nothing_encrypts] {
        show(&cache.accounts().await.unwrap_err());
        let credential = build_with(&entra, silent(), Env::empty(), Some(cache)).unwrap();
        show(&credential.get_token(&request).await.unwrap_err());
        credential.close().await;
    }
    acquit(&entra, secrets);
}
