//! What `--platform` is given.

use crate::platform::{Platform, UnknownPlatform};

/// A list of platforms; a type of its own, as clap takes a list for a repeated argument.
#[derive(Clone, Default)]
pub(super) struct Platforms(pub(super) Vec<Platform>);

impl Platforms {
    /// Reads names with commas between them.
    pub(super) fn parse(text: &str) -> Result<Self, UnknownPlatform> {
        Platform::list(text).map(Self)
    }
}
