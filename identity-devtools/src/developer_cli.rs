//! The Azure Developer CLI: `azd auth token`.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use identity_core::effect::{Command, CommandOutput};
use identity_core::scope::validate_for_tool;
use identity_core::{Env, Error, Grant, Moment, Platform, Result, Step, TokenRequest, ToolFailure};
use serde_json::Value;

use crate::azure_cli::{azure_directory, home};
use crate::expiry::Civil;
use crate::output::{base64, excerpt};
use crate::tool::{DeveloperTool, Tool, failed, not_installed, not_signed_in, unexpected};

/// Tokens of whoever is signed in to the Azure Developer CLI (`azd auth login`): any scopes, also claims.
pub type AzureDeveloperCli = DeveloperTool<Azd>;

/// What is special about the Azure Developer CLI.
#[derive(Clone, Debug, Default)]
pub struct Azd;

impl Tool for Azd {
    const CREDENTIAL: &'static str = "AzureDeveloperCliCredential";
    const TITLE: &'static str = "Azure Developer CLI";
    const ORIGIN: &'static str = "azd";
    const NOT_INSTALLED: &'static str = "Azure Developer CLI could not be found on PATH: install it (https://aka.ms/azure-dev) and run \
         'azd auth login'";

    #[inline]
    fn programs(&self, _platform: Platform) -> &'static [&'static str] {
        &["azd"]
    }

    #[inline]
    fn profile(&self, env: &Env) -> Vec<PathBuf> {
        let own = match env.non_empty("AZD_CONFIG_DIR") {
            Some(directory) => Some(directory.into()),
            None => home(env).map(|home| home.join(".azd")),
        };
        let own = own
            .into_iter()
            .flat_map(|directory| [directory.join("auth.json"), directory.join("config.json")]);
        // It can be told to use the sign-in of the Azure CLI.
        own.chain(azure_directory(env).map(|directory| directory.join("azureProfile.json"))).collect()
    }

    #[inline]
    fn command(&self, command: Command, request: &TokenRequest<'_>, tenant: Option<&str>) -> Result<Command> {
        let mut arguments = ["auth", "token", "--output", "json", "--no-prompt"].map(str::to_owned).to_vec();
        for scope in request.scopes() {
            validate_for_tool(scope)?;
            arguments.extend(["--scope".to_owned(), (*scope).to_owned()]);
        }
        if let Some(tenant) = tenant {
            arguments.extend(["--tenant-id".to_owned(), tenant.to_owned()]);
        }
        if let Some(claims) = request.claims() {
            arguments.extend(["--claims".to_owned(), base64(claims)]);
        }
        Ok(command.with_arguments(arguments).with_variable("NO_COLOR", "true"))
    }

    #[inline]
    fn read(&self, output: &CommandOutput, _env: &Env, moment: Moment) -> Step {
        Step::Done(if output.code == Some(0) { token(output, &moment) } else { Err(failure(output)) })
    }
}

#[inline]
fn token(output: &CommandOutput, moment: &Moment) -> Result<Grant> {
    let answer: Value = serde_json::from_slice(output.stdout.trim_ascii()).unwrap_or_default();
    let text = |name: &str| answer.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(token) = text("token") else {
        // Some versions fail with exit code 0.
        return Err(match message(output) {
            Some(message) => failed::<Azd>(output, Some(message)),
            None => unexpected::<Azd>(output, "no token"),
        });
    };
    // Always UTC, whatever the time zone here is.
    let expires_on = text("expiresOn").and_then(Civil::parse).and_then(Civil::unix);
    let Some(expires_on) = expires_on.and_then(|seconds| u64::try_from(seconds).ok()) else {
        return Err(unexpected::<Azd>(output, "no expiresOn"));
    };
    Ok(Grant::new(token, UNIX_EPOCH + Duration::from_secs(expires_on), moment.now()))
}

#[inline]
fn failure(output: &CommandOutput) -> Error {
    let said =
        format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if said.contains("'azd' is not recognized") {
        return not_installed::<Azd>();
    }
    if said.contains("unknown flag: --claims") {
        return Error::unavailable(
            "this Azure Developer CLI knows no claims challenges: update it to 1.18.1 or later",
        )
        .with_tool_failure(ToolFailure::Exit(output.code));
    }
    if said.contains("not logged in, run `azd auth login` to login") && !said.contains("AADSTS") {
        return not_signed_in("nobody is signed in to the Azure Developer CLI: run 'azd auth login'");
    }
    failed::<Azd>(output, message(output))
}

/// What the JSON lines of an output say is wrong: an `error` wins over a message for the console.
#[inline]
fn message(output: &CommandOutput) -> Option<String> {
    let lines: Vec<Value> = [&output.stdout, &output.stderr]
        .into_iter()
        .flat_map(|stream| stream.split(|byte| *byte == b'\n'))
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    let found = |pointer: &str| {
        let mut texts = lines.iter().filter_map(|line| line.pointer(pointer)?.as_str());
        texts.find_map(|text| excerpt(text.as_bytes()))
    };
    found("/error").or_else(|| found("/data/message"))
}
