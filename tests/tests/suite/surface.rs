//! Every public name exists in both flavours, and what must cross threads can.

#[allow(unused_imports, reason = "importing is the test")]
use super::identity::{
    AccessToken, AssertionFn, AssertionRequest, Authority, AzurePipelines, AzurePipelinesCredential,
    BearerTokenProvider, Builder, Cache, CertificateAssertion, Chain, ClientAssertion,
    ClientAssertionCredential, ClientCertificate, ClientCertificateCredential, ClientOptions, ClientSecret,
    ClientSecretCredential, Credential, CredentialOn, Env, Environment, EnvironmentCredential, Error,
    ErrorKind, FunctionError, GitHubActions, GitHubActionsCredential, Grant, Host, Identity, Moment,
    Platform, Proxy, Refresh, Result, Retry, Secret, ServiceError, Signature, Signer, SigningAlgorithm,
    SigningRequest, Source, Step, Task, TokenCredential, TokenFile, TokenRequest, Transport,
    TransportBuilder, WorkloadIdentity, WorkloadIdentityCredential, authority, claims, effect, scoped,
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
