//! Azure Machine Learning, and App Service of an older generation: an endpoint and a secret in the environment.
//!
//! Source: Microsoft, "Set up authentication between Azure Machine Learning and other services"; the names of the
//! parameters are those that `azure-identity` for Python sends.

use http::HeaderName;
use identity_core::{Env, Moment, Result, Retry, Step};

use crate::detect::AzureHost;
use crate::exchange::{Exchange, SecretHeader, parse, variable};
use crate::identity::Names;
use crate::settings::Settings;
use crate::wanted::Wanted;

const API_VERSION: &str = "2017-09-01";
/// This generation writes the first name without an underscore.
const NAMES: Names = Names { client_id: "clientid", object_id: "object_id", resource_id: "msi_res_id" };

/// The endpoint and what it wants to see.
pub(crate) struct AzureMl {
    url: String,
    secret: SecretHeader,
    settings: Settings,
}

impl AzureMl {
    #[inline]
    pub(crate) fn configure(env: &Env, settings: &Settings) -> Result<Self> {
        let url = match &settings.endpoint {
            Some(url) => url,
            None => variable(env, "MSI_ENDPOINT")?,
        };
        parse(url, "MSI_ENDPOINT")?;
        let secret = SecretHeader::of_variable(env, "MSI_SECRET")?;
        Ok(Self { url: url.to_owned(), secret, settings: settings.clone() })
    }

    #[inline]
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    #[inline]
    pub(crate) fn acquire(&self, wanted: &Wanted, moment: &Moment) -> Step {
        let asked = wanted.asked(AzureHost::AzureMl, moment);
        let parameters = wanted.parameters(API_VERSION, &NAMES);
        match Exchange::get(&self.url, &parameters, asked, &self.settings, Retry::default()) {
            Ok(it) => it.secret_header(HeaderName::from_static("secret"), &self.secret).finish(),
            Err(error) => Step::fail(error),
        }
    }
}
