//! Ports that an application listens on.

use std::fmt;

/// A port, or a range of ports, and its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    first: u16,
    last: u16,
    udp: bool,
}

impl Port {
    /// Reads a port in the format of `EXPOSE`: `8000`, `53/udp`, `8000-8010`
    /// (<https://docs.docker.com/reference/dockerfile/#expose>).
    ///
    /// # Errors
    ///
    /// The help of a diagnostic.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.contains(':') {
            return Err("write only the container's port; publish it with `docker run --publish`");
        }
        let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let [first, last] = [first, last].map(number);
        let (first, last) = first.zip(last).ok_or("write a number from 1 to 65535, with `/udp` for UDP")?;
        if first > last {
            return Err("write the smaller port of a range first: `8000-8010`");
        }
        match protocol {
            "tcp" | "udp" => Ok(Self { first, last, udp: protocol == "udp" }),
            _ => Err("the protocol must be `tcp` or `udp`: `53/udp`"),
        }
    }

    /// The first port of the range, if the protocol is TCP.
    #[must_use]
    pub fn tcp(self) -> Option<u16> {
        (!self.udp).then_some(self.first)
    }
}

/// A number from 1 to 65535 in decimal digits.
#[must_use]
pub fn number(text: &str) -> Option<u16> {
    // Rust also parses `+1` and `01`
    text.starts_with(|c: char| matches!(c, '1'..='9')).then(|| text.parse().ok())?
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        if self.last > self.first {
            write!(f, "-{}", self.last)?;
        }
        f.write_str(if self.udp { "/udp" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::Port;

    #[test]
    fn ports() {
        for (text, expected) in [
            ("8000", Some("8000")),
            ("8000/tcp", Some("8000")),
            ("53/udp", Some("53/udp")),
            ("65535", Some("65535")),
            ("8000-8010", Some("8000-8010")),
            ("7-7/udp", Some("7/udp")),
            ("", None),
            ("0", None),
            ("65536", None),
            ("080", None),
            ("http", None),
            ("80-70", None),
            ("80/http", None),
            ("80:8000", None),
            ("+80", None),
            ("8_000", None),
            ("80 81", None),
            ("-80", None),
            ("80-", None),
            ("1-2-3", None),
            ("80/", None),
        ] {
            assert_eq!(Port::parse(text).ok().map(|port| port.to_string()).as_deref(), expected, "{text}");
        }
    }
}
