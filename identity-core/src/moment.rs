//! Time and randomness as arguments, so that every flow is deterministic.

use std::cell::OnceCell;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many random bytes a [`Moment`] carries: enough for a PKCE verifier, a state, a nonce and two ids.
pub const ENTROPY: usize = 96;

/// What a flow may know of the world at one point: the wall clock and fresh random bytes.
pub struct Moment {
    now: SystemTime,
    entropy: OnceCell<[u8; ENTROPY]>,
    /// Few flows look at the random bytes of more than one moment, and they are not free.
    draw: fn() -> [u8; ENTROPY],
}

impl Moment {
    /// A moment with the given time and random bytes.
    pub fn new(now: SystemTime, entropy: [u8; ENTROPY]) -> Self {
        Self { now, entropy: entropy.into(), draw: || [0; ENTROPY] }
    }

    /// A moment with the given time, whose random bytes the host draws when a flow first looks at them, once.
    pub const fn drawing(now: SystemTime, draw: fn() -> [u8; ENTROPY]) -> Self {
        Self { now, entropy: OnceCell::new(), draw }
    }

    /// The wall-clock time.
    pub const fn now(&self) -> SystemTime {
        self.now
    }

    /// Seconds since the Unix epoch; 0 for a clock set before it.
    pub fn unix(&self) -> u64 {
        self.now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
    }

    /// The random bytes. A flow that needs several values takes disjoint parts of them.
    pub fn entropy(&self) -> &[u8; ENTROPY] {
        self.entropy.get_or_init(self.draw)
    }

    /// A random (version 4) UUID made of the first 16 random bytes.
    pub fn uuid(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(36);
        for (index, byte) in self.entropy().iter().take(16).enumerate() {
            let byte = match index {
                6 => byte & 0x0f | 0x40,
                8 => byte & 0x3f | 0x80,
                _ => *byte,
            };
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 0x0f)]));
        }
        text
    }
}

/// A duration for people: seconds, with up to three decimals, rounded up.
///
/// ```
/// use std::time::Duration;
/// use identity_core::moment::Seconds;
/// assert_eq!(Seconds(Duration::from_millis(1_600)).to_string(), "1.6 s");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Seconds(pub Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = u64::try_from(self.0.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        let (seconds, milliseconds) = (total / 1000, total % 1000);
        match milliseconds {
            0 => write!(f, "{seconds} s"),
            tenths if tenths % 100 == 0 => write!(f, "{seconds}.{} s", tenths / 100),
            hundredths if hundredths % 10 == 0 => write!(f, "{seconds}.{:02} s", hundredths / 10),
            _ => write!(f, "{seconds}.{milliseconds:03} s"),
        }
    }
}

impl Clone for Moment {
    /// With the same random bytes.
    fn clone(&self) -> Self {
        Self { now: self.now, entropy: (*self.entropy()).into(), draw: self.draw }
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moment").field("now", &self.now).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

    #[test]
    fn random_bytes_are_drawn_once() {
        static DRAWN: AtomicU8 = AtomicU8::new(0);
        let moment = Moment::drawing(UNIX_EPOCH, || [DRAWN.fetch_add(1, Relaxed); ENTROPY]);
        let clone = moment.clone();
        assert_eq!((moment.entropy()[0], clone.entropy()[0], DRAWN.load(Relaxed)), (0, 0, 1));
    }

    #[test]
    fn seconds_have_no_more_decimals_than_they_need() {
        let shown = |milliseconds| Seconds(Duration::from_millis(milliseconds)).to_string();
        assert_eq!([0, 50, 300, 1_005, 120_000].map(shown), ["0 s", "0.05 s", "0.3 s", "1.005 s", "120 s"]);
        assert_eq!(Seconds(Duration::from_micros(1_999_001)).to_string(), "2 s");
        assert_eq!(Seconds(Duration::from_nanos(1)).to_string(), "0.001 s");
    }

    #[test]
    fn a_uuid_has_version_and_variant() {
        let moment = Moment::new(UNIX_EPOCH, [0xff; ENTROPY]);
        assert_eq!(moment.uuid(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
