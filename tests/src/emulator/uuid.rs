//! UUIDs as text.

use ring::rand::{SecureRandom, SystemRandom};

/// A new random one, RFC 9562 version 4. All zero on a machine without randomness.
pub(super) fn random() -> String {
    let mut bytes = [0; 16];
    // Correlation ids need not be unpredictable; a failure here must not fail the answer.
    let _ = SystemRandom::new().fill(&mut bytes);
    format(bytes)
}

/// Formats bytes as a version 4 UUID.
pub(super) fn format(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// Whether a text has the form of a UUID.
pub(super) fn is_valid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
