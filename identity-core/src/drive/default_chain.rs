//! The default chain: one line that works on a laptop, in a build system and on Azure.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::builder::{Builder, Refresh};
use super::chain::Chain;
use super::default_builder::DefaultBuilder;
use super::flavour;
use super::host::Host;
use super::missing::Missing;
#[cfg(feature = "persistent-cache")]
use super::store::PersistentCache;
use super::token_credential::TokenCredential;
use crate::default_options::DefaultOptions;
use crate::explain::{Inspection, Report};
use crate::selection::Member;
use crate::{AccessToken, Env, Error, Expected, Result, Source, TokenRequest};

/// The credentials that a crate can put into a default chain.
pub trait Members<H: Host>: Send + Sync + 'static {
    /// The credential for a place in the chain. One that cannot be used is [reported](Kit::missing), not left out.
    fn member(member: Member, kit: &Kit<'_, H>) -> Arc<dyn TokenCredential>;
}

/// What members are built with.
#[derive(Debug)]
pub struct Kit<'a, H: Host> {
    pub(super) host: &'a H,
    pub(super) options: &'a DefaultOptions,
    pub(super) env: &'a Env,
    pub(super) own_env: Option<&'a Env>,
    pub(super) expected: &'a Expected,
    pub(super) refresh: Refresh,
    pub(super) full_ids: bool,
    #[cfg(feature = "persistent-cache")]
    pub(super) persistent: Option<&'a PersistentCache>,
}

impl<H: Host + Clone> Kit<'_, H> {
    /// The options of the chain.
    pub const fn options(&self) -> &DefaultOptions {
        self.options
    }

    /// The environment.
    pub const fn env(&self) -> &Env {
        self.env
    }

    /// A credential of this source; one that cannot be built is reported with the reason.
    pub fn credential<S: Source>(&self, source: S) -> Arc<dyn TokenCredential> {
        self.changed(source, |builder| builder)
    }

    /// The same with a persistent cache.
    #[cfg(feature = "persistent-cache")]
    pub fn persistent_credential<S: Source>(
        &self,
        source: S,
        cache: PersistentCache,
    ) -> Arc<dyn TokenCredential> {
        self.changed(source, |builder| builder.persistent_cache(cache))
    }

    fn changed<S: Source>(
        &self,
        source: S,
        change: impl FnOnce(Builder<S, H>) -> Builder<S, H>,
    ) -> Arc<dyn TokenCredential> {
        let mut builder = Builder::new(source, self.host.clone(), false)
            .expect(self.expected.clone())
            .refresh(self.refresh)
            .full_ids(self.full_ids);
        if let Some(env) = self.own_env {
            builder = builder.env(env.clone());
        }
        #[cfg(feature = "persistent-cache")]
        if let Some(cache) = self.persistent {
            builder = builder.persistent_cache(cache.clone());
        }
        change(builder).build_member()
    }

    /// A member that is not part of this build.
    pub fn not_compiled_in(&self, member: Member, feature: &str) -> Arc<dyn TokenCredential> {
        let reason = format!("not compiled in: enable the feature `{feature}` of this crate");
        self.missing(member, &reason)
    }

    /// A member that cannot be used, with the reason.
    pub fn missing(&self, member: Member, reason: &str) -> Arc<dyn TokenCredential> {
        let (error, inspection) = (Error::unavailable(reason), Inspection::default());
        Arc::new(Missing::new(member.name(), error, inspection, self.host.clone(), self.own_env.cloned()))
    }
}

/// The chain of every way in which a program is usually given an identity. Cheap to clone; clones share everything.
///
/// It asks the environment, a workload identity and a managed identity, and then the developer's tools; which ones is
/// narrowed by [`DefaultBuilder::exclude`] and by the variable `AZURE_TOKEN_CREDENTIALS`: `prod`, `dev`, or the name of
/// one credential. After the first success that credential alone is used. Tokens are cached by the members.
pub struct DefaultChain<M, H: Host> {
    chain: Chain,
    host: H,
    owns_host: bool,
    members: PhantomData<fn() -> M>,
}

