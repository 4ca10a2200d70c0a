//! Which identity a request asks for, and whether it asks for anything else.

use super::super::directory::{Directory, ManagedIdentity};
use super::super::server::Pairs;

/// The names that a host gives its parameters.
pub(super) struct Parameters {
    pub(super) client_id: &'static str,
    pub(super) object_id: &'static str,
    pub(super) resource_id: &'static str,
}

/// What is wrong with a selection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unselected {
    /// A parameter that this host does not have.
    Unknown(String),
    /// A parameter is given twice, or two identities are named.
    Ambiguous,
    /// No such identity.
    NotFound,
    /// None is named and there is no system-assigned one, but several others.
    Several,
}

impl Parameters {
    /// `known` are the parameters besides the three ids. Microsoft's asynchronous Python client sends `resource_id`
    /// to hosts that do not know it; like them, the emulator overlooks that one.
    pub(super) fn select<'a>(
        &self,
        directory: &'a Directory,
        fields: &Pairs,
        known: &[&str],
    ) -> Result<&'a ManagedIdentity, Unselected> {
        let mut named = None;
        for (at, (name, value)) in fields.iter().enumerate() {
            let id = [self.client_id, self.object_id, self.resource_id].contains(&name.as_str());
            if !id && name != "resource_id" && !known.contains(&name.as_str()) {
                return Err(Unselected::Unknown(name.clone()));
            }
            let again = fields.iter().take(at).any(|(earlier, _)| earlier == name);
            if again || id && named.replace((name.as_str(), value.as_str())).is_some() {
                return Err(Unselected::Ambiguous);
            }
        }
        let identities = &directory.identities;
        let Some((name, value)) = named else { return unnamed(identities) };
        let wanted = |identity: &&ManagedIdentity| {
            let id = match name {
                name if name == self.client_id => identity.client_id(),
                name if name == self.object_id => identity.object_id(),
                _ => identity.resource_id(),
            };
            !identity.is_system_assigned() && id.eq_ignore_ascii_case(value)
        };
        identities.iter().find(wanted).ok_or(Unselected::NotFound)
    }
}

fn unnamed(identities: &[ManagedIdentity]) -> Result<&ManagedIdentity, Unselected> {
    match identities {
        [only] => Ok(only),
        [] => Err(Unselected::NotFound),
        many => many.iter().find(|i| i.is_system_assigned()).ok_or(Unselected::Several),
    }
}
