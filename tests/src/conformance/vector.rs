//! Vectors as they are written in files: parsed, checked for what the runner understands, not yet interpreted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// The directory that `${DIR}` stands for. It is virtual.
pub(super) const DIR: &str = "/conformance/dir";

/// One recorded run.
#[derive(Clone, Debug)]
pub struct Vector {
    /// `area/name`, with `#sync` or `#aio` for the second recording of a pair.
    pub id: String,
    /// Words that describe it.
    pub tags: Vec<String>,
    /// The recorded flavour of the reference: `aio` or `sync`.
    pub source: String,
    /// Vectors of one file with the same value are alternatives: one of them must be satisfied.
    pub alternatives: Option<String>,
    pub(super) credential: CredentialSpec,
    pub(super) env: BTreeMap<String, String>,
    pub(super) files: Map<String, Value>,
    pub(super) windows: bool,
    pub(super) now: u64,
    pub(super) steps: Vec<Step>,
}

/// The type of a credential and its options.
#[derive(Clone, Debug)]
pub(super) struct CredentialSpec {
    pub(super) kind: String,
    pub(super) options: Map<String, Value>,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Advance(f64),
    Write(Map<String, Value>),
    SetEnv(Map<String, Value>),
    Credential(CredentialSpec),
    Call(Box<Call>),
}

/// A call of the credential, with everything expected of it.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) scopes: Vec<String>,
    pub(super) options: Map<String, Value>,
    pub(super) input: Option<String>,
    pub(super) exchanges: Vec<Value>,
    pub(super) commands: Vec<Value>,
    pub(super) browser: Option<Value>,
    pub(super) prompts: Vec<Value>,
    pub(super) expected: Result<Value, Value>,
}

/// Reads the vectors of a file, or of every `.json` file of a directory (`schema.json` aside), in order.
///
/// # Errors
/// Text that names the file, the vector and the problem.
pub fn load(path: &Path) -> Result<Vec<Vector>, String> {
    let mut files: Vec<PathBuf> = Vec::new();
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|error| format!("{}: {error}", path.display()))?;
        files.extend(entries.flatten().map(|entry| entry.path()).filter(|path| {
            path.extension().is_some_and(|it| it == "json")
                && path.file_name().is_some_and(|it| it != "schema.json")
        }));
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    let mut vectors = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        vectors.extend(parse(&text).map_err(|problem| format!("{}: {problem}", file.display()))?);
    }
    Ok(vectors)
}

/// Reads the vectors of a text.
///
/// # Errors
/// Text that names the vector and the problem.
pub fn parse(text: &str) -> Result<Vec<Vector>, String> {
    let text = text.replace("${DIR}", DIR);
    let all: Vec<Value> = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    all.into_iter().map(vector).collect()
}

fn vector(value: Value) -> Result<Vector, String> {
    let id = value["id"].as_str().ok_or("a vector without id")?.to_owned();
    let wrong = |what: &str| format!("{id}: {what}");
    let steps = value["steps"].as_array().ok_or_else(|| wrong("no steps"))?;
    Ok(Vector {
        tags: texts(&value["tags"]),
        source: value["source"].as_str().unwrap_or_default().to_owned(),
        alternatives: value["alternatives"].as_str().map(str::to_owned),
        credential: credential(&value["credential"]).ok_or_else(|| wrong("no credential"))?,
        env: object(&value["env"])
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
            .collect(),
        files: object(&value["files"]),
        windows: value["platform"] == "win32",
        now: value["now"].as_u64().ok_or_else(|| wrong("no time"))?,
        steps: steps.iter().map(step).collect::<Result<_, _>>().map_err(|problem| wrong(&problem))?,
        id,
    })
}

fn step(value: &Value) -> Result<Step, String> {
    if let Some(seconds) = value["advance"].as_f64() {
        return Ok(Step::Advance(seconds));
    }
    if value["write"].is_object() {
        return Ok(Step::Write(object(&value["write"])));
    }
    if value["set_env"].is_object() {
        return Ok(Step::SetEnv(object(&value["set_env"])));
    }
    if let Some(credential) = credential(&value["credential"]) {
        return Ok(Step::Credential(credential));
    }
    let method = value["call"].as_str().ok_or_else(|| format!("a step that is not understood: {value}"))?;
    let expected = match (value.get("result"), value.get("error")) {
        (Some(result), None) => Ok(result.clone()),
        (None, Some(error)) => Err(error.clone()),
        _ => return Err("a call needs either a result or an error".into()),
    };
    Ok(Step::Call(Box::new(Call {
        method: method.to_owned(),
        scopes: texts(&value["scopes"]),
        options: object(&value["options"]),
        input: value["input"].as_str().map(str::to_owned),
        exchanges: list(&value["exchanges"]),
        commands: list(&value["commands"]),
        browser: value.get("browser").cloned(),
        prompts: list(&value["prompts"]),
        expected,
    })))
}

pub(super) fn credential(value: &Value) -> Option<CredentialSpec> {
    let kind = value["type"].as_str()?.to_owned();
    Some(CredentialSpec { kind, options: object(&value["options"]) })
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

pub(super) fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
