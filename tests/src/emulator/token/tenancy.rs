//! Which tenant a request is for.

use super::super::directory::{App, Tenant, User};
use super::super::state::State;
use super::super::uuid;
use super::error::EntraError;

/// The first segment of the path, understood.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Tenancy<'a> {
    Tenant(&'a Tenant),
    /// `organizations` or `common`: the user's own.
    Any,
}

impl<'a> Tenancy<'a> {
    /// # Errors
    /// 90002 for a tenant that does not exist, 900023 for what cannot be one.
    pub(in super::super) fn find(state: &'a State, name: &str) -> Result<Self, EntraError> {
        if name.eq_ignore_ascii_case("organizations") || name.eq_ignore_ascii_case("common") {
            return Ok(Self::Any);
        }
        if let Some(tenant) = state.directory.tenant(name) {
            return Ok(Self::Tenant(tenant));
        }
        if uuid::is_valid(name) || name.contains('.') {
            return Err(EntraError::tenant_not_found(name));
        }
        Err(EntraError::request(
            900_023,
            format!(
                "Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain."
            ),
        ))
    }

    /// The application as this tenant knows it.
    ///
    /// # Errors
    /// 700016 when it does not, 50194 for a single-tenant application without a tenant.
    pub(in super::super) fn app(self, state: &'a State, client_id: &str) -> Result<&'a App, EntraError> {
        let tenant = match self {
            Self::Tenant(tenant) => tenant,
            Self::Any => state.directory.home(),
        };
        let app = state.directory.app(client_id);
        match (app, self) {
            (Some(app), Self::Tenant(tenant)) if state.directory.is_in(app, tenant) => Ok(app),
            (Some(app), Self::Any) if app.is_multi_tenant() => Ok(app),
            (Some(_), Self::Any) => Err(EntraError::request(
                50_194,
                format!(
                    "Application '{client_id}' is not configured as a multi-tenant application. Usage of the /common \
                     endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific \
                     endpoint or configure the application to be multi-tenant."
                ),
            )),
            _ => Err(EntraError::new(
                400,
                "unauthorized_client",
                700_016,
                format!(
                    "Application with identifier '{client_id}' was not found in the directory '{}'. This can happen \
                     if the application has not been installed by the administrator of the tenant or consented to by \
                     any user in the tenant. You may have sent your authentication request to the wrong tenant.",
                    tenant.display_name()
                ),
            )),
        }
    }

    /// The tenant that the path names.
    ///
    /// # Errors
    /// 50059 when it names none.
    pub(in super::super) fn named(self) -> Result<&'a Tenant, EntraError> {
        match self {
            Self::Tenant(tenant) => Ok(tenant),
            Self::Any => Err(EntraError::request(
                50_059,
                "No tenant-identifying information found in either the request or implied by any provided \
                 credentials.",
            )),
        }
    }

    /// The tenant that the path names, else the user's own. Users are known in their own tenant and where they
    /// are guests.
    ///
    /// # Errors
    /// 90072 for a user of another tenant.
    pub(in super::super) fn for_user(self, state: &'a State, user: &User) -> Result<&'a Tenant, EntraError> {
        match self {
            Self::Any => Ok(state.directory.tenant_of(user)),
            Self::Tenant(tenant) if state.directory.has_member(tenant, user) => Ok(tenant),
            Self::Tenant(tenant) => Err(EntraError::grant(
                90_072,
                format!(
                    "User account '{}' does not exist in tenant '{}' and cannot access the application in that tenant. \
                     The account needs to be added as an external user in the tenant first.",
                    user.username(),
                    tenant.display_name()
                ),
            )),
        }
    }
}
