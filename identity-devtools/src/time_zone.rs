//! Local time for the Azure CLI before 2.54, which prints nothing else: POSIX time zones, from `TZ` or a zone file.

use std::path::PathBuf;

use identity_core::{Env, Platform};

use crate::expiry::{days, days_in};

/// A time zone in the form of POSIX.1, 8.3: `CET-1CEST,M3.5.0,M10.5.0/3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeZone {
    /// Seconds that are added to local time to get UTC.
    standard: i64,
    summer: Option<Summer>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Summer {
    offset: i64,
    begins: Rule,
    ends: Rule,
}

/// A day of every year and the local time of the change.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    day: Day,
    time: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Day {
    /// `Mm.w.d`: weekday `d` (0 is Sunday) of week `w` (5 is the last) of month `m`.
    Weekday { month: i64, week: i64, weekday: i64 },
    /// `Jn`: day 1 to 365, without leap days.
    WithoutLeap(i64),
    /// `n`: day 0 to 365, with leap days.
    WithLeap(i64),
}

impl TimeZone {
    /// What a zone is that nobody knows.
    pub(crate) const UTC: Self = Self { standard: 0, summer: None };

    /// The zone that `TZ` describes in full.
    #[inline]
    pub(crate) fn of_env(env: &Env) -> Option<Self> {
        Self::parse(env.non_empty("TZ")?)
    }

    /// The file that describes the zone where `TZ` does not. Windows has none.
    #[inline]
    pub(crate) fn file(env: &Env) -> Option<PathBuf> {
        if env.platform() == Platform::Windows {
            return None;
        }
        let name = env.non_empty("TZ").map_or("", |name| name.trim_start_matches(':'));
        let climbs = name.split('/').any(|part| part == "..");
        Some(match name {
            "" => "/etc/localtime".into(),
            _ if name.starts_with('/') => name.into(),
            _ if climbs => return None,
            _ => PathBuf::from("/usr/share/zoneinfo").join(name),
        })
    }

    /// The rule for the years to come, which is the last line of a zone file (RFC 8536, section 3.3).
    #[inline]
    pub(crate) fn of_file(content: &[u8]) -> Option<Self> {
        let text = content.starts_with(b"TZif").then_some(content)?.strip_suffix(b"\n")?;
        let line = text.rsplit(|byte| *byte == b'\n').next()?;
        Self::parse(std::str::from_utf8(line).ok()?)
    }

    #[inline]
    fn parse(text: &str) -> Option<Self> {
        let rest = name(text.trim_start_matches(':'))?;
        let (standard, rest) = duration(rest)?;
        if rest.is_empty() {
            return Some(Self { standard, summer: None });
        }
        let rest = name(rest)?;
        let (offset, rest) =
            if rest.starts_with(',') || rest.is_empty() { (standard - 3600, rest) } else { duration(rest)? };
        // Without a rule the one of the United States is meant.
        let rules = if rest.is_empty() { "M3.2.0,M11.1.0" } else { rest.strip_prefix(',')? };
        let (begins, ends) = rules.split_once(',')?;
        let (begins, ends) = (Rule::parse(begins)?, Rule::parse(ends)?);
        Some(Self { standard, summer: Some(Summer { offset, begins, ends }) })
    }

    /// Unix time of local time, given in seconds from 1970 in local time. An hour that occurs twice counts as its first
    /// occurrence, so that nothing is believed to live longer than it does.
    #[inline]
    pub(crate) fn unix(&self, local: i64, year: i64) -> i64 {
        let Some(Summer { offset, begins, ends }) = &self.summer else { return local + self.standard };
        let (begins, ends) = (begins.local(year), ends.local(year));
        let is_summer = if begins <= ends {
            // Clocks go forward at `begins` (standard time) and back at `ends` (summer time).
            local >= begins && local < ends
        } else {
            local >= begins || local < ends
        };
        local + if is_summer { *offset } else { self.standard }
    }
}

impl Rule {
    #[inline]
    fn parse(text: &str) -> Option<Self> {
        let (day, time) = match text.split_once('/') {
            Some((day, time)) => (day, duration(time).filter(|(_, rest)| rest.is_empty())?.0),
            None => (text, 7200),
        };
        let number = |text: &str, least: i64, most: i64| {
            text.parse::<i64>().ok().filter(|number| (least..=most).contains(number))
        };
        let day = if let Some(day) = day.strip_prefix('M') {
            let mut parts = day.splitn(3, '.');
            let (month, week, weekday) = (parts.next()?, parts.next()?, parts.next()?);
            Day::Weekday {
                month: number(month, 1, 12)?,
                week: number(week, 1, 5)?,
                weekday: number(weekday, 0, 6)?,
            }
        } else if let Some(day) = day.strip_prefix('J') {
            Day::WithoutLeap(number(day, 1, 365)?)
        } else {
            Day::WithLeap(number(day, 0, 365)?)
        };
        Some(Self { day, time })
    }

