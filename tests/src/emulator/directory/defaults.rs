//! What an emulator knows when nothing was configured.

use super::super::keys::{Certificate, ClientCertificate, InvalidKey};
use super::{App, Directory, FederatedCredential, ManagedIdentity, Resource, Tenant, TokenVersion, User};

/// The default application with a client secret.
pub const SECRET_APP: &str = "aaaaaaaa-0000-0000-0000-000000000001";
/// The default application with a certificate registered by thumbprint.
pub const CERTIFICATE_APP: &str = "aaaaaaaa-0000-0000-0000-000000000002";
/// The default application with federated credentials.
pub const FEDERATED_APP: &str = "aaaaaaaa-0000-0000-0000-000000000003";
/// The default multi-tenant application, with a client secret.
pub const MULTI_TENANT_APP: &str = "aaaaaaaa-0000-0000-0000-000000000004";
/// The default application under a Conditional Access policy, with a client secret.
pub const CONDITIONAL_ACCESS_APP: &str = "aaaaaaaa-0000-0000-0000-000000000005";
/// The default application with a certificate registered by subject name and issuer.
pub const SUBJECT_NAME_APP: &str = "aaaaaaaa-0000-0000-0000-000000000006";
/// The public client of developer tools, which every tenant knows.
pub const PUBLIC_APP: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// The public client of Visual Studio Code, of the same family.
pub const VSCODE_APP: &str = "aebc6443-996d-45c2-90f0-388ff96faa56";

/// Throw-away; its characters are those that a careless form encoder breaks.
const SECRET: &str = "correct~horse.battery-staple_+/=&%";
const VAULT: &str = "https://vault.azure.net";

impl Directory {
    pub(in super::super) fn with_defaults() -> Result<Self, InvalidKey> {
        Ok(Self {
            tenants: vec![
                Tenant::new("11111111-2222-3333-4444-555555555555").domain("contoso.example"),
                Tenant::new("66666666-7777-8888-9999-000000000000")
                    .domain("fabrikam.example")
                    .name("Fabrikam"),
            ],
            apps: apps()?,
            users: vec![
                User::new("user@contoso.example", "p@ss w0rd&")
                    .guest_in("66666666-7777-8888-9999-000000000000"),
                User::new("second@contoso.example", "an0ther p@ss").display_name("Second User"),
            ],
            identities: vec![
                ManagedIdentity::system_assigned(
                    "bbbbbbbb-0000-0000-0000-000000000001",
                    "bbbbbbbb-0000-0000-0000-000000000002",
                ),
                // The same id in both places, so that a client that swaps the parameters is not punished here.
                ManagedIdentity::user_assigned(
                    "bbbbbbbb-1111-0000-0000-000000000009",
                    "bbbbbbbb-1111-0000-0000-000000000009",
                    "/subscriptions/0/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i",
                ),
                ManagedIdentity::user_assigned(
                    "bbbbbbbb-2222-0000-0000-000000000001",
                    "bbbbbbbb-2222-0000-0000-000000000002",
                    "/subscriptions/0/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/j",
                ),
            ],
            resources: resources(),
        })
    }
}

fn apps() -> Result<Vec<App>, InvalidKey> {
    let files = ClientCertificate;
    let certificate = Certificate::from_pem(&files.certificate_pem())?;
    let authority = Certificate::from_pem(&files.authority_pem())?;
    // Callers without an API of their own can try on-behalf-of with a token for Key Vault.
    let confidential =
        |id: &str| App::new(id).redirect_uri("http://localhost:45678").accepts_assertions_for(VAULT);
    Ok(vec![
        confidential(SECRET_APP).secret(SECRET).expired_secret("expired-secret").role("Vault.Read.All"),
        confidential(CERTIFICATE_APP).certificate(certificate),
        confidential(FEDERATED_APP)
            .federated(FederatedCredential::new("https://issuer.example", "system:serviceaccount:ns:sa"))
            .federated(FederatedCredential::new(
                "https://vstoken.dev.azure.com/00000000-0000-0000-0000-00000000000a",
                "sc://contoso/project/sc1",
            ))
            .federated(FederatedCredential::new(
                "https://token.actions.githubusercontent.com",
                "repo:contoso/project:ref:refs/heads/main",
            ))
            .federated(FederatedCredential::managed_identity("bbbbbbbb-0000-0000-0000-000000000002")),
        App::new(MULTI_TENANT_APP).multi_tenant().secret(SECRET).redirect_uri("http://localhost:45678"),
        App::new(CONDITIONAL_ACCESS_APP).secret(SECRET).conditional_access(),
        App::new(SUBJECT_NAME_APP).subject_name("client.contoso.example", authority),
        App::new(PUBLIC_APP).public().multi_tenant().family().redirect_uri("http://localhost"),
        App::new(VSCODE_APP).public().multi_tenant().family().redirect_uri("http://localhost"),
    ])
}

fn resources() -> Vec<Resource> {
    vec![
        Resource::new("797f4846-ba00-4fd7-ba43-dac1f8f63013", "https://management.azure.com")
            .identifier("https://management.core.windows.net")
            .identifier("https://management.core.usgovcloudapi.net")
            .identifier("https://management.core.chinacloudapi.cn"),
        Resource::new("cfa8b339-82a2-471a-a3c9-0fc0be7a4093", VAULT),
        Resource::new("e406a681-f3d4-42a8-90b6-c2b029497af1", "https://storage.azure.com"),
        Resource::new("00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com"),
        // What managed identities ask tokens for that serve as federated assertions.
        Resource::new("fb60f99c-7a34-4190-8149-302f77469936", "api://AzureADTokenExchange")
            .version(TokenVersion::V2),
    ]
}
