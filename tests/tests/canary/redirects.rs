//! People whom a browser brings back with a code.

use std::path::{Path, PathBuf};

use identity_testing::emulator::{Emulator, SignInPage};

use super::flavour;
use super::flavour_test;
use super::identity::{AuthorizationCode, Env, InteractiveBrowser, Platform, TokenRequest};
use super::trial::{acquit, build, build_on, faults, options, show, transport, trial, trial_for};
use crate::{hands, witness};

const VAULT: &str = "https://vault.azure.net/.default";
const REDIRECT_URI: &str = "http://localhost:45678";

/// Where codes are redeemed.
const TOKEN_ENDPOINT: &[&str] = &["/oauth2/v2.0/token"];

/// The certificate authority of an emulator in a file, which is gone with the test.
struct Authority(PathBuf);

impl Authority {
    /// A name that is not of another test, and no path.
    fn new(entra: &Emulator, test: &str) -> (Self, Env) {
        let name = format!("{}-{test}-{}.ca", module_path!().replace(':', "_"), std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
        std::fs::write(&path, entra.ca_pem()).unwrap();
        let env = hands::variables(&name).into_iter().map(|(name, value)| (name.to_owned(), value));
        (Self(path), env.collect::<Env>().on(Platform::Linux))
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

#[flavour]
#[flavour_test]
async fn codes_states_and_verifiers_of_a_browser_are_not_seen() {
    witness::watch();
    let entra = Emulator::start().unwrap();
    let (_authority, env) = Authority::new(&entra, "browser");
    let source = InteractiveBrowser::new()
        .with_tenant_id(entra.tenant().id())
        .with_login_hint(entra.users()[0].username())
        .with_options(options(&entra));
    let credential = build(&entra, source, env);
    trial(&entra, credential, TOKEN_ENDPOINT, &[]).await;
    let requests = entra.requests();
    let sent = |name: &str| requests.iter().any(|it| it.form(name).is_some());
    assert!(sent("code") && sent("code_verifier") && sent("refresh_token"));
    let states: Vec<&str> = requests.iter().filter_map(|it| it.query("state")).collect();
    assert!(!states.is_empty());
    witness::acquit(&states);
}

#[flavour]
#[flavour_test]
async fn a_sign_in_that_fails_shows_nothing_of_itself() {
    witness::watch();
    let entra = Emulator::start().unwrap();
    let (_authority, env) = Authority::new(&entra, "failing");
    let source = InteractiveBrowser::new().with_tenant_id(entra.tenant().id()).with_options(options(&entra));
    let (request, transport) = (TokenRequest::new(&[VAULT]), transport(&entra));
    // The code of the redirect goes wrong.
    for fault in faults() {
        let source = source.clone().with_login_hint(entra.users()[0].username());
        let credential = build_on(&transport, source, env.clone(), None).unwrap();
        entra.fail(fault.on(TOKEN_ENDPOINT[0]).times(9));
        show(&credential.get_token(&request).await.unwrap_err());
        entra.clear_faults();
        credential.close().await;
    }
    entra.set_sign_in_page(SignInPage::Cancelled);
    let credential = build(&entra, source.clone(), env).unwrap();
    let error = credential.get_token(&request).await.unwrap_err();
    assert!(error.to_string().contains("access_denied"), "{error}");
    show(&error);
    let credential =
        build(&entra, source, Env::from_iter([("PATH", "/nonexistent"), ("BROWSER", "nobrowser")])).unwrap();
    show(&credential.get_token(&request.in_chain(true)).await.unwrap_err());
    let states = entra.requests().iter().filter_map(|it| it.query("state").map(str::to_owned)).collect();
    acquit(&entra, states);
}

/// A code as a web application gets it.
fn code(entra: &Emulator, client: &str, scopes: &str) -> String {
    let query = hands::encode([
        ("client_id", client),
        ("response_type", "code"),
        ("response_mode", "form_post"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", scopes),
        ("login_hint", entra.users()[0].username()),
    ]);
    let endpoint = format!("{}/{}/oauth2/v2.0/authorize", entra.authority(), entra.tenant().id());
    hands::open(entra.ca_pem(), &format!("{endpoint}?{query}")).field("code").to_owned()
}

#[flavour]
#[flavour_test]
async fn the_code_of_a_web_application_is_not_seen() {
    witness::watch();
    let entra = Emulator::start().unwrap();
    let (tenant, app) = (entra.tenant().id(), entra.app().client_id());
    let scopes = [VAULT, "offline_access", "openid"];
    let source = |code: &str| {
        AuthorizationCode::new(tenant, app, code, REDIRECT_URI)
            .with_client_secret(entra.secret())
            .with_options(options(&entra))
    };
    let redeemed = code(&entra, app, &scopes.join(" "));
    let credential = build(&entra, source(&redeemed), Env::empty());
    trial_for(&scopes, &entra, credential, TOKEN_ENDPOINT, &[&redeemed, entra.secret()]).await;
    // The code itself is refused, or its answer lost.
    let transport = transport(&entra);
    for fault in faults() {
        let code = code(&entra, app, &scopes.join(" "));
        let credential = build_on(&transport, source(&code), Env::empty(), None).unwrap();
        entra.fail(fault.on(TOKEN_ENDPOINT[0]).times(9));
        show(&credential.get_token(&TokenRequest::new(&scopes)).await.unwrap_err());
        entra.clear_faults();
        credential.close().await;
    }
    acquit(&entra, vec![entra.secret().to_owned()]);
}
