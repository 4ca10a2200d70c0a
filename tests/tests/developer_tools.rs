//! Developer tools under threads, tasks and cancellation, and with a planted program in the working directory.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use identity_async as identity;
use sandbox::Sandbox;

#[path = "suite/sandbox.rs"]
mod sandbox;

const SCOPES: &[&str] = &["https://vault.azure.net/.default"];

/// A tool that runs until it is told to go on, and then gives a token.
const WAITS: &str = r#"echo $$ >> "$HOME/runs"
until [ -e "$HOME/go" ]; do sleep 0.02; done
echo '{"accessToken":"t","expires_on":4102444800}'"#;

fn blocking(sandbox: &Sandbox) -> identity_blocking::AzureCliCredential {
    let builder = identity_blocking::Credential::builder(identity_blocking::AzureCli::new());
    builder.env(sandbox.env()).build().unwrap()
}

fn asynchronous(sandbox: &Sandbox) -> identity_async::AzureCliCredential {
    let builder = identity_async::Credential::builder(identity_async::AzureCli::new());
    builder.env(sandbox.env()).build().unwrap()
}

/// Waits until a script has written something into a file of its home.
fn until(sandbox: &Sandbox, file: &str) {
    let began = Instant::now();
    while sandbox.file(file).is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing was written into {file}");
        thread::yield_now();
    }
}

/// The same for a task, which lets the others run.
async fn until_async(sandbox: &Sandbox, file: &str) {
    let began = Instant::now();
    while sandbox.file(file).is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing was written into {file}");
        tokio::task::yield_now().await;
    }
}

#[test]
fn threads_share_one_process() {
    let sandbox = Sandbox::new();
    sandbox.tool("az", WAITS);
    let credential = blocking(&sandbox);
    let ask = || credential.get_token(&identity_blocking::TokenRequest::new(SCOPES)).unwrap();
    thread::scope(|scope| {
        let all: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        until(&sandbox, "runs");
        fs::write(sandbox.path().join("go"), "").unwrap();
        assert!(all.into_iter().all(|thread| thread.join().unwrap().secret() == "t"));
    });
    // Threads that came after the first process had ended began another: never two at once.
    assert!(sandbox.file("runs").lines().count() <= 2, "{}", sandbox.file("runs"));
}

#[tokio::test]
async fn tasks_share_one_process() {
    let sandbox = Sandbox::new();
    sandbox.tool("az", WAITS);
    let credential = asynchronous(&sandbox);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let credential = credential.clone();
            tokio::spawn(async move {
                credential.get_token(&identity_async::TokenRequest::new(SCOPES)).await.map(drop)
            })
        })
        .collect();
    // By then every task has been polled, and waits for the first: there is one worker.
    until_async(&sandbox, "runs").await;
    fs::write(sandbox.path().join("go"), "").unwrap();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(sandbox.file("runs").lines().count(), 1);
    credential.close().await;
}

#[tokio::test]
async fn tools_for_several_scopes_run_one_after_another() {
    let sandbox = Sandbox::new();
    let alone = "mkdir $HOME/busy || echo clash >> $HOME/clashes\n";
    sandbox.tool("az", &format!("{alone}{}", WAITS.replace("echo '{", "rmdir $HOME/busy; echo '{")));
    let credential = asynchronous(&sandbox);
    let tasks: Vec<_> = ["a", "b", "c"]
        .map(|scope| {
            let credential = credential.clone();
            tokio::spawn(async move {
                let scopes = [scope];
                credential.get_token(&identity_async::TokenRequest::new(&scopes)).await.map(drop)
            })
        })
        .into_iter()
        .collect();
    until_async(&sandbox, "runs").await;
    fs::write(sandbox.path().join("go"), "").unwrap();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!((sandbox.file("runs").lines().count(), sandbox.file("clashes").as_str()), (3, ""));
    credential.close().await;
}

#[test]
fn closing_the_blocking_flavour_ends_a_running_tool() {
    let sandbox = Sandbox::new();
    sandbox.tool("az", WAITS);
    let credential = blocking(&sandbox);
    let waiting = credential.clone();
    let thread =
        thread::spawn(move || waiting.get_token(&identity_blocking::TokenRequest::new(SCOPES)).map(drop));
    until(&sandbox, "runs");
    credential.close();
    assert!(thread.join().unwrap().is_err());
    assert!(sandbox.ends("runs"));
}

#[tokio::test]
async fn closing_the_async_flavour_ends_a_running_tool() {
    let sandbox = Sandbox::new();
    sandbox.tool("az", WAITS);
    let credential = asynchronous(&sandbox);
    let waiting = credential.clone();
    let task =
        tokio::spawn(
            async move { waiting.get_token(&identity_async::TokenRequest::new(SCOPES)).await.map(drop) },
        );
    until_async(&sandbox, "runs").await;
    credential.close().await;
    assert!(task.await.unwrap().is_err());
    assert!(sandbox.ends("runs"));
}

#[test]
fn a_runtime_that_goes_away_ends_a_running_tool() {
    let sandbox = Sandbox::new();
    sandbox.tool("az", WAITS);
    let credential = asynchronous(&sandbox);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let waiting = credential.clone();
    drop(
        runtime.spawn(async move {
            waiting.get_token(&identity_async::TokenRequest::new(SCOPES)).await.map(drop)
        }),
    );
    until(&sandbox, "runs");
    drop(runtime);
    assert!(sandbox.ends("runs"));
}

#[test]
fn a_program_planted_in_the_working_directory_is_never_run() {
    let planted = Arc::new(Sandbox::new());
    let hit = planted.path().join("hit");
    for name in ["az", "azd", "pwsh"] {
        planted.tool(name, &format!("echo hit > {}", hit.display()));
    }
    // The only test of this program that depends on the working directory, and the only one that changes it.
    std::env::set_current_dir(planted.path()).unwrap();
    for path in ["", ":", ".", "./", "::/nonexistent:.", "nonexistent:.:"] {
        let env = identity_blocking::Env::from_iter([("PATH", path)]);
        let credential = identity_blocking::DefaultAzureCredential::builder()
            .env(env)
            .exclude(identity_blocking::Member::ManagedIdentity)
            .build()
            .unwrap();
        let error = credential.get_token(&identity_blocking::TokenRequest::new(SCOPES)).unwrap_err();
        let report = credential.explain();
        assert!(report.members.iter().all(|member| member.program.is_none()), "{report}");
        assert!(!hit.exists(), "{path:?}: {error}");
    }
}