impl<M: Members<H>, H: Host + Clone> DefaultChain<M, H> {
    /// The chain on a host of your own.
    pub fn on(host: H) -> DefaultBuilder<M, H> {
        DefaultBuilder::new(host, false)
    }

    pub(super) const fn of(chain: Chain, host: H, owns_host: bool) -> Self {
        Self { chain, host, owns_host, members: PhantomData }
    }

    /// The chain itself.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The cached token of the credential that is used, without any effect.
    pub fn cached_token(&self, request: &TokenRequest<'_>) -> Option<AccessToken> {
        self.chain.cached_token(request)
    }

    /// Forgets a token and says whether it was there.
    pub fn invalidate(&self, request: &TokenRequest<'_>, token: &AccessToken) -> bool {
        self.chain.invalidate(request, token)
    }
}

impl<M: Members<H>, H: Host + Clone + Default> DefaultChain<M, H> {
    /// The chain with the default host and the process environment. Nothing is sent, read or run.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) if `AZURE_TOKEN_CREDENTIALS` has an unknown value.
    pub fn new() -> Result<Self> {
        Self::builder().build()
    }

    /// The chain with options.
    pub fn builder() -> DefaultBuilder<M, H> {
        DefaultBuilder::new(H::default(), true)
    }
}

#[flavour]
impl<M: Members<H>, H: Host + Clone> DefaultChain<M, H> {
    /// The token of the credential that is used, else of the first that gives one.
    ///
    /// # Errors
    /// [`Chain`](crate::ErrorKind::Chain) with what each credential said; see [`Error::attempts`]. The error of a
    /// credential that has been used before is returned as it is.
    pub async fn get_token(&self, request: &TokenRequest<'_>) -> Result<AccessToken> {
        self.chain.get_token(request).await
    }

    /// What every member looked at, what it found and what it would do. No token is asked for, and nothing is sent.
    pub async fn explain(&self) -> Report {
        self.chain.explain().await
    }

    /// Closes every member, and the host unless it was handed in.
    pub async fn close(&self) {
        // In this order, so that no member waits for a server that is silent.
        self.chain.refuse();
        if self.owns_host {
            self.host.close().await;
        }
        self.chain.close().await;
    }
}

#[flavour(AFIT)]
impl<M: Members<H>, H: Host + Clone> TokenCredential for DefaultChain<M, H> {
    fn name(&self) -> &str {
        self.chain.name()
    }

    fn get_token<'a>(
        &'a self,
        request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken>> + Send + 'a>> {
        Box::pin(async move { Self::get_token(self, request).await })
    }

    fn cached_token(&self, request: &TokenRequest<'_>) -> Option<AccessToken> {
        Self::cached_token(self, request)
    }

    fn invalidate(&self, request: &TokenRequest<'_>, token: &AccessToken) -> bool {
        Self::invalidate(self, request, token)
    }

    fn now(&self) -> Option<SystemTime> {
        TokenCredential::now(&self.chain)
    }

    fn uptime(&self) -> Option<Duration> {
        TokenCredential::uptime(&self.chain)
    }

    fn explain<'a>(&'a self) -> Pin<Box<dyn Future<Output = Report> + Send + 'a>> {
        Box::pin(async move { Self::explain(self).await })
    }

    fn close<'a>(&'a self) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move { Self::close(self).await })
    }
}

impl<M, H: Host + Clone> Clone for DefaultChain<M, H> {
    fn clone(&self) -> Self {
        let (chain, host) = (self.chain.clone(), self.host.clone());
        Self { chain, host, owns_host: self.owns_host, members: PhantomData }
    }
}

impl<M, H: Host> fmt::Debug for DefaultChain<M, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DefaultChain").field(&self.chain).finish()
    }
}
