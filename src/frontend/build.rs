//! The common first part of every request: the Mopyfile, its Dockerfile, and the build of the latter.

use std::collections::HashMap;
use std::time::SystemTime;

use super::bridge::Bridge;
use super::context::Context;
use super::environment::Environment;
use super::failure::Failure;
use super::loaded::LoadedMopyfile;
use super::nested;
use super::referenced_files::{self, ReferencedFiles};
use super::source_map::SourceMap;
use super::warning::{self, Warning};
use super::wire::BuildResult;
use crate::diagnostic::Diagnostics;
use crate::{Month, Rendered, Transpiled};

/// A Mopyfile and its Dockerfile.
pub(super) struct Build<'a> {
    pub(super) bridge: &'a Bridge,
    pub(super) environment: &'a Environment,
    pub(super) loaded: LoadedMopyfile,
    dockerfile: Rendered,
    diagnostics: Diagnostics,
    referenced_files: ReferencedFiles<'a>,
    context: Context,
}

impl<'a> Build<'a> {
    /// Reads the Mopyfile.
    pub(super) async fn new(
        bridge: &'a Bridge,
        environment: &'a Environment,
        inputs: HashMap<String, Vec<u8>>,
    ) -> Result<Self, Failure> {
        let context = Context::find(bridge, environment, inputs).await?;
        // the ignore file is read before it is known whether it matters, because transferring a directory takes time
        let (loaded, ignore_file) = tokio::join!(
            LoadedMopyfile::read(bridge, &context),
            referenced_files::ignore_file(bridge, environment, &context)
        );
        let loaded = loaded?;
        let platforms = environment.platforms().map_err(|unknown| Failure::new(unknown.to_string()))?;
        let Transpiled { mopyfile, dockerfile, uv, mut diagnostics } =
            crate::transpile(&loaded.source, loaded.lock.as_ref(), &platforms, Month::of(SystemTime::now()));
        let Some(mopyfile) = mopyfile else { return Err(Failure::Errors(loaded.source, diagnostics)) };
        let referenced_files = ReferencedFiles::new(bridge, environment, &context, &loaded, mopyfile, uv, ignore_file);
        let Some(dockerfile) = dockerfile else {
            if let Ok(referenced_files) = referenced_files {
                diagnostics.extend(referenced_files.check().await);
                diagnostics.sort();
            }
            return Err(Failure::Errors(loaded.source, diagnostics));
        };
        let referenced_files = referenced_files?;
        Ok(Self { bridge, environment, loaded, dockerfile, diagnostics, referenced_files, context })
    }

    /// The text of the Dockerfile.
    pub(super) fn text(&self) -> &str {
        &self.dockerfile.text
    }

    /// The source map from the Dockerfile to the Mopyfile.
    pub(super) fn map(&self) -> SourceMap<'_> {
        SourceMap::new(&self.loaded.source, &self.loaded.generated_name(), &self.dockerfile)
    }

    /// The warnings about the Mopyfile, the files that it refers to, and unused build arguments.
    ///
    /// # Errors
    ///
    /// There is an error about the files.
    pub(super) async fn warnings(&self) -> Result<Vec<Warning>, Failure> {
        let mut found = self.diagnostics.clone();
        found.extend(self.referenced_files.check().await);
        found.sort();
        if found.has_errors() {
            return Err(Failure::Errors(self.loaded.source.clone(), found));
        }
        Ok(warning::list(&self.loaded.source, &found, &self.environment.unread_arguments(self.text())))
    }

    /// Solves the Dockerfile with the Dockerfile frontend, or sends the subrequest `id` to it.
    pub(super) async fn solve(&self, id: Option<&str>) -> Result<BuildResult, Failure> {
        let files = self.loaded.files(self.text(), self.referenced_files.default.as_deref());
        let options = self.environment.nested(&self.loaded.generated_name(), self.context.remote.as_deref(), id);
        let solved = nested::solve(self.bridge, options, self.context.inputs.clone(), &files).await;
        solved.map_err(|error| Failure::Status(self.map().error(error)))
    }
}
