//! Credentials by their names on the command line. A new credential is an arm here.

use std::sync::Arc;

use super::super::Options;
use super::identity::{
    AzureCli, AzureDeveloperCli, AzurePipelines, AzurePowerShell, ClientAssertion, ClientCertificate,
    ClientOptions, ClientSecret, Credential, DefaultAzureCredential, DeveloperTool, Env, Environment, Error,
    GitHubActions, Host, Result, Source, TokenCredential, TokenFile, Tool, Transport, VisualStudioCode,
    WorkloadIdentity,
};

const NAMES: &str = "client-secret, client-certificate, client-assertion, workload-identity, azure-pipelines, \
     github-actions, environment, device-code, interactive-browser, authorization-code, on-behalf-of, username-password, azure-cli, azure-developer-cli, azure-powershell, visual-studio-code, default";

/// The credential that the options name.
pub(super) fn named(options: &Options, transport: &Transport) -> Result<Arc<dyn TokenCredential>> {
    let given = Given { options, env: transport.env() };
    match options.credential.as_str() {
        "client-secret" => build(given.client_secret()?, transport),
        "client-certificate" => build(given.client_certificate()?, transport),
        "client-assertion" => build(given.client_assertion()?, transport),
        "workload-identity" => build(given.workload_identity(), transport),
        "azure-pipelines" => build(given.azure_pipelines()?, transport),
        "github-actions" => build(given.github_actions(), transport),
        "environment" => build(Environment::new().with_options(given.client_options()), transport),
        "device-code" => build(given.device_code(), transport),
        "interactive-browser" => build(given.interactive_browser(), transport),
        "authorization-code" => build(given.authorization_code()?, transport),
        "on-behalf-of" => build(given.on_behalf_of()?, transport),
        "username-password" => build(given.username_password()?, transport),
        "azure-cli" => {
            let source = AzureCli::new().with_subscription(options.own("subscription").unwrap_or_default());
            build(given.tool(source), transport)
        }
        "azure-developer-cli" => build(given.tool(AzureDeveloperCli::new()), transport),
        "azure-powershell" => build(given.tool(AzurePowerShell::new()), transport),
        "visual-studio-code" => {
            let tenant = options.tenant.clone().unwrap_or_default();
            build(VisualStudioCode::new().with_tenant_id(tenant), transport)
        }
        "default" => given.default_chain(transport),
        other => {
            Err(Error::invalid_argument(format!("there is no credential {other:?}; there are: {NAMES}")))
        }
    }
}

fn build<S: Source>(source: S, transport: &Transport) -> Result<Arc<dyn TokenCredential>> {
    Ok(Arc::new(Credential::builder(source).host(transport.clone()).build()?))
}

/// The command line, and behind it the environment.
pub(super) struct Given<'a> {
    pub(super) options: &'a Options,
    pub(super) env: Env,
}

