//! Developer tools as real programs: what they get, how their failures differ, and that nothing of them stays behind.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use super::identity::{
    AzureCli, AzureDeveloperCli, AzurePowerShell, BearerTokenProvider, Credential, Env, Error, ErrorKind,
    Source, TokenRequest, ToolFailure,
};
use super::sandbox::Sandbox;
use super::{VAULT, flavour, flavour_test};

const TOKEN: &str = r#"echo '{"accessToken":"t","expires_on":4102444800}'"#;

#[flavour]
async fn az(sandbox: &Sandbox, source: AzureCli) -> Result<String, Error> {
    ask(source, sandbox.env()).await
}

#[flavour]
async fn ask<S: Source>(source: S, env: Env) -> Result<String, Error> {
    let credential = Credential::builder(source).env(env).build().unwrap();
    let result = credential.get_token(&TokenRequest::new(&[VAULT])).await;
    credential.close().await;
    result.map(|token| token.secret().to_owned())
}

#[flavour]
#[flavour_test]
async fn a_tool_gets_its_arguments_an_environment_and_no_input() {
    let sandbox = Sandbox::new();
    let script = r#"read line && exit 9
{ pwd; echo "$@"; echo "$AZURE_CORE_NO_COLOR $MINE"; } > "$HOME/log""#;
    sandbox.tool("az", &format!("{script}\n{TOKEN}"));
    let mut env = sandbox.env();
    env.set("MINE", Some("yes".into()));
    let credential = Credential::builder(AzureCli::new()).env(env).build().unwrap();
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!((token.secret(), token.origin()), ("t", "az"));
    assert_eq!(token.expires_on(), UNIX_EPOCH + Duration::from_secs(4_102_444_800));
    let log = sandbox.file("log");
    let [directory, arguments, variables] = log.lines().collect::<Vec<_>>()[..] else { panic!("{log}") };
    assert!(directory.ends_with("/bin"), "{directory}");
    assert_eq!(arguments, "account get-access-token --output json --resource https://vault.azure.net");
    assert_eq!(variables, "true yes");
    credential.close().await;
}

#[flavour]
#[flavour_test]
async fn failures_are_told_apart() {
    let sandbox = Sandbox::new();
    let error = az(&sandbox, AzureCli::new()).await.unwrap_err();
    assert_eq!(error.tool_failure(), Some(ToolFailure::NotInstalled), "{error}");
    for (script, failure, text) in [
        (
            "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1",
            ToolFailure::NotSignedIn,
            "az login",
        ),
        ("echo boom >&2; exit 3", ToolFailure::Exit(Some(3)), "exit code 3: boom"),
        ("kill -9 $$", ToolFailure::Exit(None), "ended by a signal"),
        ("echo '{\"accessToken\": \"LEAKED\"}'", ToolFailure::UnexpectedOutput, "***"),
    ] {
        sandbox.tool("az", script);
        let error = az(&sandbox, AzureCli::new()).await.unwrap_err();
        assert_eq!(error.tool_failure(), Some(failure), "{error}");
        assert!(error.to_string().contains(text) && !format!("{error:?}").contains("LEAKED"), "{error}");
    }
    fs::write(sandbox.path().join("az"), "#!/nonexistent/interpreter\n").unwrap();
    let error = az(&sandbox, AzureCli::new()).await.unwrap_err();
    assert_eq!(error.tool_failure(), Some(ToolFailure::CannotStart), "{error}");
}

