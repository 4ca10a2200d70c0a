//! The form of a token request: present, of the right type, no field twice.

use super::super::server::{Pairs, Request};
use super::super::token_proxy;
use super::error::EntraError;

/// The fields of a well-formed request.
pub(in super::super) struct Form {
    fields: Pairs,
    /// The request came through the token proxy of a Kubernetes cluster.
    pub(in super::super) through_proxy: bool,
}

impl Form {
    /// # Errors
    /// Not a POST, or a field is given twice. A body that is not a form has no fields, which later errors say.
    pub(in super::super) fn read(request: &Request) -> Result<Self, EntraError> {
        if request.method != "POST" {
            return Err(EntraError::new(
                405,
                "invalid_request",
                900_561,
                format!("The endpoint only accepts POST requests. Received a {} request.", request.method),
            ));
        }
        let fields = request.form();
        for (at, (name, _)) in fields.iter().enumerate() {
            if fields.iter().skip(at + 1).any(|(other, _)| other == name) {
                return Err(EntraError::request(
                    9_000_411,
                    format!("The request is not properly formatted. The parameter '{name}' is duplicated."),
                ));
            }
        }
        Ok(Self { fields, through_proxy: request.path.starts_with(token_proxy::PREFIX) })
    }

    /// A field that is present and not empty.
    pub(in super::super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
    }

    /// A field that must be there.
    pub(in super::super) fn need(&self, name: &str) -> Result<&str, EntraError> {
        self.get(name).ok_or_else(|| EntraError::missing(name))
    }
}
