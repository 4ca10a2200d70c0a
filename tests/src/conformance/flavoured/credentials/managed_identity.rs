//! Managed identities: the endpoints that machines offer.

use identity_core::Error;
use identity_msi::{ManagedIdentity, UserAssigned};
use serde_json::Value;

use super::{Built, Row, Setup, Unbuilt};
use crate::conformance::options::Options;

pub(super) const ROWS: &[Row] = &[("ManagedIdentityCredential", managed_identity)];

fn managed_identity(options: &Options<'_>, setup: &Setup) -> Built {
    setup.build(source(options)?)
}

/// The choice of an identity. Python takes two mappings at once and more keys than there are ids; the constructors of
/// this library cannot be called like that, which comes to the same.
pub(super) fn source(options: &Options<'_>) -> Result<ManagedIdentity, Unbuilt> {
    // The reference takes an empty id for none, which is what its own constructor is for here.
    let client_id = options.text("client_id").filter(|id| !id.is_empty()).map(UserAssigned::client_id);
    let named = options.value("identity_config").and_then(Value::as_object).into_iter().flatten();
    let configured = named.filter_map(|(name, id)| {
        let id = id.as_str()?;
        Some(match name.as_str() {
            "client_id" => UserAssigned::client_id(id),
            "object_id" => UserAssigned::object_id(id),
            "resource_id" => UserAssigned::resource_id(id),
            _ => return None,
        })
    });
    let mut identities = client_id.into_iter().chain(configured);
    match (identities.next(), identities.next()) {
        (None, _) => Ok(ManagedIdentity::system_assigned()),
        (Some(identity), None) => Ok(ManagedIdentity::user_assigned(identity)),
        (Some(_), Some(_)) => Err(Error::invalid_argument("an identity has one id").into()),
    }
}
