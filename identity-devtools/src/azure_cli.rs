//! The Azure CLI: `az account get-access-token`.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use identity_core::effect::{Command, CommandOutput, FileRead};
use identity_core::{Env, Error, Grant, Moment, Platform, Result, Step, TokenRequest, scope};
use serde_json::Value;

use crate::expiry::Civil;
use crate::output::base64;
use crate::time_zone::TimeZone;
use crate::tool::{
    DeveloperTool, Tool, failed, no_scope, not_installed, not_signed_in, single_scope, unexpected,
};

/// The largest time zone file that is read, in bytes.
const ZONE_LIMIT: usize = 64 * 1024;

/// Tokens of whoever is signed in to the Azure CLI (`az login`): one scope per request, no claims.
pub type AzureCli = DeveloperTool<Az>;

/// What is special about the Azure CLI.
#[derive(Clone, Debug, Default)]
pub struct Az {
    subscription: String,
}

impl AzureCli {
    /// Asks for a token of the identity that is signed in for this subscription (name or id), which the CLI does not
    /// accept together with a tenant. An empty text counts as none.
    #[must_use]
    #[inline]
    pub fn with_subscription(mut self, subscription: impl Into<String>) -> Self {
        self.tool.subscription = subscription.into();
        self
    }
}

impl Tool for Az {
    const CREDENTIAL: &'static str = "AzureCliCredential";
    const TITLE: &'static str = "Azure CLI";
    const ORIGIN: &'static str = "az";
    const NOT_INSTALLED: &'static str =
        "Azure CLI not found on PATH: install it (https://aka.ms/installazurecli) and run 'az login'";

    #[inline]
    fn programs(&self, platform: Platform) -> &'static [&'static str] {
        if platform == Platform::Windows { &["az.cmd", "az"] } else { &["az"] }
    }

    #[inline]
    fn profile(&self, env: &Env) -> Vec<PathBuf> {
        azure_directory(env).map(|directory| directory.join("azureProfile.json")).into_iter().collect()
    }

    #[inline]
    fn configure(&self) -> Result<()> {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
        if self.subscription.chars().all(fine) {
            return Ok(());
        }
        Err(Error::invalid_argument(format!(
            "Subscription {:?} has characters that are not passed to a tool: if it is a name, use the subscription's id",
            self.subscription
        )))
    }

    #[inline]
    fn partition(&self) -> String {
        self.subscription.clone()
    }

    #[inline]
    fn refuses(&self, request: &TokenRequest<'_>, tenant: Option<&str>) -> Option<Error> {
        match request.claims() {
            Some(claims) => Some(refuse_claims(claims, request, tenant)),
            None => no_scope(request, Self::CREDENTIAL),
        }
    }

    #[inline]
    fn command(&self, command: Command, request: &TokenRequest<'_>, tenant: Option<&str>) -> Result<Command> {
        single_scope(request, Self::CREDENTIAL)?;
        let resource = scope::resource(request, Self::CREDENTIAL)?;
        let mut arguments = vec!["account", "get-access-token", "--output", "json", "--resource", resource];
        if let Some(tenant) = tenant {
            arguments.extend(["--tenant", tenant]);
        }
        if !self.subscription.is_empty() {
            arguments.extend(["--subscription", &self.subscription]);
        }
        Ok(command.with_arguments(arguments).with_variable("AZURE_CORE_NO_COLOR", "true"))
    }

    #[inline]
    fn read(&self, output: &CommandOutput, env: &Env, moment: Moment) -> Step {
        if output.code != Some(0) {
            return Step::fail(failure(output));
        }
        let answer: Value = match serde_json::from_slice(output.stdout.trim_ascii()) {
            Ok(answer) => answer,
            Err(_) => return Step::fail(unexpected::<Self>(output, "not JSON")),
        };
        let Some(token) = answer.get("accessToken").and_then(Value::as_str).filter(|token| !token.is_empty())
        else {
            return Step::fail(unexpected::<Self>(output, "no accessToken"));
        };
        if let Some(expires_on) = answer.get("expires_on").filter(|value| !value.is_null()) {
            return match seconds(expires_on) {
                Some(seconds) => grant(token, seconds, &moment),
                None => Step::fail(unexpected::<Self>(output, "an expires_on that is no time")),
            };
        }
        // Always with a fraction, as the Azure CLI prints it: anything else was written by somebody else.
        let fraction = |text: &&str| text.as_bytes().get(19) == Some(&b'.');
        let local = answer.get("expiresOn").and_then(Value::as_str).map(str::trim).filter(fraction);
        let Some(local) = local.and_then(Civil::parse) else {
            return Step::fail(unexpected::<Self>(output, "no expires_on"));
        };
        if let Some(unix) = local.unix() {
            return grant(token, u64::try_from(unix).unwrap_or_default(), &moment);
        }
        in_local_time(token.to_owned(), local.seconds, local.year, env, moment)
    }
}

