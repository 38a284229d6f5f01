//! Ports that an application listens on.

use std::fmt;

/// A port, or a range of ports, and its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    first: u16,
    last: u16,
    udp: bool,
}

/// Why a port is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortError {
    /// It maps a port of the host: `80:8000`.
    Mapping,
    /// The protocol is neither `tcp` nor `udp`.
    Protocol,
    /// A range ends before it begins.
    Backwards,
    /// It is not a number from 1 to 65535.
    Number,
}

impl Port {
    /// Reads a port in the format of `EXPOSE`: `8000`, `53/udp`, `8000-8010`
    /// (<https://docs.docker.com/reference/dockerfile/#expose>).
    ///
    /// # Errors
    ///
    /// [`PortError`] if it is invalid.
    pub fn parse(text: &str) -> Result<Self, PortError> {
        if text.contains(':') {
            return Err(PortError::Mapping);
        }
        let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
        let [first, last] = [first, last].map(number);
        let (first, last) = first.zip(last).ok_or(PortError::Number)?;
        if first > last {
            return Err(PortError::Backwards);
        }
        match protocol {
            "tcp" | "udp" => Ok(Self { first, last, udp: protocol == "udp" }),
            _ => Err(PortError::Protocol),
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
    use super::{Port, PortError};

    #[test]
    fn ports() {
        for (text, shown, tcp) in [
            ("8000", "8000", Some(8000)),
            ("8000/tcp", "8000", Some(8000)),
            ("53/udp", "53/udp", None),
            ("65535", "65535", Some(65535)),
            ("8000-8010", "8000-8010", Some(8000)),
            ("7-7/udp", "7/udp", None),
        ] {
            let port = Port::parse(text).unwrap();
            assert_eq!((port.to_string().as_str(), port.tcp()), (shown, tcp), "{text}");
        }
    }

    #[test]
    fn others() {
        for (text, error) in [
            ("", PortError::Number),
            ("0", PortError::Number),
            ("65536", PortError::Number),
            ("080", PortError::Number),
            ("+80", PortError::Number),
            ("8_000", PortError::Number),
            ("http", PortError::Number),
            ("80 81", PortError::Number),
            ("-80", PortError::Number),
            ("80-", PortError::Number),
            ("1-2-3", PortError::Number),
            ("80-70", PortError::Backwards),
            ("80/http", PortError::Protocol),
            ("80/", PortError::Protocol),
            ("80:8000", PortError::Mapping),
        ] {
            assert_eq!(Port::parse(text), Err(error), "{text}");
        }
    }
}
