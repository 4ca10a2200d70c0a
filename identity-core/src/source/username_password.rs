//! A person's name and password (RFC 6749, section 4.3). Deprecated: it cannot do a second factor.
#![allow(deprecated, reason = "this is the deprecated type itself")]

use super::person::{Person, SignsIn};
use super::refresh::SIGN_IN_SCOPES;
use crate::client::ClientOptions;
use crate::explain::Inspection;
use crate::oauth::Form;
use crate::source::Source;
use crate::tenant::Tenancy;
use crate::{AuthenticationRecord, Env, Error, Grant, Moment, Result, Secret, Step, TokenRequest};

/// Tokens for a person, by name and password. Tokens and the refresh token are cached.
///
/// It fails for accounts with a second factor, for personal accounts and for most federated ones.
#[derive(Clone, Debug)]
#[deprecated(
    note = "passwords cannot do multi-factor authentication, which Microsoft Entra ID requires more and more: \
                     sign people in with a device code or a browser, and programs with a certificate or federation"
)]
pub struct UsernamePassword {
    person: Person,
    username: String,
    password: Secret,
}

impl UsernamePassword {
    /// A person of the `organizations` tenant, unless another is set, for a public client application.
    #[inline]
    pub fn new(
        client_id: impl Into<String>,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Self {
        let mut person = Person::new();
        person.client_id = Some(client_id.into());
        Self { person, username: username.into(), password: password.into() }
    }
}

super::person_options!(UsernamePassword);

impl Source for UsernamePassword {
    #[inline]
    fn name(&self) -> &str {
        "UsernamePasswordCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        if self.username.is_empty() {
            return Err(Error::invalid_argument(
                "the username is empty: pass the name that the person signs in with",
            ));
        }
        if self.password.is_empty() {
            return Err(Error::invalid_argument("the password is empty: pass the person's password"));
        }
        self.person.configure(env)
    }

    #[inline]
    fn partition(&self) -> String {
        self.person.partition()
    }

    #[inline]
    fn tenancy(&self) -> Option<&Tenancy> {
        self.person.tenancy()
    }

    #[cfg(feature = "persistent-cache")]
    #[inline]
    fn owner(&self, request: &TokenRequest<'_>, previous: Option<&Grant>) -> Option<crate::store::Owner> {
        self.person.owner(request, previous)
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        self.person.inspection(env, "asks Entra, with the name and password of a person")
    }

    #[inline]
    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step {
        let client = match self.person.client() {
            Ok(client) => client.clone(),
            Err(error) => return Step::fail(error),
        };
        let form = Form::grant_type("password")
            .field("username", &self.username)
            .secret("password", &self.password)
            .field("client_info", "1");
        self.person.acquire(request, previous, moment, move |request, moment| {
            request.with(|request| match form.request(request, &SIGN_IN_SCOPES) {
                Ok(form) => client.exchange(client.tenant(request), form, &moment),
                Err(error) => Step::fail(error),
            })
        })
    }
}

impl SignsIn for UsernamePassword {
    #[inline]
    fn management_scope(&self) -> Result<&'static str> {
        self.person.management_scope()
    }
}
