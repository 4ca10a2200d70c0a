//! App Service, Functions, Container Apps and Automation: an endpoint and a header in the environment.
//!
//! Source: Microsoft, "How to use managed identities for App Service and Azure Functions", REST protocol.

use http::HeaderName;
use identity_core::{Env, Moment, Result, Retry, Step};

use crate::detect::AzureHost;
use crate::exchange::{Exchange, SecretHeader, parse, variable};
use crate::identity::Names;
use crate::settings::Settings;
use crate::wanted::Wanted;

const API_VERSION: &str = "2019-08-01";
const NAMES: Names = Names { client_id: "client_id", object_id: "object_id", resource_id: "mi_res_id" };

/// The endpoint and what it wants to see.
pub(crate) struct AppService {
    url: String,
    header: SecretHeader,
    settings: Settings,
}

impl AppService {
    #[inline]
    pub(crate) fn configure(env: &Env, settings: &Settings) -> Result<Self> {
        let url = match &settings.endpoint {
            Some(url) => url,
            None => variable(env, "IDENTITY_ENDPOINT")?,
        };
        parse(url, "IDENTITY_ENDPOINT")?;
        let header = SecretHeader::of_variable(env, "IDENTITY_HEADER")?;
        Ok(Self { url: url.to_owned(), header, settings: settings.clone() })
    }

    #[inline]
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    #[inline]
    pub(crate) fn acquire(&self, wanted: &Wanted, moment: &Moment) -> Step {
        let asked = wanted.asked(AzureHost::AppService, moment);
        let parameters = wanted.parameters(API_VERSION, &NAMES);
        match Exchange::get(&self.url, &parameters, asked, &self.settings, Retry::default()) {
            Ok(it) => it.secret_header(HeaderName::from_static("x-identity-header"), &self.header).finish(),
            Err(error) => Step::fail(error),
        }
    }
}
