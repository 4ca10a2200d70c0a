//! Certificates and public keys that applications have registered, and signature checks with them.

use super::jwt::Jwt;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters};
use rustls::pki_types::{CertificateDer, UnixTime};
use serde_json::Value;
use std::error::Error;
use std::fmt;
use std::time::Duration;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// A certificate or key that could not be read; says why.
#[derive(Clone, Debug)]
pub struct InvalidKey(String);

/// An X.509 certificate with an RSA key, identified by its thumbprint.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    key: PublicKey,
}

/// An RSA public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl Certificate {
    /// Reads the first certificate of a PEM text.
    ///
    /// # Errors
    /// No certificate in the text, or not one with an RSA key.
    pub fn from_pem(pem: &str) -> Result<Self, InvalidKey> {
        Self::from_der(&pem_body(pem, "CERTIFICATE")?)
    }

    /// Reads the DER encoding.
    ///
    /// # Errors
    /// Not an X.509 certificate, or not one with an RSA key.
    pub fn from_der(der: &[u8]) -> Result<Self, InvalidKey> {
        let wrapped = CertificateDer::from(der);
        let parsed =
            EndEntityCert::try_from(&wrapped).map_err(|e| InvalidKey(format!("certificate: {e}")))?;
        let key = PublicKey::from_spki(&parsed.subject_public_key_info())?;
        Ok(Self { der: der.to_vec(), key })
    }

    /// SHA-1 of the DER encoding, upper-case hex: the thumbprint that portals show.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.sha1().iter().map(|byte| format!("{byte:02X}")).collect()
    }

    pub(in super::super) fn sha1(&self) -> Vec<u8> {
        digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref().to_vec()
    }

    pub(in super::super) fn sha256(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.der).as_ref().to_vec()
    }

    pub(in super::super) fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The subject's common name, the first one; `None` when there is none.
    pub(in super::super) fn common_name(&self) -> Option<String> {
        let wrapped = CertificateDer::from(self.der.as_slice());
        let parsed = EndEntityCert::try_from(&wrapped).ok()?;
        let subject = parsed.subject();
        // OID 2.5.4.3, then a string type, its length (short form) and the text.
        let at = subject.windows(5).position(|w| w == [0x06, 0x03, 0x55, 0x04, 0x03])? + 5;
        let length = usize::from(*subject.get(at + 1)?);
        String::from_utf8(subject.get(at + 2..at + 2 + length)?.to_vec()).ok()
    }

    /// Whether `authority` issued this certificate, through `intermediates`, and it is valid at `now` (epoch seconds).
    pub(in super::super) fn chains_to(&self, authority: &Self, intermediates: &[Vec<u8>], now: u64) -> bool {
        let wrapped = CertificateDer::from(self.der.as_slice());
        let root = CertificateDer::from(authority.der.as_slice());
        let between: Vec<_> = intermediates.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let (Ok(leaf), Ok(anchor)) = (EndEntityCert::try_from(&wrapped), anchor_from_trusted_cert(&root))
        else {
            return false;
        };
        let algorithms = [webpki::ring::RSA_PKCS1_2048_8192_SHA256, webpki::ring::ECDSA_P256_SHA256];
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
        leaf.verify_for_usage(&algorithms, &[anchor], &between, now, KeyUsage::client_auth(), None, None)
            .is_ok()
    }
}

impl PublicKey {
    /// Reads PEM: `PUBLIC KEY` (RFC 5280 SubjectPublicKeyInfo), or the key of a `CERTIFICATE`.
    ///
    /// # Errors
    /// Neither block in the text, or not an RSA key.
    pub fn from_pem(pem: &str) -> Result<Self, InvalidKey> {
        if pem.contains("-----BEGIN CERTIFICATE-----") {
            return Ok(Certificate::from_pem(pem)?.key);
        }
        Self::from_spki(&pem_body(pem, "PUBLIC KEY")?)
    }

    /// Reads a JSON Web Key (RFC 7517) of type RSA: its `n` and `e`.
    ///
    /// # Errors
    /// Not an object with `n` and `e` in base64url.
    pub fn from_jwk(jwk: &Value) -> Result<Self, InvalidKey> {
        let member = |name: &str| {
            let text = jwk.get(name).and_then(Value::as_str).unwrap_or("");
            URL_SAFE_NO_PAD
                .decode(text)
                .ok()
                .filter(|bytes| !bytes.is_empty())
                .ok_or_else(|| InvalidKey(format!("the JSON Web Key has no base64url member `{name}`")))
        };
        Ok(Self { modulus: member("n")?, exponent: member("e")? })
    }

    pub(super) fn new(modulus: Vec<u8>, exponent: Vec<u8>) -> Self {
        Self { modulus, exponent }
    }

    /// Checks RS256 or PS256, whichever the token's header names.
    pub(in super::super) fn verifies(&self, token: &Jwt<'_>) -> bool {
        let algorithm: &RsaParameters = match token.header_text("alg") {
            "RS256" => &RSA_PKCS1_2048_8192_SHA256,
            "PS256" => &RSA_PSS_2048_8192_SHA256,
            _ => return false,
        };
        let key = PublicKeyComponents { n: &self.modulus, e: &self.exponent };
        key.verify(algorithm, token.signed.as_bytes(), &token.signature).is_ok()
    }

    /// Whether a JWT with the algorithm RS256 or PS256 was signed by the owner of this key.
    #[must_use]
    pub fn signed(&self, jwt: &str) -> bool {
        Jwt::parse(jwt).is_some_and(|token| self.verifies(&token))
    }

    fn from_spki(der: &[u8]) -> Result<Self, InvalidKey> {
        parse_spki(der).ok_or_else(|| InvalidKey("the public key is not an RSA key".into()))
    }
}

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for InvalidKey {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificate").field(&self.thumbprint()).finish()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&format_args!("RSA, {} bits", self.modulus.len() * 8)).finish()
    }
}

/// SEQUENCE { SEQUENCE { OID rsaEncryption, NULL }, BIT STRING { SEQUENCE { INTEGER n, INTEGER e } } }
fn parse_spki(der: &[u8]) -> Option<PublicKey> {
    const RSA_ENCRYPTION: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    let (info, _) = element(der, 0x30)?;
    let (algorithm, rest) = element(info, 0x30)?;
    algorithm.starts_with(RSA_ENCRYPTION).then_some(())?;
    let (bits, _) = element(rest, 0x03)?;
    let (key, _) = element(bits.strip_prefix(&[0])?, 0x30)?;
    let (modulus, rest) = element(key, 0x02)?;
    let (exponent, _) = element(rest, 0x02)?;
    let unsigned = |integer: &[u8]| integer.strip_prefix(&[0]).unwrap_or(integer).to_vec();
    Some(PublicKey { modulus: unsigned(modulus), exponent: unsigned(exponent) })
}

/// The content of the DER element of this tag at the start, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (usize::from(*rest.first()?) << 8 | usize::from(*rest.get(1)?), rest.get(2..)?),
        short if short < 0x80 => (usize::from(short), rest),
        _ => return None,
    };
    (first == tag && rest.len() >= length).then(|| rest.split_at(length))
}

fn pem_body(pem: &str, label: &str) -> Result<Vec<u8>, InvalidKey> {
    let missing = || InvalidKey(format!("the text has no PEM block `{label}`"));
    let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----")).ok_or_else(missing)?;
    let (body, _) = rest.split_once("-----END").ok_or_else(missing)?;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(body).map_err(|e| InvalidKey(format!("PEM block `{label}`: {e}")))
}
