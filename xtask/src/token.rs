//! `cargo xtask token`: one token from the real world, and who it is for.

use std::time::{SystemTime, UNIX_EPOCH};

use identity_blocking::{AccessToken, Error};
use serde_json::json;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};

pub(crate) const ARGUMENTS: &str = "[--scope S]... [--credential NAME] [--flavour blocking|async] [--tenant T] \
     [--client-id ID] [--authority URL] [--ca FILE] [--no-instance-discovery] [--print raw|json] [OPTION OF THE CREDENTIAL]...";
pub(crate) const PURPOSE: &str = "one token from the real world, and who it is for";

const MANAGEMENT: &str = "https://management.azure.com/.default";

/// What was asked for on the command line.
pub(crate) struct Options {
    pub(crate) credential: String,
    pub(crate) tenant: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) authority: Option<String>,
    /// Certificate authorities in PEM.
    pub(crate) ca: Option<String>,
    /// `--client-secret-file` and the like: the credential's own.
    pub(crate) own: Vec<(String, String)>,
}

impl Options {
    /// An option of the credential's own, without its dashes.
    pub(crate) fn own(&self, name: &str) -> Option<&str> {
        self.own.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Options that only some credentials have. All take a value.
const OWN: [&str; 16] = [
    "client-secret-file",
    "certificate",
    "certificate-password-file",
    "assertion-file",
    "token-file",
    "service-connection-id",
    "subscription",
    "object-id",
    "resource-id",
    "username",
    "redirect-uri",
    "login-hint",
    "code-file",
    "code-verifier-file",
    "user-assertion-file",
    "password-file",
];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = Arguments::new(arguments);
    let mut scopes = arguments.values("--scope")?;
    if scopes.is_empty() {
        scopes.push(MANAGEMENT.to_owned());
    }
    let flavour = arguments.value("--flavour")?.unwrap_or_else(|| "blocking".to_owned());
    let print = arguments.value("--print")?;
    // Nothing is discovered unless asked for, so that this is how it is anyway.
    arguments.flag("--no-instance-discovery");
    let ca = match arguments.value("--ca")? {
        None => None,
        Some(path) => Some(
            std::fs::read_to_string(&path)
                .map_err(|error| Failure::new(format!("{path} cannot be read: {error}")))?,
        ),
    };
    let mut options = Options {
        credential: arguments.value("--credential")?.unwrap_or_else(|| "default".to_owned()),
        tenant: arguments.value("--tenant")?,
        client_id: arguments.value("--client-id")?,
        authority: arguments.value("--authority")?,
        ca,
        own: Vec::new(),
    };
    for name in OWN {
        if let Some(value) = arguments.value(&format!("--{name}"))? {
            options.own.push((name.to_owned(), value));
        }
    }
    arguments.finish(ARGUMENTS)?;
    let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let result = match flavour.as_str() {
        "blocking" => blocking::obtain(&options, &scopes),
        "async" => {
            let runtime = tokio::runtime::Runtime::new()
                .map_err(|error| Failure::new(format!("no runtime: {error}")))?;
            runtime.block_on(asynchronous::obtain(&options, &scopes))
        }
        other => return Err(Failure::new(format!("{other:?} is not a flavour: blocking or async"))),
    };
    let token = result.map_err(|error: Error| Failure::new(error.to_string()))?;
    show(&token, print.as_deref())
}

fn show(token: &AccessToken, print: Option<&str>) -> Outcome {
    let unix = |time: SystemTime| time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    match print {
        Some("raw") => println!("{}", token.secret()),
        Some("json") => {
            let answer = json!({
                "token": token.secret(),
                "expires_on": unix(token.expires_on()),
                "refresh_on": token.refresh_on().map(unix),
                "credential": token.credential(),
                "origin": token.origin(),
                "claims": token.describe(),
            });
            println!("{answer}");
        }
        None => {
            println!("credential  {}", token.credential());
            println!("from        {}", token.origin());
            match token.describe() {
                Some(identity) => {
                    println!("for         {identity}");
                    println!("audience    {}", identity.audience.as_deref().unwrap_or("not stated"));
                }
                None => println!("for         not stated: the token is not a readable JWT"),
            }
            let left = token.expires_on().duration_since(SystemTime::now()).map_or(0, |left| left.as_secs());
            println!("expires     in {left} s");
        }
        Some(other) => return Err(Failure::new(format!("{other:?} cannot be printed: raw or json"))),
    }
    Ok(())
}

#[allow(unused_imports, reason = "the rewrite to blocking code needs less")]
#[path = "token"]
mod blocking {
    use identity_blocking as identity;
    use maybe_async::must_be_sync as flavour;

    mod credentials;
    mod obtain;
    mod people;

    pub(super) use obtain::obtain;
}

#[allow(clippy::duplicate_mod, reason = "one source text, two flavours")]
#[path = "token"]
mod asynchronous {
    use identity_async as identity;
    use maybe_async::must_be_async as flavour;

    mod credentials;
    mod obtain;
    mod people;

    pub(super) use obtain::obtain;
}
