//! Certificates: every form of a file, rotation, chains, signers of a user's own, clocks that are off.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use identity_testing::emulator::{CERTIFICATE_APP, SUBJECT_NAME_APP};

use super::doubles::VirtualClock;
use super::files::Folder;
use super::identity::{
    ClientCertificate, CredentialOn, Env, Environment, Error, SigningAlgorithm, SigningRequest, TokenRequest,
    Transport,
};
use super::{Fixture, VAULT, flavour, flavour_test};

type Certified = CredentialOn<ClientCertificate, VirtualClock<Transport>>;

impl Fixture {
    fn certified(&self, source: ClientCertificate) -> Result<Certified, Error> {
        Certified::on(self.host.clone(), source.with_options(self.options())).build()
    }

    fn source_of_bytes(&self, content: impl Into<Vec<u8>>) -> ClientCertificate {
        ClientCertificate::from_bytes(self.entra.tenant().id(), CERTIFICATE_APP, content)
    }
}

#[flavour]
#[flavour_test]
async fn every_form_of_a_certificate_is_accepted_from_file_and_memory() {
    let (fixture, folder) = (Fixture::new(), Folder::new());
    let files = fixture.entra.client_certificate();
    let reversed = format!("{}{}{}", files.certificate_pem(), files.authority_pem(), files.key_pem());
    for (form, content, password) in [
        ("pem", files.pem().into_bytes(), None),
        ("key last", reversed.into_bytes(), None),
        ("encrypted", files.encrypted_pem().into_bytes(), Some("secret")),
        ("pkcs12", files.pkcs12(), Some("secret")),
        ("legacy pkcs12", files.pkcs12_legacy(), Some("secret")),
    ] {
        let path = folder.write("certificate", &content);
        let from_file = ClientCertificate::from_file(fixture.entra.tenant().id(), CERTIFICATE_APP, path);
        for source in [fixture.source_of_bytes(content), from_file] {
            let source = match password {
                Some(password) => source.with_password(password),
                None => source,
            };
            for algorithm in [SigningAlgorithm::Ps256, SigningAlgorithm::Rs256] {
                let credential = fixture.certified(source.clone().with_algorithm(algorithm)).unwrap();
                let result = credential.get_token(&TokenRequest::new(&[VAULT])).await;
                assert!(result.is_ok(), "{form}, {algorithm:?}: {:?}", result.err());
            }
        }
    }
}

#[flavour]
#[flavour_test]
async fn a_rotated_file_is_used_and_a_broken_one_is_not() {
    let (fixture, folder) = (Fixture::new(), Folder::new());
    let files = fixture.entra.client_certificate();
    let path = folder.write("certificate", files.unregistered_pem());
    let source = ClientCertificate::from_file(fixture.entra.tenant().id(), CERTIFICATE_APP, path);
    let credential = fixture.certified(source).unwrap();
    let request = TokenRequest::new(&[VAULT]).with_force_refresh(true);
    let error = credential.get_token(&request).await.unwrap_err();
    assert_eq!(error.aadsts_codes(), [700_027]);
    folder.write("certificate", files.pem());
    credential.get_token(&request).await.unwrap();
    folder.write("certificate", &files.pem()[..1000]);
    credential.get_token(&request).await.unwrap();
    folder.remove("certificate");
    credential.get_token(&request).await.unwrap();
}

#[flavour]
#[flavour_test]
async fn an_application_known_by_subject_name_sends_its_chain() {
    let fixture = Fixture::new();
    let pem = fixture.entra.client_certificate().pem();
    let source = |chain| {
        ClientCertificate::from_bytes(fixture.entra.tenant().id(), SUBJECT_NAME_APP, pem.clone())
            .with_certificate_chain(chain)
    };
    let credential = fixture.certified(source(true)).unwrap();
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
    let credential = fixture.certified(source(false)).unwrap();
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(error.aadsts_codes(), [700_027]);
}

