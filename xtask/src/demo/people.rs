//! People in the demo: a device code, a browser, a code from somebody else's, on-behalf-of, and a cache that stays.

use std::path::PathBuf;
use std::sync::Arc;

use identity_testing::emulator::{CERTIFICATE_APP, Emulator, PUBLIC_APP};

use super::identity::{
    AuthenticationRecord, AuthorizationCode, ClientOptions, Credential, DeviceCode, Env, Error,
    InteractiveBrowser, OnBehalfOf, PersistentCache, Result, Source, SystemStore, TokenCredential, Transport,
};
use crate::browser;

type Built = Result<Arc<dyn TokenCredential>>;

/// Where web applications of the embedded Entra get their codes.
const REDIRECT_URI: &str = "http://localhost:45678";

const VAULT: &str = "https://vault.azure.net/.default";

/// A file or folder that is gone with the demo.
pub(super) struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        let name = format!("identity-demo-{name}-{}-{}", super::FLAVOUR, std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let removed = match self.0.is_dir() {
            true => std::fs::remove_dir_all(&self.0),
            false => std::fs::remove_file(&self.0),
        };
        if let Err(error) = removed {
            eprintln!("{} stays behind: {error}", self.0.display());
        }
    }
}

pub(super) struct People<'a> {
    pub(super) entra: &'a Emulator,
    pub(super) transport: &'a Transport,
}

