//! The sources of this crate: ways to get a token from Microsoft Entra ID.

mod assertion_fn;
mod authorization_code;
mod azure_pipelines;
#[cfg(feature = "certificate")]
mod certificate_assertion;
mod client_assertion;
#[cfg(feature = "certificate")]
mod client_certificate;
mod client_secret;
mod device_code;
mod environment;
mod github_actions;
#[cfg(feature = "interactive-browser")]
mod interactive_browser;
mod oidc;
mod on_behalf_of;
mod person;
mod refresh;
#[cfg(feature = "persistent-cache")]
mod shared_token_cache;
mod token_file;
mod username_password;
mod workload_identity;

use std::time::Duration;

pub use assertion_fn::{AssertionFn, AssertionRequest, AsyncAssertionFn, FunctionError};
pub use authorization_code::AuthorizationCode;
pub use azure_pipelines::AzurePipelines;
#[cfg(feature = "certificate")]
pub use certificate_assertion::CertificateAssertion;
pub use client_assertion::ClientAssertion;
#[cfg(feature = "certificate")]
pub use client_certificate::ClientCertificate;
pub use client_secret::ClientSecret;
pub use device_code::{DeviceCode, DeviceCodePrompt};
pub use environment::Environment;
pub use github_actions::GitHubActions;
#[cfg(feature = "interactive-browser")]
pub use interactive_browser::InteractiveBrowser;
pub use on_behalf_of::OnBehalfOf;
pub use person::SignsIn;
#[cfg(feature = "persistent-cache")]
pub use shared_token_cache::SharedTokenCache;
pub use token_file::TokenFile;
#[allow(deprecated, reason = "exported for those who still need it")]
pub use username_password::UsernamePassword;
pub use workload_identity::WorkloadIdentity;

use crate::explain::Inspection;
use crate::tenant::Tenancy;
use crate::{AccessToken, Env, Grant, Moment, Result, Step, TokenRequest};

/// One way to get a token, described as steps. It decides everything and touches nothing.
///
/// Implement it to bring a credential of your own that gets cache, refresh, single flight, retry and closing from
/// `Credential` in both flavours.
#[cfg_attr(
    all(feature = "blocking", feature = "async"),
    doc = "\nThat is [`blocking::Credential`](crate::blocking::Credential) and \
           [`asynchronous::Credential`](crate::asynchronous::Credential)."
)]
pub trait Source: Send + Sync + 'static {
    /// The name in errors and logs, such as `ClientSecretCredential`.
    fn name(&self) -> &str;

    /// Validates the input and takes what is needed from the environment. Called once, before anything else.
    ///
    /// # Errors
    /// What is missing or malformed, by name, with the remedy.
    fn configure(&mut self, env: &Env) -> Result<()>;

    /// Everything but the request that changes the token: authority, client, selected identity. Entries of different
    /// partitions never meet in a shared cache.
    fn partition(&self) -> String;

    /// The tenant rules; `None` where a requested tenant is ignored.
    fn tenancy(&self) -> Option<&Tenancy> {
        None
    }

    /// Whether continuous access evaluation changes what this source asks for. Where it does not, requests with and
    /// without it share their tokens.
    fn supports_cae(&self) -> bool {
        true
    }

    /// The longest one call may take unless the caller says otherwise: 120 s.
    fn deadline(&self) -> Duration {
        Duration::from_secs(120)
    }

    /// Whether tokens are kept. Developer tools keep their own, for an identity that may change at any time.
    fn is_cached(&self) -> bool {
        true
    }

    /// What the source would look at in this environment, and what it would do; see
    /// [`Report`](crate::explain::Report). It is asked before [`configure`](Self::configure) as well.
    fn inspect(&self, _env: &Env) -> Inspection {
        Inspection::default()
    }

    /// Whose entries of a persistent cache a request may use; `None` keeps the source out of it.
    #[cfg(feature = "persistent-cache")]
    fn owner(&self, _request: &TokenRequest<'_>, _previous: Option<&Grant>) -> Option<crate::store::Owner> {
        None
    }

    /// Whether a refresh token also serves scopes that it did not come with. Where it does not, a request for others
    /// starts from the beginning.
    fn refreshes_other_scopes(&self) -> bool {
        true
    }

    /// Why a request is refused whatever else may be wrong with it: asked before scopes and tenant are looked at, so
    /// that nobody mends those in vain.
    fn refuses(&self, _request: &TokenRequest<'_>) -> Option<crate::Error> {
        None
    }

    /// Whether only one request at a time may begin without a refresh token, as it asks a person, redeems a code that is good
    /// for once, or runs what cannot run twice at a time. Requests for other scopes wait until it has ended, and then build
    /// on the refresh token it left, if any.
    fn begins_alone(&self, _request: &TokenRequest<'_>) -> bool {
        false
    }

    /// Whether this source begins with something newer than any kept token: a code that waits to be redeemed.
    fn starts_anew(&self) -> bool {
        false
    }

    /// Drops a token that was refused, or all tokens, where the source itself keeps some; says whether there was one.
    fn forget(&self, _token: Option<&AccessToken>) -> bool {
        false
    }

    /// The first step towards a token. `request` names the tenant that the tenant rules led to. `previous` is the last
    /// grant for this request or, failing that, the last one of this credential that has a refresh token.
    fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step;
}

