//! Options of the default chain, and what the environment says where they are not set.

use std::time::Duration;

use crate::selection::Member;
use crate::{ClientOptions, Env};

/// What the members of a default chain are built with.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DefaultOptions {
    /// Authority, further tenants and retry, for members that speak to Entra themselves: environment, shared token cache and
    /// browser; workload identity takes its authority from `AZURE_AUTHORITY_HOST` alone. Managed identity, Visual Studio
    /// Code and developer tools take none of it.
    pub client: ClientOptions,
    /// Which managed identity; `None` means that of `AZURE_CLIENT_ID`, and the system-assigned one without it.
    pub managed_identity: Option<ManagedIdentityId>,
    /// The application of a workload identity; else the client id of the managed identity.
    pub workload_identity_client_id: Option<String>,
    /// The tenant of a workload identity; else `AZURE_TENANT_ID`.
    pub workload_identity_tenant_id: Option<String>,
    /// How long a developer tool may run; else its own default.
    pub process_timeout: Option<Duration>,
    /// The tenant for Visual Studio Code; else that of its record.
    pub visual_studio_code_tenant_id: Option<String>,
    /// The user whose account is taken from the shared token cache; else `AZURE_USERNAME`.
    pub shared_cache_username: Option<String>,
    /// The tenant whose account is taken from the shared token cache; else `AZURE_TENANT_ID`.
    pub shared_cache_tenant_id: Option<String>,
    /// The application that a person signs in to with a browser; else that of Microsoft's developer tools.
    pub interactive_browser_client_id: Option<String>,
    /// The tenant that a person signs in to with a browser; else `AZURE_TENANT_ID`.
    pub interactive_browser_tenant_id: Option<String>,
    /// The member that `AZURE_TOKEN_CREDENTIALS` names.
    pub(crate) named: Option<Member>,
}

/// Which managed identity a default chain asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManagedIdentityId {
    /// The one of the machine or service itself, whatever `AZURE_CLIENT_ID` says.
    SystemAssigned,
    /// The user-assigned one with this client id; an empty one means the system-assigned one.
    ClientId(String),
}

impl DefaultOptions {
    /// Whether `AZURE_TOKEN_CREDENTIALS` names this member, which is then meant and not merely tried.
    #[inline]
    pub fn is_named(&self, member: Member) -> bool {
        self.named == Some(member)
    }

    /// The client id of the managed identity; `None` is the system-assigned one.
    #[inline]
    pub fn managed_identity_client_id<'a>(&'a self, env: &'a Env) -> Option<&'a str> {
        match &self.managed_identity {
            Some(ManagedIdentityId::SystemAssigned) => None,
            Some(ManagedIdentityId::ClientId(id)) => Some(id.as_str()).filter(|id| !id.is_empty()),
            None => env.non_empty("AZURE_CLIENT_ID"),
        }
    }

    /// The client id of the workload identity.
    #[inline]
    pub fn workload_identity_client_id<'a>(&'a self, env: &'a Env) -> Option<&'a str> {
        self.workload_identity_client_id.as_deref().or_else(|| self.managed_identity_client_id(env))
    }

    /// The tenant of the workload identity.
    #[inline]
    pub fn workload_identity_tenant_id<'a>(&'a self, env: &'a Env) -> Option<&'a str> {
        self.workload_identity_tenant_id.as_deref().or_else(|| env.non_empty("AZURE_TENANT_ID"))
    }

    /// The tenant that a person signs in to with a browser.
    #[inline]
    pub fn interactive_browser_tenant_id<'a>(&'a self, env: &'a Env) -> Option<&'a str> {
        self.interactive_browser_tenant_id.as_deref().or_else(|| env.non_empty("AZURE_TENANT_ID"))
    }

    /// The user whose account is taken from the shared token cache.
    #[inline]
    pub fn shared_cache_username<'a>(&'a self, env: &'a Env) -> Option<&'a str> {
        self.shared_cache_username.as_deref().or_else(|| env.non_empty("AZURE_USERNAME"))
    }

    /// The tenant whose account is taken from the shared token cache.
    #[inline]
    pub fn shared_cache_tenant_id<'a>(&'a self, env: &'a Env) -> Option<&'a str> {
        self.shared_cache_tenant_id.as_deref().or_else(|| env.non_empty("AZURE_TENANT_ID"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_win_over_the_environment() {
        let env = Env::from_iter([("AZURE_CLIENT_ID", "env"), ("AZURE_TENANT_ID", "tenant")]);
        let mut options = DefaultOptions::default();
        assert_eq!(options.managed_identity_client_id(&env), Some("env"));
        assert_eq!(options.workload_identity_tenant_id(&env), Some("tenant"));
        options.managed_identity = Some(ManagedIdentityId::ClientId("option".into()));
        assert_eq!(options.workload_identity_client_id(&env), Some("option"));
        options.managed_identity = Some(ManagedIdentityId::SystemAssigned);
        assert_eq!(options.managed_identity_client_id(&env), None);
    }
}
