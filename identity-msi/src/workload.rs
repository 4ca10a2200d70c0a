//! Workload identity as a kind of managed identity: the pod's federated token, exchanged for one of the identity.

use identity_core::source::WorkloadIdentity;
use identity_core::{ClientOptions, Env, Error, Result, Source};

use crate::identity::{IdKind, Selector};
use crate::settings::Settings;

/// The source that does it, configured; the client id is the one of the selector, or else `AZURE_CLIENT_ID`.
///
/// # Errors
/// Another kind of id, or no client id anywhere.
#[inline]
pub(crate) fn configure(env: &Env, settings: &Settings, selector: &Selector) -> Result<WorkloadIdentity> {
    let mut options = ClientOptions::new();
    if let Some(retry) = &settings.retry {
        options = options.with_retry(retry.clone());
    }
    let mut source = WorkloadIdentity::new().with_options(options);
    match &selector.0 {
        Some(identity) if identity.kind() == IdKind::Client => source = source.with_client_id(identity.id()),
        // Going on with AZURE_CLIENT_ID could succeed with an identity that nobody meant.
        Some(identity) if !settings.identity_is_hint => {
            return Err(Error::invalid_argument(format!(
                "workload identity knows identities by their client id only: pass that in place of the {identity}"
            )));
        }
        _ if env.non_empty("AZURE_CLIENT_ID").is_none() => {
            return Err(Error::invalid_argument(
                "workload identity was found and no client id: set AZURE_CLIENT_ID, or use \
                 ManagedIdentity::user_assigned with the client id of the identity",
            ));
        }
        _ => {}
    }
    source.configure(env)?;
    Ok(source)
}
