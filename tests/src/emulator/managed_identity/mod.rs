//! The endpoints that Azure hosts offer to the programs on them.

mod app_service;
mod arc;
mod azure_ml;
mod cloud_shell;
mod host;
mod imds;
mod selection;
mod service_fabric;

pub(super) use arc::Arc;
pub use host::{ExpiresOn, ManagedIdentityHost};

use super::directory::ManagedIdentity;
use super::server::{Request, Response};
use super::state::State;
use super::token::{Caller, Claims, EntraError, Minted, Subject, mint};
use serde_json::{Map, Value};

/// What the emulated hosts put into `IDENTITY_HEADER` and `MSI_SECRET`: throw-away, the same in every emulator.
const HEADER: &str = "identity-header-0123456789";

/// Answers a request to the plain port; `None` for a path that no host has.
pub(super) fn answer(state: &State, request: &Request) -> Option<Response> {
    use ManagedIdentityHost as Host;
    match Host::PLAIN.iter().find(|host| host.path() == request.path)? {
        Host::Imds => Some(imds::answer(state, request)),
        Host::AppService => Some(app_service::answer(state, request)),
        Host::AzureArc => Some(arc::answer(state, request)),
        Host::AzureMl => Some(azure_ml::answer(state, request)),
        Host::CloudShell => Some(cloud_shell::answer(state, request)),
        Host::ServiceFabric => None,
    }
}

/// Answers a request to the TLS port; `None` for another path than Service Fabric's.
pub(super) fn answer_tls(state: &State, request: &Request) -> Option<Response> {
    (request.path == ManagedIdentityHost::ServiceFabric.path())
        .then(|| service_fabric::answer(state, request))
}

pub(super) fn is_token_path(path: &str) -> bool {
    ManagedIdentityHost::ALL.iter().any(|host| host.path() == path)
}

/// A token of the identity for a resource.
fn token(
    state: &State,
    identity: &ManagedIdentity,
    resource: &str,
    claims: &Claims,
) -> Result<Minted, EntraError> {
    let audience =
        state.directory.audience(resource).ok_or_else(|| EntraError::unknown_resource(resource))?;
    let caller = Caller {
        tenant_id: state.directory.home().id(),
        client_id: identity.client_id(),
        proof: "2",
        subject: Subject::Application {
            object_id: identity.object_id(),
            roles: &[],
            resource_id: Some(identity.resource_id()),
        },
    };
    mint(state, &caller, &audience, claims)
}

/// The members that the answers of every host share; numbers are text, except where a test wants otherwise.
fn body(state: &State, minted: &Minted, resource: &str) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("access_token".into(), minted.access_token.as_str().into());
    body.insert("expires_on".into(), state.settings().expires_on.show(minted.expires_on));
    body.insert("resource".into(), resource.into());
    body.insert("token_type".into(), "Bearer".into());
    body
}

/// The further members of IMDS, Arc and Cloud Shell.
fn imds_body(state: &State, minted: &Minted, resource: &str, client_id: &str) -> Map<String, Value> {
    let mut body = body(state, minted, resource);
    body.insert("client_id".into(), client_id.into());
    body.insert("expires_in".into(), minted.expires_in.to_string().into());
    body.insert("ext_expires_in".into(), minted.expires_in.to_string().into());
    body.insert("not_before".into(), minted.not_before.to_string().into());
    if let Some(refresh_in) = minted.refresh_in {
        body.insert("refresh_in".into(), refresh_in.to_string().into());
    }
    body
}
