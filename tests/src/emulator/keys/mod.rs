//! The emulator's keys and certificates: throw-away, compiled in, trusted by nothing.

mod certificate_files;
mod jwt;
mod private;
mod signing;
mod verifying;

pub(super) use jwt::Jwt;
pub(super) use signing::SigningKey;
pub use verifying::{Certificate, InvalidKey, PublicKey};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io;
use std::sync::{Arc, OnceLock};

/// The keys that the emulator signs with.
pub(super) struct Keys {
    /// Access and id tokens.
    pub(super) tokens: SigningKey,
    /// Assertions of the emulated federated identity issuer.
    pub(super) issuer: SigningKey,
}

impl Keys {
    /// Parsed once in a process, however many emulators it starts.
    pub(super) fn load() -> io::Result<Arc<Self>> {
        static KEYS: OnceLock<Arc<Keys>> = OnceLock::new();
        if let Some(keys) = KEYS.get() {
            return Ok(Arc::clone(keys));
        }
        let keys = Self {
            tokens: SigningKey::from_pkcs8(&decode(private::TOKEN_SIGNING)?)?,
            issuer: SigningKey::from_pkcs8(&decode(private::ISSUER)?)?,
        };
        Ok(Arc::clone(KEYS.get_or_init(|| Arc::new(keys))))
    }
}

/// The files of an emulated application's certificate, as a user would have them. The password of the encrypted ones
/// is [`ClientCertificate::PASSWORD`].
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ClientCertificate;

impl ClientCertificate {
    /// Of the encrypted PEM and of both PKCS#12 files.
    pub const PASSWORD: &'static str = "secret";

    /// The certificate in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", certificate_files::CLIENT)
    }

    /// The certificate of the authority that issued it, in PEM.
    #[must_use]
    pub fn authority_pem(&self) -> String {
        pem("CERTIFICATE", certificate_files::CA)
    }

    /// The private key in PEM (PKCS#8, not encrypted).
    #[must_use]
    pub fn key_pem(&self) -> String {
        pem("PRIVATE KEY", private::CLIENT)
    }

    /// Key, certificate and authority in one PEM text.
    #[must_use]
    pub fn pem(&self) -> String {
        self.key_pem() + &self.certificate_pem() + &self.authority_pem()
    }

    /// The same with the key encrypted.
    #[must_use]
    pub fn encrypted_pem(&self) -> String {
        pem("ENCRYPTED PRIVATE KEY", certificate_files::CLIENT_KEY_ENCRYPTED)
            + &self.certificate_pem()
            + &self.authority_pem()
    }

    /// The same as PKCS#12.
    #[must_use]
    pub fn pkcs12(&self) -> Vec<u8> {
        decode(certificate_files::CLIENT_PKCS12).unwrap_or_default()
    }

    /// The same as PKCS#12 with the encryption of old tools (RC2, 3DES).
    #[must_use]
    pub fn pkcs12_legacy(&self) -> Vec<u8> {
        decode(certificate_files::CLIENT_PKCS12_LEGACY).unwrap_or_default()
    }

    /// Key and certificate that no application has registered, in one PEM text: Entra refuses them with AADSTS700027.
    #[must_use]
    pub fn unregistered_pem(&self) -> String {
        self.unregistered_key_pem() + &self.unregistered_certificate_pem()
    }

    /// The key of [`ClientCertificate::unregistered_pem`] alone.
    #[must_use]
    pub fn unregistered_key_pem(&self) -> String {
        pem("PRIVATE KEY", private::OTHER)
    }

    /// The certificate of [`ClientCertificate::unregistered_pem`] alone.
    #[must_use]
    pub fn unregistered_certificate_pem(&self) -> String {
        pem("CERTIFICATE", certificate_files::OTHER)
    }
}

/// The key of the emulated federated identity issuer in PEM, for assertions that a test signs itself.
pub(super) fn issuer_key_pem() -> String {
    pem("PRIVATE KEY", private::ISSUER)
}

fn decode(base64: &str) -> io::Result<Vec<u8>> {
    STANDARD.decode(base64).map_err(io::Error::other)
}

fn pem(label: &str, base64: &str) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for (at, character) in base64.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text + &format!("\n-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_constant_is_readable() {
        Keys::load().unwrap();
        let files = ClientCertificate;
        Certificate::from_pem(&files.certificate_pem()).unwrap();
        Certificate::from_pem(&files.authority_pem()).unwrap();
        Certificate::from_pem(&files.unregistered_certificate_pem()).unwrap();
        assert!(!files.pkcs12().is_empty() && !files.pkcs12_legacy().is_empty());
        for key in [private::CLIENT, private::OTHER] {
            SigningKey::from_pkcs8(&decode(key).unwrap()).unwrap();
        }
    }
}
