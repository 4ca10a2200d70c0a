//! The default chain in six situations: who answers, and what it says when nobody can.

use std::path::{Path, PathBuf};

use identity_testing::emulator::{Emulator, FEDERATED_APP, ManagedIdentityHost};

use super::super::table::Answered;
use super::flavour;
use super::identity::{DefaultAzureCredential, Env, Member, TokenRequest, Transport};

/// What a fake `az` prints, if there is one.
#[derive(Clone, Copy)]
enum Az {
    Missing,
    SignedIn,
    SignedOut,
}

struct Situation {
    name: &'static str,
    variables: Vec<(String, String)>,
    az: Az,
    /// The credential that answers, or what the error must say.
    expected: Result<&'static str, &'static str>,
}

/// Runs the chain in each of them.
#[flavour]
pub(in super::super) async fn situations(entra: &Emulator) -> Vec<Answered> {
    let directory = Directory::new();
    let mut answers = Vec::new();
    for (position, situation) in all(entra, &directory.0).into_iter().enumerate() {
        let (name, expected) = (situation.name, situation.expected);
        let result = ask(entra, situation, &directory.0).await;
        let outcome = match (result, expected) {
            (Ok(name), Ok(expected)) if name == expected => Ok(format!("{name} answers")),
            (Err(text), Err(expected)) if text.contains(expected) => Ok(format!("says \"{expected}\"")),
            (Ok(text) | Err(text), _) => Err(text),
        };
        answers.push(Answered { position, situation: name, flavour: super::FLAVOUR, outcome });
    }
    answers
}

#[flavour]
async fn ask(entra: &Emulator, situation: Situation, directory: &Path) -> Result<String, String> {
    fake_az(directory, situation.az).map_err(|error| format!("no fake az: {error}"))?;
    let mut env: Env = situation.variables.into_iter().collect();
    env.set("PATH", Some(directory.display().to_string()));
    env.set("AZURE_AUTHORITY_HOST", Some(entra.authority().to_owned()));
    let on_azure = env.non_empty("AZURE_POD_IDENTITY_AUTHORITY_HOST").is_some();
    let transport = Transport::builder().add_certificate_authorities(entra.ca_pem()).build();
    let mut builder = DefaultAzureCredential::builder().host(transport).env(env);
    if !on_azure {
        // This machine may have a metadata service of its own.
        builder = builder.exclude(Member::ManagedIdentity);
    }
    let credential = builder.build().map_err(|error| error.to_string())?;
    let result = credential.get_token(&TokenRequest::new(&["https://vault.azure.net/.default"])).await;
    credential.close().await;
    result.map(|token| token.credential().to_owned()).map_err(|error| error.to_string())
}

fn all(entra: &Emulator, directory: &Path) -> Vec<Situation> {
    let owned = |variables: &[(&str, &str)]| -> Vec<(String, String)> {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let (tenant, app) = (entra.tenant().id(), entra.app().client_id());
    let environment =
        [("AZURE_TENANT_ID", tenant), ("AZURE_CLIENT_ID", app), ("AZURE_CLIENT_SECRET", entra.secret())];
    let file = directory.join("federated-token");
    let token = entra.federated_token("https://issuer.example", "system:serviceaccount:ns:sa");
    let written = token.map(|token| std::fs::write(&file, token));
    if !matches!(written, Ok(Ok(()))) {
        eprintln!("{} cannot be written", file.display());
    }
    let file = file.display().to_string();
    let workload = [
        ("AZURE_TENANT_ID", tenant),
        ("AZURE_CLIENT_ID", FEDERATED_APP),
        ("AZURE_FEDERATED_TOKEN_FILE", file.as_str()),
    ];
    let machine = entra.managed_identity_variables(ManagedIdentityHost::Imds).into_iter();
    let machine = machine.map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let situation = |name, variables, az, expected| Situation { name, variables, az, expected };
    vec![
        situation("nothing there", Vec::new(), Az::Missing, Err("Azure CLI not found")),
        situation("environment", owned(&environment), Az::SignedIn, Ok("EnvironmentCredential")),
        situation("workload identity", owned(&workload), Az::SignedIn, Ok("WorkloadIdentityCredential")),
        situation("managed identity", machine, Az::SignedIn, Ok("ManagedIdentityCredential")),
        situation("az signed in", Vec::new(), Az::SignedIn, Ok("AzureCliCredential")),
        situation("az signed out", Vec::new(), Az::SignedOut, Err("run 'az login'")),
    ]
}

/// Puts a program named `az` into the directory, or takes it away.
fn fake_az(directory: &Path, az: Az) -> std::io::Result<()> {
    let (name, first) = if cfg!(windows) { ("az.cmd", "@echo off") } else { ("az", "#!/bin/sh") };
    let path = directory.join(name);
    let quote = if cfg!(windows) { "" } else { "'" };
    let script = match az {
        Az::Missing => {
            drop(std::fs::remove_file(path));
            return Ok(());
        }
        Az::SignedIn => {
            format!("{first}\necho {quote}{{\"accessToken\":\"fake\",\"expires_on\":4102444800}}{quote}\n")
        }
        Az::SignedOut => {
            format!("{first}\necho \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1\n")
        }
    };
    std::fs::write(&path, script)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// A directory that is gone with the demo.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        let name = format!("identity-demo-tools-{}-{}", super::FLAVOUR, std::process::id());
        let path = std::env::temp_dir().join(name);
        if let Err(error) = std::fs::create_dir_all(&path) {
            eprintln!("{} cannot be made: {error}", path.display());
        }
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{} stays behind: {error}", self.0.display());
        }
    }
}
