//! Service Fabric: an endpoint on the node whose certificate is trusted by its thumbprint alone.
//!
//! Source: Microsoft, "How to leverage a Service Fabric application's managed identity to access Azure services".

use http::HeaderName;
use identity_core::effect::Trust;
use identity_core::{Env, Error, Moment, Result, Retry, Step};

use crate::detect::AzureHost;
use crate::exchange::{Exchange, SecretHeader, parse, variable};
use crate::identity::Selector;
use crate::settings::Settings;
use crate::wanted::Wanted;

const API_VERSION: &str = "2019-07-01-preview";

/// The endpoint, its certificate, and what it wants to see.
pub(crate) struct ServiceFabric {
    url: String,
    header: SecretHeader,
    thumbprint: [u8; 20],
    settings: Settings,
}

impl ServiceFabric {
    #[inline]
    pub(crate) fn configure(env: &Env, settings: &Settings, selector: &Selector) -> Result<Self> {
        if let Some(identity) = &selector.0 {
            return Err(Error::authentication(format!(
                "Service Fabric decides itself which identity an application has: leave out the {identity}, and see \
                 https://aka.ms/servicefabricmi"
            )));
        }
        let url = match &settings.endpoint {
            Some(url) => url,
            None => variable(env, "IDENTITY_ENDPOINT")?,
        };
        if parse(url, "IDENTITY_ENDPOINT")?.scheme_str() != Some("https") {
            return Err(Error::authentication(
                "IDENTITY_ENDPOINT of Service Fabric must use HTTPS: nothing else can prove who answers",
            ));
        }
        let header = SecretHeader::of_variable(env, "IDENTITY_HEADER")?;
        let thumbprint = thumbprint(variable(env, "IDENTITY_SERVER_THUMBPRINT")?)?;
        Ok(Self { url: url.to_owned(), header, thumbprint, settings: settings.clone() })
    }

    #[inline]
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    #[inline]
    pub(crate) fn acquire(&self, wanted: &Wanted, moment: &Moment) -> Step {
        let asked = wanted.asked(AzureHost::ServiceFabric, moment);
        let mut parameters = vec![("api-version", API_VERSION), ("resource", wanted.resource.as_str())];
        // The node must not give out again what a resource refused.
        parameters.extend(wanted.refused.as_deref().map(|digest| ("token_sha256_to_refresh", digest)));
        match Exchange::get(&self.url, &parameters, asked, &self.settings, Retry::default()) {
            Ok(mut exchange) => {
                exchange.outbound = exchange.outbound.with_trust(Trust::Thumbprint(self.thumbprint));
                exchange.secret_header(HeaderName::from_static("secret"), &self.header).finish()
            }
            Err(error) => Step::fail(error),
        }
    }
}

/// Reads a SHA-1 thumbprint: 40 hexadecimal digits; white space, colons and case do not matter.
#[inline]
fn thumbprint(text: &str) -> Result<[u8; 20]> {
    let invalid = || {
        Error::authentication(
            "IDENTITY_SERVER_THUMBPRINT must be the SHA-1 thumbprint of a certificate: 40 hexadecimal digits",
        )
    };
    let mut digits = text.chars().filter(|c| !c.is_whitespace() && *c != ':').map(|c| c.to_digit(16));
    let mut bytes = [0; 20];
    for byte in &mut bytes {
        let (high, low) = (digits.next().flatten(), digits.next().flatten());
        let (Some(high), Some(low)) = (high, low) else { return Err(invalid()) };
        *byte = u8::try_from(high * 16 + low).map_err(|_| invalid())?;
    }
    if digits.next().is_some() { Err(invalid()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbprint_is_read_however_it_is_written() {
        let expected = [0xab; 20];
        for text in ["ab".repeat(20), "AB".repeat(20), "aB:".repeat(20), format!(" {} ", "a b ".repeat(20))] {
            assert_eq!(thumbprint(&text).unwrap(), expected, "{text}");
        }
        for text in ["", "abc", &"ab".repeat(19), &"ab".repeat(21), &"ag".repeat(20), &"ab".repeat(32)] {
            let error = thumbprint(text).unwrap_err();
            assert!(error.to_string().contains("IDENTITY_SERVER_THUMBPRINT"), "{error}");
        }
    }
}
