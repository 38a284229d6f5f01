//! The common first part of every request: the Mopyfile, its Dockerfile, and the build of the latter.

use std::collections::HashMap;
use std::time::SystemTime;

use super::bridge::Bridge;
use super::context::Context;
use super::environment::Environment;
use super::failure::Failure;
use super::lookup::{self, Lookup};
use super::mopyfile::Mopyfile;
use super::nested;
use super::source_map::SourceMap;
use super::warning::{self, Warning};
use super::wire::BuildResult;
use crate::diagnostic::Diagnostics;
use crate::source::Source;
use crate::{Month, Rendered, Transpiled};

/// A Mopyfile and its Dockerfile.
pub(super) struct Build<'a> {
    pub(super) bridge: &'a Bridge,
    pub(super) environment: &'a Environment,
    pub(super) mopyfile: Mopyfile,
    model: crate::mopyfile::Mopyfile,
    dockerfile: Rendered,
    diagnostics: Diagnostics,
    lookup: Lookup<'a>,
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
        let (mopyfile, ignore_file) =
            tokio::join!(Mopyfile::read(bridge, &context), lookup::ignore_file(bridge, environment, &context, &inputs));
        let mopyfile = mopyfile?;
        let platforms = environment.platforms().map_err(|unknown| Failure::new(unknown.to_string()))?;
        let Transpiled { mopyfile: model, dockerfile, uv, mut diagnostics } =
            crate::transpile(&mopyfile.source, mopyfile.lock.as_ref(), &platforms, Month::of(SystemTime::now()));
        let Some(model) = model else { return Err(Stop::Errors(mopyfile.source, diagnostics)) };
        let lookup = Lookup::new(bridge, environment, &context, &inputs, &mopyfile, &model, ignore_file)
            .map(|lookup| lookup.with_uv(uv));
        let Some(dockerfile) = dockerfile else {
            if let Ok(lookup) = lookup {
                diagnostics.extend(lookup.check(&model).await);
                diagnostics.sort();
            }
            return Err(Stop::Errors(mopyfile.source, diagnostics));
        };
        let filename = mopyfile.generated_name();
        let lookup = lookup?;
        Ok(Self { bridge, environment, mopyfile, model, dockerfile, diagnostics, lookup, context, inputs, filename })
    }

    /// The text of the Dockerfile.
    pub(super) fn text(&self) -> &str {
        &self.dockerfile.text
    }

    /// The source map from the Dockerfile to the Mopyfile.
    pub(super) fn map(&self) -> SourceMap<'_> {
        SourceMap::new(&self.mopyfile.source, &self.filename, &self.dockerfile)
    }

    /// All diagnostics, including those about the files that the Mopyfile refers to.
    pub(super) async fn findings(&self) -> Result<Diagnostics, Stop> {
        let mut found = self.diagnostics.clone();
        found.extend(self.lookup.check(&self.model).await);
        found.sort();
        if found.has_errors() { Err(Stop::Errors(self.mopyfile.source.clone(), found)) } else { Ok(found) }
    }

    /// The warnings in `found`, and those about unused build arguments.
    pub(super) fn warnings(&self, found: &Diagnostics) -> Vec<Warning> {
        warning::list(&self.mopyfile, found, &self.environment.unread_arguments(self.text()))
    }

    /// Solves the Dockerfile with the Dockerfile frontend, or sends the subrequest `id` to it.
    pub(super) async fn solve(&self, map: &SourceMap<'_>, id: Option<&str>) -> Result<BuildResult, Stop> {
        let remote = self.context.remote.as_ref();
        let files = self.mopyfile.files(self.text(), self.lookup.default());
        let inputs = nested::inputs(self.inputs.clone(), remote, &files);
        let options = self.environment.nested(&self.filename, remote.map(|remote| remote.address.as_str()), id);
        let solved = nested::solve(self.bridge, options, inputs).await;
        solved.map_err(|failure| failure.map(|error| map.error(error)).into())
    }
}
