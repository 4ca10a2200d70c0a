//! The emulator described as JSON, for programs outside the process.

use super::directory::{App, FederatedCredential};
use super::{Emulator, ManagedIdentityHost};
use serde_json::{Map, Value, json};

impl Emulator {
    /// Everything that a client needs to know: addresses, trust, tenants, applications, users, managed identities, and
    /// for each emulated host the variables that it sets. Its secrets are throw-away test data, and all of it is there
    /// to be read by whoever runs the emulator.
    ///
    /// [`Emulator::write_files`] gives the same with the paths of files.
    #[must_use]
    pub fn describe(&self) -> Value {
        json!({
            "authority": self.authority(),
            "metadata_authority": self.metadata_authority(),
            "ca_pem": self.ca_pem(),
            "tenants": self.tenants().iter().map(|tenant| json!({
                "id": tenant.id(), "name": tenant.display_name(), "domains": tenant.domains(),
            })).collect::<Vec<_>>(),
            "applications": self.apps().iter().map(|app| self.application(app)).collect::<Vec<_>>(),
            "users": self.users().iter().map(|user| json!({
                "username": user.username(),
                "password": user.password(),
                "name": user.name(),
                "object_id": user.object_id(),
                "tenant_id": self.state.directory.tenant_of(user).id(),
            })).collect::<Vec<_>>(),
            "managed_identities": self.managed_identities().iter().map(|identity| json!({
                "client_id": identity.client_id(),
                "object_id": identity.object_id(),
                "resource_id": identity.resource_id(),
                "system_assigned": identity.is_system_assigned(),
            })).collect::<Vec<_>>(),
            "managed_identity_hosts": ManagedIdentityHost::ALL.iter().map(|host| {
                let variables = object(self.managed_identity_variables(*host));
                let address = self.managed_identity_url(*host);
                (host.name().to_owned(), json!({ "address": address, "variables": variables }))
            }).collect::<Map<_, _>>(),
            "arc_key_directory": self.state.arc.directory(),
            "azure_pipelines": {
                "variables": object(self.pipelines_variables()),
                "service_connection_id": self.pipelines_service_connection(),
                "system_access_token": self.pipelines_access_token(),
            },
            "github_actions": { "variables": object(self.github_variables()) },
        })
    }

    fn application(&self, app: &App) -> Value {
        let entra = self.state.issuer(self.tenant().id());
        let federated = |credential: &FederatedCredential| {
            json!({
                "issuer": credential.issuer(&entra),
                "subject": credential.subject(),
                "audience": credential.expected_audience(),
            })
        };
        json!({
            "client_id": app.client_id(),
            "tenant_id": app.tenant_id().unwrap_or(self.tenant().id()),
            "multi_tenant": app.is_multi_tenant(),
            "public": app.is_public(),
            "conditional_access": app.has_conditional_access(),
            "secrets": app.secrets().collect::<Vec<_>>(),
            "certificates": app.certificates().iter().map(|c| c.thumbprint()).collect::<Vec<_>>(),
            "subject_names": app.subject_names().iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "federated_credentials": app.federated_credentials().iter().map(federated).collect::<Vec<_>>(),
            "redirect_uris": app.redirect_uris(),
        })
    }
}

fn object(variables: Vec<(&'static str, String)>) -> Value {
    variables.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect::<Map<_, _>>().into()
}
