//! The throw-away certificate authority and the server certificate, made at start.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use ring::digest;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io;
use std::sync::Arc;

/// What a client must trust, and what the server shows.
#[derive(Clone)]
pub(in super::super) struct Certificates {
    /// The authority's certificate.
    pub(in super::super) ca_pem: String,
    /// SHA-1 of the server certificate, 40 upper-case hex digits, as Service Fabric announces it.
    pub(in super::super) server_thumbprint: String,
    /// For the TLS listener.
    pub(in super::super) config: Arc<ServerConfig>,
}

impl Certificates {
    /// Elliptic-curve keys, because making them takes no time. Valid for localhost, both loopback addresses and `names`.
    pub(in super::super) fn generate(names: &[String]) -> io::Result<Self> {
        let ca_key = KeyPair::generate().map_err(io::Error::other)?;
        let mut ca = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        validity(&mut ca, "Identity emulator throw-away CA");
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let ca_pem = ca.self_signed(&ca_key).map_err(io::Error::other)?.pem();
        let issuer = Issuer::new(ca, ca_key);

        let mut subjects: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(String::from).into();
        subjects.extend_from_slice(names);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut leaf = CertificateParams::new(subjects).map_err(io::Error::other)?;
        validity(&mut leaf, "localhost");
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // OpenSSL 3 in strict mode, which Python uses, wants it.
        leaf.use_authority_key_identifier_extension = true;
        let leaf = leaf.signed_by(&key, &issuer).map_err(io::Error::other)?;

        let thumbprint = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, leaf.der());
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], private)
            })
            .map_err(io::Error::other)?;
        Ok(Self {
            ca_pem,
            server_thumbprint: thumbprint.as_ref().iter().map(|byte| format!("{byte:02X}")).collect(),
            config: Arc::new(config),
        })
    }
}

fn validity(certificate: &mut CertificateParams, common_name: &str) {
    certificate.not_before = date_time_ymd(2024, 1, 1);
    certificate.not_after = date_time_ymd(2049, 12, 31);
    certificate.distinguished_name.remove(DnType::CommonName);
    certificate.distinguished_name.push(DnType::CommonName, common_name);
}
