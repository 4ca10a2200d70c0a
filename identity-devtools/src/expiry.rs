//! Dates as tools print them, as Unix time.

/// A date without a time zone, `2026-11-21 00:22:37.000000` or with a `T` in the middle, and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil<'a> {
    /// Seconds from 1970-01-01 00:00:00 in the same zone.
    pub(crate) seconds: i64,
    /// The year, in which the rules of a time zone are looked up.
    pub(crate) year: i64,
    /// What follows the seconds and their fraction: the zone.
    pub(crate) zone: &'a str,
}

impl<'a> Civil<'a> {
    #[inline]
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (date, time) = (text.get(..10)?, text.get(11..19)?);
        let numbers = |text: &str, separator: char| -> Option<[i64; 3]> {
            let mut parts = text.split(separator);
            let mut next = || -> Option<i64> {
                let part = parts.next()?;
                part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
            };
            let numbers = [next()?, next()?, next()?];
            parts.next().is_none().then_some(numbers)
        };
        let [year, month, day] = numbers(date, '-')?;
        let [hour, minute, second] = numbers(time, ':')?;
        let fits = (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second <= 60
            && matches!(text.as_bytes().get(10), Some(b'T' | b't' | b' '));
        let zone = text.get(19..)?;
        let zone = match zone.strip_prefix('.') {
            Some(rest) => rest.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => zone,
        };
        let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        fits.then_some(Self { seconds, year, zone: zone.trim() })
    }

    /// Unix time, if the zone says how far from UTC it is: `Z`, `+01:00`, `-0530`.
    #[inline]
    pub(crate) fn unix(self) -> Option<i64> {
        if matches!(self.zone, "Z" | "z") {
            return Some(self.seconds);
        }
        let (sign, digits) = match self.zone.as_bytes().first()? {
            b'+' => (1, self.zone.get(1..)?),
            b'-' => (-1, self.zone.get(1..)?),
            _ => return None,
        };
        let digits = digits.replace(':', "");
        let number = |from: usize| digits.get(from..from + 2)?.parse::<i64>().ok();
        let offset = number(0)? * 3600 + if digits.len() > 2 { number(2)? * 60 } else { 0 };
        Some(self.seconds - sign * offset)
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
#[inline]
pub(crate) const fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years that begin in March have their leap day last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The length of a month.
#[inline]
pub(crate) const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_with_a_zone_are_unix_time() {
        for text in [
            "2023-11-14T23:13:20Z",
            "2023-11-14 23:13:20.123456Z",
            "2023-11-15T00:13:20+01:00",
            "2023-11-14T17:43:20-0530",
        ] {
            assert_eq!(Civil::parse(text).and_then(Civil::unix), Some(1_700_003_600), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_date_is_none() {
        for text in [
            "",
            "tomorrow",
            "2023-13-01 00:00:00",
            "2023-02-29 00:00:00",
            "2023-01-01x00:00:00",
            "2023-01-01 24:00:00",
            "+023-01-01 00:00:00",
            "2023-01-0ä 00:00:00",
        ] {
            assert_eq!(Civil::parse(text), None, "{text}");
        }
        assert_eq!(Civil::parse("2024-02-29 00:00:00").and_then(Civil::unix), None);
    }
}
