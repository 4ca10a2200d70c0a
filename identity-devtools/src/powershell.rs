//! Azure PowerShell: `Get-AzAccessToken`, in a script of our own that is passed encoded and never through a shell.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity_core::effect::{Command, CommandOutput};
use identity_core::{Env, Error, Grant, Moment, Platform, Result, Step, TokenRequest, ToolFailure, scope};

use crate::azure_cli::home;
use crate::output::base64;
use crate::tool::{
    DeveloperTool, Tool, failed, no_scope, not_installed, not_signed_in, single_scope, unexpected,
};

/// Tokens of whoever is signed in to Azure PowerShell (`Connect-AzAccount`): one scope per request, no claims.
pub type AzurePowerShell = DeveloperTool<Pwsh>;

/// What is special about Azure PowerShell.
#[derive(Clone, Debug, Default)]
pub struct Pwsh;

/// What the script prints instead of a token if the module is missing.
const NO_MODULE: &str = "NO_AZ_ACCOUNT_MODULE";

/// What the script prints in front of a token.
const MARK: &str = "azsdk%";

impl Tool for Pwsh {
    const CREDENTIAL: &'static str = "AzurePowerShellCredential";
    const TITLE: &'static str = "Azure PowerShell";
    const ORIGIN: &'static str = "pwsh";
    const NOT_INSTALLED: &'static str = "PowerShell is not installed, or not on PATH: install it (https://aka.ms/powershell) with the module \
         Az.Accounts";

    #[inline]
    fn programs(&self, platform: Platform) -> &'static [&'static str] {
        if platform == Platform::Windows { &["pwsh", "powershell"] } else { &["pwsh"] }
    }

    #[inline]
    fn profile(&self, env: &Env) -> Vec<PathBuf> {
        home(env).map(|home| home.join(".Azure").join("AzureRmContext.json")).into_iter().collect()
    }

    #[inline]
    fn refuses(&self, request: &TokenRequest<'_>, tenant: Option<&str>) -> Option<Error> {
        match request.claims() {
            Some(claims) => Some(refuse_claims(claims, tenant)),
            None => no_scope(request, Self::CREDENTIAL),
        }
    }

    #[inline]
    fn command(&self, command: Command, request: &TokenRequest<'_>, tenant: Option<&str>) -> Result<Command> {
        single_scope(request, Self::CREDENTIAL)?;
        let script = script(scope::resource(request, Self::CREDENTIAL)?, tenant);
        let encoded = STANDARD.encode(script.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
        Ok(command.with_arguments(["-NoProfile", "-NonInteractive", "-EncodedCommand", &encoded]))
    }

    #[inline]
    fn read(&self, output: &CommandOutput, _env: &Env, moment: Moment) -> Step {
        Step::Done(if output.code == Some(0) { token(output, &moment) } else { Err(failure(output)) })
    }
}

/// The script. Resource and tenant have been validated: they hold nothing that could end a quoted text.
#[inline]
fn script(resource: &str, tenant: Option<&str>) -> String {
    let tenant = tenant.map(|tenant| format!("$request.TenantId = '{tenant}'\n")).unwrap_or_default();
    format!(
        "$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$accounts = Import-Module Az.Accounts -MinimumVersion 2.2.0 -PassThru -ErrorAction SilentlyContinue
if (-not $accounts) {{ Write-Output '{NO_MODULE}'; exit 0 }}
$request = @{{ ResourceUrl = '{resource}'; WarningAction = 'Ignore' }}
{tenant}if ($accounts.Version -ge [version]'2.17.0' -and $accounts.Version -lt [version]'5.0.0') {{
  $request.AsSecureString = $true
}}
$answer = Get-AzAccessToken @request
$text = $answer.Token
if ($text -is [securestring]) {{
  $text = [System.Net.NetworkCredential]::new('', $text).Password
}}
Write-Output \"`n{MARK}$text%$($answer.ExpiresOn.ToUnixTimeSeconds())`n\"
"
    )
}

#[inline]
fn token(output: &CommandOutput, moment: &Moment) -> Result<Grant> {
    let text = String::from_utf8_lossy(&output.stdout);
    if text.contains(NO_MODULE) {
        return Err(Error::unavailable(
            "no Az.Account module for PowerShell: run 'Install-Module Az.Accounts' (2.2.0 or later), then \
             'Connect-AzAccount'",
        )
        .with_tool_failure(ToolFailure::NotInstalled));
    }
    let Some(marked) = text.split_whitespace().find_map(|word| word.strip_prefix(MARK)) else {
        return Err(unexpected::<Pwsh>(output, "no token"));
    };
    let (token, seconds) = marked.split_once('%').unwrap_or((marked, ""));
    let seconds = seconds.split('%').next().and_then(|seconds| seconds.parse().ok());
    let expires_on = seconds.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    match expires_on {
        Some(expires_on) if !token.is_empty() => Ok(Grant::new(token, expires_on, moment.now())),
        Some(_) => Err(unexpected::<Pwsh>(output, "an empty token")),
        None => Err(unexpected::<Pwsh>(output, "no time of expiry")),
    }
}

#[inline]
fn failure(output: &CommandOutput) -> Error {
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("' is not recognized") && said.contains("powershell") {
        return not_installed::<Pwsh>();
    }
    if said.contains("Connect-AzAccount") {
        return not_signed_in("nobody is signed in to Azure PowerShell: run 'Connect-AzAccount'");
    }
    if said.contains("AuthorizationManager check failed") {
        return Error::unavailable(
            "PowerShell's execution policy forbids the module Az.Accounts: allow it with 'Set-ExecutionPolicy', see \
             https://aka.ms/powershell-execution-policy",
        )
        .with_tool_failure(ToolFailure::Exit(output.code));
    }
    failed::<Pwsh>(output, None).with_kind(identity_core::ErrorKind::Unavailable)
}

#[inline]
fn refuse_claims(claims: &str, tenant: Option<&str>) -> Error {
    let mut command = format!("Connect-AzAccount -ClaimsChallenge {}", base64(claims));
    if let Some(tenant) = tenant {
        command.push_str(&format!(" -Tenant {tenant}"));
    }
    not_signed_in(format!(
        "Azure PowerShell gives no token for a claims challenge: sign in with the claims and try again, which takes \
         Az.Accounts 5.2.0 or later: {command}"
    ))
}
