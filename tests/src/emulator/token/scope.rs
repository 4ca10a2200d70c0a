//! The `scope` parameter: one resource, and what is asked of it.

use super::super::directory::{Audience, Directory};
use super::error::EntraError;

/// OpenID scopes, which belong to no resource.
const OPENID: [&str; 4] = ["openid", "profile", "email", "offline_access"];
const GRAPH: &str = "https://graph.microsoft.com";

/// A parsed scope parameter.
#[derive(Clone, Debug)]
pub(in super::super) struct Scope {
    pub(in super::super) audience: Audience,
    /// Permissions of the resource; `.default` stands for what was consented to.
    pub(in super::super) permissions: Vec<String>,
    pub(in super::super) openid: bool,
    pub(in super::super) offline_access: bool,
    /// As the client wrote the resource's scopes.
    pub(in super::super) requested: Vec<String>,
}

impl Scope {
    /// # Errors
    /// Unknown resource (500011), several resources (28000), nothing at all (900144).
    pub(in super::super) fn parse(text: &str, directory: &Directory) -> Result<Self, EntraError> {
        let mut found: Option<Audience> = None;
        let mut scope = Parts::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if OPENID.contains(&word) {
                scope.openid |= word == "openid";
                scope.offline_access |= word == "offline_access";
                continue;
            }
            let (identifier, permission) = split(word);
            let audience =
                directory.audience(identifier).ok_or_else(|| EntraError::unknown_resource(identifier))?;
            if found.as_ref().is_some_and(|first| first.app_id != audience.app_id) {
                return Err(EntraError::request(
                    28_000,
                    "Provided value for the input parameter scope is not valid because it contains more than one \
                     resource.",
                ));
            }
            found.get_or_insert(audience);
            scope.permissions.push(permission.to_owned());
            scope.requested.push(word.to_owned());
        }
        let audience = match found {
            Some(audience) => audience,
            // Only OpenID scopes: the token is for Graph's user information.
            None if scope.openid => {
                directory.audience(GRAPH).ok_or_else(|| EntraError::unknown_resource(GRAPH))?
            }
            None => return Err(EntraError::missing("scope")),
        };
        Ok(Self {
            audience,
            permissions: scope.permissions,
            openid: scope.openid,
            offline_access: scope.offline_access,
            requested: scope.requested,
        })
    }

    /// What an application may ask for itself: exactly one resource's `.default`.
    ///
    /// # Errors
    /// Anything else (1002012), besides those of [`Scope::parse`].
    pub(in super::super) fn parse_default(text: &str, directory: &Directory) -> Result<Self, EntraError> {
        let scope = Self::parse(text, directory)?;
        if scope.openid || scope.offline_access || scope.permissions != [".default"] {
            return Err(EntraError::new(
                400,
                "invalid_scope",
                1_002_012,
                format!(
                    "The provided value for scope {text} is not valid. Client credential flows must have a scope \
                     value with /.default suffixed to the resource identifier (application ID URI)."
                ),
            ));
        }
        Ok(scope)
    }
}

#[derive(Default)]
struct Parts {
    permissions: Vec<String>,
    openid: bool,
    offline_access: bool,
    requested: Vec<String>,
}

/// `https://x//.default` is the permission `.default` of `https://x/`; a bare word is a permission of Graph.
fn split(word: &str) -> (&str, &str) {
    word.rsplit_once('/').unwrap_or((GRAPH, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Scope, EntraError> {
        Scope::parse(text, &Directory::with_defaults().unwrap())
    }

    #[test]
    fn the_resource_keeps_its_final_slash() {
        assert_eq!(
            parse("https://vault.azure.net/.default").unwrap().audience.value,
            "https://vault.azure.net"
        );
        let scope = parse("https://management.core.windows.net//.default").unwrap();
        assert_eq!(scope.audience.value, "https://management.core.windows.net/");
    }

    #[test]
    fn a_bare_word_belongs_to_graph() {
        let scope = parse("User.Read openid offline_access").unwrap();
        assert_eq!(scope.audience.value, GRAPH);
        assert_eq!(scope.permissions, ["User.Read"]);
        assert!(scope.openid && scope.offline_access);
    }
}
