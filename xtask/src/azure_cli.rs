//! `cargo xtask azure-cli`: the real Azure CLI, with nobody signed in, as both flavours see it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use identity_blocking::{Env, Error, ToolFailure};

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};
use crate::python::{Environment, PYTHON};
use crate::workspace::root;

pub(crate) const ARGUMENTS: &str = "";
pub(crate) const PURPOSE: &str =
    "the real Azure CLI (from PyPI, under target/), signed out, in both flavours";

/// What is installed: the version whose output the fake tools of the tests imitate.
const PACKAGE: &str = "azure-cli==2.91.*";

/// It starts in about a second; a machine that compiles at the same time needs more.
const LIMIT: Duration = Duration::from_secs(60);

const SCOPES: &[&str] = &["https://management.azure.com/.default"];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    Arguments::new(arguments).finish("none")?;
    let programs = match install(&root().join("target").join("azure-cli")) {
        Ok(programs) => programs,
        Err(reason) => {
            println!("skipped: the Azure CLI cannot be installed here: {reason}");
            return Ok(());
        }
    };
    let env = environment(&programs);
    let began = Instant::now();
    judge("blocking", blocking(&env), began.elapsed())?;
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| Failure::new(format!("no runtime: {error}")))?;
    let began = Instant::now();
    judge("async", runtime.block_on(asynchronous(&env)), began.elapsed())
}

/// The directory with its programs, after installing it unless it is there.
fn install(home: &Path) -> Result<PathBuf, String> {
    let environment = Environment { home, python: PYTHON, with_system_packages: false, packages: &[PACKAGE] };
    environment.interpreter()?;
    Ok(environment.programs())
}

/// That of this process with the CLI in front of `PATH`, and a configuration in which nobody has ever signed in.
fn environment(programs: &Path) -> Env {
    let mut env: Env = std::env::vars().collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(programs.to_owned()).chain(std::env::split_paths(&path));
    if let Ok(path) = std::env::join_paths(all) {
        env.set("PATH", path.into_string().ok());
    }
    let configuration = programs.with_file_name("signed-out");
    env.set("AZURE_CONFIG_DIR", Some(configuration.display().to_string()));
    env.set("AZURE_CORE_COLLECT_TELEMETRY", Some("false".to_owned()));
    env
}

fn blocking(env: &Env) -> Option<Error> {
    use identity_blocking::{AzureCli, Credential, TokenRequest};
    let source = AzureCli::new().with_process_timeout(LIMIT);
    let credential = Credential::builder(source).env(env.clone()).build();
    credential.and_then(|credential| credential.get_token(&TokenRequest::new(SCOPES))).err()
}

async fn asynchronous(env: &Env) -> Option<Error> {
    use identity_async::{AzureCli, Credential, TokenRequest};
    let source = AzureCli::new().with_process_timeout(LIMIT);
    let credential = match Credential::builder(source).env(env.clone()).build() {
        Ok(credential) => credential,
        Err(error) => return Some(error),
    };
    let result = credential.get_token(&TokenRequest::new(SCOPES)).await;
    credential.close().await;
    result.err()
}

fn judge(flavour: &str, error: Option<Error>, took: Duration) -> Outcome {
    let Some(error) = error else {
        return Err(Failure::new(format!("{flavour}: a token, although nobody is signed in")));
    };
    println!("{flavour} ({:.1} s): {error}", took.as_secs_f64());
    match error.tool_failure() {
        Some(ToolFailure::NotSignedIn) => Ok(()),
        other => {
            Err(Failure::new(format!("{flavour}: this should read \"not signed in\", and is {other:?}")))
        }
    }
}
