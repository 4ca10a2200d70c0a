//! Every public name exists in both flavours, and what must cross threads can.

#[allow(unused_imports, reason = "importing is the test")]
use super::identity::{
    AccessToken, Authority, BearerTokenProvider, Builder, Cache, Chain, ClientOptions, ClientSecret,
    ClientSecretCredential, Credential, CredentialOn, Env, Error, ErrorKind, Grant, Host, Identity, Moment,
    Platform, Proxy, Refresh, Result, Retry, Secret, ServiceError, Source, Step, Task, TokenCredential,
    TokenRequest, Transport, TransportBuilder, authority, claims, effect, scoped,
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
