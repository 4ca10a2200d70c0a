//! `cargo xtask explain`: what the default chain would do here and why, member by member.

use std::time::Instant;

use identity_blocking::explain::Report;
use identity_blocking::{AccessToken, Error};
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};

pub(crate) const ARGUMENTS: &str = "[--flavour blocking|async] [--token [--scope S]...] [--print json]";
pub(crate) const PURPOSE: &str =
    "who the default chain would be here, and why; obtains nothing unless asked to";

const MANAGEMENT: &str = "https://management.azure.com/.default";

/// What was looked at and, if asked for, obtained.
struct Explained {
    report: Report,
    token: Option<Result<AccessToken, Error>>,
    milliseconds: f64,
}

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = Arguments::new(arguments);
    let flavour = arguments.value("--flavour")?.unwrap_or_else(|| "blocking".to_owned());
    let print = arguments.value("--print")?;
    let wanted = arguments.flag("--token");
    let mut scopes = arguments.values("--scope")?;
    arguments.finish(ARGUMENTS)?;
    if scopes.is_empty() {
        scopes.push(MANAGEMENT.to_owned());
    }
    let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let scopes = wanted.then_some(scopes.as_slice());
    let explained = match flavour.as_str() {
        "blocking" => blocking(scopes),
        "async" => {
            let runtime = tokio::runtime::Runtime::new()
                .map_err(|error| Failure::new(format!("no runtime: {error}")))?;
            runtime.block_on(asynchronous(scopes))
        }
        other => return Err(Failure::new(format!("{other:?} is not a flavour: blocking or async"))),
    };
    let explained = explained.map_err(|error| Failure::new(error.to_string()))?;
    match print.as_deref() {
        None => show(&explained),
        Some("json") => println!("{}", data(&explained)),
        Some(other) => return Err(Failure::new(format!("{other:?} cannot be printed: json"))),
    }
    match explained.token {
        Some(Err(_)) => Err(Failure::new("no token was obtained")),
        _ => Ok(()),
    }
}

fn blocking(scopes: Option<&[&str]>) -> Result<Explained, Error> {
    let credential = identity_blocking::DefaultAzureCredential::new()?;
    let report = credential.explain();
    let began = Instant::now();
    let token = scopes.map(|scopes| credential.get_token(&identity_blocking::TokenRequest::new(scopes)));
    let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
    credential.close();
    Ok(Explained { report, token, milliseconds })
}

async fn asynchronous(scopes: Option<&[&str]>) -> Result<Explained, Error> {
    let credential = identity_async::DefaultAzureCredential::new()?;
    let report = credential.explain().await;
    let began = Instant::now();
    let token = match scopes {
        Some(scopes) => Some(credential.get_token(&identity_async::TokenRequest::new(scopes)).await),
        None => None,
    };
    let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
    credential.close().await;
    Ok(Explained { report, token, milliseconds })
}

fn show(explained: &Explained) {
    print!("{}", explained.report);
    match &explained.token {
        None => println!("\nNo token was asked for; --token asks."),
        Some(Ok(token)) => println!(
            "\n{} gave a token from {} in {:.0} ms, for {}",
            token.credential(),
            token.origin(),
            explained.milliseconds,
            token.describe().unwrap_or_default()
        ),
        Some(Err(error)) => println!("\n{error}"),
    }
}

fn data(explained: &Explained) -> Value {
    let token = explained.token.as_ref().map(|token| match token {
        Ok(token) => json!({
            "credential": token.credential(),
            "origin": token.origin(),
            "milliseconds": explained.milliseconds,
            "claims": token.describe(),
        }),
        Err(error) => json!({ "error": error.to_string() }),
    });
    json!({ "chain": explained.report, "token": token })
}
