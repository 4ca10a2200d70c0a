//! Builds the credential, asks it once and closes it.

use super::super::Options;
use super::credentials;
use super::flavour;
use super::identity::{AccessToken, Result, TokenRequest, Transport};

/// The token of the credential that the options name.
#[flavour]
pub(in super::super) async fn obtain(options: &Options, scopes: &[&str]) -> Result<AccessToken> {
    let mut transport = Transport::builder().application_id("xtask");
    if let Some(pem) = &options.ca {
        transport = transport.add_certificate_authorities(pem);
    }
    let transport = transport.build();
    let credential = credentials::named(options, &transport)?;
    let result = credential.get_token(&TokenRequest::new(scopes)).await;
    credential.close().await;
    result
}
