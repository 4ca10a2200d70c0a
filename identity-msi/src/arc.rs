//! Azure Arc: the agent proves that the program may have a token by a file that only its group can read.
//!
//! Source: Microsoft, "Authenticate against Azure resources with Azure Arc-enabled servers".

use http::StatusCode;
use identity_core::effect::FileRead;
use identity_core::{Env, Error, Grant, Moment, Result, Retry, ServiceError, Step};
use serde_json::{Map, Value};

use crate::arc_key::{KeyDirectory, key, unreadable};
use crate::detect::AzureHost;
use crate::exchange::{Exchange, Outcome, parse};
use crate::identity::{IdKind, Names};
use crate::settings::Settings;
use crate::wanted::Wanted;

/// Where the agent listens if no variable says so.
const URL: &str = "http://localhost:40342/metadata/identity/oauth2/token";
const API_VERSION: &str = "2020-06-01";
const NAMES: Names = Names { client_id: "client_id", object_id: "object_id", resource_id: "msi_res_id" };

/// The agent.
#[derive(Debug)]
pub(crate) struct AzureArc {
    url: String,
    keys: KeyDirectory,
    settings: Settings,
}

impl AzureArc {
    #[inline]
    pub(crate) fn configure(env: &Env, settings: &Settings) -> Result<Self> {
        let url = settings.endpoint.as_deref().or_else(|| env.non_empty("IDENTITY_ENDPOINT")).unwrap_or(URL);
        parse(url, "IDENTITY_ENDPOINT")?;
        let keys = KeyDirectory::of(env, settings.arc_key_directory.as_ref())?;
        Ok(Self { url: url.to_owned(), keys, settings: settings.clone() })
    }

    #[inline]
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    #[inline]
    pub(crate) fn acquire(&self, wanted: &Wanted, moment: &Moment) -> Step {
        let asked = wanted.asked(AzureHost::AzureArc, moment);
        let parameters = wanted.parameters(API_VERSION, &NAMES);
        let exchange = Exchange::get(&self.url, &parameters, asked, &self.settings, Retry::default());
        let exchange = match exchange {
            Ok(exchange) => exchange.header("metadata", "true"),
            Err(error) => return Step::fail(error),
        };
        let (keys, again) = (self.keys.clone(), exchange.clone());
        exchange.send(move |moment, outcome| match challenged(&keys, &moment, &outcome) {
            Ok(file) => {
                let path = file.path.to_string_lossy().into_owned();
                Step::read(file, move |_, content| {
                    let content = content.map_err(|error| unreadable(&path, &error));
                    let answered = content.and_then(|content| again.basic(&key(content, &path)?));
                    match answered {
                        Ok(exchange) => {
                            exchange.send(|moment, outcome| Step::Done(confirmed(&moment, &outcome)))
                        }
                        Err(error) => Step::fail(error),
                    }
                })
            }
            Err(error) => Step::fail(error),
        })
    }
}

/// The key file that the first answer names.
#[inline]
fn challenged(keys: &KeyDirectory, moment: &Moment, outcome: &Outcome) -> Result<FileRead> {
    match outcome.response() {
        Some(response) if response.status() == StatusCode::UNAUTHORIZED => keys.file(response.headers()),
        Some(response) if response.status().is_success() => {
            // Whoever gives tokens without a key is not the agent.
            let service = ServiceError::of_status(response.status());
            let text =
                "the endpoint of Azure Arc answered without asking for its key, so this is not the agent";
            Err(Error::unavailable(text).with_service(service))
        }
        _ => match outcome.answer(moment) {
            Err(error) => Err(error),
            Ok(_) => Err(Error::authentication("the endpoint of Azure Arc did not ask for its key")),
        },
    }
}

/// The token, if it is for the identity that was asked for: old agents give that of the machine instead.
#[inline]
fn confirmed(moment: &Moment, outcome: &Outcome) -> Result<Grant> {
    let answer = outcome.answer(moment)?;
    let Some(identity) = &outcome.asked().selector.0 else { return Ok(answer.grant) };
    let echoes: &[&str] = match identity.kind() {
        IdKind::Client => &["client_id"],
        IdKind::Object => &["object_id"],
        IdKind::Resource => &["msi_res_id", "mi_res_id"],
    };
    if echoes.iter().any(|name| is_echo(&answer.json, name, identity.id())) {
        return Ok(answer.grant);
    }
    Err(Error::authentication(format!(
        "Azure Arc did not confirm the user-assigned identity with {identity}: update the agent, which most likely \
         knows no user-assigned identities and gave a token of the machine's own"
    )))
}

#[inline]
fn is_echo(json: &Map<String, Value>, name: &str, id: &str) -> bool {
    json.get(name).and_then(Value::as_str).is_some_and(|echo| echo.to_lowercase() == id.to_lowercase())
}
