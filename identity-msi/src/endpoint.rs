//! One of the hosts, configured: where the flow of a token request branches.

use identity_core::{Env, Error, Moment, Result, Step};

use crate::app_service::AppService;
use crate::arc::AzureArc;
use crate::azure_ml::AzureMl;
use crate::cloud_shell::CloudShell;
use crate::detect::AzureHost;
use crate::identity::Selector;
use crate::imds::Imds;
use crate::service_fabric::ServiceFabric;
use crate::settings::Settings;
use crate::wanted::Wanted;

/// A host that can be asked for tokens.
pub(crate) enum Endpoint {
    Imds(Imds),
    AppService(AppService),
    AzureArc(AzureArc),
    AzureMl(AzureMl),
    CloudShell(CloudShell),
    ServiceFabric(ServiceFabric),
}

impl Endpoint {
    #[inline]
    pub(crate) fn configure(
        host: AzureHost,
        env: &Env,
        settings: &Settings,
        selector: &Selector,
    ) -> Result<Self> {
        Ok(match host {
            AzureHost::Imds => Self::Imds(Imds::configure(env, settings)?),
            AzureHost::AppService => Self::AppService(AppService::configure(env, settings)?),
            AzureHost::AzureArc => Self::AzureArc(AzureArc::configure(env, settings)?),
            AzureHost::AzureMl => Self::AzureMl(AzureMl::configure(env, settings)?),
            AzureHost::CloudShell => Self::CloudShell(CloudShell::configure(env, settings, selector)?),
            AzureHost::ServiceFabric => {
                Self::ServiceFabric(ServiceFabric::configure(env, settings, selector)?)
            }
            AzureHost::WorkloadIdentity => {
                return Err(Error::unavailable(
                    "workload identity is not available as a managed identity yet",
                ));
            }
        })
    }

    /// Where it is.
    #[inline]
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Imds(it) => it.url(),
            Self::AppService(it) => it.url(),
            Self::AzureArc(it) => it.url(),
            Self::AzureMl(it) => it.url(),
            Self::CloudShell(it) => it.url(),
            Self::ServiceFabric(it) => it.url(),
        }
    }

    /// The first step towards the token.
    #[inline]
    pub(crate) fn acquire(&self, wanted: &Wanted, moment: &Moment) -> Step {
        match self {
            Self::Imds(it) => it.acquire(wanted, moment),
            Self::AppService(it) => it.acquire(wanted, moment),
            Self::AzureArc(it) => it.acquire(wanted, moment),
            Self::AzureMl(it) => it.acquire(wanted, moment),
            Self::CloudShell(it) => it.acquire(wanted, moment),
            Self::ServiceFabric(it) => it.acquire(wanted, moment),
        }
    }
}
