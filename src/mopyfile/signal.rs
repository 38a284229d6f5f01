//! Linux signals, as `STOPSIGNAL` accepts them.

use std::fmt;

/// The names without `SIG`, except for those of real-time signals (signal(7)).
pub(super) const NAMES: [&str; 34] = [
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL",
    "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1",
    "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
];

/// A signal: its number, or its name with `SIG`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal(String);

impl Signal {
    /// Reads a signal by its name, with or without `SIG`, or by its number from 1 to 64 (signal(7)).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Rust also parses `+1` and `01`
        let plain = !text.starts_with(['+', '0']);
        if let Some(number) = text.parse::<u8>().ok().filter(|number| plain && (1..=64).contains(number)) {
            return Some(Self(number.to_string()));
        }
        let name = text.strip_prefix("SIG").unwrap_or(text);
        (NAMES.contains(&name) || is_real_time(name)).then(|| Self(format!("SIG{name}")))
    }
}

/// Whether a name is that of a real-time signal: there are 31, counted from both ends.
fn is_real_time(name: &str) -> bool {
    let offset = |sign: &str, text: &str, last: u8| {
        let digits = text.strip_prefix(sign).filter(|digits| !digits.starts_with(['+', '0']));
        text.is_empty() || digits.and_then(|digits| digits.parse().ok()).is_some_and(|n| (1..=last).contains(&n))
    };
    let (min, max) = (name.strip_prefix("RTMIN"), name.strip_prefix("RTMAX"));
    min.is_some_and(|rest| offset("+", rest, 15)) || max.is_some_and(|rest| offset("-", rest, 14))
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Signal;

    #[test]
    fn signals() {
        for (text, shown) in [
            ("64", Some("64")),
            ("SIGRTMIN", Some("SIGRTMIN")),
            ("RTMIN+15", Some("SIGRTMIN+15")),
            ("SIGRTMAX-14", Some("SIGRTMAX-14")),
            ("", None),
            ("0", None),
            ("015", None),
            ("+2", None),
            ("SIG", None),
            ("SIGSIGTERM", None),
            ("SIG15", None),
            ("SIGRTMIN+16", None),
            ("SIGRTMIN+0", None),
            ("SIGRTMIN+01", None),
            ("SIGRTMIN-1", None),
            ("SIGRTMAX-15", None),
            ("SIGINT ", None),
        ] {
            assert_eq!(Signal::parse(text).map(|signal| signal.to_string()).as_deref(), shown, "{text}");
        }
    }
}
