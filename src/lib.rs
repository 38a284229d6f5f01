//! draft
pub mod diagnostic;
pub mod dockerfile;
pub mod frontend;
pub mod mopyfile;
pub mod platform;
pub mod source;

pub use diagnostic::{Diagnostic, Diagnostics};
pub use dockerfile::{LineMap, Rendered};
pub use platform::Platform;
pub use source::{Source, Span};

/// draft
#[derive(Clone, Debug)]
pub struct Transpiled {
    /// The Dockerfile and where its lines come from.
    pub dockerfile: Rendered,
    /// Warnings and notices; no problems.
    pub diagnostics: Diagnostics,
}

/// draft: a stub that knows nothing but the YAML
///
/// # Errors
///
/// Everything that was found, when at least one finding is a problem.
pub fn transpile(source: &Source, _platforms: &[Platform]) -> Result<Transpiled, Diagnostics> {
    let span = mopyfile::document::parse(source)?.span;
    Ok(Transpiled {
        dockerfile: Rendered { text: "FROM python:3.13-trixie\n".into(), lines: LineMap::new(vec![vec![span]]) },
        diagnostics: Diagnostics::default(),
    })
}
