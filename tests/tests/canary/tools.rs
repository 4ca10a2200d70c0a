//! Developer tools, whose output may hold a token wherever it goes wrong.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::flavour;
use super::flavour_test;
use super::identity::{AzureCli, AzureDeveloperCli, AzurePowerShell, Credential, Env, Source, TokenRequest};
use super::trial::show;
use crate::witness;

const TOKEN: &str = "c4n4ry.dG9rZW4.of-a-developer-tool";

/// What tools print, and how they end, when they print a token at all.
const SCRIPTS: &[&str] = &[
    r#"echo '{"accessToken":"TOKEN","expires_on":4102444800,"token":"TOKEN","expiresOn":"2100-01-01T00:00:00Z"}'"#,
    r#"echo '{"accessToken":"TOKEN"}'"#,
    r#"echo '{"accessToken":"TOKEN","expires_on":"soon","token":"TOKEN","expiresOn":"soon"}'"#,
    r#"echo '{"accessToken":"TOKEN'"#,
    r#"echo '{"accessToken":"TOKEN","token":"TOKEN"}' >&2; exit 1"#,
    r#"echo 'ERROR: {"accessToken": "TOKEN"}'; exit 1"#,
    r#"echo 'Authorization: Bearer TOKEN' >&2; exit 3"#,
    r#"echo 'refresh_token=TOKEN&x=y' >&2; exit 3"#,
];

struct Programs(PathBuf);

impl Programs {
    fn new(script: &str) -> Self {
        let name = format!("{}-{}", module_path!().replace(':', "_"), std::process::id());
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&directory).unwrap();
        for tool in ["az", "azd", "pwsh"] {
            let path = directory.join(tool);
            std::fs::write(&path, format!("#!/bin/sh\n{}\n", script.replace("TOKEN", TOKEN))).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(directory)
    }

    fn env(&self) -> Env {
        let directory = self.0.display().to_string();
        Env::from_iter([("HOME", directory.clone()), ("PATH", format!("{directory}:/usr/bin:/bin"))])
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[flavour]
async fn ask<S: Source>(source: S, env: Env) -> bool {
    let credential = Credential::builder(source).env(env).build().unwrap();
    let result = credential.get_token(&TokenRequest::new(&["https://vault.azure.net/.default"])).await;
    witness::show(&format!("{credential:?} {result:?}"));
    credential.close().await;
    result.map_err(|error| show(&error)).is_ok()
}

#[flavour]
#[flavour_test]
async fn a_token_of_a_tool_is_not_seen() {
    witness::watch();
    let mut obtained = 0;
    for script in SCRIPTS {
        let programs = Programs::new(script);
        obtained += usize::from(ask(AzureCli::new(), programs.env()).await);
        obtained += usize::from(ask(AzureDeveloperCli::new(), programs.env()).await);
        obtained += usize::from(ask(AzurePowerShell::new(), programs.env()).await);
    }
    assert!((1..SCRIPTS.len() * 3 / 2).contains(&obtained), "{obtained}");
    witness::acquit(&[TOKEN, "dG9rZW4"]);
}
