//! Months: end-of-life dates of Python versions are not more precise.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A month of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: i32,
    month: u8,
}

impl Month {
    /// The release month of this version of mopy. Clocks that show an earlier month are wrong.
    pub const RELEASE: Self = Self::new(2026, 11);

    /// The month of `year` with the number `month`, from 1 to 12.
    #[must_use]
    pub const fn new(year: i32, month: u8) -> Self {
        Self { year, month }
    }

    /// The month of `now`, but at least [`Self::RELEASE`].
    #[must_use]
    pub fn of(now: SystemTime) -> Self {
        let seconds = now.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok());
        let date = seconds.and_then(|seconds| time::UtcDateTime::from_unix_timestamp(seconds).ok());
        date.map_or(Self::RELEASE, |date| Self::new(date.year(), date.month().into())).max(Self::RELEASE)
    }

    /// The same month a year later.
    #[must_use]
    pub const fn next_year(self) -> Self {
        Self::new(self.year + 1, self.month)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match time::Month::try_from(self.month) {
            Ok(month) => write!(f, "{month} {}", self.year),
            Err(_) => write!(f, "{}-{}", self.year, self.month),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::Month;

    #[test]
    fn months_of_times() {
        for (seconds, month) in [
            (0, Month::RELEASE),
            (1_793_491_199, Month::RELEASE),
            (1_796_083_199, Month::RELEASE),
            (1_796_083_200, Month::new(2026, 12)),
            (1_798_761_600, Month::new(2027, 1)),
            (1_835_403_840, Month::new(2028, 2)),
            (u64::MAX >> 2, Month::RELEASE),
        ] {
            let time = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap();
            assert_eq!(Month::of(time), month, "{seconds}");
        }
        assert_eq!(Month::of(UNIX_EPOCH - Duration::from_secs(1)), Month::RELEASE);
    }
}
