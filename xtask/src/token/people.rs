//! The credentials of people by the options of the command line.

use super::credentials::Given;
use super::identity::{
    AuthorizationCode, DeviceCode, Error, InteractiveBrowser, OnBehalfOf, Result, TokenFile,
};

impl Given<'_> {
    pub(super) fn device_code(&self) -> DeviceCode {
        let mut source = DeviceCode::new().with_options(self.client_options());
        if let Some(tenant) = &self.options.tenant {
            source = source.with_tenant_id(tenant);
        }
        match &self.options.client_id {
            Some(client) => source.with_client_id(client),
            None => source,
        }
    }

    pub(super) fn interactive_browser(&self) -> InteractiveBrowser {
        let mut source = InteractiveBrowser::new().with_options(self.client_options());
        if let Some(tenant) = &self.options.tenant {
            source = source.with_tenant_id(tenant);
        }
        if let Some(client) = &self.options.client_id {
            source = source.with_client_id(client);
        }
        if let Some(hint) = self.own("login-hint") {
            source = source.with_login_hint(hint);
        }
        match self.own("redirect-uri") {
            Some(uri) => source.with_redirect_uri(uri),
            None => source,
        }
    }

    pub(super) fn authorization_code(&self) -> Result<AuthorizationCode> {
        let code = self.secret_file("code-file")?;
        let uri = self.own("redirect-uri").ok_or_else(|| missing("--redirect-uri URI"))?;
        let mut source = AuthorizationCode::new(self.tenant()?, self.client_id()?, code, uri);
        if self.options.own("client-secret-file").is_some()
            || self.env.non_empty("AZURE_CLIENT_SECRET").is_some()
        {
            source = source.with_client_secret(self.secret("client-secret-file", "AZURE_CLIENT_SECRET")?);
        }
        if self.options.own("code-verifier-file").is_some() {
            source = source.with_code_verifier(self.secret_file("code-verifier-file")?);
        }
        Ok(source.with_options(self.client_options()))
    }

    pub(super) fn on_behalf_of(&self) -> Result<OnBehalfOf> {
        let (tenant, client) = (self.tenant()?, self.client_id()?);
        let caller = self.secret_file("user-assertion-file")?;
        let source = if let Some(path) = self.own("certificate") {
            let bytes = std::fs::read(&path)
                .map_err(|error| Error::invalid_argument(format!("{path} cannot be read: {error}")))?;
            OnBehalfOf::with_certificate(tenant, client, bytes, caller)
        } else if let Some(path) = self.own("assertion-file") {
            OnBehalfOf::with_assertion(tenant, client, TokenFile::new(path), caller)
        } else {
            let secret = self.secret("client-secret-file", "AZURE_CLIENT_SECRET")?;
            OnBehalfOf::with_secret(tenant, client, secret, caller)
        };
        Ok(source.with_options(self.client_options()))
    }

    #[allow(deprecated, reason = "for those who still need it")]
    pub(super) fn username_password(&self) -> Result<super::identity::UsernamePassword> {
        let name = self.required(self.own("username").as_ref(), "--username NAME", "AZURE_USERNAME")?;
        let password = self.secret("password-file", "AZURE_PASSWORD")?;
        let source = super::identity::UsernamePassword::new(self.client_id()?, name, password);
        let source = source.with_options(self.client_options());
        Ok(match &self.options.tenant {
            Some(tenant) => source.with_tenant_id(tenant),
            None => source,
        })
    }

    /// A secret that no variable has.
    fn secret_file(&self, option: &str) -> Result<String> {
        match self.options.own(option) {
            Some(_) => self.secret(option, ""),
            None => Err(missing(&format!("--{option} FILE"))),
        }
    }
}

fn missing(option: &str) -> Error {
    Error::invalid_argument(format!("pass {option}"))
}
