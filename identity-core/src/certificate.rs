//! Certificates and private keys, read and used by OpenSSL: PEM, PKCS#12, thumbprints, RSA signatures.

use std::cell::Cell;
use std::fmt;

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::{Id, PKey, Private};
use openssl::provider::Provider;
use openssl::rsa::Padding;
use openssl::sha::{sha1, sha256};
use openssl::sign::{RsaPssSaltlen, Signer};
use openssl::x509::X509;

use crate::signer::SigningAlgorithm;
use crate::{Error, Result, Secret};

/// A certificate and those that vouch for it, DER, the leaf first.
#[derive(Clone, Debug)]
pub(crate) struct Certificate(Vec<Vec<u8>>);

/// The private key of a certificate.
#[derive(Clone)]
pub(crate) struct Key(PKey<Private>);

impl Certificate {
    /// Reads a certificate with its RSA key: PEM if there is a `-----BEGIN` in it, else PKCS#12. `what` names the input
    /// in errors.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) saying what is wrong and what to do about it.
    pub(crate) fn with_key(content: &[u8], password: Option<&Secret>, what: &str) -> Result<(Self, Key)> {
        let input = Input { what, content, password: password.map(Secret::expose) };
        if input.password.is_some_and(|password| password.contains('\0') || password.len() > 1000) {
            return Err(
                input.bad("cannot be opened: its password holds a null character or more than 1000 bytes")
            );
        }
        let (key, certificates) = if input.is_pem() { input.pem()? } else { input.pkcs12()? };
        if key.id() != Id::RSA {
            return Err(input.bad("has a key that is not RSA: Entra accepts signatures of RSA keys only"));
        }
        let own = |certificate: &X509| certificate.public_key().is_ok_and(|public| public.public_eq(&key));
        let Some(leaf) = certificates.iter().position(own) else {
            return Err(input.bad("has a private key that belongs to none of its certificates"));
        };
        let mut chain = input.ders(&certificates)?;
        // The order of the others is the file's; the leaf is first wherever it was.
        chain[..=leaf].rotate_right(1);
        Ok((Self(chain), Key(key)))
    }

    /// Reads a certificate without key, and perhaps its chain, the leaf first: PEM, or one certificate as DER.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument).
    pub(crate) fn public(content: &[u8], what: &str) -> Result<Self> {
        let input = Input { what, content, password: None };
        let certificates = if input.is_pem() {
            X509::stack_from_pem(content)
        } else {
            X509::from_der(content).map(|certificate| vec![certificate])
        };
        match certificates {
            Ok(certificates) if !certificates.is_empty() => Ok(Self(input.ders(&certificates)?)),
            _ => Err(input.bad("is not a certificate: pass PEM, or one certificate as DER")),
        }
    }

    /// Of DER, unread.
    #[cfg(test)]
    pub(crate) const fn of_der(chain: Vec<Vec<u8>>) -> Self {
        Self(chain)
    }

    /// The certificates as DER, the leaf first.
    pub(crate) fn chain(&self) -> &[Vec<u8>] {
        &self.0
    }

    /// The SHA-1 thumbprint of the leaf.
    pub(crate) fn sha1(&self) -> [u8; 20] {
        sha1(self.0.first().map(Vec::as_slice).unwrap_or_default())
    }

    /// The SHA-256 thumbprint of the leaf.
    pub(crate) fn sha256(&self) -> [u8; 32] {
        sha256(self.0.first().map(Vec::as_slice).unwrap_or_default())
    }
}

impl Key {
    /// Signs a message: RSASSA-PSS with MGF1 and salt by SHA-256, or RSASSA-PKCS1-v1_5 (RFC 7518, section 3).
    ///
    /// # Errors
    /// The key is too small for the algorithm, or OpenSSL refuses it by policy.
    pub(crate) fn sign(&self, algorithm: SigningAlgorithm, message: &[u8]) -> Result<Vec<u8>> {
        let sign = || -> Result<Vec<u8>, ErrorStack> {
            let mut signer = Signer::new(MessageDigest::sha256(), &self.0)?;
            if algorithm == SigningAlgorithm::Ps256 {
                signer.set_rsa_padding(Padding::PKCS1_PSS)?;
                signer.set_rsa_mgf1_md(MessageDigest::sha256())?;
                signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)?;
            }
            signer.sign_oneshot_to_vec(message)
        };
        sign().map_err(|error| {
            Error::invalid_argument(format!("the certificate's private key cannot sign: {}", reasons(&error)))
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([redacted])")
    }
}

/// The SHA-256 of a message or of a file's content.
pub(crate) fn digest(content: &[u8]) -> [u8; 32] {
    sha256(content)
}

/// Something to read, and how to speak of it.
struct Input<'a> {
    what: &'a str,
    content: &'a [u8],
    password: Option<&'a str>,
}

