//! SHA-256 in the two spellings that the wire and the cache use.

/// The SHA-256 digest in lower-case hexadecimal digits.
pub fn sha256_hex(message: impl AsRef<[u8]>) -> String {
    let digits =
        |byte: u8| [byte >> 4, byte & 0x0f].map(|nibble| char::from_digit(nibble.into(), 16).unwrap_or('0'));
    hmac_sha256::Hash::hash(message.as_ref()).into_iter().flat_map(digits).collect()
}

/// Unpadded base64url (RFC 7636, section 4.2).
#[cfg(feature = "interactive-browser")]
pub(crate) fn sha256_base64url(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hmac_sha256::Hash::hash(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_come_out() {
        // FIPS 180-2, appendix B.1; RFC 7636, appendix B.
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        #[cfg(feature = "interactive-browser")]
        assert_eq!(
            sha256_base64url("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
