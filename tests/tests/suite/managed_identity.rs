//! Managed identity on every host that the emulator has, over the real transports.

use std::time::Duration;

use identity_testing::emulator::{Emulator, ExpiresOn, FEDERATED_APP, Fault, ManagedIdentityHost as Place};

use super::identity::effect::{Outbound, Trust};
use super::identity::{
    AccessToken, ClientAssertion, ClientOptions, Credential, Env, ErrorKind, Host, ManagedIdentity, Proxy,
    Refusal, Result, TokenRequest, Transport, UserAssigned,
};
use super::transport::recording_proxy;
use super::{VAULT, flavour, flavour_test};

/// A transport whose proxy must stay unused, on a machine that is such a place.
fn machine(azure: &Emulator, place: Place, proxy: &str) -> Transport {
    let env: Env = azure.managed_identity_variables(place).into_iter().collect();
    Transport::builder().proxy(Proxy::Url(proxy.into())).env(env).build()
}

fn source(azure: &Emulator, identity: Option<UserAssigned>) -> ManagedIdentity {
    let source = identity.map_or_else(ManagedIdentity::system_assigned, ManagedIdentity::user_assigned);
    source.with_arc_key_directory(azure.arc_key_directory())
}

#[flavour]
async fn token(
    transport: &Transport,
    source: ManagedIdentity,
    request: TokenRequest<'_>,
) -> Result<AccessToken> {
    let credential = Credential::builder(source).host(transport.clone()).build()?;
    let token = credential.get_token(&request).await;
    credential.close().await;
    token
}

#[flavour]
#[flavour_test]
async fn every_host_gives_a_token_and_no_proxy_sees_it() {
    let azure = Emulator::start().unwrap();
    let (proxy, seen) = recording_proxy();
    for place in Place::ALL {
        let transport = machine(&azure, place, &proxy);
        let request = TokenRequest::new(&[VAULT]);
        let token = token(&transport, source(&azure, None), request).await.unwrap();
        let identity = azure.managed_identities().iter().find(|known| known.is_system_assigned()).unwrap();
        let described = token.describe().unwrap();
        // Cloud Shell speaks for a person.
        let expected = Some(identity.object_id()).filter(|_| place != Place::CloudShell);
        assert!(expected.is_none() || described.object_id.as_deref() == expected, "{place:?}: {described}");
        assert!(token.expires_on() > transport.now() + Duration::from_secs(60), "{place:?}");
    }
    assert!(seen.try_recv().is_err(), "the proxy saw a metadata request");
}

#[flavour]
#[flavour_test]
async fn a_user_assigned_identity_is_named_by_any_of_its_ids() {
    let azure = Emulator::start().unwrap();
    let (proxy, _seen) = recording_proxy();
    let identity = azure.managed_identities().iter().find(|known| !known.is_system_assigned()).unwrap();
    for place in [Place::Imds, Place::AppService, Place::AzureArc, Place::AzureMl] {
        let transport = machine(&azure, place, &proxy);
        for id in [
            UserAssigned::client_id(identity.client_id()),
            UserAssigned::object_id(identity.object_id()),
            UserAssigned::resource_id(identity.resource_id()),
        ] {
            let request = TokenRequest::new(&[VAULT]);
            let token = token(&transport, source(&azure, Some(id)), request).await.unwrap();
            assert_eq!(
                token.describe().unwrap().object_id.as_deref(),
                Some(identity.object_id()),
                "{place:?}"
            );
        }
    }
}

#[flavour]
#[flavour_test]
async fn an_unknown_identity_is_named_with_the_words_of_the_host() {
    let azure = Emulator::start().unwrap();
    let (proxy, _seen) = recording_proxy();
    for place in [Place::Imds, Place::AppService] {
        let transport = machine(&azure, place, &proxy);
        let nobody = source(&azure, Some(UserAssigned::client_id("00000000-0000-0000-0000-00000000dead")));
        let error = token(&transport, nobody, TokenRequest::new(&[VAULT])).await.unwrap_err();
        assert_eq!(Refusal::of(&error), Some(Refusal::IdentityNotFound), "{place:?}: {error}");
        assert!(error.to_string().contains("00000000-0000-0000-0000-00000000dead"), "{error}");
    }
}

#[flavour]
#[flavour_test]
async fn every_form_of_an_expiry_is_understood() {
    let azure = Emulator::start().unwrap();
    let (proxy, _seen) = recording_proxy();
    for form in [ExpiresOn::Text, ExpiresOn::Number, ExpiresOn::Date, ExpiresOn::TwelveHourDate] {
        azure.set_expires_on(form);
        let transport = machine(&azure, Place::AzureMl, &proxy);
        let token = token(&transport, source(&azure, None), TokenRequest::new(&[VAULT])).await.unwrap();
        let left = token.expires_on().duration_since(transport.now()).unwrap();
        assert!(left > Duration::from_secs(3000), "{form:?}: {left:?}");
    }
}

#[flavour]
#[flavour_test]
async fn a_hiccup_of_the_metadata_service_is_survived() {
    let azure = Emulator::start().unwrap();
    let (proxy, _seen) = recording_proxy();
    let transport = machine(&azure, Place::Imds, &proxy);
    azure.fail(Fault::status(404).on(Place::Imds.path()));
    token(&transport, source(&azure, None), TokenRequest::new(&[VAULT])).await.unwrap();
}

#[flavour]
#[flavour_test]
async fn a_key_outside_the_directory_of_arc_is_never_read() {
    let azure = Emulator::start().unwrap();
    let (proxy, _seen) = recording_proxy();
    let transport = machine(&azure, Place::AzureArc, &proxy);
    let elsewhere = ManagedIdentity::system_assigned().with_arc_key_directory("/nowhere");
    let error = token(&transport, elsewhere, TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.to_string().contains("not in /nowhere"), "{error}");
}

#[flavour]
#[flavour_test]
async fn redirects_of_a_metadata_service_are_not_followed() {
    let azure = Emulator::start().unwrap();
    let (proxy, _seen) = recording_proxy();
    let transport = machine(&azure, Place::Imds, &proxy);
    let url = azure.managed_identity_url(Place::Imds);
    azure.fail(Fault::redirect(&url).on(Place::Imds.path()));
    let outbound =
        Outbound::new(http::Request::get(url).body(Vec::new()).unwrap()).direct().with_trust(Trust::System);
    let answer = transport.send(outbound).await.unwrap();
    assert_eq!(answer.status(), 307);
}

#[flavour]
#[flavour_test]
async fn it_can_be_the_assertion_of_an_application() {
    let azure = Emulator::start().unwrap();
    let env: Env = azure.managed_identity_variables(Place::Imds).into_iter().collect();
    let transport = Transport::builder().add_certificate_authorities(azure.ca_pem()).env(env).build();
    let source = ClientAssertion::new(azure.tenant().id(), FEDERATED_APP, ManagedIdentity::system_assigned())
        .with_options(ClientOptions::new().with_authority(azure.authority()));
    let credential = Credential::builder(source).host(transport).build().unwrap();
    let token = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    assert_eq!(token.describe().unwrap().application_id.as_deref(), Some(FEDERATED_APP));
    credential.close().await;
}