/// A source that is another one (its only field) by a name of its own.
macro_rules! delegate_source {
    ($source:ty, $name:literal) => {
        impl Source for $source {
            #[inline]
            fn name(&self) -> &str {
                $name
            }

            #[inline]
            fn configure(&mut self, env: &Env) -> Result<()> {
                self.0.configure(env)
            }

            #[inline]
            fn partition(&self) -> String {
                self.0.partition()
            }

            #[inline]
            fn tenancy(&self) -> Option<&Tenancy> {
                self.0.tenancy()
            }

            #[cfg(feature = "persistent-cache")]
            #[inline]
            fn owner(
                &self,
                request: &TokenRequest<'_>,
                previous: Option<&Grant>,
            ) -> Option<crate::store::Owner> {
                self.0.owner(request, previous)
            }

            #[inline]
            fn inspect(&self, env: &Env) -> Inspection {
                self.0.inspect(env)
            }

            #[inline]
            fn acquire(&self, request: &TokenRequest<'_>, previous: Option<&Grant>, moment: &Moment) -> Step {
                self.0.acquire(request, previous, moment)
            }
        }
    };
}
use delegate_source;

/// The options of every source that has a `person`.
macro_rules! person_options {
    ($source:ty) => {
        impl $source {
            /// The tenant (id or domain name); by default that of the record, else `organizations`.
            #[must_use]
            #[inline]
            pub fn with_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
                self.person.tenant_id = Some(tenant_id.into());
                self
            }

            /// The application to sign in to; by default that of Azure developer tools. A record's application wins.
            #[must_use]
            #[inline]
            pub fn with_client_id(mut self, client_id: impl Into<String>) -> Self {
                self.person.client_id = Some(client_id.into());
                self
            }

            /// The record of an earlier sign-in: its account is looked for in the persistent cache before anybody is
            /// asked, and its application and authority are used.
            #[must_use]
            #[inline]
            pub fn with_record(mut self, record: AuthenticationRecord) -> Self {
                self.person.record = Some(record);
                self
            }

            /// Never asks the person by itself: where that would be needed, the error has the kind
            /// [`InteractionRequired`](crate::ErrorKind::InteractionRequired), and `authenticate` asks.
            #[must_use]
            #[inline]
            pub const fn disable_automatic_authentication(mut self) -> Self {
                self.person.automatic = false;
                self
            }

            /// Authority, further tenants, retry.
            #[must_use]
            #[inline]
            pub fn with_options(mut self, options: ClientOptions) -> Self {
                self.person.options = options;
                self
            }
        }
    };
}
pub(crate) use person_options;
