//! Chains, the default chain and the environment.

use std::sync::Arc;

use identity_core::Environment;
use serde_json::Value;

use super::super::super::driver::{Chain, TokenCredential};
use super::{Built, Row, Setup, Subject, Unbuilt, build};
use crate::conformance::options::Options;
use crate::conformance::vector;

pub(super) const ROWS: &[Row] =
    &[("ChainedTokenCredential", chained), ("EnvironmentCredential", environment)];

fn chained(options: &Options<'_>, setup: &Setup) -> Built {
    let specs = options.value("credentials").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut members: Vec<Arc<dyn TokenCredential>> = Vec::new();
    for spec in &specs {
        let spec =
            vector::credential(spec).ok_or_else(|| Unbuilt::Unsupported("a member without type".into()))?;
        members.push(build(&spec, setup.clone())?.credential);
    }
    Ok(Subject { credential: Arc::new(Chain::new(members)?), authenticator: None })
}

fn environment(options: &Options<'_>, setup: &Setup) -> Built {
    setup.build(Environment::new().with_options(options.client()))
}
