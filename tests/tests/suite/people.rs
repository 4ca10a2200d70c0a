//! Signing in people: once, then silently, also in the next process; nobody is asked twice for nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use identity_testing::emulator::SignInPage;

use super::doubles::VirtualClock;
use super::identity::{
    AuthenticationRecord, Cache, CredentialOn, DefaultAzureCredential, DeviceCode, Env, Error, ErrorKind,
    Expected, InteractiveBrowser, Member, OnBehalfOf, PersistentCache, Platform, Refresh, TokenRequest,
    Transport,
};
#[cfg(unix)]
use super::sandbox::Sandbox;
use super::{Fixture, Home, STORAGE, VAULT, flavour, flavour_test};

type Person = CredentialOn<DeviceCode, VirtualClock<Transport>>;

/// A device code credential that counts how often somebody is asked.
fn person(
    fixture: &Fixture,
    cache: Option<PersistentCache>,
    change: impl FnOnce(DeviceCode) -> DeviceCode,
) -> (Person, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let counter = asked.clone();
    let source = DeviceCode::new()
        .with_tenant_id(fixture.entra.tenant().id())
        .with_options(fixture.options())
        .with_prompt(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
    let mut builder = Person::on(fixture.host.clone(), change(source)).refresh(Refresh::Inline);
    if let Some(cache) = cache {
        builder = builder.persistent_cache(cache);
    }
    (builder.build().unwrap(), asked)
}

#[flavour]
#[flavour_test]
async fn a_person_is_asked_once_for_all_resources() {
    let fixture = Fixture::new();
    let (credential, asked) = person(&fixture, None, |source| source);
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(token.describe().unwrap().username.as_deref(), Some(fixture.entra.users()[0].username()));
    credential.get_token(&TokenRequest::new(&[STORAGE])).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    // Tokens with continuous access evaluation are another session.
    credential.get_token(&TokenRequest::new(&[VAULT]).with_cae(true)).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[flavour]
#[flavour_test]
async fn a_revoked_session_asks_again_or_says_so() {
    let fixture = Fixture::new();
    let (credential, asked) = person(&fixture, None, |source| source.disable_automatic_authentication());
    let request = TokenRequest::new(&[VAULT]);
    let error = credential.get_token(&request).await.unwrap_err();
    assert_eq!((error.kind(), error.scopes()), (ErrorKind::InteractionRequired, &[VAULT.to_owned()][..]));
    let record = credential.authenticate(&request).await.unwrap();
    assert_eq!(record.username, fixture.entra.users()[0].username());
    credential.get_token(&request).await.unwrap();
    fixture.entra.revoke_refresh_tokens();
    let error = credential.get_token(&request.with_force_refresh(true)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InteractionRequired);
    let before = fixture.requests();
    credential.get_token(&request.with_force_refresh(true)).await.unwrap_err();
    assert_eq!(fixture.requests(), before, "the dead refresh token is gone");
    credential.authenticate(&request.with_force_refresh(true)).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[flavour]
#[flavour_test]
async fn nobody_is_asked_while_the_token_is_still_good() {
    let fixture = Fixture::new();
    fixture.entra.set_refresh_in(Some(Duration::from_secs(600)));
    let (credential, asked) = person(&fixture, None, |source| source);
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    fixture.entra.revoke_refresh_tokens();
    fixture.host.advance(Duration::from_secs(601));
    let again = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!((again.secret(), asked.load(Ordering::Relaxed)), (token.secret(), 1));
    fixture.host.advance(Duration::from_secs(3600));
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[flavour]
#[flavour_test]
async fn the_next_process_signs_in_without_a_word() {
    let (fixture, home) = (Fixture::new(), Home::new());
    let request = TokenRequest::new(&[VAULT]);
    let (first, asked) = person(&fixture, Some(home.cache()), |source| source);
    let record = first.authenticate(&request).await.unwrap();
    let token = first.get_token(&request).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let record = AuthenticationRecord::from_json(&record.to_json()).unwrap();
    let before = fixture.requests();
    let (next, asked) = person(&fixture, Some(home.cache()), |source| source.with_record(record.clone()));
    let again = next.get_token(&request).await.unwrap();
    assert_eq!(again.secret(), token.secret());
    assert!(again.is_from_cache(), "another process had it from the network");
    assert_eq!(fixture.requests(), before, "the access token is still good");
    next.get_token(&TokenRequest::new(&[STORAGE])).await.unwrap();
    assert_eq!((fixture.requests(), asked.load(Ordering::Relaxed)), (before + 1, 0));
    // Without the record nobody's account is taken.
    let (stranger, _) =
        person(&fixture, Some(home.cache()), |source| source.disable_automatic_authentication());
    let error = stranger.get_token(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InteractionRequired);
}

#[flavour]
#[flavour_test]
async fn whoever_is_not_expected_does_not_stay_signed_in() {
    const STRANGER: &str = "99999999-9999-9999-9999-999999999999";
    let (fixture, home) = (Fixture::new(), Home::new());
    let request = TokenRequest::new(&[VAULT]);
    let asked = Arc::new(AtomicU32::new(0));
    let counter = asked.clone();
    let source = DeviceCode::new()
        .with_tenant_id(fixture.entra.tenant().id())
        .with_options(fixture.options())
        .with_prompt(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
    let credential = Person::on(fixture.host.clone(), source)
        .persistent_cache(home.cache())
        .expect(Expected::new().object_id(STRANGER))
        .build()
        .unwrap();
    for round in 1..=2 {
        let error = credential.get_token(&request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongIdentity);
        assert_eq!(asked.load(Ordering::Relaxed), round, "the right person may sign in the next time");
    }
    let accounts = home.cache().accounts().await.unwrap();
    assert!(accounts.is_empty(), "{accounts:?}");
}

#[flavour]
#[flavour_test]
async fn people_can_be_listed_and_signed_out() {
    let (fixture, home) = (Fixture::new(), Home::new());
    let request = TokenRequest::new(&[VAULT]);
    let (credential, _) = person(&fixture, Some(home.cache()), |source| source);
    let record = credential.authenticate(&request).await.unwrap();
    let accounts = home.cache().accounts().await.unwrap();
    assert_eq!((accounts.len(), &accounts[0].home_account_id), (1, &record.home_account_id));
    home.cache().sign_out(&accounts[0]).await.unwrap();
    let accounts = home.cache().accounts().await.unwrap();
    assert!(accounts.is_empty(), "{accounts:?}");
    let silent = |source: DeviceCode| source.with_record(record).disable_automatic_authentication();
    let (next, _) = person(&fixture, Some(home.cache()), silent);
    let error = next.get_token(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InteractionRequired);
}

#[flavour]
#[flavour_test]
async fn a_corrupt_cache_is_set_aside_and_the_person_asked_again() {
    let (fixture, home) = (Fixture::new(), Home::new());
    let request = TokenRequest::new(&[VAULT]);
    let (first, _) = person(&fixture, Some(home.cache()), |source| source);
    let record = first.authenticate(&request).await.unwrap();
    let directory = home.path().join(".IdentityService");
    std::fs::write(directory.join("msal.cache.nocae"), "{\"AccessToken\": {\"cut off").unwrap();
    let (next, asked) = person(&fixture, Some(home.cache()), |source| source.with_record(record));
    next.get_token(&request).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let names =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().any(|name| name.contains(".corrupt-")));
    let accounts = home.cache().accounts().await.unwrap();
    assert_eq!(accounts.len(), 1);
}

#[flavour]
#[flavour_test]
async fn the_default_chain_finds_the_account_of_another_program() {
    let (fixture, home) = (Fixture::new(), Home::new());
    let transport = Transport::builder().add_certificate_authorities(fixture.entra.ca_pem()).build();
    let env = Env::from_iter([("HOME", home.path().to_str().unwrap()), ("PATH", "/nonexistent")]);
    let build = || {
        let builder =
            DefaultAzureCredential::builder().host(transport.clone()).exclude(Member::ManagedIdentity);
        builder.env(env.clone().on(Platform::Linux)).client_options(fixture.options()).build().unwrap()
    };
    let request = TokenRequest::new(&[STORAGE]);
    let error = build().get_token(&request).await.unwrap_err();
    assert!(error.to_string().contains("No accounts were found"), "{error}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "looking leaves nothing behind");
    let (other_program, _) = person(&fixture, Some(home.cache()), |source| source);
    other_program.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    let token = build().get_token(&request).await.unwrap();
    assert_eq!(token.credential(), "SharedTokenCacheCredential");
    assert_eq!(token.describe().unwrap().username.as_deref(), Some(fixture.entra.users()[0].username()));
    // A cache that cannot be read is no reason to ask nobody else.
    let cache = home.path().join(".IdentityService/msal.cache.nocae");
    std::fs::remove_file(&cache).unwrap();
    std::fs::create_dir(&cache).unwrap();
    let error = build().get_token(&request).await.unwrap_err();
    assert!(error.attempts().iter().all(Error::is_unavailable), "{error}");
}

#[flavour]
#[flavour_test]
async fn a_real_browser_brings_the_person_back() {
    let path = std::env::var("PATH").unwrap();
    if !std::env::split_paths(&path).any(|directory| directory.join("chromium").is_file()) {
        println!("skipped: chromium is not installed");
        return;
    }
    let fixture = Fixture::new();
    fixture.entra.set_sign_in_page(SignInPage::SelfSubmitting);
    let home = Home::new();
    let browser = format!(
        "chromium --headless=new --no-sandbox --disable-gpu --ignore-certificate-errors --user-data-dir={} %s",
        home.path().display()
    );
    let env = [("BROWSER".to_owned(), browser), ("PATH".to_owned(), path)].into_iter().collect::<Env>();
    let transport = Transport::builder().add_certificate_authorities(fixture.entra.ca_pem()).build();
    let source =
        InteractiveBrowser::new().with_tenant_id(fixture.entra.tenant().id()).with_options(fixture.options());
    let credential = CredentialOn::on(transport, source).env(env.on(Platform::Linux)).build().unwrap();
    let record = credential.authenticate(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(record.username, fixture.entra.users()[0].username());
    credential.get_token(&TokenRequest::new(&[STORAGE])).await.unwrap();
}

/// The first browser takes longer to fail than the caller waits: that is no reason to wait, or to start the next one.
#[cfg(unix)]
#[flavour]
#[flavour_test]
async fn the_time_of_the_caller_counts_while_a_browser_starts() {
    let (fixture, sandbox) = (Fixture::new(), Sandbox::new());
    let slow = sandbox.tool("slow", "sleep 1; exit 1");
    let next = sandbox.tool("next", &format!("echo started > {}/next.started", sandbox.path().display()));
    let env = Env::from_iter([("BROWSER", format!("{}:{}", slow.display(), next.display()))]);
    let source =
        InteractiveBrowser::new().with_tenant_id(fixture.entra.tenant().id()).with_options(fixture.options());
    let transport = Transport::builder().add_certificate_authorities(fixture.entra.ca_pem()).build();
    let credential = CredentialOn::on(transport, source).env(env.on(Platform::Linux)).build().unwrap();
    let request = TokenRequest::new(&[VAULT]).with_deadline(Duration::from_millis(300));
    let error = credential.get_token(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    credential.close().await;
    assert_eq!(sandbox.file("next.started"), "");
}

#[flavour]
#[flavour_test]
async fn callers_of_an_api_never_get_each_others_tokens() {
    let fixture = Fixture::new();
    let cache = Cache::new();
    let mut names = Vec::new();
    for user in fixture.entra.users() {
        let source = on_behalf_of(&fixture, user.username(), user.password()).await;
        let credential = CredentialOn::on(fixture.host.clone(), source).cache(cache.clone()).build().unwrap();
        let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
        assert!(!token.is_from_cache());
        names.push(token.describe().unwrap().username.unwrap());
        let again = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
        assert!(again.is_from_cache());
    }
    let expected: Vec<&str> = fixture.entra.users().iter().map(|user| user.username()).collect();
    assert_eq!((names, cache.len()), (expected.into_iter().map(str::to_owned).collect(), 2));
}

/// A web API that was called by this person.
#[flavour]
#[allow(deprecated, reason = "the quickest way to somebody's token")]
async fn on_behalf_of(fixture: &Fixture, username: &str, password: &str) -> OnBehalfOf {
    use super::identity::UsernamePassword;

    let (tenant, app) = (fixture.entra.tenant().id(), fixture.entra.app().client_id());
    let public = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
    let caller = UsernamePassword::new(public, username, password)
        .with_tenant_id(tenant)
        .with_options(fixture.options());
    let caller = CredentialOn::on(fixture.host.clone(), caller).build().unwrap();
    let scope = format!("api://{app}/.default");
    let token = caller.get_token(&TokenRequest::new(&[&scope])).await.unwrap();
    OnBehalfOf::with_secret(tenant, app, fixture.entra.secret(), token.secret())
        .with_options(fixture.options())
}
