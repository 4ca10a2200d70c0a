//! Which tenant a request goes to: validation, the configured tenant and the allow list.

use crate::oauth::excerpt::line;
use crate::{Env, Error, ErrorKind, Result};

const GUIDE: &str = "https://learn.microsoft.com/entra/fundamentals/how-to-find-tenant";

/// The tenant rules of one credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tenancy {
    default: String,
    allowed: Vec<String>,
    pinned: bool,
}

impl Tenancy {
    /// A configured tenant (which may be empty for credentials that find out later) and the other tenants that a
    /// request may name; `*` allows every tenant. A non-empty `AZURE_IDENTITY_DISABLE_MULTITENANTAUTH` makes
    /// requested tenants be ignored.
    pub fn new(default: impl Into<String>, allowed: &[String], env: &Env) -> Self {
        let default = default.into();
        let pinned = default.eq_ignore_ascii_case("adfs")
            || env.non_empty("AZURE_IDENTITY_DISABLE_MULTITENANTAUTH").is_some();
        Self { default, allowed: allowed.to_vec(), pinned }
    }

    /// The configured tenant.
    pub fn default_tenant(&self) -> &str {
        &self.default
    }

    /// The tenant that a request for `requested` goes to. Tenants are compared without case.
    ///
    /// # Errors
    /// [`TenantNotAllowed`](ErrorKind::TenantNotAllowed), naming both tenants, and
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for a malformed one.
    pub fn resolve<'a>(&'a self, requested: Option<&'a str>) -> Result<&'a str> {
        let Some(requested) = requested else { return Ok(&self.default) };
        if self.is_own(requested) {
            if !requested.eq_ignore_ascii_case(&self.default) {
                log::info!("the requested tenant is ignored, as this credential is bound to its own");
            }
            return Ok(&self.default);
        }
        if self.allows(requested) {
            validate(requested)?;
            return Ok(requested);
        }
        let requested = line(requested);
        Err(Error::new(
            ErrorKind::TenantNotAllowed,
            format!(
                "the credential is configured for tenant {} and may not ask tenant {requested}: allow it, or \"*\", with \
                 allow_tenant (which is additionally_allowed_tenants in other languages)",
                self.default
            ),
        ))
    }
}

impl Tenancy {
    /// Whether a request for this tenant goes to the configured one.
    #[inline]
    pub(crate) fn is_own(&self, requested: &str) -> bool {
        // Spelled alike, most often: that is told several times as fast.
        self.pinned || requested == self.default || requested.eq_ignore_ascii_case(&self.default)
    }

    /// Whether a request may name this tenant, which is not the own one.
    pub(crate) fn allows(&self, requested: &str) -> bool {
        let any = self.default.is_empty() || (self.default == "organizations" && self.allowed.is_empty());
        any || self.allowed.iter().any(|tenant| tenant == "*" || tenant.eq_ignore_ascii_case(requested))
    }
}

/// Refuses what cannot be a tenant id or domain: letters, digits, `-` and `.` are allowed, but not only dots, which
/// would be a step in the path of a URL.
///
/// # Errors
/// [`InvalidArgument`](ErrorKind::InvalidArgument).
pub fn validate(tenant: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if tenant.chars().all(allowed) && tenant.chars().any(|c| c != '.') {
        return Ok(());
    }
    let problem = if tenant.is_empty() {
        "tenant_id is empty".to_owned()
    } else {
        format!("{tenant:?} is not a tenant id")
    };
    Err(Error::invalid_argument(format!(
        "{problem}: pass the tenant's id (a GUID) or one of its domain names, see {GUIDE}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenancy(default: &str, allowed: &[&str]) -> Tenancy {
        Tenancy::new(default, &allowed.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>(), &Env::empty())
    }

    #[test]
    fn the_first_rule_that_matches_wins() {
        assert_eq!(tenancy("home", &[]).resolve(None).unwrap(), "home");
        assert_eq!(tenancy("home", &[]).resolve(Some("HOME")).unwrap(), "home");
        assert_eq!(tenancy("adfs", &[]).resolve(Some("other")).unwrap(), "adfs");
        assert_eq!(tenancy("", &[]).resolve(Some("other")).unwrap(), "other");
        assert_eq!(tenancy("home", &["Other"]).resolve(Some("other")).unwrap(), "other");
        assert_eq!(tenancy("home", &["*"]).resolve(Some("other")).unwrap(), "other");
        assert_eq!(tenancy("organizations", &[]).resolve(Some("other")).unwrap(), "other");
        assert!(tenancy("organizations", &["listed"]).resolve(Some("other")).is_err());
    }

    #[test]
    fn a_refusal_names_both_tenants() {
        let error = tenancy("home", &["listed"]).resolve(Some("other")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TenantNotAllowed);
        assert!(error.to_string().contains("home") && error.to_string().contains("other"));
    }

    #[test]
    fn malformed_tenants_are_refused() {
        for bad in ["", ".", "..", "a b", "a_b", "a/b", "ünited", "a?b"] {
            assert!(validate(bad).is_err(), "{bad}");
        }
        assert!(tenancy("home", &["*"]).resolve(Some("a/../b")).is_err());
    }
}
