//! The settings of the reference client: Microsoft's own, driven against the emulator from outside.

use super::directory::{App, FederatedCredential};
use super::{Certificate, Emulator, ManagedIdentityHost};
use serde_json::{Value, json};
use std::path::Path;

/// Where the Azure Arc agent keeps its keys on Linux, the only directory from which its clients read them.
const AGENT_KEYS: &str = "/var/opt/azcmagent/tokens";

impl Emulator {
    /// What the reference client reads with `--config`; `files` is the directory of [`Emulator::write_files`]. A
    /// setting that the emulator's directory has no counterpart for is null, and its cases are skipped.
    #[must_use]
    pub fn reference_client_settings(&self, files: &Path) -> Value {
        let (tenant, user) = (self.tenant(), self.users().first());
        let registered = Certificate::from_pem(&self.client_certificate().certificate_pem()).ok();
        let find = |wanted: &dyn Fn(&App) -> bool| self.apps().iter().find(|app| wanted(app));
        let secret = find(&|app| app.secrets().next().is_some() && !app.has_conditional_access());
        let certificate = find(&|app| app.certificates().iter().any(|c| Some(c) == registered.as_ref()));
        let federated = find(&|app| app.federated_credentials().iter().any(FederatedCredential::is_emulated));
        let credential = federated
            .and_then(|app| app.federated_credentials().iter().find(|credential| credential.is_emulated()));
        let public = find(&App::is_public);
        let url = |host| self.managed_identity_url(host);
        let header = |host| self.managed_identity_variables(host).into_iter().nth(1).map(|(_, value)| value);
        let arc =
            (self.state.arc.directory() == Path::new(AGENT_KEYS)).then(|| url(ManagedIdentityHost::AzureArc));
        let entra = self.state.issuer(tenant.id());
        json!({
            "tenant": tenant.id(),
            "domain": tenant.domains().first(),
            "unknown_tenant": "12345678-0000-0000-0000-000000000000",
            "resource": "https://vault.azure.net",
            "expect_codes": true,
            "sp_id": secret.map(App::client_id),
            "sp_secret": secret.and_then(|app| app.secrets().next()),
            "cert_id": certificate.map(App::client_id),
            "certs": files,
            "fic_id": federated.map(App::client_id),
            "fic_key": files.join("federated.key"),
            "fic_claims": credential.map(|credential| json!({
                "iss": credential.issuer(&entra),
                "sub": credential.subject(),
                "aud": credential.expected_audience(),
            })),
            "public_id": public.map(App::client_id),
            "username": user.map(|user| user.username()),
            "password": user.map(|user| user.password()),
            "device_code": true,
            "auth_code": true,
            "redirect_uri": secret.and_then(|app| app.redirect_uris().first()),
            "imds": self.metadata_authority(),
            "app_service": url(ManagedIdentityHost::AppService),
            "app_service_header": header(ManagedIdentityHost::AppService),
            "arc": arc,
            "service_fabric": url(ManagedIdentityHost::ServiceFabric),
            "service_fabric_header": header(ManagedIdentityHost::ServiceFabric),
            "cloud_shell": url(ManagedIdentityHost::CloudShell),
            "azure_ml": url(ManagedIdentityHost::AzureMl),
            "azure_ml_secret": header(ManagedIdentityHost::AzureMl),
            "pipelines": self.pipelines_variables().into_iter().next().map(|(_, value)| value),
            "pipelines_token": self.pipelines_access_token(),
        })
    }
}
