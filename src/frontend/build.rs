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
use crate::mopyfile::Mopyfile;
use crate::source::Source;
use crate::{Month, Rendered, Transpiled};

/// A Mopyfile and its Dockerfile.
pub(super) struct Build<'a> {
    pub(super) bridge: &'a Bridge,
    pub(super) environment: &'a Environment,
    pub(super) loaded: LoadedMopyfile,
    mopyfile: Mopyfile,
    dockerfile: Rendered,
    diagnostics: Diagnostics,
    referenced_files: ReferencedFiles<'a>,
    context: Context,
    inputs: HashMap<String, Vec<u8>>,
    /// The name of the Dockerfile.
    filename: String,
}

/// Why a request failed.
pub(super) enum Stop {
    /// A call failed, or is not possible.
    Failure(Failure),
    /// The Mopyfile has errors.
    Errors(Source, Diagnostics),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Failure(failure) => failure,
            Stop::Errors(source, found) => Self::errors(&source, &found),
        }
    }
}

impl<'a> Build<'a> {
    /// Reads the Mopyfile.
    pub(super) async fn new(
        bridge: &'a Bridge,
        environment: &'a Environment,
        inputs: HashMap<String, Vec<u8>>,
    ) -> Result<Self, Stop> {
        let context = Context::find(bridge, environment, &inputs).await?;
        // the ignore file is read before it is known whether it matters, because transferring a directory takes time
        let (loaded, ignore_file) = tokio::join!(
            LoadedMopyfile::read(bridge, &context),
            referenced_files::ignore_file(bridge, environment, &context, &inputs)
        );
        let loaded = loaded?;
        let platforms = environment.platforms().map_err(|unknown| Failure::new(unknown.to_string()))?;
        let Transpiled { mopyfile, dockerfile, uv, mut diagnostics } =
            crate::transpile(&loaded.source, loaded.lock.as_ref(), &platforms, Month::of(SystemTime::now()));
        let Some(mopyfile) = mopyfile else { return Err(Stop::Errors(loaded.source, diagnostics)) };
        let referenced_files =
            ReferencedFiles::new(bridge, environment, &context, &inputs, &loaded, &mopyfile, ignore_file)
                .map(|files| files.with_uv(uv));
        let Some(dockerfile) = dockerfile else {
            if let Ok(referenced_files) = referenced_files {
                diagnostics.extend(referenced_files.check(&mopyfile).await);
                diagnostics.sort();
            }
            return Err(Stop::Errors(loaded.source, diagnostics));
        };
        let filename = loaded.generated_name();
        let referenced_files = referenced_files?;
        Ok(Self {
            bridge,
            environment,
            loaded,
            mopyfile,
            dockerfile,
            diagnostics,
            referenced_files,
            context,
            inputs,
            filename,
        })
    }

    /// The text of the Dockerfile.
    pub(super) fn text(&self) -> &str {
        &self.dockerfile.text
    }

    /// The source map from the Dockerfile to the Mopyfile.
    pub(super) fn map(&self) -> SourceMap<'_> {
        SourceMap::new(&self.loaded.source, &self.filename, &self.dockerfile)
    }

    /// All diagnostics, including those about the files that the Mopyfile refers to.
    pub(super) async fn findings(&self) -> Result<Diagnostics, Stop> {
        let mut found = self.diagnostics.clone();
        found.extend(self.referenced_files.check(&self.mopyfile).await);
        found.sort();
        if found.has_errors() { Err(Stop::Errors(self.loaded.source.clone(), found)) } else { Ok(found) }
    }

    /// The warnings in `found`, and those about unused build arguments.
    pub(super) fn warnings(&self, found: &Diagnostics) -> Vec<Warning> {
        warning::list(&self.loaded, found, &self.environment.unread_arguments(self.text()))
    }

    /// Solves the Dockerfile with the Dockerfile frontend, or sends the subrequest `id` to it.
    pub(super) async fn solve(&self, map: &SourceMap<'_>, id: Option<&str>) -> Result<BuildResult, Stop> {
        let remote = self.context.remote.as_ref();
        let files = self.loaded.files(self.text(), self.referenced_files.default());
        let inputs = nested::inputs(self.inputs.clone(), remote, &files);
        let options = self.environment.nested(&self.filename, remote.map(|remote| remote.address.as_str()), id);
        let solved = nested::solve(self.bridge, options, inputs).await;
        solved.map_err(|failure| failure.map(|error| map.error(error)).into())
    }
}