impl Given<'_> {
    pub(super) fn client_options(&self) -> ClientOptions {
        match &self.options.authority {
            Some(authority) => ClientOptions::new().with_authority(authority),
            None => ClientOptions::new(),
        }
    }

    /// The tenant of the command line alone: a tool has one of its own.
    fn tool<T: Tool>(&self, tool: DeveloperTool<T>) -> DeveloperTool<T> {
        tool.with_tenant_id(self.options.tenant.clone().unwrap_or_default())
    }

    fn default_chain(&self, transport: &Transport) -> Result<Arc<dyn TokenCredential>> {
        let mut builder =
            DefaultAzureCredential::builder().host(transport.clone()).client_options(self.client_options());
        if let Some(tenant) = &self.options.tenant {
            builder = builder.workload_identity_tenant_id(tenant);
        }
        if let Some(client) = &self.options.client_id {
            builder = builder.managed_identity_client_id(client);
        }
        Ok(Arc::new(builder.build()?))
    }

    pub(super) fn required(&self, given: Option<&String>, option: &str, variable: &str) -> Result<String> {
        let value = given.map(String::as_str).or_else(|| self.env.non_empty(variable));
        value
            .map(str::to_owned)
            .ok_or_else(|| Error::invalid_argument(format!("pass {option} or set {variable}")))
    }

    pub(super) fn tenant(&self) -> Result<String> {
        self.required(self.options.tenant.as_ref(), "--tenant", "AZURE_TENANT_ID")
    }

    pub(super) fn client_id(&self) -> Result<String> {
        self.required(self.options.client_id.as_ref(), "--client-id", "AZURE_CLIENT_ID")
    }

    /// A secret is never an argument: arguments are visible to every user of the machine.
    pub(super) fn secret(&self, option: &str, variable: &str) -> Result<String> {
        match self.options.own(option) {
            Some(path) => match std::fs::read_to_string(path) {
                Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
                Err(error) => Err(Error::invalid_argument(format!("{path} cannot be read: {error}"))),
            },
            None => self.required(None, &format!("--{option} FILE"), variable),
        }
    }

    fn client_secret(&self) -> Result<ClientSecret> {
        let secret = self.secret("client-secret-file", "AZURE_CLIENT_SECRET")?;
        Ok(ClientSecret::new(self.tenant()?, self.client_id()?, secret).with_options(self.client_options()))
    }

    fn client_certificate(&self) -> Result<ClientCertificate> {
        let path = self.required(
            self.own("certificate").as_ref(),
            "--certificate FILE",
            "AZURE_CLIENT_CERTIFICATE_PATH",
        )?;
        let mut source = ClientCertificate::from_file(self.tenant()?, self.client_id()?, path);
        let option = "certificate-password-file";
        if self.options.own(option).is_some()
            || self.env.non_empty("AZURE_CLIENT_CERTIFICATE_PASSWORD").is_some()
        {
            source = source.with_password(self.secret(option, "AZURE_CLIENT_CERTIFICATE_PASSWORD")?);
        }
        let chain = self.env.non_empty("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN");
        let chain = chain.is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true"));
        Ok(source.with_certificate_chain(chain).with_options(self.client_options()))
    }

    fn client_assertion(&self) -> Result<ClientAssertion<TokenFile>> {
        let path = self
            .own("assertion-file")
            .ok_or_else(|| Error::invalid_argument("pass --assertion-file FILE"))?;
        let source = ClientAssertion::new(self.tenant()?, self.client_id()?, TokenFile::new(path));
        Ok(source.with_options(self.client_options()))
    }

    fn workload_identity(&self) -> WorkloadIdentity {
        let mut source = WorkloadIdentity::new().with_options(self.client_options()).with_token_proxy(true);
        if let Some(tenant) = &self.options.tenant {
            source = source.with_tenant_id(tenant);
        }
        if let Some(client) = &self.options.client_id {
            source = source.with_client_id(client);
        }
        match self.own("token-file") {
            Some(path) => source.with_token_file(path),
            None => source,
        }
    }

    fn azure_pipelines(&self) -> Result<AzurePipelines> {
        let connection = self.own("service-connection-id");
        let connection = self.required(
            connection.as_ref(),
            "--service-connection-id ID",
            "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
        )?;
        let token = self.required(None, "the job's token in a variable", "SYSTEM_ACCESSTOKEN")?;
        let source = AzurePipelines::new(self.tenant()?, self.client_id()?, connection, token);
        Ok(source.with_options(self.client_options()))
    }

    fn github_actions(&self) -> GitHubActions {
        let mut source = GitHubActions::new().with_options(self.client_options());
        if let Some(tenant) = &self.options.tenant {
            source = source.with_tenant_id(tenant);
        }
        match &self.options.client_id {
            Some(client) => source.with_client_id(client),
            None => source,
        }
    }

    pub(super) fn own(&self, option: &str) -> Option<String> {
        self.options.own(option).map(str::to_owned)
    }
}
