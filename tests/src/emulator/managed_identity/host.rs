//! The emulated hosts: their addresses and the variables that lead programs to them.

use super::super::Emulator;
use super::HEADER;
use crate::emulator::clock;
use serde_json::Value;
use std::path::Path;

/// A kind of Azure host that gives its programs a managed identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManagedIdentityHost {
    /// Virtual machines, scale sets, container instances, AKS nodes.
    Imds,
    /// App Service, Functions, Container Apps, Automation.
    AppService,
    /// Servers outside Azure with the Arc agent.
    AzureArc,
    /// Azure Machine Learning compute.
    AzureMl,
    /// Azure Cloud Shell.
    CloudShell,
    /// Service Fabric clusters.
    ServiceFabric,
}

/// In which form managed identity endpoints say when a token expires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpiresOn {
    /// Seconds since 1970 as text: what most hosts send.
    #[default]
    Text,
    /// Seconds since 1970 as a number.
    Number,
    /// `11/20/2026 12:34:56 +00:00`: App Service on Linux with api-version 2017-09-01.
    Date,
    /// `11/20/2026 1:34:56 PM +00:00`: the same on Windows.
    TwelveHourDate,
}

impl ManagedIdentityHost {
    /// Every kind of host.
    pub const ALL: [Self; 6] =
        [Self::Imds, Self::AppService, Self::AzureArc, Self::AzureMl, Self::CloudShell, Self::ServiceFabric];

    /// Those that speak plain HTTP.
    pub(super) const PLAIN: [Self; 5] =
        [Self::Imds, Self::AppService, Self::AzureArc, Self::AzureMl, Self::CloudShell];

    /// The path of its endpoint, for [`Fault::on`](crate::emulator::Fault::on).
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Imds => "/metadata/identity/oauth2/token",
            Self::AppService => "/app-service/msi/token",
            Self::AzureArc => "/arc/metadata/identity/oauth2/token",
            Self::AzureMl => "/azure-ml/msi/token",
            Self::CloudShell => "/cloud-shell/msi/token",
            Self::ServiceFabric => "/service-fabric/msi/token",
        }
    }

    /// Its name in `emulator.json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Imds => "imds",
            Self::AppService => "app_service",
            Self::AzureArc => "arc",
            Self::AzureMl => "azure_ml",
            Self::CloudShell => "cloud_shell",
            Self::ServiceFabric => "service_fabric",
        }
    }
}

impl ExpiresOn {
    pub(super) fn show(self, seconds: i64) -> Value {
        match self {
            Self::Text => seconds.to_string().into(),
            Self::Number => seconds.into(),
            Self::Date => clock::us_date(seconds, false).into(),
            Self::TwelveHourDate => clock::us_date(seconds, true).into(),
        }
    }
}

impl Emulator {
    /// The address of a host's endpoint.
    #[must_use]
    pub fn managed_identity_url(&self, host: ManagedIdentityHost) -> String {
        let base = match host {
            ManagedIdentityHost::ServiceFabric => self.authority(),
            _ => self.metadata_authority(),
        };
        base.to_owned() + host.path()
    }

    /// `http://127.0.0.1:PORT`, the emulator's counterpart of `http://169.254.169.254`.
    #[must_use]
    pub fn metadata_authority(&self) -> &str {
        &self.state.metadata
    }

    /// The environment variables that such a host sets, with the emulator's values.
    #[must_use]
    pub fn managed_identity_variables(&self, host: ManagedIdentityHost) -> Vec<(&'static str, String)> {
        let url = self.managed_identity_url(host);
        match host {
            ManagedIdentityHost::Imds => {
                vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", self.metadata_authority().to_owned())]
            }
            ManagedIdentityHost::AppService => {
                vec![("IDENTITY_ENDPOINT", url), ("IDENTITY_HEADER", HEADER.to_owned())]
            }
            ManagedIdentityHost::AzureArc => {
                vec![("IDENTITY_ENDPOINT", url), ("IMDS_ENDPOINT", self.metadata_authority().to_owned())]
            }
            ManagedIdentityHost::AzureMl => vec![("MSI_ENDPOINT", url), ("MSI_SECRET", HEADER.to_owned())],
            ManagedIdentityHost::CloudShell => vec![("MSI_ENDPOINT", url)],
            ManagedIdentityHost::ServiceFabric => vec![
                ("IDENTITY_ENDPOINT", url),
                ("IDENTITY_HEADER", HEADER.to_owned()),
                ("IDENTITY_SERVER_THUMBPRINT", self.certificates.server_thumbprint.clone()),
            ],
        }
    }

    /// Where the agent of Azure Arc writes its keys.
    #[must_use]
    pub fn arc_key_directory(&self) -> &Path {
        self.state.arc.directory()
    }

    /// In which form managed identity endpoints say when a token expires, from now on.
    pub fn set_expires_on(&self, form: ExpiresOn) {
        self.state.settings().expires_on = form;
    }
}
