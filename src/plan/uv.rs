//! The built-in version of uv, which is used unless a lock file has another one.

use crate::lock::{Digest, Uv, UvVersion};
use crate::platform::Platform;

/// Its version on PyPI.
pub const VERSION: UvVersion = UvVersion([0, 13, 9]);

/// The version, and the hashes of its wheels for `platforms`.
#[must_use]
pub fn current(platforms: &[Platform]) -> Uv {
    let wheels = WHEELS.iter().filter(|(platform, _)| platforms.iter().any(|wanted| wanted.to_string() == *platform));
    Uv { version: VERSION, hashes: wheels.filter_map(|(_, hex)| Digest::parse(&format!("sha256:{hex}"))).collect() }
}

/// The SHA-256 of the wheel that pip installs on each platform (<https://pypi.org/pypi/uv/0.13.9/json>). If there are
/// several, it is the one that the oldest pip supports.
pub const WHEELS: &[(&str, &str)] = &[
    ("linux/amd64", "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19"),
    ("linux/arm64", "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe"),
    ("linux/arm/v7", "16963d19594e18d746a70c7fce82237bde4f2cac4cfcf0ca2b84796fe9d0c6e9"),
    ("linux/ppc64le", "c5dbdb7c8737cd183a9dce95b39cfd1f3d54ec2a27a1bb58f160293f9ba2c805"),
    ("linux/riscv64", "6b0c7b9f47a5d011939d61e324d3fe18a8bc155d8dd53add738709a92f290a7c"),
    ("linux/s390x", "a6e845f387e4ed55bb59342957a9179e24a631fcc7668bda3426ae1cef8ed4b9"),
    ("linux/386", "db5c8df7145c21ffea9c0f74e38823bac3af60cbadf0e26b8633f08627b17bab"),
    ("linux/arm/v6", "56ec37616c00220032fc7b8c9d0ef51367fd0d70d9cd6ddd841660f949f84fed"),
];

#[cfg(test)]
mod tests {
    use super::{WHEELS, current};
    use crate::platform::Platform;

    #[test]
    fn every_platform_of_uv_has_one_wheel() {
        for platform in Platform::ALL {
            assert_eq!(current(&[*platform]).hashes.len(), usize::from(platform.has_uv()), "{platform}");
        }
        assert_eq!(current(Platform::ALL).hashes.len(), WHEELS.len());
    }
}
