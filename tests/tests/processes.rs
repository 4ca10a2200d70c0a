//! One persistent cache and several processes: nothing is lost, nothing is torn, and one of them asks the service.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed unwrap is a failed test; children speak by lines"
)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use identity_blocking::{
    AuthenticationRecord, ClientOptions, DeviceCode, DeviceCodeCredential, Env, PersistentCache, Platform,
    SystemStore, TokenRequest, Transport,
};
use identity_testing::emulator::Emulator;

const VAULT: &str = "https://vault.azure.net/.default";
const STORAGE: &str = "https://storage.azure.com/.default";
const ROUNDS: usize = 1000;

struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("processes-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn cache(home: &Path) -> PersistentCache {
    let home = ("HOME".to_owned(), home.to_str().unwrap().to_owned());
    let env = [home].into_iter().collect::<Env>().on(Platform::Linux);
    PersistentCache::new(SystemStore::from_env(&env).unwrap().unencrypted(), PersistentCache::DEFAULT_NAME)
}

fn credential(
    home: &Path,
    authority: &str,
    host: &Transport,
    record: Option<AuthenticationRecord>,
) -> DeviceCodeCredential {
    let mut source = DeviceCode::new()
        .with_tenant_id("contoso.example")
        .with_options(ClientOptions::new().with_authority(authority))
        .with_prompt(|_| {});
    if let Some(record) = record {
        source = source.with_record(record).disable_automatic_authentication();
    }
    DeviceCodeCredential::builder(source).host(host.clone()).persistent_cache(cache(home)).build().unwrap()
}

/// This very program again, as the child that `name` says.
fn child(name: &str, home: &Path, variables: &[(&str, &str)]) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture"]).env("CHILD_HOME", home);
    command.envs(variables.iter().copied()).stdout(Stdio::piped()).spawn().unwrap()
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap()
}

#[test]
fn two_processes_share_one_cache_for_a_thousand_rounds() {
    let (entra, home) = (Emulator::start().unwrap(), Home::new("share"));
    let host = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    let first = credential(&home.0, entra.authority(), &host, None);
    let record = first.authenticate(&TokenRequest::new(&[VAULT])).unwrap().to_json();
    // Whoever uses a refresh token that was used before is signed out: losing the new one would show.
    entra.set_single_use_refresh_tokens(true);
    let variables =
        [("CHILD_AUTHORITY", entra.authority()), ("CHILD_CA", entra.ca_pem()), ("CHILD_RECORD", &record)];
    let together = |mode: &str| {
        let before = entra.token_requests();
        let variables = [&variables[..], &[("CHILD_MODE", mode)]].concat();
        let children = ["blocking_child_that_signs_in", "async_child_that_signs_in"]
            .map(|name| child(name, &home.0, &variables));
        for child in children {
            assert!(child.wait_with_output().unwrap().status.success(), "{mode}");
        }
        entra.token_requests() - before
    };
    assert_eq!(together("find"), 1, "one exchange for all");
    assert_eq!(together("refresh"), 2 * 50);
    assert_eq!(together("find"), 0);
    assert_eq!(cache(&home.0).accounts().unwrap().len(), 1);
    assert_eq!(corrupt(&home.0), 0);
}

/// Does nothing by itself: the test above runs it in a process of its own.
#[test]
fn blocking_child_that_signs_in() {
    let Ok(home) = std::env::var("CHILD_HOME") else { return };
    let host = Transport::builder().add_certificate_authorities(variable("CHILD_CA")).build();
    let record = AuthenticationRecord::from_json(&variable("CHILD_RECORD")).unwrap();
    let forced = variable("CHILD_MODE") == "refresh";
    for _ in 0..if forced { 50 } else { ROUNDS } {
        // A credential of its own each time: its memory is empty, as at the start of a process.
        let next = credential(Path::new(&home), &variable("CHILD_AUTHORITY"), &host, Some(record.clone()));
        next.get_token(&TokenRequest::new(&[STORAGE]).with_force_refresh(forced)).unwrap();
    }
}

