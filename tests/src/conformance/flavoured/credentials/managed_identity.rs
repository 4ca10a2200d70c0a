//! Managed identities: the endpoints that machines offer.

use super::Row;

pub(super) const ROWS: &[Row] = &[];
