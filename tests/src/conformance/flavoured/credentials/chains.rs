//! Chains, the default chain and the environment.

use super::Row;

pub(super) const ROWS: &[Row] = &[];