#[flavour]
#[flavour_test]
async fn claims_are_refused_first_with_the_command_to_run() {
    let sandbox = Sandbox::new();
    let source = AzureCli::new().with_tenant_id("mine.example");
    let credential = Credential::builder(source).env(sandbox.env()).build().unwrap();
    let request = TokenRequest::new(&[]).with_claims(r#"{"a":1}"#).with_tenant_id("other.example");
    let error = credential.get_token(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("az login --claims-challenge"), "{error}");
    credential.close().await;
}

#[flavour]
#[flavour_test]
async fn an_expiry_of_the_azure_cli_that_cannot_be_trusted_is_refused() {
    let sandbox = Sandbox::new();
    for expiry in [
        r#""expiresOn":"2099-01-01 00:00:00""#,
        r#""expires_on":"soon","expiresOn":"2099-01-01 00:00:00.000000""#,
    ] {
        sandbox.tool("az", &format!("echo '{{\"accessToken\":\"t\",{expiry}}}'"));
        let error = az(&sandbox, AzureCli::new()).await.unwrap_err();
        assert_eq!(error.tool_failure(), Some(ToolFailure::UnexpectedOutput), "{expiry}: {error}");
    }
}

#[flavour]
#[flavour_test]
async fn after_a_timeout_nothing_is_left() {
    let sandbox = Sandbox::new();
    // It forks, and both hold on to the standard output.
    sandbox.tool("az", "echo $$ > $HOME/parent; sleep 1000 & echo $! > $HOME/child; wait");
    let limit = Duration::from_millis(400);
    let began = Instant::now();
    let error = az(&sandbox, AzureCli::new().with_process_timeout(limit)).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(error.tool_failure(), Some(ToolFailure::TimedOut(limit)), "{error}");
    assert!(error.message().contains("timed out after 0.4 s"), "{error}");
    assert!(sandbox.ends("parent") && sandbox.ends("child"));
}

#[flavour]
#[flavour_test]
async fn the_deadline_of_a_call_ends_a_tool_as_well() {
    let sandbox = Sandbox::new();
    sandbox.tool("az", "echo $$ > $HOME/parent; exec sleep 1000");
    let credential = Credential::builder(AzureCli::new()).env(sandbox.env()).build().unwrap();
    let request = TokenRequest::new(&[VAULT]);
    let error = credential.get_token(&request.with_deadline(Duration::from_millis(400))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    assert!(sandbox.ends("parent"));
    credential.close().await;
}

#[flavour]
#[flavour_test]
async fn what_a_tool_leaves_running_does_not_hold_up_its_answer() {
    let sandbox = Sandbox::new();
    sandbox.tool("az", &format!("sleep 1000 & echo $! > $HOME/child\n{TOKEN}"));
    let began = Instant::now();
    let token = az(&sandbox, AzureCli::new()).await.unwrap();
    assert_eq!(token, "t");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(sandbox.ends("child"));
}

#[flavour]
#[flavour_test]
async fn a_tool_that_never_stops_talking_is_ended() {
    let sandbox = Sandbox::new();
    sandbox.tool("az", "echo $$ > $HOME/parent; exec yes");
    let error = az(&sandbox, AzureCli::new()).await.unwrap_err();
    assert!(error.message().contains("printed more than"), "{error}");
    assert!(sandbox.ends("parent"));
}

#[flavour]
#[flavour_test]
async fn relative_and_empty_path_entries_are_never_searched() {
    let sandbox = Sandbox::new();
    let planted = Sandbox::new();
    planted.tool("az", &format!("echo hit > {}/hit\n{TOKEN}", planted.path().display()));
    // The same directory by a path that is not absolute.
    let here = std::env::current_dir().unwrap();
    let climb = "../".repeat(here.components().count());
    let relative = format!("{climb}{}", planted.path().display().to_string().trim_start_matches('/'));
    assert!(fs::metadata(&relative).is_ok());
    let mut env = sandbox.env();
    env.set("PATH", Some(format!("{relative}::.:{relative}/:")));
    let error = ask(AzureCli::new(), env).await.unwrap_err();
    assert_eq!((error.tool_failure(), planted.file("hit").as_str()), (Some(ToolFailure::NotInstalled), ""));
}

#[flavour]
#[flavour_test]
async fn a_program_can_be_named_by_its_path() {
    let sandbox = Sandbox::new();
    let program = sandbox.tool("my-az", TOKEN);
    let mut env = sandbox.env();
    env.set("PATH", None);
    let token = ask(AzureCli::new().with_program(program), env).await.unwrap();
    assert_eq!(token, "t");
}

#[flavour]
#[flavour_test]
async fn azd_and_powershell_are_programs_like_any_other() {
    let sandbox = Sandbox::new();
    sandbox.tool("azd", r#"echo '{"token":"d","expiresOn":"2100-01-01T00:00:00Z"}'"#);
    sandbox.tool("pwsh", "echo 'azsdk%p%4102444800'");
    let azd = ask(AzureDeveloperCli::new(), sandbox.env()).await.unwrap();
    let pwsh = ask(AzurePowerShell::new(), sandbox.env()).await.unwrap();
    assert_eq!((azd.as_str(), pwsh.as_str()), ("d", "p"));
}

#[flavour]
#[flavour_test]
async fn kept_tokens_never_mix_identities() {
    let sandbox = Sandbox::new();
    sandbox.tool("az", "echo run >> $HOME/runs; echo \"{\\\"accessToken\\\":\\\"$(cat $HOME/.azure/azureProfile.json)\\\",\\\"expires_on\\\":4102444800}\"");
    let profile = sandbox.path().join(".azure/azureProfile.json");
    fs::create_dir_all(sandbox.path().join(".azure")).unwrap();
    let source = AzureCli::new().with_caching(true);
    let credential = Credential::builder(source).env(sandbox.env()).build().unwrap();
    for person in ["ada", "bob", "ada"] {
        fs::write(&profile, person).unwrap();
        for round in 0..3 {
            let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
            assert_eq!((token.secret(), token.is_from_cache()), (person, round > 0));
        }
    }
    assert_eq!(sandbox.file("runs").lines().count(), 3);
    credential.close().await;
}

#[flavour]
#[flavour_test]
async fn a_kept_token_can_be_forgotten() {
    let sandbox = Sandbox::new();
    sandbox.tool(
        "az",
        "echo run >> $HOME/runs; echo \"{\\\"accessToken\\\":\\\"$(wc -l < $HOME/runs)\\\",\\\"expires_on\\\":4102444800}\"",
    );
    fs::create_dir_all(sandbox.path().join(".azure")).unwrap();
    fs::write(sandbox.path().join(".azure/azureProfile.json"), "ada").unwrap();
    let source = AzureCli::new().with_caching(true);
    let credential = Credential::builder(source).env(sandbox.env()).build().unwrap();
    let request = TokenRequest::new(&[VAULT]);
    let first = credential.get_token(&request).await.unwrap();
    assert!(credential.invalidate(&request, &first));
    let second = credential.get_token(&request).await.unwrap();
    // The one that was forgotten is gone already; the newer one stays.
    assert!(!credential.invalidate(&request, &first));
    let again = credential.get_token(&request).await.unwrap();
    assert!(again.is_from_cache());
    credential.clear_cache();
    let third = credential.get_token(&request).await.unwrap();
    assert_eq!([first.secret(), second.secret(), again.secret(), third.secret()], ["1", "2", "2", "3"]);
    credential.close().await;
}

#[flavour]
#[flavour_test]
async fn a_provider_does_not_run_a_tool_for_each_request() {
    let sandbox = Sandbox::new();
    sandbox.tool(
        "az",
        "echo run >> $HOME/runs; echo \"{\\\"accessToken\\\":\\\"t\\\",\\\"expires_on\\\":$(cat $HOME/expires)}\"",
    );
    for (expires, runs) in [("4102444800", 1), ("1", 3)] {
        fs::write(sandbox.path().join("expires"), expires).unwrap();
        let credential = Credential::builder(AzureCli::new()).env(sandbox.env()).build().unwrap();
        let provider = BearerTokenProvider::new(Arc::new(credential.clone()), &[VAULT]);
        for _ in 0..3 {
            let token = provider.token().await.unwrap();
            assert_eq!(token.expose(), "t");
        }
        assert_eq!(sandbox.file("runs").lines().count(), runs);
        // Until a resource refuses it.
        let token = provider.token().await.unwrap();
        assert_eq!((provider.invalidate(&token), provider.invalidate(&token)), (true, false));
        let before = sandbox.file("runs").lines().count();
        provider.token().await.unwrap();
        assert_eq!(sandbox.file("runs").lines().count(), before + 1);
        fs::remove_file(sandbox.path().join("runs")).unwrap();
        credential.close().await;
    }
}

#[flavour]
#[flavour_test]
async fn nothing_is_run_for_bad_input() {
    let sandbox = Sandbox::new();
    sandbox.tool("az", "echo run > $HOME/runs");
    let credential = Credential::builder(AzureCli::new()).env(sandbox.env()).build().unwrap();
    for scopes in [&["https://x/.default", "b"][..], &["https://x/.default;id"]] {
        let error = credential.get_token(&TokenRequest::new(scopes)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
    let request = TokenRequest::new(&[VAULT]).with_tenant_id("a;b");
    let error = credential.get_token(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    assert_eq!(sandbox.file("runs"), "");
    credential.close().await;
}

/// What left the group of the tool lives on, and finds that nobody reads any more.
#[cfg(target_os = "linux")]
#[flavour]
#[flavour_test]
async fn what_detaches_itself_holds_up_nothing() {
    let sandbox = Sandbox::new();
    let writes = r#"echo $$ > "$HOME/left"; for i in $(seq 200); do sleep 0.05; echo still here >&2; done"#;
    let script =
        format!("setsid sh -c '{writes}' &\nuntil [ -s \"$HOME/left\" ]; do sleep 0.02; done\n{TOKEN}");
    sandbox.tool("az", &script);
    let token = az(&sandbox, AzureCli::new()).await.unwrap();
    assert!(token == "t" && sandbox.ends("left"));
}