#[flavour]
#[flavour_test]
async fn a_clock_may_be_four_minutes_off() {
    let fixture = Fixture::new();
    let pem = fixture.entra.client_certificate().pem();
    let credential = fixture.certified(fixture.source_of_bytes(pem)).unwrap();
    let request = TokenRequest::new(&[VAULT]).with_force_refresh(true);
    fixture.host.advance(Duration::from_secs(240));
    credential.get_token(&request).await.unwrap();
    fixture.host.set_back(Duration::from_secs(480));
    credential.get_token(&request).await.unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let sent = fixture.entra.requests();
    assert_eq!(sent.len(), 2);
    for request in sent {
        // Not only within the emulator's own tolerance, but for a server that has none.
        let payload = request.form("client_assertion").unwrap().split('.').nth(1).unwrap().to_owned();
        let claims: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        let (from, until) = (claims["nbf"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
        assert!(from <= now && now + 60 < until, "{from} <= {now} < {until}");
    }
}

/// The key stays with the signer; the credential knows the certificate only.
#[flavour]
#[flavour_test]
async fn a_signer_takes_the_place_of_the_key() {
    use ring::rand::SystemRandom;
    use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};

    let fixture = Fixture::new();
    let files = fixture.entra.client_certificate();
    let key = files.key_pem();
    let signer = move |request: SigningRequest| -> super::identity::Signature {
        assert_eq!(request.algorithm, SigningAlgorithm::Ps256);
        let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(body).unwrap();
        let key = RsaKeyPair::from_pkcs8(&der).unwrap();
        let mut signature = vec![0; key.public().modulus_len()];
        let signed = key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), &request.message, &mut signature);
        Box::pin(std::future::ready(signed.map(|()| signature).map_err(|_| "the module refuses".into())))
    };
    let (tenant, certificate) = (fixture.entra.tenant().id(), files.certificate_pem());
    let source = ClientCertificate::with_signer(tenant, CERTIFICATE_APP, certificate.clone(), signer);
    let credential = fixture.certified(source).unwrap();
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();

    let locked = |_: SigningRequest| -> super::identity::Signature {
        Box::pin(std::future::ready(Err("the module is locked".into())))
    };
    let source = ClientCertificate::with_signer(tenant, CERTIFICATE_APP, certificate, locked);
    let credential = fixture.certified(source).unwrap();
    let error = credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the module is locked");
}

#[test]
fn what_is_no_certificate_is_refused_when_the_credential_is_built() {
    let fixture = Fixture::new();
    let files = fixture.entra.client_certificate();
    for (content, says) in [
        (b"garbage".to_vec(), "PEM or PKCS12"),
        (files.certificate_pem().into_bytes(), "no private key"),
        (files.encrypted_pem().into_bytes(), "pass its password"),
        (
            format!("{}{}", files.unregistered_key_pem(), files.certificate_pem()).into_bytes(),
            "belongs to none",
        ),
    ] {
        let error = fixture.certified(fixture.source_of_bytes(content)).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[flavour]
#[flavour_test]
async fn the_environment_names_a_certificate() {
    let (fixture, folder) = (Fixture::new(), Folder::new());
    let files = fixture.entra.client_certificate();
    let variables = [
        ("AZURE_TENANT_ID", fixture.entra.tenant().id().to_owned()),
        ("AZURE_CLIENT_ID", SUBJECT_NAME_APP.to_owned()),
        ("AZURE_CLIENT_CERTIFICATE_PATH", folder.write("c.pfx", files.pkcs12()).display().to_string()),
        ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "secret".to_owned()),
        ("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "True".to_owned()),
    ];
    let source = Environment::new().with_options(fixture.options());
    let credential =
        CredentialOn::on(fixture.host.clone(), source).env(Env::from_iter(variables)).build().unwrap();
    credential.get_token(&TokenRequest::new(&[VAULT])).await.unwrap();
}
