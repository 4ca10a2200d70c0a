//! Drives managed identities through success and every failure.

use std::error::Error as _;

use identity_testing::emulator::{Emulator, Fault, ManagedIdentityHost};

use super::flavour;
use super::flavour_test;
use super::identity::{Credential, Env, ManagedIdentity, Retry, TokenRequest, Transport};
use super::trial::acquit;
use crate::witness;

const TOKEN: &str = "c4n4ry-token-that-the-host-sent";

/// What a host may do, among it to repeat the header that it was sent.
fn faults(header: &str) -> Vec<Fault> {
    let echo = format!("you sent {header}");
    vec![
        Fault::html(502),
        Fault::empty(200),
        Fault::truncated(),
        Fault::drop_connection(),
        Fault::body(400, "application/json", format!(r#"{{"error":"x","error_description":"{echo}"}}"#)),
        Fault::body(404, "application/json", format!(r#"{{"error":{{"code":"x","message":"{echo}"}}}}"#)),
        Fault::body(400, "application/json", format!(r#"{{"statusCode":400,"message":"{echo}"}}"#)),
        Fault::body(418, "text/plain", echo),
        Fault::body(200, "application/json", format!(r#"{{"access_token":"{TOKEN}"}}"#)),
        Fault::body(200, "application/json", format!(r#"{{"access_token":"{TOKEN}","expires_on":"soon"}}"#)),
        Fault::body(500, "application/json", format!(r#"{{"access_token":"{TOKEN}""#)),
    ]
}

#[flavour]
#[flavour_test]
async fn no_secret_of_a_host_is_seen() {
    witness::watch();
    let azure = Emulator::start().unwrap();
    let mut canaries = vec![TOKEN.to_owned()];
    for host in ManagedIdentityHost::ALL {
        let variables = azure.managed_identity_variables(host);
        let header = variables.iter().find(|(name, _)| matches!(*name, "IDENTITY_HEADER" | "MSI_SECRET"));
        let header = header.map(|(_, value)| value.clone()).unwrap_or_default();
        let transport = Transport::builder().env(variables.into_iter().collect::<Env>()).build();
        let source = ManagedIdentity::system_assigned()
            .with_retry(Retry::none())
            .with_arc_key_directory(azure.arc_key_directory());
        let credential = Credential::builder(source).host(transport).build().unwrap();
        witness::show(&format!("{credential:?} {:?}", credential.source()));
        let request = TokenRequest::new(&["https://vault.azure.net/.default"]).with_force_refresh(true);
        let token = credential.get_token(&request).await;
        canaries.push(token.unwrap().secret().to_owned());
        for fault in faults(&header) {
            azure.clear_faults();
            azure.fail(fault.on(host.path()));
            let result = credential.get_token(&request).await;
            witness::show(&format!("{result:?}"));
            let Err(error) = result else { continue };
            witness::show(&format!("{error} {error:#?} {:?}", error.source()));
        }
        canaries.push(header);
        credential.close().await;
    }
    // Among them the keys of Azure Arc.
    acquit(&azure, canaries);
}
