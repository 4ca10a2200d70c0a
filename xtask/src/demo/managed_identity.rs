//! Managed identities in the demo: every host that the emulator has, and one as the assertion of an application.

use std::sync::Arc;

use identity_testing::emulator::{Emulator, FEDERATED_APP, ManagedIdentityHost};

use super::identity::{
    ClientAssertion, ClientOptions, Credential, Env, ManagedIdentity, Result, Source, TokenCredential,
    Transport, UserAssigned,
};

type Built = Result<Arc<dyn TokenCredential>>;

/// The hosts with the names of their rows.
const HOSTS: [(&str, ManagedIdentityHost); 6] = [
    ("managed identity: IMDS", ManagedIdentityHost::Imds),
    ("managed identity: App Service", ManagedIdentityHost::AppService),
    ("managed identity: Azure Arc", ManagedIdentityHost::AzureArc),
    ("managed identity: Azure ML", ManagedIdentityHost::AzureMl),
    ("managed identity: Cloud Shell", ManagedIdentityHost::CloudShell),
    ("managed identity: Service Fabric", ManagedIdentityHost::ServiceFabric),
];

/// Every host, a user-assigned identity, and an application that trusts the identity of the machine.
pub(super) fn cases(entra: &Emulator, transport: &Transport) -> Vec<(&'static str, Built)> {
    let machine = |host| entra.managed_identity_variables(host).into_iter().collect::<Env>();
    let system = || ManagedIdentity::system_assigned().with_arc_key_directory(entra.arc_key_directory());
    let mut cases: Vec<(&str, Built)> =
        HOSTS.iter().map(|(name, host)| (*name, build(transport, system(), machine(*host)))).collect();
    let assigned = entra.managed_identities().iter().find(|identity| !identity.is_system_assigned());
    if let Some(identity) = assigned {
        let source = ManagedIdentity::user_assigned(UserAssigned::client_id(identity.client_id()));
        let imds = machine(ManagedIdentityHost::Imds);
        cases.push(("managed identity: user-assigned", build(transport, source, imds)));
    }
    let options = ClientOptions::new().with_authority(entra.authority());
    let federated = ClientAssertion::new(entra.tenant().id(), FEDERATED_APP, system()).with_options(options);
    cases.push((
        "managed identity as assertion",
        build(transport, federated, machine(ManagedIdentityHost::Imds)),
    ));
    cases
}

fn build<S: Source>(transport: &Transport, source: S, env: Env) -> Built {
    Ok(Arc::new(Credential::builder(source).host(transport.clone()).env(env).build()?))
}
