//! Developer tools: az, azd, PowerShell, Visual Studio Code.

use std::time::Duration;

use identity_devtools::{
    AzureCli, AzureDeveloperCli, AzurePowerShell, DeveloperTool, Tool, VisualStudioCode,
};

use super::{Built, Row, Setup};
use crate::conformance::options::Options;

pub(super) const ROWS: &[Row] = &[
    ("AzureCliCredential", azure_cli),
    ("AzureDeveloperCliCredential", developer_cli),
    ("AzurePowerShellCredential", powershell),
    ("VisualStudioCodeCredential", visual_studio_code),
];

fn azure_cli(options: &Options<'_>, setup: &Setup) -> Built {
    let source = AzureCli::new().with_subscription(options.required("subscription"));
    setup.build(tool(source, options))
}

fn developer_cli(options: &Options<'_>, setup: &Setup) -> Built {
    setup.build(tool(AzureDeveloperCli::new(), options))
}

fn powershell(options: &Options<'_>, setup: &Setup) -> Built {
    setup.build(tool(AzurePowerShell::new(), options))
}

fn visual_studio_code(options: &Options<'_>, setup: &Setup) -> Built {
    // Nothing is ever asked for, so that nobody may be asked.
    options.list("additionally_allowed_tenants");
    setup.build(VisualStudioCode::new().with_tenant_id(options.required("tenant_id")))
}

/// What every tool takes.
fn tool<T: Tool>(mut source: DeveloperTool<T>, options: &Options<'_>) -> DeveloperTool<T> {
    source = source.with_tenant_id(options.required("tenant_id"));
    for tenant in options.list("additionally_allowed_tenants") {
        source = source.allow_tenant(tenant);
    }
    match options.number("process_timeout").and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        Some(timeout) => source.with_process_timeout(timeout),
        None => source,
    }
}
