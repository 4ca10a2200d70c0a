//! RS256 signing, and the public half as the JWKS document shows it.

use super::verifying::PublicKey;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use ring::{digest, rsa};
use serde_json::{Value, json};
use std::io;

/// An RSA key that signs JSON Web Tokens.
pub(in super::super) struct SigningKey {
    pair: rsa::KeyPair,
    id: String,
    public: PublicKey,
    modulus: String,
    exponent: String,
}

impl SigningKey {
    pub(super) fn from_pkcs8(der: &[u8]) -> io::Result<Self> {
        let pair = RsaKeyPair::from_pkcs8(der).map_err(|e| io::Error::other(e.to_string()))?;
        let public: PublicKeyComponents<Vec<u8>> = pair.public().into();
        let id = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &public.n);
        Ok(Self {
            id: URL_SAFE_NO_PAD.encode(id),
            modulus: URL_SAFE_NO_PAD.encode(&public.n),
            exponent: URL_SAFE_NO_PAD.encode(&public.e),
            public: PublicKey::new(public.n, public.e),
            pair,
        })
    }

    /// The public half.
    pub(in super::super) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The public half, RFC 7517.
    pub(in super::super) fn jwk(&self) -> Value {
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id, "n": self.modulus, "e": self.exponent })
    }

    /// A JSON Web Token of these claims, RFC 7515 with RS256.
    pub(in super::super) fn sign(&self, claims: &Value) -> io::Result<String> {
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": self.id });
        let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut token);
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| io::Error::other("the token could not be signed"))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}
