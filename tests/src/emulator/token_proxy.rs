//! The token proxy of a Kubernetes cluster with identity bindings: Entra's token endpoint under a prefix.

use super::Emulator;

pub(super) const SEGMENT: &str = "token-proxy";
pub(super) const PREFIX: &str = "/token-proxy/";
/// What the cluster's tokens are for in this mode; Entra itself does not accept them.
pub(super) const AUDIENCE: &str = "api://AKSIdentityBinding";

impl Emulator {
    /// The variables that a pod with an identity binding finds, besides those of workload identity. The pod's token is
    /// [`Emulator::federated_token_for`] the audience `api://AKSIdentityBinding`.
    #[must_use]
    pub fn token_proxy_variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AZURE_KUBERNETES_TOKEN_PROXY", format!("{}/{SEGMENT}", self.authority())),
            ("AZURE_KUBERNETES_CA_DATA", self.ca_pem().to_owned()),
        ]
    }
}
