//! Applications: secrets, certificates, assertions, workload identity, pipelines.

use identity_core::{AssertionFn, AzurePipelines, ClientAssertion, ClientSecret, Error, WorkloadIdentity};

use super::{Built, Row, Setup};
use crate::conformance::options::Options;

pub(super) const ROWS: &[Row] = &[
    ("ClientSecretCredential", client_secret),
    ("ClientAssertionCredential", client_assertion),
    ("WorkloadIdentityCredential", workload_identity),
    ("AzurePipelinesCredential", azure_pipelines),
    #[cfg(feature = "certificate")]
    ("CertificateCredential", certificate),
];

fn client_secret(options: &Options<'_>, setup: &Setup) -> Built {
    let (tenant, client) = (options.required("tenant_id"), options.required("client_id"));
    let source = ClientSecret::new(tenant, client, options.required("client_secret"));
    setup.build(source.with_options(options.client()))
}

fn client_assertion(options: &Options<'_>, setup: &Setup) -> Built {
    let (tenant, client) = (options.required("tenant_id"), options.required("client_id"));
    let function = options.function("func");
    let function = AssertionFn::new(move |_| match &function {
        // The reference's functions raise its ValueError.
        Some(function) => Ok(function.call().map_err(Error::invalid_argument)?.into()),
        None => Err("there is no function".into()),
    });
    setup.build(ClientAssertion::new(tenant, client, function).with_options(options.client()))
}

fn workload_identity(options: &Options<'_>, setup: &Setup) -> Built {
    let mut source = WorkloadIdentity::new();
    if let Some(tenant) = options.text("tenant_id") {
        source = source.with_tenant_id(tenant);
    }
    if let Some(client) = options.text("client_id") {
        source = source.with_client_id(client);
    }
    if let Some(path) = options.text("token_file_path") {
        source = source.with_token_file(path);
    }
    if let Some(enabled) = options.flag("enable_azure_proxy") {
        source = source.with_token_proxy(enabled);
    }
    setup.build(source.with_options(options.client()))
}

fn azure_pipelines(options: &Options<'_>, setup: &Setup) -> Built {
    let (tenant, client) = (options.required("tenant_id"), options.required("client_id"));
    let (connection, token) =
        (options.required("service_connection_id"), options.required("system_access_token"));
    setup.build(AzurePipelines::new(tenant, client, connection, token).with_options(options.client()))
}

#[cfg(feature = "certificate")]
fn certificate(options: &Options<'_>, setup: &Setup) -> Built {
    use identity_core::ClientCertificate;

    let (tenant, client) = (options.required("tenant_id"), options.required("client_id"));
    let source = match (options.text("certificate_path"), options.bytes("certificate_data")) {
        (Some(path), None) => ClientCertificate::from_file(tenant, client, path),
        (None, Some(content)) => ClientCertificate::from_bytes(tenant, client, content),
        // Here one of two constructors has to be called, so that neither mistake can be written down.
        _ => {
            let text = "either certificate_path or certificate_data";
            return Err(Error::invalid_argument(text).into());
        }
    };
    let source = match options.bytes("password") {
        Some(password) => source.with_password(String::from_utf8_lossy(&password).into_owned()),
        None => source,
    };
    let source = source.with_certificate_chain(options.flag("send_certificate_chain").unwrap_or_default());
    setup.build(source.with_options(options.client()))
}
