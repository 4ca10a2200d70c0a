//! Certificates known by their thumbprint, for TLS libraries that leave the look at a certificate to their caller.

use sha1_smol::Sha1;

use crate::effect::Trust;

/// Whether a server that shows this certificate (DER) is the one that `trust` pins. True for every other kind of trust,
/// which the handshake has settled.
///
/// Ask after the handshake, which proves that the server has the certificate's key, and before anything is sent.
pub fn is_trusted(trust: &Trust, certificate: Option<&[u8]>) -> bool {
    let Trust::Thumbprint(thumbprint) = trust else { return true };
    let Some(certificate) = certificate else { return false };
    let actual = Sha1::from(certificate).digest().bytes();
    actual.iter().zip(thumbprint).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-1 of "abc" (FIPS 180-4).
    const ABC: [u8; 20] = [
        0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e, 0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c,
        0xd0, 0xd8, 0x9d,
    ];

    #[test]
    fn only_the_pinned_certificate_is_trusted() {
        let trust = Trust::Thumbprint(ABC);
        assert!(is_trusted(&trust, Some(b"abc")));
        assert!(!is_trusted(&trust, Some(b"abd")));
        assert!(!is_trusted(&trust, None));
        assert!(is_trusted(&Trust::System, Some(b"abd")));
    }
}
