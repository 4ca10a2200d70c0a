//! Azure Arc: a challenge names a file that only the agent's group may read.

use super::super::server::{Request, Response};
use super::super::state::State;
use super::imds::{PARAMETERS, error, refuse, unselected};
use super::{imds_body, token};
use crate::emulator::token::Claims;
use crate::emulator::uuid;
use serde_json::Value;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const VERSIONS: [&str; 4] = ["2019-11-01", "2020-06-01", "2021-02-01", "2021-05-01"];

/// The agent's key files.
#[derive(Debug)]
pub(in super::super) struct Arc {
    directory: PathBuf,
    /// The directory was made for this emulator and goes with it.
    temporary: bool,
    /// Keys that were handed out and not used yet, with their files.
    keys: Mutex<Vec<(String, PathBuf)>>,
}

impl Arc {
    /// Without a directory, one in the temporary directory is made when it is needed.
    pub(in super::super) fn new(directory: Option<&Path>) -> Self {
        let temporary = || std::env::temp_dir().join(format!("identity-emulator-{}", uuid::random()));
        Self {
            directory: directory.map_or_else(temporary, Path::to_owned),
            temporary: directory.is_none(),
            keys: Mutex::default(),
        }
    }

    pub(in super::super) fn directory(&self) -> &Path {
        &self.directory
    }

    fn new_key(&self) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.directory)?;
        let path = self.directory.join(format!("{}.key", uuid::random()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let key = uuid::random() + &uuid::random();
        options.open(&path)?.write_all(key.as_bytes())?;
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).push((key, path.clone()));
        Ok(path)
    }

    /// Whether this key was handed out; it works once.
    fn redeem(&self, key: &str) -> bool {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = keys.iter().position(|(known, _)| known == key) else { return false };
        let (_, path) = keys.remove(at);
        // Someone may have removed it already.
        let _ = fs::remove_file(path);
        true
    }
}

impl Drop for Arc {
    fn drop(&mut self) {
        for (_, path) in self.keys.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = fs::remove_file(path);
        }
        if self.temporary {
            let _ = fs::remove_dir(&self.directory);
        }
    }
}

pub(super) fn answer(state: &State, request: &Request) -> Response {
    if let Some(refusal) = refuse(request, &VERSIONS) {
        return refusal;
    }
    let Some(authorization) = request.header("authorization") else { return challenge(state) };
    let key = authorization.strip_prefix("Basic ").unwrap_or_default();
    if !state.arc.redeem(key) {
        return error(401, "unauthorized", "The key is wrong or was used before");
    }
    let resource = request.query("resource").unwrap_or_default();
    let identity = match PARAMETERS.select(&state.directory, &request.query, &["api-version", "resource"]) {
        Ok(identity) => identity,
        Err(problem) => return unselected(&problem),
    };
    match token(state, identity, resource, &Claims::default()) {
        Ok(minted) => {
            let mut body = imds_body(state, &minted, resource, identity.client_id());
            // An agent that knows user-assigned identities repeats what it was asked for.
            for name in [PARAMETERS.object_id, PARAMETERS.resource_id] {
                if let Some(value) = request.query(name) {
                    body.insert(name.into(), value.into());
                }
            }
            Response::json(200, &Value::Object(body))
        }
        Err(problem) => error(400, "invalid_resource", &problem.to_string()),
    }
}

fn challenge(state: &State) -> Response {
    match state.arc.new_key() {
        Ok(path) => error(401, "unauthorized", "Read the file and come back")
            .header("WWW-Authenticate", &format!("Basic realm={}", path.display())),
        Err(problem) => {
            let directory = state.arc.directory().display();
            error(500, "internal_server_error", &format!("No key can be written to {directory}: {problem}"))
        }
    }
}
