//! Times as decimal numbers in text, read without floating point, whose tables would be a part of every program.

use std::time::Duration;

/// Seconds such as `7`, `+7`, `0.5` or `.5`, to the nanosecond; more of them than there can be are as many as there can be.
/// `None` for anything else: no sign but a plus, no exponent.
#[inline(never)]
pub(crate) fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let append = |number: u64, digit: u8| number.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    let seconds = whole.bytes().fold(0, append);
    let nanoseconds = (0..9)
        .fold(0, |number, place| append(number, fraction.as_bytes().get(place).copied().unwrap_or(b'0')));
    Some(Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanoseconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_numbers_are_read_to_the_nanosecond() {
        for (text, milliseconds) in
            [("7", 7000), (" +7 ", 7000), ("0.5", 500), (".25", 250), ("3.", 3000), ("0", 0)]
        {
            assert_eq!(seconds(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(seconds("1.0000000019"), Some(Duration::new(1, 1)));
    }

    #[test]
    fn too_much_is_the_most_there_is() {
        assert_eq!(seconds("99999999999999999999.5").map(|most| most.as_secs()), Some(u64::MAX));
    }

    #[test]
    fn what_is_no_decimal_number_is_nothing() {
        for text in ["", ".", "+", "-1", "1e3", "++1", "1.2.3", "soon", "0x1", "١", "inf", "NaN"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