/// The same in the other flavour.
#[tokio::test]
async fn async_child_that_signs_in() {
    use identity_async::{
        AuthenticationRecord, ClientOptions, DeviceCode, DeviceCodeCredential, PersistentCache, SystemStore,
        TokenRequest, Transport,
    };
    let Ok(home) = std::env::var("CHILD_HOME") else { return };
    let host = Transport::builder().add_certificate_authorities(variable("CHILD_CA")).build();
    let record = AuthenticationRecord::from_json(&variable("CHILD_RECORD")).unwrap();
    let env = [("HOME", home)].into_iter().collect::<Env>().on(Platform::Linux);
    let store = SystemStore::from_env(&env).unwrap().unencrypted();
    let forced = variable("CHILD_MODE") == "refresh";
    for _ in 0..if forced { 50 } else { ROUNDS } {
        let source = DeviceCode::new()
            .with_tenant_id("contoso.example")
            .with_options(ClientOptions::new().with_authority(variable("CHILD_AUTHORITY")))
            .with_record(record.clone())
            .disable_automatic_authentication();
        let next = DeviceCodeCredential::builder(source)
            .host(host.clone())
            .persistent_cache(PersistentCache::new(store.clone(), PersistentCache::DEFAULT_NAME))
            .build()
            .unwrap();
        next.get_token(&TokenRequest::new(&[STORAGE]).with_force_refresh(forced)).await.unwrap();
        next.close().await;
    }
}

#[test]
fn a_process_that_is_killed_while_it_writes_leaves_a_readable_cache() {
    let (entra, home) = (Emulator::start().unwrap(), Home::new("kill"));
    let host = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    let record = credential(&home.0, entra.authority(), &host, None)
        .authenticate(&TokenRequest::new(&[VAULT]))
        .unwrap();
    let writers = ["blocking_child_that_writes", "async_child_that_writes"].into_iter().cycle();
    for (lines, name) in [1, 2, 7, 8, 20, 33, 51, 80].into_iter().zip(writers) {
        let mut writer = child(name, &home.0, &[]);
        let output = BufReader::new(writer.stdout.take().unwrap());
        assert_eq!(
            output.lines().filter(|line| line.as_ref().unwrap() == "written").take(lines).count(),
            lines
        );
        writer.kill().unwrap();
        writer.wait().unwrap();
        let accounts = cache(&home.0).accounts().unwrap();
        assert_eq!(
            accounts.iter().filter(|account| account.home_account_id == record.home_account_id).count(),
            1
        );
        assert_eq!(corrupt(&home.0), 0);
    }
    let silent = credential(&home.0, entra.authority(), &host, Some(record));
    silent.get_token(&TokenRequest::new(&[VAULT])).unwrap();
}

/// Does nothing by itself: the test above runs it in processes of its own.
#[test]
fn blocking_child_that_writes() {
    let Ok(home) = std::env::var("CHILD_HOME") else { return };
    let nobody = identity_blocking::Account::default();
    loop {
        // Every change writes the whole file, whether anything is different or not.
        cache(Path::new(&home)).sign_out(&nobody).unwrap();
        println!("written");
    }
}

/// The same in the other flavour.
#[tokio::test]
async fn async_child_that_writes() {
    use identity_async::{PersistentCache, SystemStore};
    let Ok(home) = std::env::var("CHILD_HOME") else { return };
    let env = [("HOME", home)].into_iter().collect::<Env>().on(Platform::Linux);
    let store = SystemStore::from_env(&env).unwrap().unencrypted();
    let nobody = identity_async::Account::default();
    loop {
        let cache = PersistentCache::new(store.clone(), PersistentCache::DEFAULT_NAME);
        cache.sign_out(&nobody).await.unwrap();
        println!("written");
    }
}

fn corrupt(home: &Path) -> usize {
    let names = std::fs::read_dir(home.join(".IdentityService")).unwrap();
    names.filter(|name| name.as_ref().unwrap().file_name().to_string_lossy().contains("corrupt")).count()
}
