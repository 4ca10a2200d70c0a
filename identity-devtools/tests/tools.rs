//! What each tool is run with, and what becomes of its answers.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test, in helpers as well")]

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity_core::effect::{Command, CommandError, CommandOutput};
use identity_core::moment::ENTROPY;
use identity_core::{
    Env, Error, ErrorKind, Grant, Moment, Platform, Result, Source, Step, TokenRequest, ToolFailure,
};
use identity_devtools::{AzureCli, AzureDeveloperCli, AzurePowerShell, TIMEOUT_VARIABLE, VisualStudioCode};

const VAULT: &str = "https://vault.azure.net/.default";
const AZ_TOKEN: &str = r#"{"accessToken":"t","expires_on":1700003600,"expiresOn":"?","tokenType":"Bearer"}"#;

fn moment() -> Moment {
    Moment::new(UNIX_EPOCH + Duration::from_secs(1_700_000_000), [1; ENTROPY])
}

fn env() -> Env {
    Env::from_iter([("HOME", "/home/ada"), ("TZ", "IST-5:30")]).on(Platform::Linux)
}

/// The command that a source wants to run, and its continuation.
fn start(mut source: impl Source, request: &TokenRequest<'_>, env: &Env) -> Result<(Command, Answer)> {
    source.configure(env)?;
    match source.acquire(request, None, &moment()) {
        Step::Run(command, then) => Ok((command, Box::new(move |answer| end(then(moment(), answer))))),
        step => Err(end(step).unwrap_err()),
    }
}

type Answer = Box<dyn FnOnce(Result<CommandOutput, CommandError>) -> Result<Grant>>;

fn end(step: Step) -> Result<Grant> {
    match step {
        Step::Done(result) => result,
        step => panic!("{step:?}"),
    }
}

fn printed(code: i32, stdout: &str, stderr: &str) -> Result<CommandOutput, CommandError> {
    Ok(CommandOutput::new(Some(code), stdout.into(), stderr.into()))
}

fn answered(source: impl Source, answer: Result<CommandOutput, CommandError>) -> Result<Grant> {
    let (_, then) = start(source, &TokenRequest::new(&[VAULT]), &env())?;
    then(answer)
}

fn refused(source: impl Source, request: &TokenRequest<'_>) -> Error {
    source.refuses(request).or_else(|| start(source, request, &env()).err()).unwrap()
}

#[test]
fn az_is_run_with_exactly_these_arguments() {
    let source = AzureCli::new().with_tenant_id("contoso.example").with_subscription("My Subscription");
    let (command, then) = start(source, &TokenRequest::new(&[VAULT]), &env()).unwrap();
    assert_eq!(command.programs, ["az"]);
    assert_eq!(
        command.arguments.join("|"),
        "account|get-access-token|--output|json|--resource|https://vault.azure.net|--tenant|contoso.example\
         |--subscription|My Subscription"
    );
    assert_eq!(command.environment, [("AZURE_CORE_NO_COLOR".to_owned(), "true".to_owned())]);
    assert_eq!(command.directory.to_str(), Some("/bin"));
    let grant = then(printed(0, AZ_TOKEN, "WARNING: run az login")).unwrap();
    assert_eq!(grant.access_token.expose(), "t");
    assert_eq!(grant.expires_on, UNIX_EPOCH + Duration::from_secs(1_700_003_600));
    assert_eq!((grant.refresh_on, &*grant.origin), (None, "az"));
}

#[test]
fn an_old_az_tells_local_time() {
    let stdout = r#"{"accessToken":"t","expiresOn":"2023-11-15 05:02:03.000001"}"#;
    let grant = answered(AzureCli::new(), printed(0, stdout, "")).unwrap();
    assert_eq!(grant.expires_on, UNIX_EPOCH + Duration::from_secs(1_700_004_723));
}

