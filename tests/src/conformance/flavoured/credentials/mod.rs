//! From a type and its options to a credential: the place to extend. One file per area, one row per type.

mod applications;
mod chains;
mod developer_tools;
mod managed_identity;
mod people;
mod store;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use identity_core::{Error, Result, SignsIn, Source, TokenRequest};
use serde_json::Value;

use super::super::driver::{Credential, PersistentCache, Refresh, TokenCredential};
use super::super::{ScriptedHost, flavour};
use crate::conformance::options::Options;
use crate::conformance::replay::Replay;
use crate::conformance::vector::CredentialSpec;

/// Reads the options of one type of credential and builds it. An option that it does not read makes the vector
/// unsupported.
type Mapper = fn(&Options<'_>, &Setup) -> Built;

/// A row: the Python name of a type, and what builds it.
type Row = (&'static str, Mapper);

/// The rows of every area.
const TABLES: [&[Row]; 5] =
    [applications::ROWS, managed_identity::ROWS, developer_tools::ROWS, chains::ROWS, people::ROWS];

/// The reference has no deadline, so none is ever reached here.
const NO_DEADLINE: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// What a mapper gives.
type Built = std::result::Result<Subject, Unbuilt>;

/// What a vector calls.
pub(super) struct Subject {
    pub(super) credential: Arc<dyn TokenCredential>,
    /// For credentials that sign in a person.
    pub(super) authenticator: Option<Arc<dyn Authenticate>>,
}

/// Why there is nothing to call.
pub(super) enum Unbuilt {
    /// The credential refused its options, which may be what the vector expects.
    Failed(Error),
    /// The type or an option is not mapped: the vector is skipped.
    Unsupported(String),
}

impl From<Error> for Unbuilt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The call `authenticate`: signs in a person and gives the record as JSON. `request` has no scopes where the vector
/// names none.
#[flavour(AFIT)]
pub(super) trait Authenticate: Send + Sync {
    fn authenticate<'a>(
        &'a self,
        request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Value>> + Send + 'a>>;
}

#[flavour(AFIT)]
impl<S: SignsIn> Authenticate for Credential<S, ScriptedHost> {
    fn authenticate<'a>(
        &'a self,
        request: &'a TokenRequest<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Value>> + Send + 'a>> {
        Box::pin(async move {
            let record = Self::authenticate(self, request).await;
            record.map(|record| serde_json::to_value(record).unwrap_or_default())
        })
    }
}

/// What mappers build with.
#[derive(Clone)]
pub(super) struct Setup {
    /// The host; `setup.host.world()` has clock, files and environment.
    pub(super) host: ScriptedHost,
    /// Takes note of prompts.
    pub(super) replay: Replay,
    /// The persistent cache that the options ask for.
    persistent: Option<PersistentCache>,
}

impl Setup {
    pub(super) fn new(host: &ScriptedHost, replay: &Replay) -> Self {
        Self { host: host.clone(), replay: replay.clone(), persistent: None }
    }

    /// A credential of this source, set up for a deterministic replay.
    pub(super) fn credential<S: Source>(&self, source: S) -> Result<Credential<S, ScriptedHost>> {
        let mut builder =
            Credential::on(self.host.clone(), source).refresh(Refresh::Inline).deadline(NO_DEADLINE);
        if let Some(cache) = &self.persistent {
            builder = builder.persistent_cache(cache.clone());
        }
        builder.build()
    }

    /// The same for a source that signs in a person, as the subject of a vector.
    pub(super) fn build_person<S: SignsIn>(&self, source: S) -> Built {
        let credential = Arc::new(self.credential(source)?);
        Ok(Subject { credential: credential.clone(), authenticator: Some(credential) })
    }

    /// The same as the subject of a vector.
    pub(super) fn build<S: Source>(&self, source: S) -> Built {
        Ok(Subject { credential: Arc::new(self.credential(source)?), authenticator: None })
    }
}

/// Builds what a vector describes. Chains call it for their members.
pub(super) fn build(spec: &CredentialSpec, mut setup: Setup) -> Built {
    let row = TABLES.iter().copied().flatten().find(|(kind, _)| *kind == spec.kind);
    let Some((_, mapper)) = row else {
        return Err(Unbuilt::Unsupported(format!("{} is not mapped", spec.kind)));
    };
    let options = Options::new(&spec.options);
    setup.persistent = store::asked_for(&options, &setup.host);
    let built = mapper(&options, &setup);
    match options.unread() {
        Some(name) => Err(Unbuilt::Unsupported(format!("{}: the option {name} is not mapped", spec.kind))),
        None => built,
    }
}

/// The call `deserialize_record`: reads a record and writes it again. `None` while there are no records.
pub(super) fn record(input: &str) -> Option<Result<Value>> {
    people::record(input)
}
