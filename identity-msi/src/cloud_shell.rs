//! Azure Cloud Shell: the signed-in person, through a local endpoint.

use identity_core::{Env, Error, Moment, Result, Retry, Step};

use crate::detect::AzureHost;
use crate::exchange::{Exchange, form, parse, variable};
use crate::identity::{IdKind, Names, Selector};
use crate::settings::Settings;
use crate::wanted::Wanted;

const NAMES: Names = Names { client_id: "client_id", object_id: "object_id", resource_id: "msi_res_id" };

/// The endpoint.
#[derive(Debug)]
pub(crate) struct CloudShell {
    url: String,
    settings: Settings,
}

impl CloudShell {
    #[inline]
    pub(crate) fn configure(env: &Env, settings: &Settings, selector: &Selector) -> Result<Self> {
        if let Some(identity) = selector.0.as_ref().filter(|_| !settings.identity_is_hint) {
            let option = match identity.kind() {
                IdKind::Client => "client_id",
                IdKind::Object => "object_id of an identity_config",
                IdKind::Resource => "resource_id of an identity_config",
            };
            return Err(Error::invalid_argument(format!(
                "cloud shell has no user-assigned identities, only the person who signed in: leave out the {option} {}, \
                 and use ManagedIdentity::system_assigned()",
                identity.id()
            )));
        }
        let url = match &settings.endpoint {
            Some(url) => url,
            None => variable(env, "MSI_ENDPOINT")?,
        };
        parse(url, "MSI_ENDPOINT")?;
        Ok(Self { url: url.to_owned(), settings: settings.clone() })
    }

    #[inline]
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    #[inline]
    pub(crate) fn acquire(&self, wanted: &Wanted, moment: &Moment) -> Step {
        let asked = wanted.asked(AzureHost::CloudShell, moment);
        let mut fields = vec![("resource", wanted.resource.as_str())];
        fields.extend(wanted.selector.parameter(&NAMES));
        match form(&self.url, &fields) {
            Ok(request) => Exchange::new(request, asked, &self.settings, Retry::default())
                .header("metadata", "true")
                .finish(),
            Err(error) => Step::fail(error),
        }
    }
}
