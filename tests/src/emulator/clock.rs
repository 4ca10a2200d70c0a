//! The emulator's clock: the system's, moved by as much as a test says.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, and their texts.
#[derive(Debug, Default)]
pub(super) struct Clock {
    offset: AtomicI64,
}

impl Clock {
    pub(super) fn now(&self) -> i64 {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        i64::try_from(real).unwrap_or(i64::MAX).saturating_add(self.offset.load(Ordering::Relaxed))
    }

    pub(super) fn move_by(&self, seconds: i64) {
        self.offset.fetch_add(seconds, Ordering::Relaxed);
    }
}

/// `2026-11-20 12:34:56Z`, as in Entra's error bodies.
pub(super) fn timestamp(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let time = seconds.rem_euclid(86_400);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}Z", time / 3600, time / 60 % 60, time % 60)
}

/// `11/20/2026 12:34:56 +00:00`, or with twelve hours `11/20/2026 1:34:56 PM +00:00` (and no zeros in front).
pub(super) fn us_date(seconds: i64, twelve_hours: bool) -> String {
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let time = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    if twelve_hours {
        let (half, hour) = (if hour < 12 { "AM" } else { "PM" }, (hour + 11) % 12 + 1);
        format!("{month}/{day}/{year} {hour}:{minute:02}:{second:02} {half} +00:00")
    } else {
        format!("{month:02}/{day:02}/{year} {hour:02}:{minute:02}:{second:02} +00:00")
    }
}

/// Days since 1970 to year, month, day in the Gregorian calendar (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{timestamp, us_date};

    #[test]
    fn timestamps_follow_the_calendar() {
        assert_eq!(timestamp(0), "1970-01-01 00:00:00Z");
        assert_eq!(timestamp(951_827_696), "2000-02-29 12:34:56Z");
        assert_eq!(timestamp(1_795_219_200), "2026-11-21 00:00:00Z");
        assert_eq!(us_date(1_795_219_200, false), "11/21/2026 00:00:00 +00:00");
        assert_eq!(us_date(1_795_219_200, true), "11/21/2026 12:00:00 AM +00:00");
        assert_eq!(us_date(951_827_696, true), "2/29/2000 12:34:56 PM +00:00");
    }
}
