//! Chains, the default chain and the environment.

use std::sync::Arc;

use super::super::super::driver::{Chain, TokenCredential};
use super::{Built, Row, Setup, Subject, Unbuilt, build};
use crate::conformance::options::Options;
use crate::conformance::vector;

pub(super) const ROWS: &[Row] = &[("ChainedTokenCredential", chained)];

fn chained(options: &Options<'_>, setup: &Setup) -> Built {
    let mut members: Vec<Arc<dyn TokenCredential>> = Vec::new();
    for member in options.value("credentials").and_then(|value| value.as_array()).into_iter().flatten() {
        let spec = vector::credential(member)
            .ok_or_else(|| Unbuilt::Unsupported("a member without a type".into()))?;
        members.push(build(&spec, setup.clone())?.credential);
    }
    Ok(Subject { credential: Arc::new(Chain::new(members)?), authenticator: None })
}