#[test]
fn what_az_prints_when_it_fails_becomes_distinct_errors() {
    let not_signed_in = "ERROR: Please run 'az login' to setup account.\n";
    let mfa =
        "ERROR: AADSTS50076: you must use multi-factor authentication.\nRun the command below:\naz login\n";
    let cases = [
        (
            Err(CommandError::NotFound),
            ErrorKind::Unavailable,
            ToolFailure::NotInstalled,
            "Azure CLI not found",
        ),
        (printed(127, "", ""), ErrorKind::Unavailable, ToolFailure::NotInstalled, "installazurecli"),
        (printed(1, "", not_signed_in), ErrorKind::Unavailable, ToolFailure::NotSignedIn, "'az login'"),
        (
            Err(CommandError::TimedOut(Duration::from_secs(3))),
            ErrorKind::Unavailable,
            ToolFailure::TimedOut(Duration::from_secs(3)),
            "timed out after 3 s",
        ),
        (printed(1, "", mfa), ErrorKind::Authentication, ToolFailure::Exit(Some(1)), "AADSTS50076"),
        (printed(3, "", "boom"), ErrorKind::Authentication, ToolFailure::Exit(Some(3)), "exit code 3: boom"),
        (printed(0, "hello", ""), ErrorKind::Authentication, ToolFailure::UnexpectedOutput, "'hello'"),
    ];
    for (answer, kind, failure, text) in cases {
        let error = answered(AzureCli::new(), answer).unwrap_err();
        assert_eq!((error.kind(), error.tool_failure()), (kind, Some(failure)), "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[test]
fn in_a_chain_every_failure_of_a_tool_lets_the_chain_go_on() {
    let request = TokenRequest::new(&[VAULT]).in_chain(true);
    let (command, then) = start(AzureCli::new(), &request, &env()).unwrap();
    assert_eq!(command.timeout, Duration::from_secs(10));
    let error = then(printed(1, "", "AADSTS50076: MFA")).unwrap_err();
    assert!(error.is_unavailable() && error.message().contains("AADSTS50076"), "{error}");
}

#[test]
fn the_timeout_is_that_of_the_option_else_of_the_process_else_the_default() {
    let request = TokenRequest::new(&[VAULT]);
    let mut env = env();
    let of = |source, env: &Env| start(source, &request, env).map(|(command, _)| command.timeout);
    assert_eq!(of(AzureCli::new(), &env).unwrap(), Duration::from_secs(30));
    env.set(TIMEOUT_VARIABLE, Some("2.5".into()));
    assert_eq!(of(AzureCli::new(), &env).unwrap(), Duration::from_millis(2500));
    let option = AzureCli::new().with_process_timeout(Duration::from_secs(7));
    assert_eq!(of(option, &env).unwrap(), Duration::from_secs(7));
    env.set(TIMEOUT_VARIABLE, Some("soon".into()));
    assert!(of(AzureCli::new(), &env).unwrap_err().message().contains(TIMEOUT_VARIABLE));
}

#[test]
fn bad_input_is_refused_before_anything_is_run() {
    let vault = TokenRequest::new(&[VAULT]);
    let errors = [
        refused(AzureCli::new(), &TokenRequest::new(&[VAULT, "b"])),
        refused(AzureCli::new(), &TokenRequest::new(&["https://x/.default;rm"])),
        refused(AzureCli::new().with_tenant_id("a;b"), &vault),
        refused(AzureCli::new().with_subscription("s$(id)"), &vault),
        refused(AzureCli::new().with_program("./az"), &vault),
        refused(AzureDeveloperCli::new(), &TokenRequest::new(&["a'b"])),
        refused(AzurePowerShell::new(), &TokenRequest::new(&["https://x'; Remove-Item"])),
        refused(AzurePowerShell::new().with_tenant_id("x'y"), &vault),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
}

#[test]
fn claims_become_the_command_to_sign_in_with() {
    let request = TokenRequest::new(&[VAULT]).with_claims(r#"{"a":1}"#).with_tenant_id("t1");
    let error = refused(AzureCli::new(), &request);
    let command =
        "az login --claims-challenge eyJhIjoxfQ== --tenant t1 --scope https://vault.azure.net/.default";
    assert!(error.is_unavailable() && error.message().ends_with(command), "{error}");
    let error = refused(AzurePowerShell::new(), &request);
    let command = "Connect-AzAccount -ClaimsChallenge eyJhIjoxfQ== -Tenant t1";
    assert!(error.is_unavailable() && error.message().ends_with(command), "{error}");
}

#[test]
fn azd_takes_scopes_and_claims_and_speaks_utc() {
    let request = TokenRequest::new(&["https://a/x", "https://a/y"]).with_claims("{}").with_tenant_id("t1");
    let (command, then) = start(AzureDeveloperCli::new(), &request, &env()).unwrap();
    assert_eq!(
        command.arguments.join(" "),
        "auth token --output json --no-prompt --scope https://a/x --scope https://a/y --tenant-id t1 --claims e30="
    );
    let grant = then(printed(0, r#"{"token":"t","expiresOn":"2023-11-14T23:13:20Z"}"#, "")).unwrap();
    assert_eq!(grant.expires_on, UNIX_EPOCH + Duration::from_secs(1_700_003_600));
}

#[test]
fn every_error_format_of_azd_is_understood() {
    for (stdout, stderr, text) in [
        ("", r#"{"type":"consoleMessage","data":{"message":"ERROR: old"}}"#, "ERROR: old"),
        ("", "{\"data\":{\"message\":\"legacy\"}}\n{\"error\":\"structured\"}", "structured"),
        (r#"{"error":"new","message":"m","suggestion":"s"}"#, "", "new"),
        ("", "", "it printed nothing"),
    ] {
        let error = answered(AzureDeveloperCli::new(), printed(1, stdout, stderr)).unwrap_err();
        assert!(error.kind() == ErrorKind::Authentication && error.message().contains(text), "{error}");
    }
    let error = answered(AzureDeveloperCli::new(), printed(0, r#"{"error":"odd but so"}"#, "")).unwrap_err();
    assert!(error.message().contains("odd but so"), "{error}");
}

#[test]
fn powershell_gets_a_script_that_names_resource_and_tenant() {
    let source = AzurePowerShell::new().with_tenant_id("t1");
    let (command, then) = start(source, &TokenRequest::new(&[VAULT]), &env()).unwrap();
    let [flags @ .., encoded] = &*command.arguments else { panic!("{command:?}") };
    assert_eq!(
        (&*command.programs, flags.join(" ")),
        (&["pwsh".to_owned()][..], "-NoProfile -NonInteractive -EncodedCommand".to_owned())
    );
    let bytes = STANDARD.decode(encoded).unwrap();
    let units: Vec<u16> = bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let script = String::from_utf16(&units).unwrap();
    assert!(
        script.contains("ResourceUrl = 'https://vault.azure.net';") && script.contains("TenantId = 't1'")
    );
    let grant = then(printed(0, "WARNING\r\nhello azsdk%t%1700002222 bye", "")).unwrap();
    assert_eq!(
        (grant.access_token.expose(), grant.expires_on),
        ("t", UNIX_EPOCH + Duration::from_secs(1_700_002_222))
    );
}

#[test]
fn failures_of_powershell_name_the_remedy_and_never_the_token() {
    for (answer, text) in [
        (printed(0, "NO_AZ_ACCOUNT_MODULE\n", ""), "Install-Module"),
        (printed(1, "", "Run Connect-AzAccount to login."), "'Connect-AzAccount'"),
        (printed(1, "", "AuthorizationManager check failed."), "execution policy"),
        (printed(0, "azsdk%LEAKED%tomorrow", ""), "Unexpected output"),
        (Err(CommandError::NotFound), "PowerShell is not installed"),
    ] {
        let error = answered(AzurePowerShell::new(), answer).unwrap_err();
        assert!(error.message().contains(text) && !format!("{error:?}").contains("LEAKED"), "{error}");
    }
}

#[test]
fn windows_has_programs_and_a_directory_of_its_own() {
    let windows = Env::from_iter([("SystemRoot", r"C:\Windows")]).on(Platform::Windows);
    let request = TokenRequest::new(&[VAULT]);
    let (command, _) = start(AzureCli::new(), &request, &windows).unwrap();
    assert_eq!(
        (command.programs.join(" "), command.directory.to_str()),
        ("az.cmd az".into(), Some(r"C:\Windows"))
    );
    let (command, _) = start(AzurePowerShell::new(), &request, &windows).unwrap();
    assert_eq!(command.programs, ["pwsh", "powershell"]);
    let error = start(AzureCli::new(), &request, &Env::empty().on(Platform::Windows)).err().unwrap();
    assert!(error.is_unavailable() && error.message().contains("SYSTEMROOT"), "{error}");
}

#[test]
fn a_kept_token_is_dropped_when_the_profile_changes() {
    let mut source = AzureCli::new().with_caching(true);
    source.configure(&env()).unwrap();
    // Who is signed in, before and after; which token az gives; which one the caller gets.
    let call = |profile: &[&str], fresh: &str| {
        let mut step = source.acquire(&TokenRequest::new(&[VAULT]), None, &moment());
        let mut profile = profile.iter();
        loop {
            step = match step {
                Step::Read(file, then) => {
                    assert_eq!(file.path.to_str(), Some("/home/ada/.azure/azureProfile.json"));
                    then(moment(), Ok(profile.next().unwrap().as_bytes().to_vec()))
                }
                Step::Run(_, then) => {
                    let stdout = format!(r#"{{"accessToken":"{fresh}","expires_on":1700003600}}"#);
                    then(moment(), printed(0, &stdout, ""))
                }
                step => break end(step).unwrap().access_token.expose().to_owned(),
            }
        }
    };
    assert_eq!(call(&["ada", "ada"], "1"), "1");
    assert_eq!(call(&["ada"], "2"), "1");
    assert_eq!(call(&["bob", "bob"], "3"), "3");
    assert_eq!(call(&["ada", "ada"], "4"), "4");
    // Somebody signs in while az runs: nobody knows whose token that is.
    assert_eq!(call(&["bob", "ada"], "5"), "5");
    assert_eq!(call(&["bob", "bob"], "6"), "6");
}

#[test]
fn visual_studio_code_says_what_is_missing() {
    let read = |content: std::io::Result<Vec<u8>>| {
        let mut source = VisualStudioCode::new();
        source.configure(&env()).unwrap();
        let mut step = source.acquire(&TokenRequest::new(&[VAULT]), None, &moment());
        let mut content = Some(content);
        while let Step::Read(_, then) = step {
            step = then(moment(), content.take().unwrap_or_else(|| Err(std::io::ErrorKind::NotFound.into())));
        }
        end(step).unwrap_err()
    };
    for (content, text) in [
        (Err(std::io::ErrorKind::NotFound.into()), "nobody is signed in"),
        (Ok(br#"{"tenantId":"a b","clientId":"x"}"#.to_vec()), "no username, no homeAccountId, no authority"),
        (Ok(b"[]".to_vec()), "not a JSON object"),
    ] {
        let error = read(content);
        assert!(error.is_unavailable() && error.message().contains("broker"), "{error}");
        assert!(error.message().contains(text), "{error}");
    }
}