impl Input<'_> {
    fn bad(&self, why: impl fmt::Display) -> Error {
        Error::invalid_argument(format!("{} {why}", self.what))
    }

    fn is_pem(&self) -> bool {
        self.content.windows(BEGIN.len()).any(|window| window == BEGIN.as_bytes())
    }

    /// A key and certificates in any order.
    fn pem(&self) -> Result<(PKey<Private>, Vec<X509>)> {
        let text = String::from_utf8_lossy(self.content);
        let blocks = blocks(&text).ok_or_else(|| {
            self.bad("is cut short: a PEM block has no end; it may just be being replaced").transient()
        })?;
        let key = blocks.iter().find(|block| block.label.ends_with("PRIVATE KEY")).ok_or_else(|| {
            self.bad("holds no private key: append the key (-----BEGIN PRIVATE KEY-----) to the certificate")
        })?;
        let asked = Cell::new(false);
        let read = || {
            PKey::private_key_from_pem_callback(key.text.as_bytes(), |buffer| {
                asked.set(true);
                let password = self.password.unwrap_or_default().as_bytes();
                let space = buffer.get_mut(..password.len()).ok_or_else(ErrorStack::get)?;
                space.copy_from_slice(password);
                Ok(password.len())
            })
        };
        let key = with_legacy(read).map_err(|error| match (asked.get(), self.password) {
            (true, None) => self.bad("has an encrypted private key: pass its password"),
            (true, Some(_)) => {
                self.bad(format_args!("has a key that this password does not open: {}", reasons(&error)))
            }
            (false, _) => {
                self.bad(format_args!("has a private key that cannot be read: {}", reasons(&error)))
            }
        })?;
        if !asked.get() && self.password.is_some_and(|password| !password.is_empty()) {
            return Err(self.bad("has a private key that is not encrypted: pass no password for it"));
        }
        let certificates: Result<Vec<X509>, ErrorStack> = blocks
            .iter()
            .filter(|block| block.label == "CERTIFICATE")
            .map(|block| X509::from_pem(block.text.as_bytes()))
            .collect();
        let certificates = certificates
            .map_err(|error| self.bad(format_args!("holds a malformed certificate: {}", reasons(&error))))?;
        if certificates.is_empty() {
            return Err(self.bad("holds a private key but no certificate: append the certificate"));
        }
        Ok((key, certificates))
    }

    fn pkcs12(&self) -> Result<(PKey<Private>, Vec<X509>)> {
        let archive = Pkcs12::from_der(self.content).map_err(|_| {
            self.bad(
                "is not in PEM or PKCS12 format: pass a file with -----BEGIN lines, or a .pfx or .p12 file",
            )
        })?;
        let parsed = with_legacy(|| archive.parse2(self.password.unwrap_or_default())).map_err(|error| {
            match (reasons(&error), self.password) {
                (text, None) if text.contains("mac verify") => self.bad("is protected: pass its password"),
                (text, Some(_)) if text.contains("mac verify") => self.bad("is not opened by this password"),
                (text, _) if text.contains("unsupported") => self.bad(format_args!(
                    "is encrypted in a way that this OpenSSL does not offer ({text}): install its legacy provider, or \
                     export the certificate anew with AES"
                )),
                (text, _) => self.bad(format_args!("cannot be read as PKCS#12: {text}")),
            }
        })?;
        let key = parsed
            .pkey
            .ok_or_else(|| self.bad("holds no private key: export the certificate with its key"))?;
        let certificates: Vec<X509> =
            parsed.cert.into_iter().chain(parsed.ca.into_iter().flatten()).collect();
        if certificates.is_empty() {
            return Err(self.bad("holds a private key but no certificate: export both"));
        }
        Ok((key, certificates))
    }

    fn ders(&self, certificates: &[X509]) -> Result<Vec<Vec<u8>>> {
        let ders: Result<Vec<_>, ErrorStack> =
            certificates.iter().map(|certificate| certificate.to_der()).collect();
        ders.map_err(|error| self.bad(format_args!("holds a malformed certificate: {}", reasons(&error))))
    }
}

/// Tries again with the algorithms that OpenSSL 3 has put aside (RC2, DES), as old archives use them. They are at hand for
/// the time of one attempt only.
fn with_legacy<T>(read: impl Fn() -> Result<T, ErrorStack>) -> Result<T, ErrorStack> {
    match read() {
        Err(error) if reasons(&error).contains("unsupported") => {
            match Provider::try_load(None, "legacy", true) {
                Ok(_loaded) => read(),
                Err(_) => Err(error),
            }
        }
        result => result,
    }
}

fn reasons(error: &ErrorStack) -> String {
    let mut reasons: Vec<&str> = error.errors().iter().filter_map(openssl::error::Error::reason).collect();
    reasons.dedup();
    if reasons.is_empty() { "OpenSSL gives no reason".to_owned() } else { reasons.join(", ") }
}

const BEGIN: &str = "-----BEGIN ";

/// A PEM block (RFC 7468) with its lines.
struct Block<'a> {
    label: &'a str,
    text: &'a str,
}

/// The blocks of a PEM text, in order; `None` if one has no end.
fn blocks(text: &str) -> Option<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(BEGIN) {
        rest = &rest[start..];
        let label = rest[BEGIN.len()..].split("-----").next()?;
        let end = format!("-----END {label}-----");
        let length = rest.find(&end)? + end.len();
        blocks.push(Block { label, text: &rest[..length] });
        rest = &rest[length..];
    }
    Some(blocks)
}

#[cfg(test)]
mod tests;
