//! The value of `--platform`.

use crate::platform::{Platform, UnknownPlatform};

/// A list of platforms. This is a separate type because clap treats a `Vec` as a repeated argument.
#[derive(Clone, Default)]
pub(super) struct Platforms(pub(super) Vec<Platform>);

impl Platforms {
    /// Reads platforms separated by commas.
    pub(super) fn parse(text: &str) -> Result<Self, UnknownPlatform> {
        Platform::list(text).map(Self)
    }
}
