//! Credentials by their names on the command line. A new credential is an arm here.

use std::sync::Arc;

use super::super::Options;
use super::identity::{
    ClientOptions, ClientSecret, Credential, Env, Error, Host, Result, Source, TokenCredential, Transport,
};

const NAMES: &str = "client-secret";

/// The credential that the options name.
pub(super) fn named(options: &Options, transport: &Transport) -> Result<Arc<dyn TokenCredential>> {
    let given = Given { options, env: transport.env() };
    match options.credential.as_str() {
        "client-secret" => build(given.client_secret()?, transport),
        other => {
            Err(Error::invalid_argument(format!("there is no credential {other:?}; there are: {NAMES}")))
        }
    }
}

fn build<S: Source>(source: S, transport: &Transport) -> Result<Arc<dyn TokenCredential>> {
    Ok(Arc::new(Credential::builder(source).host(transport.clone()).build()?))
}

/// The command line, and behind it the environment.
struct Given<'a> {
    options: &'a Options,
    env: Env,
}

impl Given<'_> {
    fn client_options(&self) -> ClientOptions {
        match &self.options.authority {
            Some(authority) => ClientOptions::new().with_authority(authority),
            None => ClientOptions::new(),
        }
    }

    fn required(&self, given: Option<&String>, option: &str, variable: &str) -> Result<String> {
        let value = given.map(String::as_str).or_else(|| self.env.non_empty(variable));
        value
            .map(str::to_owned)
            .ok_or_else(|| Error::invalid_argument(format!("pass {option} or set {variable}")))
    }

    fn tenant(&self) -> Result<String> {
        self.required(self.options.tenant.as_ref(), "--tenant", "AZURE_TENANT_ID")
    }

    fn client_id(&self) -> Result<String> {
        self.required(self.options.client_id.as_ref(), "--client-id", "AZURE_CLIENT_ID")
    }

    /// A secret is never an argument: arguments are visible to every user of the machine.
    fn secret(&self, option: &str, variable: &str) -> Result<String> {
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
}
