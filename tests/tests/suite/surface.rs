//! Every public name exists in both flavours, and what must cross threads can.

#[allow(unused_imports, reason = "importing is the test")]
use super::identity::{
    AccessToken, AllMembers, AssertionFn, AssertionRequest, Authority, AzureCli, AzureCliCredential,
    AzureDeveloperCli, AzureDeveloperCliCredential, AzurePipelines, AzurePipelinesCredential,
    AzurePowerShell, AzurePowerShellCredential, BearerTokenProvider, Builder, Cache, CertificateAssertion,
    Chain, ChainBuilder, ChainedTokenCredential, ClientAssertion, ClientAssertionCredential,
    ClientCertificate, ClientCertificateCredential, ClientOptions, ClientSecret, ClientSecretCredential,
    Credential, CredentialOn, DefaultAzureCredential, DefaultAzureCredentialOn, DefaultBuilder, DefaultChain,
    DefaultOptions, DeveloperTool, Env, Environment, EnvironmentCredential, Error, ErrorKind, Expected,
    FunctionError, GitHubActions, GitHubActionsCredential, Grant, Host, Identity, Kit, ManagedIdentityId,
    Member, Members, Missing, Moment, Platform, Proxy, Refresh, Remember, Result, Retry, SELECTION_VARIABLE,
    Secret, ServiceError, Signature, Signer, SigningAlgorithm, SigningRequest, Source, Step,
    TIMEOUT_VARIABLE, Task, TokenCredential, TokenFile, TokenRequest, Tool, ToolFailure, Transport,
    TransportBuilder, VisualStudioCode, VisualStudioCodeCredential, WorkloadIdentity,
    WorkloadIdentityCredential, authority, claims, effect, explain, scoped,
};

#[test]
fn public_types_cross_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<ClientSecretCredential>();
    crosses::<Chain>();
    crosses::<BearerTokenProvider>();
    crosses::<Cache>();
    crosses::<AccessToken>();
    crosses::<Error>();
    crosses::<Transport>();
}