/// `~/.azure`, or what `AZURE_CONFIG_DIR` says.
#[inline]
pub(crate) fn azure_directory(env: &Env) -> Option<PathBuf> {
    match env.non_empty("AZURE_CONFIG_DIR") {
        Some(directory) => Some(directory.into()),
        None => home(env).map(|home| home.join(".azure")),
    }
}

/// The user's home directory.
#[inline]
pub(crate) fn home(env: &Env) -> Option<PathBuf> {
    let variable = if env.platform() == Platform::Windows { "USERPROFILE" } else { "HOME" };
    env.non_empty(variable).map(PathBuf::from)
}

#[inline]
fn refuse_claims(claims: &str, request: &TokenRequest<'_>, tenant: Option<&str>) -> Error {
    let mut command = format!("az login --claims-challenge {}", base64(claims));
    if let Some(tenant) = tenant {
        command.push_str(&format!(" --tenant {tenant}"));
    }
    for scope in request.scopes().iter().filter(|scope| scope::validate_for_tool(scope).is_ok()) {
        command.push_str(&format!(" --scope {scope}"));
    }
    not_signed_in(format!(
        "the Azure CLI gives no token for a claims challenge: sign in with the claims and try again, which takes \
         Azure CLI 2.76.0 or later: {command}"
    ))
}

#[inline]
fn failure(output: &CommandOutput) -> Error {
    let said = String::from_utf8_lossy(&output.stderr);
    if said.trim_start().starts_with("'az' is not recognized") {
        return not_installed::<Az>();
    }
    if said.contains("AADSTS") {
        return failed::<Az>(output, None);
    }
    if said.contains("az account set") {
        return not_signed_in(
            "no subscription is selected in the Azure CLI: run 'az account set' or 'az login'",
        );
    }
    if said.contains("az login") {
        return not_signed_in("nobody is signed in to the Azure CLI: run 'az login'");
    }
    failed::<Az>(output, None)
}

/// Unix time as a number or a text.
#[inline]
fn seconds(value: &Value) -> Option<u64> {
    match value {
        Value::Number(_) => value.as_u64().or_else(|| {
            let seconds = value.as_f64().filter(|seconds| *seconds >= 0.0)?;
            Duration::try_from_secs_f64(seconds).ok().map(|seconds| seconds.as_secs())
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[inline]
fn grant(token: &str, seconds: u64, moment: &Moment) -> Step {
    Step::Done(match UNIX_EPOCH.checked_add(Duration::from_secs(seconds)) {
        Some(expires_on) => Ok(Grant::new(token, expires_on, moment.now())),
        None => Err(Error::authentication(format!("the Azure CLI's expires_on is not a time: {seconds}"))),
    })
}

/// The Azure CLI before 2.54 gives local time only.
#[inline]
fn in_local_time(token: String, local: i64, year: i64, env: &Env, moment: Moment) -> Step {
    let done = move |zone: Option<TimeZone>, moment: Moment| match zone {
        Some(zone) => grant(&token, u64::try_from(zone.unix(local, year)).unwrap_or_default(), &moment),
        None => Step::fail(Error::authentication(
            "this Azure CLI tells when the token expires in local time only, in a time zone that is not known here: \
             update it to 2.54.0 or later",
        )),
    };
    if let Some(zone) = TimeZone::of_env(env) {
        return done(Some(zone), moment);
    }
    match TimeZone::file(env) {
        None => done(None, moment),
        Some(file) => {
            Step::read(FileRead::new(file, ZONE_LIMIT), move |moment, content: io::Result<Vec<u8>>| {
                let zone = match content {
                    Ok(content) => TimeZone::of_file(&content),
                    // So does the C library, and with it the tool that wrote the time.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Some(TimeZone::UTC),
                    Err(_) => None,
                };
                done(zone, moment)
            })
        }
    }
}
