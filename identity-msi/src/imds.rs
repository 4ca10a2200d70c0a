//! The instance metadata service (IMDS): virtual machines, scale sets, container instances, AKS nodes.
//!
//! Source: Microsoft, "How to use managed identities for Azure resources on an Azure VM to acquire an access token".

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use identity_core::{Env, Moment, Result, Retry, Step};

use crate::detect::AzureHost;
use crate::exchange::{Exchange, parse};
use crate::identity::Names;
use crate::probe::{Probe, probe};
use crate::settings::Settings;
use crate::wanted::Wanted;

const HOST: &str = "http://169.254.169.254";
const PATH: &str = "metadata/identity/oauth2/token";
const API_VERSION: &str = "2018-02-01";
const NAMES: Names = Names { client_id: "client_id", object_id: "object_id", resource_id: "msi_res_id" };

/// The service, and whether it is known to be there.
#[derive(Debug)]
pub(crate) struct Imds {
    url: String,
    settings: Settings,
    /// The user named the endpoint or the credential, so nobody needs to look whether it is there.
    is_known: bool,
    probe: Arc<Probe>,
}

impl Imds {
    #[inline]
    pub(crate) fn configure(env: &Env, settings: &Settings) -> Result<Self> {
        let named = env.non_empty("AZURE_POD_IDENTITY_AUTHORITY_HOST");
        let url = match &settings.endpoint {
            Some(url) => url.clone(),
            None => format!("{}/{PATH}", named.unwrap_or(HOST).trim_matches('/')),
        };
        parse(&url, "AZURE_POD_IDENTITY_AUTHORITY_HOST")?;
        let is_known = named.is_some() || settings.endpoint.is_some() || settings.is_meant;
        Ok(Self { url, settings: settings.clone(), is_known, probe: Arc::default() })
    }

    #[inline]
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    #[inline]
    pub(crate) fn acquire(&self, wanted: &Wanted, moment: &Moment) -> Step {
        let exchange = match self.exchange(wanted, moment) {
            Ok(exchange) => exchange,
            Err(error) => return Step::fail(error),
        };
        if !wanted.is_in_chain || self.is_known {
            return fetch(exchange, self.probe.clone());
        }
        match self.probe.is_needed(moment.now()) {
            Err(error) => Step::fail(error),
            Ok(false) => fetch(exchange, self.probe.clone()),
            Ok(true) => {
                let (outbound, known) = (exchange.outbound.clone(), self.probe.clone());
                probe(outbound, self.settings.probe_timeout, self.probe.clone(), move |moment| {
                    let mut exchange = exchange;
                    exchange.asked.on = moment.now();
                    fetch(exchange, known)
                })
            }
        }
    }

    #[inline]
    fn exchange(&self, wanted: &Wanted, moment: &Moment) -> Result<Exchange> {
        let asked = wanted.asked(AzureHost::Imds, moment);
        let parameters = wanted.parameters(API_VERSION, &NAMES);
        let mut exchange = Exchange::get(&self.url, &parameters, asked, &self.settings, Retry::metadata())?
            .header("metadata", "true");
        if let Ok(id) = HeaderValue::from_str(&moment.uuid()) {
            let name = HeaderName::from_static("x-ms-client-request-id");
            exchange.outbound.request.headers_mut().insert(name, id);
        }
        Ok(exchange)
    }
}

#[inline]
fn fetch(exchange: Exchange, known: Arc<Probe>) -> Step {
    exchange.send(move |moment, outcome| {
        let answer = outcome.answer(&moment);
        if answer.is_ok() {
            known.found();
        }
        Step::Done(answer.map(|answer| answer.grant))
    })
}