    /// The change of a year, in seconds from 1970 in the local time that ends with it.
    #[inline]
    fn local(&self, year: i64) -> i64 {
        let first = days(year, 1, 1);
        let day = match self.day {
            Day::Weekday { month, week, weekday } => {
                // 1970-01-01 was a Thursday.
                let first = days(year, month, 1);
                let day = first + (weekday - (first + 4)).rem_euclid(7) + 7 * (week - 1);
                if day >= first + days_in(year, month) { day - 7 } else { day }
            }
            Day::WithoutLeap(day) => first + day - 1 + i64::from(day > 59 && days_in(year, 2) == 29),
            Day::WithLeap(day) => first + day,
        };
        day * 86_400 + self.time
    }
}

/// What follows the name of a zone: three letters or more, or anything between angle brackets.
#[inline]
fn name(text: &str) -> Option<&str> {
    if let Some(quoted) = text.strip_prefix('<') {
        return quoted.split_once('>').map(|(_, rest)| rest);
    }
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    if end < 3 { None } else { text.get(end..) }
}

/// `[+-]h[h][:m[:s]]` in seconds, and what follows.
#[inline]
fn duration(text: &str) -> Option<(i64, &str)> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(digits.len());
    let (number, rest) = digits.split_at_checked(end)?;
    let mut seconds = 0;
    for (part, unit) in number.split(':').zip([3600, 60, 1]) {
        seconds += part.parse::<u16>().ok().map(i64::from)? * unit;
    }
    Some((sign * seconds, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expiry::Civil;

    fn unix(zone: &str, local: &str) -> Option<i64> {
        let local = Civil::parse(local)?;
        Some(TimeZone::parse(zone)?.unix(local.seconds, local.year))
    }

    #[test]
    fn local_time_is_read_in_its_zone() {
        let utc = |text| Civil::parse(text).and_then(Civil::unix);
        for (zone, local, expected) in [
            ("UTC0", "2023-11-15 01:02:03", "2023-11-15T01:02:03Z"),
            ("IST-5:30", "2023-11-15 05:02:03", "2023-11-14T23:32:03Z"),
            ("<+0330>-3:30", "2023-11-15 05:00:00", "2023-11-15T01:30:00Z"),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-11-21 01:00:00", "2026-11-21T00:00:00Z"),
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-07-01 02:00:00", "2026-07-01T00:00:00Z"),
            // The hour that occurs twice, and the southern summer.
            ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01 11:00:00", "2026-01-01T00:00:00Z"),
            ("EST5EDT", "2026-07-01 00:00:00", "2026-07-01T04:00:00Z"),
            ("XXX1YYY,J60/0,300/0", "2024-03-01 00:00:00", "2024-03-01T00:00:00Z"),
        ] {
            assert_eq!(unix(zone, local), utc(expected), "{zone} {local}");
        }
    }

    #[test]
    fn what_is_not_a_zone_is_none() {
        for zone in
            ["", "Europe/Berlin", "UTC", "U0", "EST5EDT,M13.1.0,M1.1.0", "EST5EDT,M3.2.0", "EST99999999999"]
        {
            assert_eq!(TimeZone::parse(zone), None, "{zone}");
        }
    }

    #[test]
    fn a_zone_file_ends_with_its_rule() {
        let zone = TimeZone::of_file(b"TZif2\0\0...\nCET-1CEST,M3.5.0,M10.5.0/3\n");
        assert_eq!(zone, TimeZone::parse("CET-1CEST,M3.5.0,M10.5.0/3"));
        assert_eq!(TimeZone::of_file(b"something else\nUTC0\n"), None);
    }

    #[test]
    fn a_zone_file_is_found_by_its_name() {
        let file = |tz: &str| TimeZone::file(&Env::from_iter([("TZ", tz)]).on(Platform::Linux));
        assert_eq!(file(""), Some("/etc/localtime".into()));
        assert_eq!(file(":Europe/Berlin"), Some("/usr/share/zoneinfo/Europe/Berlin".into()));
        assert_eq!(file("../../etc/shadow"), None);
    }
}
