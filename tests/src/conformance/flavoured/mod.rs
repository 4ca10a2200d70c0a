//! A vector from its first to its last step. Compiled once per flavour.

mod credentials;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity_core::{Env, Error, Platform, TokenRequest};
use serde_json::{Map, Value, json};

use super::driver::{BearerTokenProvider, TokenCredential};
use super::{ScriptedHost, flavour};
use crate::conformance::Verdict;
use crate::conformance::difference::Difference;
use crate::conformance::outcome::Gave;
use crate::conformance::replay::Replay;
use crate::conformance::vector::{Call, CredentialSpec, DIR, Step, Vector};
use crate::scripted::World;
use credentials::{Setup, Subject, Unbuilt};

/// The scope for a credential that should have failed when it was built.
const ANY_SCOPE: &str = "https://management.azure.com/.default";

/// The world as it is when a vector begins.
pub(super) fn world(vector: &Vector) -> ScriptedHost {
    let world = World::starting_at(UNIX_EPOCH + Duration::from_secs(vector.now));
    let platform = if vector.windows { Platform::Windows } else { Platform::Linux };
    let mut env = Env::from_iter([("HOME", DIR), ("TZ", "UTC0")]).on(platform);
    for (name, value) in &vector.env {
        env.set(name, Some(value.clone()));
    }
    world.set_env(env);
    write(&world, &vector.files);
    ScriptedHost::new(&world)
}

/// Replays the steps until one differs.
#[flavour]
pub(super) async fn replay(vector: &Vector, host: &ScriptedHost) -> Verdict {
    let replay = Replay::default();
    host.world().follow(replay.clone());
    let mut stage = Stage { host: host.clone(), replay, subject: Err(Error::closed()), provider: None };
    if let Err(why) = stage.enter(&vector.credential) {
        return Verdict::Skipped(why);
    }
    for (index, step) in vector.steps.iter().enumerate() {
        let differences = match step {
            Step::Advance(seconds) => {
                host.world().advance(Duration::from_secs_f64(seconds.max(0.0)));
                continue;
            }
            Step::Write(files) => {
                write(host.world(), files);
                continue;
            }
            Step::SetEnv(variables) => {
                let mut env = host.world().env();
                for (name, value) in variables {
                    env.set(name, value.as_str().map(str::to_owned));
                }
                host.world().set_env(env);
                continue;
            }
            Step::Credential(spec) => {
                stage.leave().await;
                match stage.enter(spec) {
                    Ok(()) => continue,
                    Err(why) => return Verdict::Skipped(why),
                }
            }
            Step::Call(call) => stage.call(&format!("step {}", index + 1), call).await,
        };
        match differences {
            Ok(differences) if differences.is_empty() => {}
            Ok(differences) => {
                stage.leave().await;
                return Verdict::Failed(differences);
            }
            Err(why) => return Verdict::Skipped(why),
        }
    }
    stage.leave().await;
    match stage.replay.resigned() {
        None => Verdict::Passed,
        Some(difference) => Verdict::Failed(vec![difference]),
    }
}

/// The credential of the moment, or why it could not be built, and what was made from it.
struct Stage {
    host: ScriptedHost,
    replay: Replay,
    subject: Result<Subject, Error>,
    provider: Option<BearerTokenProvider>,
}

impl Stage {
    /// A credential takes its place. Fails with the reason if this one is not mapped.
    fn enter(&mut self, spec: &CredentialSpec) -> Result<(), String> {
        self.provider = None;
        self.subject = match credentials::build(spec, Setup::new(&self.host, &self.replay)) {
            Ok(subject) => Ok(subject),
            Err(Unbuilt::Failed(error)) => Err(error),
            Err(Unbuilt::Unsupported(what)) => return Err(what),
        };
        Ok(())
    }
}

#[flavour]
impl Stage {
    async fn leave(&self) {
        if let Ok(subject) = &self.subject {
            subject.credential.close().await;
        }
    }

    /// Makes a call. Fails with the reason if the runner does not know how.
    async fn call(&mut self, place: &str, call: &Call) -> Result<Vec<Difference>, String> {
        let world = self.host.world().clone();
        self.replay.begin(place, call, world.now());
        let result = match call.method.as_str() {
            "new" => self.get_token(&[ANY_SCOPE.to_owned()], &call.options).await,
            "get_token" | "get_token_info" => self.get_token(&call.scopes, &call.options).await,
            "bearer_token_provider" => self.provide(&call.scopes).await,
            "authenticate" => match self.authenticate(call).await {
                Some(result) => result,
                None => return Err("authenticate is not mapped for this credential".into()),
            },
            "deserialize_record" => match credentials::record(call.input.as_deref().unwrap_or_default()) {
                Some(result) => result.map(|record| Gave::Object(json!({"authentication_record": record}))),
                None => return Err("authentication records are not mapped".into()),
            },
            other => return Err(format!("the call {other} is not known")),
        };
        Ok(self.replay.end(call, &result, world.now()))
    }

    async fn get_token(&self, scopes: &[String], options: &Map<String, Value>) -> Result<Gave, Error> {
        let subject = self.subject.as_ref().map_err(Error::clone)?;
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let request = request(&scopes, options);
        let result = subject.credential.get_token(&request).await;
        result.map(Gave::Token)
    }

    async fn provide(&mut self, scopes: &[String]) -> Result<Gave, Error> {
        let subject = self.subject.as_ref().map_err(Error::clone)?;
        let credential: Arc<dyn TokenCredential> = subject.credential.clone();
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        let provider = self.provider.get_or_insert_with(|| BearerTokenProvider::new(credential, &scopes));
        let result = provider.token().await;
        result.map(|token| Gave::Object(json!({"token": token.expose()})))
    }

    async fn authenticate(&self, call: &Call) -> Option<Result<Gave, Error>> {
        let subject = match &self.subject {
            Ok(subject) => subject,
            Err(error) => return Some(Err(error.clone())),
        };
        let authenticator = subject.authenticator.as_ref()?;
        let scopes: Vec<&str> = call.scopes.iter().map(String::as_str).collect();
        let request = request(&scopes, &call.options);
        let result = authenticator.authenticate(&request).await;
        Some(result.map(|record| Gave::Object(json!({"authentication_record": record}))))
    }
}

fn request<'a>(scopes: &'a [&'a str], options: &'a Map<String, Value>) -> TokenRequest<'a> {
    let text = |name: &str| options.get(name).and_then(Value::as_str);
    let mut request = TokenRequest::new(scopes);
    if let Some(claims) = text("claims") {
        request = request.with_claims(claims);
    }
    if let Some(tenant) = text("tenant_id") {
        request = request.with_tenant_id(tenant);
    }
    request.with_cae(options.get("enable_cae").and_then(Value::as_bool).unwrap_or(false))
}

fn write(world: &World, files: &Map<String, Value>) {
    for (path, content) in files {
        match (content["text"].as_str(), content["base64"].as_str()) {
            (Some(text), _) => world.write_file(path, text),
            (_, Some(text)) => world.write_file(path, STANDARD.decode(text).unwrap_or_default()),
            _ => world.remove_file(path),
        }
    }
}
