//! Applications: secrets, certificates, assertions, workload identity, pipelines.

use identity_core::ClientSecret;

use super::{Built, Row, Setup};
use crate::conformance::options::Options;

pub(super) const ROWS: &[Row] = &[("ClientSecretCredential", client_secret)];

fn client_secret(options: &Options<'_>, setup: &Setup) -> Built {
    let (tenant, client) = (options.required("tenant_id"), options.required("client_id"));
    let source = ClientSecret::new(tenant, client, options.required("client_secret"));
    setup.build(source.with_options(options.client()))
}
