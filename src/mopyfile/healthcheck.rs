//! Health checks.

use std::{fmt, slice, time};

/// A health check. Docker's defaults apply to values that are not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Healthcheck {
    /// The check to run.
    pub probe: Probe,
    /// The time between two checks.
    pub interval: Option<Duration>,
    /// The maximum duration of a check.
    pub timeout: Option<Duration>,
    /// The time after the start in which failures do not count.
    pub start_period: Option<Duration>,
    /// How many consecutive failures make the container unhealthy.
    pub retries: Option<u16>,
}

/// The check to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// A request to the container.
    Http {
        /// Path and query.
        path: String,
        /// The port.
        port: u16,
        /// The `Host` header, unless it is `127.0.0.1`.
        host: Option<String>,
    },
    /// A command.
    Command(Vec<String>),
}

impl Probe {
    /// The arguments of the command, or only the path.
    #[must_use]
    pub fn words(&self) -> &[String] {
        match self {
            Self::Http { path, .. } => slice::from_ref(path),
            Self::Command(words) => words,
        }
    }
}

impl Healthcheck {
    /// The timeout of the request: slightly shorter than that of the check, so that the check can report the timeout.
    /// Docker's default is 30 seconds (<https://docs.docker.com/reference/dockerfile/#healthcheck>).
    #[must_use]
    pub fn patience(&self) -> time::Duration {
        let timeout = self.timeout.as_ref().map_or(time::Duration::from_secs(30), |timeout| timeout.length);
        (timeout / 10 * 9).max(time::Duration::from_millis(1))
    }
}

/// Whether `text` is a host, with or without a port (RFC 9110, section 7.2).
#[must_use]
pub fn is_host(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:[]".contains(c))
}

/// Whether `text` is valid in the first line of a request (RFC 9112, section 3.2.1).
#[must_use]
pub fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.chars().all(|c| c.is_ascii_graphic())
}

/// A duration in Docker's format: `30s`, `1m30s`, `500ms`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duration {
    text: String,
    length: time::Duration,
}

impl Duration {
    /// Reads whole numbers with the units of Go's `time.ParseDuration`, except for those below a millisecond, the
    /// shortest duration that Docker accepts. The maximum is Go's: 292 years. `None` if it is malformed or zero.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut milliseconds: u64 = 0;
        let mut rest = text;
        while !rest.is_empty() {
            let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
            let (unit, next) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
            let unit = match unit {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                _ => return None,
            };
            milliseconds = number.parse::<u64>().ok()?.checked_mul(unit)?.checked_add(milliseconds)?;
            rest = next;
        }
        let length = time::Duration::from_millis(milliseconds);
        let fits = milliseconds > 0 && i64::try_from(length.as_nanos()).is_ok();
        fits.then(|| Self { text: text.to_owned(), length })
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Healthcheck, Probe};

    #[test]
    fn durations() {
        for (text, milliseconds) in
            [("30s", 30_000), ("1m30s", 90_000), ("500ms", 500), ("2h", 7_200_000), ("1s1ms", 1_001), ("010s", 10_000)]
        {
            let duration = Duration::parse(text).unwrap();
            assert_eq!((duration.length.as_millis(), duration.to_string().as_str()), (milliseconds, text));
        }
        for text in ["", "30", "0s", "0h0ms", "s", "1", "1d", "-1s", "+1s", "1.5s", "1 s", "1s ", "1S", "1us", "ms1"] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
        // 2^63 nanoseconds are slightly more than 9,223,372,036 seconds
        assert!(Duration::parse("9223372036s").is_some());
        for text in ["9223372037s", "99999999999999999999s", "18446744073709551615h"] {
            assert_eq!(Duration::parse(text), None, "{text}");
        }
    }

    #[test]
    fn requests_end_before_their_check() {
        let patience = |timeout: Option<&str>| {
            let probe = Probe::Http { path: "/".to_owned(), port: 80, host: None };
            let timeout = timeout.and_then(Duration::parse);
            let check = Healthcheck { probe, interval: None, timeout, start_period: None, retries: None };
            check.patience().as_secs_f64()
        };
        assert_eq!(patience(None), 27.0);
        assert_eq!(patience(Some("500ms")), 0.45);
        assert_eq!(patience(Some("1ms")), 0.001);
    }
}
