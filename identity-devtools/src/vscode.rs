//! Visual Studio Code: the record that its Azure extension leaves, and what is missing to use it.

use std::io;
use std::path::PathBuf;

use identity_core::effect::FileRead;
use identity_core::explain::Inspection;
use identity_core::tenant::{self, Tenancy};
use identity_core::{Env, Error, Grant, Moment, Result, Source, Step, TokenRequest};
use serde_json::Value;

use crate::azure_cli::home;

/// The largest record that is read, in bytes.
const RECORD_LIMIT: usize = 10 * 1024;

/// The application id of Visual Studio Code's Azure extensions.
const CLIENT_ID: &str = "aebc6443-996d-45c2-90f0-388ff96faa56";

const FOLDER: &str = "ms-azuretools.vscode-azureresourcegroups";

/// The account signed in to Visual Studio Code's Azure Resources extension.
///
/// Only an operating system's broker can turn that sign-in into tokens, and there is none in this library yet: the
/// error tells whether somebody is signed in and what else is missing. It lets a chain go on.
#[derive(Clone, Debug, Default)]
pub struct VisualStudioCode {
    tenant_id: String,
    tenancy: Tenancy,
    records: Vec<PathBuf>,
}

impl VisualStudioCode {
    /// The account of the extension's record.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tenant in place of the record's. It is checked and has no other effect, as no token comes without a broker. An
    /// empty text counts as none.
    #[must_use]
    #[inline]
    pub fn with_tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = tenant_id.into();
        self
    }
}

impl Source for VisualStudioCode {
    #[inline]
    fn name(&self) -> &str {
        "VisualStudioCodeCredential"
    }

    #[inline]
    fn configure(&mut self, env: &Env) -> Result<()> {
        if !self.tenant_id.is_empty() {
            tenant::validate(&self.tenant_id)?;
        }
        self.tenancy = Tenancy::new(&*self.tenant_id, &[], env);
        self.records = records(env);
        Ok(())
    }

    #[inline]
    fn partition(&self) -> String {
        self.tenant_id.clone()
    }

    #[inline]
    fn tenancy(&self) -> Option<&Tenancy> {
        Some(&self.tenancy)
    }

    #[inline]
    fn inspect(&self, env: &Env) -> Inspection {
        Inspection::absent(
            "Visual Studio Code's sign-in takes an authentication broker, and this library has none",
        )
        .with_files(records(env))
    }

    /// It cannot be used whatever is asked for.
    #[inline]
    fn refuses(&self, request: &TokenRequest<'_>) -> Option<Error> {
        let is_odd = request.scopes().is_empty() || request.tenant_id().is_some();
        is_odd.then(|| unusable("neither a tenant nor scopes make a difference"))
    }

    #[inline]
    fn acquire(&self, _request: &TokenRequest<'_>, _previous: Option<&Grant>, _moment: &Moment) -> Step {
        look(self.records.clone())
    }
}

/// Where the extension writes its record; the second is how some versions spell it.
#[inline]
pub(crate) fn records(env: &Env) -> Vec<PathBuf> {
    let Some(home) = home(env) else { return Vec::new() };
    [".azure", ".Azure"].map(|folder| home.join(folder).join(FOLDER).join("authRecord.json")).to_vec()
}

/// Reads the first record there is, and fails with what is missing.
#[inline]
fn look(mut paths: Vec<PathBuf>) -> Step {
    if paths.is_empty() {
        return Step::fail(unusable(
            "nobody is signed in to its Azure Resources extension, which would leave a record in ~/.azure",
        ));
    }
    let path = paths.remove(0);
    Step::read(FileRead::new(&path, RECORD_LIMIT), move |_, content| match content {
        Err(error) if error.kind() == io::ErrorKind::NotFound => look(paths),
        Err(error) => Step::fail(unusable(&format!("its record {} cannot be read: {error}", path.display()))),
        Ok(content) => Step::fail(unusable(&match faults(&content) {
            faults if faults.is_empty() => "an account is signed in".to_owned(),
            faults => format!("its record {} is unusable: {}", path.display(), faults.join(", ")),
        })),
    })
}

#[inline]
fn unusable(found: &str) -> Error {
    Error::unavailable(format!(
        "Visual Studio Code's sign-in takes an authentication broker, and this library has none: {found}; sign in with \
         'az login' or 'azd auth login' instead"
    ))
}

/// Everything that is wrong with a record.
#[inline]
fn faults(content: &[u8]) -> Vec<String> {
    let Some(record) = serde_json::from_slice::<Value>(content).ok().filter(Value::is_object) else {
        return vec!["not a JSON object".to_owned()];
    };
    let text = |name: &str| record.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let mut faults: Vec<String> = ["tenantId", "clientId", "username", "homeAccountId", "authority"]
        .into_iter()
        .filter(|name| text(name).is_none())
        .map(|name| format!("no {name}"))
        .collect();
    if text("clientId").is_some_and(|id| id != CLIENT_ID) {
        faults.push("the clientId is not that of Visual Studio Code".to_owned());
    }
    if text("tenantId").is_some_and(|id| tenant::validate(id).is_err()) {
        faults.push("the tenantId is malformed".to_owned());
    }
    faults
}
