//! Dates as managed identity endpoints write them, as Unix seconds, independent of any time zone setting.

/// Reads `11/15/2023 01:13:20 +00:00`, `11/15/2023 1:13:20 AM +00:00` and RFC 3339 (`2023-11-15T01:13:20Z`, also with a
/// space, a fraction or an offset). Without an offset it is UTC.
#[inline]
pub(crate) fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let (year, month, day) = if date.contains('/') {
        let [month, day, year] = numbers(date, '/')?;
        (year, month, day)
    } else {
        let [year, month, day] = numbers(date, '-')?;
        (year, month, day)
    };
    if !(1970..=9999).contains(&year)
        || !(1..=12).contains(&month)
        || !(1..=length(year, month)).contains(&day)
    {
        return None;
    }
    let (time, offset) = split_offset(rest.trim())?;
    let of_day = seconds_of_day(time.trim())?;
    u64::try_from(days(year, month, day) * 86_400 + of_day - offset).ok()
}

/// The time of day and the seconds east of UTC.
#[inline]
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (time, offset) = text.split_at(at);
    let [hours, minutes] = numbers(&offset[1..], ':')?;
    if hours > 14 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    Some((time, if offset.starts_with('-') { -seconds } else { seconds }))
}

#[inline]
fn seconds_of_day(text: &str) -> Option<i64> {
    let upper = text.to_ascii_uppercase();
    let (time, afternoon) = match (upper.strip_suffix("AM"), upper.strip_suffix("PM")) {
        (Some(time), _) => (time.trim_end(), Some(false)),
        (_, Some(time)) => (time.trim_end(), Some(true)),
        _ => (upper.as_str(), None),
    };
    let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let [hour, minute, second] = numbers(whole, ':')?;
    let hour = match afternoon {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
    };
    // 60 is a leap second.
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

#[inline]
fn numbers<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let mut found = [0; N];
    let mut parts = text.split(separator);
    for number in &mut found {
        let part = parts.next().filter(|part| (1..=4).contains(&part.len()))?;
        if !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

#[inline]
const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[inline]
const fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 (Gregorian calendar; years counted from March, so that the leap day is the last).
#[inline]
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_seen_in_the_wild() {
        for text in [
            "11/15/2023 01:13:20 +00:00",
            "11/15/2023 1:13:20 AM +00:00",
            "11/15/2023 1:13:20 am +00:00",
            "11/14/2023 5:13:20 PM -08:00",
            "11/15/2023 06:43:20 +05:30",
            "11/15/2023 01:13:20",
            "2023-11-15T01:13:20Z",
            "2023-11-15T01:13:20.1234567Z",
            "2023-11-15 01:13:20+00:00",
            "2023-11-15T02:13:20+01:00",
            " 2023-11-15T01:13:20 ",
        ] {
            assert_eq!(parse(text), Some(1_700_010_800), "{text}");
        }
    }

    #[test]
    fn noon_midnight_and_leap_days() {
        assert_eq!(parse("1/1/1970 12:00:00 AM +00:00"), Some(0));
        assert_eq!(parse("1/1/1970 12:00:00 PM +00:00"), Some(43_200));
        assert_eq!(parse("02/29/2024 00:00:00 +00:00"), Some(1_709_164_800));
        assert_eq!(parse("2000-03-01T00:00:00Z"), Some(951_868_800));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "soon",
            "11/15/2023",
            "13/15/2023 01:13:20 +00:00",
            "02/29/2023 01:13:20 +00:00",
            "11/15/2023 25:13:20 +00:00",
            "11/15/2023 13:13:20 PM +00:00",
            "11/15/2023 01:60:20 +00:00",
            "2023-11-15T01:13:20+99:00",
            "11/15/2023 01:13 +00:00",
            "1969-12-31T23:59:59Z",
            "2023-11-15T01:13:20.Z",
            "11/15/2023 01:13:20 +0000",
            "-1/-1/2023 01:13:20 +00:00",
            "99999/1/1 01:13:20",
            "１１/15/2023 01:13:20",
            "2023-11-15T+01:00",
            "1970-01-01T00:00:00+14:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