impl People<'_> {
    /// The emulator approves codes at once, so that nobody needs to be told.
    pub(super) fn device_code(&self) -> Built {
        let source = DeviceCode::new().with_tenant_id(self.tenant()).with_prompt(|_| {});
        self.build(source.with_options(self.options()), Env::empty())
    }

    #[allow(deprecated, reason = "the demo shows every credential")]
    pub(super) fn password(&self) -> Built {
        use super::identity::UsernamePassword;

        let (name, password) = self.user();
        let source = UsernamePassword::new(PUBLIC_APP, name, password);
        self.build(source.with_tenant_id(self.tenant()).with_options(self.options()), Env::empty())
    }

    /// This program is the browser, as `BROWSER` says.
    pub(super) fn interactive_browser(&self) -> Result<(Arc<dyn TokenCredential>, Temporary)> {
        let ca = Temporary::new("ca");
        std::fs::write(&ca.0, self.entra.ca_pem()).map_err(|error| failed(&ca.0.display(), &error))?;
        let program = std::env::current_exe().map_err(|error| failed(&"this program", &error))?;
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let (name, folder) = (text(program.file_name()), text(program.parent().map(|it| it.as_os_str())));
        let browser = format!("{name} browser {} %s", text(ca.0.file_name()));
        let env = Env::from_iter([("BROWSER", browser), ("PATH", folder)]);
        let source = InteractiveBrowser::new().with_tenant_id(self.tenant()).with_login_hint(self.user().0);
        Ok((self.build(source.with_options(self.options()), env)?, ca))
    }

    /// A web application that got its code with the redirect of a browser.
    pub(super) fn authorization_code(&self) -> Built {
        let app = self.entra.app().client_id();
        let query = browser::encode(&[
            ("client_id", app),
            ("response_type", "code"),
            ("response_mode", "form_post"),
            ("redirect_uri", REDIRECT_URI),
            ("scope", VAULT),
            ("login_hint", self.user().0),
        ]);
        let endpoint = format!("{}/{}/oauth2/v2.0/authorize", self.entra.authority(), self.tenant());
        let form = browser::open(self.entra.ca_pem(), &format!("{endpoint}?{query}"))
            .map_err(|error| failed(&"the sign-in", &error))?;
        let code = form.field("code").unwrap_or_default();
        let source = AuthorizationCode::new(self.tenant(), app, code, REDIRECT_URI)
            .with_client_secret(self.entra.secret());
        self.build(source.with_options(self.options()), Env::empty())
    }

    pub(super) fn on_behalf_of_secret(&self) -> Built {
        let app = self.entra.app().client_id();
        let source = OnBehalfOf::with_secret(self.tenant(), app, self.entra.secret(), self.token_for(app)?);
        self.build(source.with_options(self.options()), Env::empty())
    }

    pub(super) fn on_behalf_of_certificate(&self) -> Built {
        let (app, certificate) = (CERTIFICATE_APP, self.entra.client_certificate().pem());
        let source = OnBehalfOf::with_certificate(self.tenant(), app, certificate, self.token_for(app)?);
        self.build(source.with_options(self.options()), Env::empty())
    }

    /// A person signed in through another credential, which is gone. In clear text: the demo runs without a keyring.
    pub(super) fn persistent_cache(&self) -> Result<(Arc<dyn TokenCredential>, Temporary)> {
        let home = Temporary::new("home");
        std::fs::create_dir_all(&home.0).map_err(|error| failed(&home.0.display(), &error))?;
        let place = home.0.display().to_string();
        let env = Env::from_iter([("HOME", &*place), ("LOCALAPPDATA", &*place)]);
        let record = self.sign_in(&env)?;
        let source = DeviceCode::new()
            .with_options(self.options())
            .with_record(AuthenticationRecord::from_json(&record)?)
            .disable_automatic_authentication();
        let store = SystemStore::from_env(&env)?.unencrypted();
        let credential = Credential::builder(source)
            .host(self.transport.clone())
            .persistent_cache(PersistentCache::new(store, PersistentCache::DEFAULT_NAME));
        Ok((Arc::new(credential.build()?), home))
    }

    /// The first program of this person, which is a blocking one. What is left is the cache and this record.
    fn sign_in(&self, env: &Env) -> Result<String> {
        use identity_blocking::{
            DeviceCodeCredential, PersistentCache, SystemStore, TokenRequest, Transport,
        };

        let transport = Transport::builder().add_certificate_authorities(self.entra.ca_pem()).build();
        let source = DeviceCode::new().with_tenant_id(self.tenant()).with_prompt(|_| {});
        let store = SystemStore::from_env(env)?.unencrypted();
        let credential = DeviceCodeCredential::builder(source.with_options(self.options()))
            .host(transport)
            .persistent_cache(PersistentCache::new(store, PersistentCache::DEFAULT_NAME))
            .build()?;
        Ok(credential.authenticate(&TokenRequest::new(&[VAULT]))?.to_json())
    }

    /// What a caller of a web API sends with its request.
    #[allow(deprecated, reason = "the quickest way to somebody's token")]
    fn token_for(&self, app: &str) -> Result<String> {
        use identity_blocking::{Credential, TokenRequest, Transport, UsernamePassword};

        let (name, password) = self.user();
        let source = UsernamePassword::new(PUBLIC_APP, name, password).with_tenant_id(self.tenant());
        let transport = Transport::builder().add_certificate_authorities(self.entra.ca_pem()).build();
        let caller = Credential::builder(source.with_options(self.options())).host(transport).build()?;
        let scope = format!("api://{app}/.default");
        Ok(caller.get_token(&TokenRequest::new(&[&scope]))?.secret().to_owned())
    }

    fn build<S: Source>(&self, source: S, env: Env) -> Built {
        Ok(Arc::new(Credential::builder(source).host(self.transport.clone()).env(env).build()?))
    }

    fn user(&self) -> (&str, &str) {
        self.entra.users().first().map_or(("", ""), |user| (user.username(), user.password()))
    }

    fn tenant(&self) -> &str {
        self.entra.tenant().id()
    }

    fn options(&self) -> ClientOptions {
        ClientOptions::new().with_authority(self.entra.authority())
    }
}

fn failed(what: &dyn std::fmt::Display, why: &dyn std::fmt::Display) -> Error {
    Error::unavailable(format!("{what}: {why}"))
}
