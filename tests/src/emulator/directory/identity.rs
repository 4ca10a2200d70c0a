//! Managed identities of the emulated host.

/// A system-assigned or user-assigned managed identity.
#[derive(Clone, Debug)]
pub struct ManagedIdentity {
    client_id: String,
    object_id: String,
    resource_id: String,
    system_assigned: bool,
}

impl ManagedIdentity {
    /// The identity that the host has by itself; used by requests that name none.
    #[must_use]
    pub fn system_assigned(client_id: impl Into<String>, object_id: impl Into<String>) -> Self {
        let resource_id =
            "/subscriptions/0/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm".into();
        Self { client_id: client_id.into(), object_id: object_id.into(), resource_id, system_assigned: true }
    }

    /// An identity that requests can name by any of its three ids.
    #[must_use]
    pub fn user_assigned(
        client_id: impl Into<String>,
        object_id: impl Into<String>,
        resource_id: impl Into<String>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            object_id: object_id.into(),
            resource_id: resource_id.into(),
            system_assigned: false,
        }
    }

    /// The application id, `appid` of its tokens.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The object id of its service principal, `oid` of its tokens.
    #[must_use]
    pub fn object_id(&self) -> &str {
        &self.object_id
    }

    /// The Azure resource id.
    #[must_use]
    pub fn resource_id(&self) -> &str {
        &self.resource_id
    }

    /// Whether requests that name no identity get it.
    #[must_use]
    pub fn is_system_assigned(&self) -> bool {
        self.system_assigned
    }
}
