//! How a default chain is put together.

use std::marker::PhantomData;
use std::time::Duration;

use super::builder::Refresh;
use super::chain::Chain;
use super::default_chain::{DefaultChain, Kit, Members};
use super::host::Host;
#[cfg(feature = "persistent-cache")]
use super::store::PersistentCache;
use crate::authority::Authority;
use crate::chain::Remember;
use crate::default_options::{DefaultOptions, ManagedIdentityId};
use crate::selection::{Member, Selection};
use crate::{ClientOptions, Env, Expected, Result};

/// Options of a [`DefaultChain`].
#[derive(Debug)]
#[must_use]
pub struct DefaultBuilder<M, H: Host> {
    host: H,
    owns_host: bool,
    env: Option<Env>,
    selection: Selection,
    options: DefaultOptions,
    expected: Expected,
    deadline: Option<Duration>,
    #[cfg(feature = "persistent-cache")]
    persistent: Option<PersistentCache>,
    remember: Remember,
    refresh: Refresh,
    full_ids: bool,
    members: PhantomData<fn() -> M>,
}

impl<M: Members<H>, H: Host + Clone> DefaultBuilder<M, H> {
    pub(super) fn new(host: H, owns_host: bool) -> Self {
        Self {
            host,
            owns_host,
            env: None,
            selection: Selection::new(),
            options: DefaultOptions::default(),
            expected: Expected::new(),
            deadline: None,
            #[cfg(feature = "persistent-cache")]
            persistent: None,
            remember: Remember::default(),
            refresh: Refresh::default(),
            full_ids: false,
            members: PhantomData,
        }
    }

    /// Uses this host, which other credentials may share; closing the chain leaves it open.
    pub fn host(mut self, host: H) -> Self {
        self.host = host;
        self.owns_host = false;
        self
    }

    /// Takes these environment variables in place of those of the host; developer tools inherit them.
    pub fn env(mut self, env: Env) -> Self {
        self.env = Some(env);
        self
    }

    /// Leaves this credential out, whatever `AZURE_TOKEN_CREDENTIALS` says.
    pub fn exclude(mut self, member: Member) -> Self {
        self.selection.exclude(member, true);
        self
    }

    /// Keeps this credential in, whatever `AZURE_TOKEN_CREDENTIALS` says. The interactive browser is excluded otherwise.
    pub fn include(mut self, member: Member) -> Self {
        self.selection.exclude(member, false);
        self
    }

    /// Refuses to be built where `AZURE_TOKEN_CREDENTIALS` is not set: production states what it means. The default is
    /// `false`.
    pub const fn require_selection(mut self, required: bool) -> Self {
        self.selection.require_variable(required);
        self
    }

    /// Authority, further tenants and retry, for members that speak to Entra themselves: environment, shared token cache and
    /// browser; workload identity takes its authority from `AZURE_AUTHORITY_HOST` alone. Managed identity, Visual Studio
    /// Code and developer tools take none of it.
    pub fn client_options(mut self, options: ClientOptions) -> Self {
        self.options.client = options;
        self
    }

    /// Also keeps tokens in this cache, for every member that can: applications and people, as by
    /// [`Builder::persistent_cache`](super::Builder::persistent_cache). `SharedTokenCacheCredential` has its own.
    #[cfg(feature = "persistent-cache")]
    pub fn persistent_cache(mut self, cache: PersistentCache) -> Self {
        self.persistent = Some(cache);
        self
    }

    /// The user-assigned managed identity with this client id; by default that of `AZURE_CLIENT_ID`.
    pub fn managed_identity_client_id(mut self, id: impl Into<String>) -> Self {
        self.options.managed_identity = Some(ManagedIdentityId::ClientId(id.into()));
        self
    }

    /// The system-assigned managed identity, whatever `AZURE_CLIENT_ID` says.
    pub fn system_assigned_managed_identity(mut self) -> Self {
        self.options.managed_identity = Some(ManagedIdentityId::SystemAssigned);
        self
    }

    /// The application of the workload identity; by default the client id of the managed identity.
    pub fn workload_identity_client_id(mut self, id: impl Into<String>) -> Self {
        self.options.workload_identity_client_id = Some(id.into());
        self
    }

    /// The tenant of the workload identity; by default `AZURE_TENANT_ID`.
    pub fn workload_identity_tenant_id(mut self, id: impl Into<String>) -> Self {
        self.options.workload_identity_tenant_id = Some(id.into());
        self
    }

    /// How long a developer tool may run; by default 10 s, and 30 s for the one that is used from then on.
    pub const fn process_timeout(mut self, timeout: Duration) -> Self {
        self.options.process_timeout = Some(timeout);
        self
    }

    /// Every other option of a member.
    pub fn options(mut self, change: impl FnOnce(&mut DefaultOptions)) -> Self {
        change(&mut self.options);
        self
    }

    /// The longest one call may take, however many credentials are asked, unless the request says otherwise. By default
    /// each credential that is asked has a deadline of its own.
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Refuses tokens for anybody else, whichever member they come from.
    pub fn expect(mut self, expected: Expected) -> Self {
        self.expected = expected;
        self
    }

    /// Whether the first credential that gives a token is the only one asked from then on; by default
    /// [`Remember::Always`].
    pub const fn remember(mut self, remember: Remember) -> Self {
        self.remember = remember;
        self
    }

    /// Who refreshes a token that is due; by default [`Refresh::Background`].
    pub const fn refresh(mut self, refresh: Refresh) -> Self {
        self.refresh = refresh;
        self
    }

    /// Whether the log line about the first token has ids in full and the person's name; by default `false`.
    pub const fn full_ids(mut self, full_ids: bool) -> Self {
        self.full_ids = full_ids;
        self
    }

    /// Builds every member. Nothing is sent, read or run.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) if `AZURE_TOKEN_CREDENTIALS` has an unknown value or is
    /// required and missing, or if nothing is left. A member that cannot be built stays and reports why.
    pub fn build(self) -> Result<DefaultChain<M, H>> {
        let Self { host, owns_host, env, selection, mut options, expected, .. } = self;
        expected.validate()?;
        let of_host;
        let variables = match &env {
            Some(env) => env,
            None => {
                of_host = host.env();
                &of_host
            }
        };
        // One that nobody could use is a mistake, whichever members come to need it.
        Authority::resolve(options.client.authority.as_deref(), variables)?;
        let selected = selection.members(variables)?;
        options.named = selected.named;
        let kit = Kit {
            host: &host,
            options: &options,
            env: variables,
            own_env: env.as_ref(),
            expected: &expected,
            refresh: self.refresh,
            full_ids: self.full_ids,
            #[cfg(feature = "persistent-cache")]
            persistent: self.persistent.as_ref(),
        };
        let members = selected.members.into_iter().map(|member| M::member(member, &kit)).collect();
        let chain =
            Chain::builder(members).name("DefaultAzureCredential").remember(self.remember).expect(expected);
        let chain = match self.deadline {
            Some(deadline) => chain.deadline(deadline),
            None => chain,
        }
        .build()?;
        Ok(DefaultChain::of(chain, host, owns_host))
    }
}
