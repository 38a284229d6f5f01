//! mopy as a BuildKit frontend: `docker build -f Mopyfile.yaml .` starts it for the file's first line
//! `#syntax=cmdjulian/mopy`.
//!
//! It reads the Mopyfile from wherever the build has it, makes a Dockerfile of it, and hands that to
//! BuildKit's own Dockerfile frontend, with every option of the build. Places in what comes back are
//! translated to places in the Mopyfile.
//!
//! Files such as `frontend/gateway/gateway.go` that these modules name as the source of a fact are those of
//! [moby/buildkit](https://github.com/moby/buildkit).

mod bridge;
mod context;
mod definition;
mod environment;
mod failure;
mod git;
mod lookup;
mod mopyfile;
mod nested;
mod source_map;
pub mod stdio;
mod step;
mod strip;
mod subrequest;
mod warning;
mod wire;

use std::time::SystemTime;

use tonic::Status;
use tonic::transport::Channel;

use crate::{Month, Transpiled};
use bridge::Bridge;
use context::Context;
pub use environment::Environment;
pub(crate) use environment::parse_bool;
use failure::Failure;
use lookup::Lookup;
use mopyfile::Mopyfile;
use source_map::SourceMap;
use subrequest::Subrequest;
use wire::BuildResult;

use crate::diagnostic::Diagnostics;
use crate::source::Source;

/// Whether BuildKit has started this process as a frontend: it tells each one which workers it has
/// (`frontend/gateway/gateway.go`).
#[must_use]
pub fn is_started_by_buildkit() -> bool {
    std::env::var_os("BUILDKIT_WORKERS").is_some()
}

/// Serves the BuildKit that has started this process, over its standard input and output, and ends the process:
/// with 0 when BuildKit has an answer, which may be that there is no image, and with 1 otherwise. The result of a
/// frontend that does not end with 0 is thrown away, and one that does not end at all keeps the build waiting.
pub fn run() -> ! {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { std::process::exit(1) };
    runtime.block_on(async {
        let io = tokio::io::join(tokio::io::stdin(), tokio::io::stdout());
        let served = match stdio::connect(io).await {
            Ok(channel) => build(channel, &Environment::new(std::env::vars_os())).await.is_ok(),
            Err(_) => false,
        };
        // in here, as a runtime is not dropped before the read from standard input has come to an end
        std::process::exit(i32::from(!served))
    })
}

/// One build, for the BuildKit at the other side of `channel`. That there is no image is a proper end,
/// too: BuildKit has been told why.
///
/// # Errors
///
/// The status of the call that failed, when BuildKit is gone or does not take the answer.
pub async fn build(channel: Channel, environment: &Environment) -> Result<(), Status> {
    let bridge = Bridge::open(channel).await?;
    let outcome = answer(&bridge, environment).await;
    bridge.finish(outcome.map_err(Failure::into_status)).await
}

async fn answer(bridge: &Bridge, environment: &Environment) -> Result<BuildResult, Failure> {
    if environment.is_nested() {
        return Err(Failure::new("mopy was started to build a Dockerfile that mopy has made; it would never end"));
    }
    let request = environment.option("requestid").filter(|id| !id.is_empty()).map(Subrequest::parse);
    let inputs = bridge.inputs().await?;
    if request == Some(Subrequest::Describe) {
        return nested::describe(bridge, environment).await;
    }
    let context = Context::find(bridge, environment, &inputs).await?;
    // the ignore file is read before it is known whether it matters: each directory takes its time to be sent
    let (mopyfile, ignore_file) =
        tokio::join!(Mopyfile::read(bridge, &context), lookup::ignore_file(bridge, environment, &context, &inputs));
    let mopyfile = mopyfile?;
    let platforms = environment.platforms().map_err(|unknown| Failure::new(unknown.to_string()))?;
    let problems = |source: &Source, found: &Diagnostics| match request {
        Some(Subrequest::Lint) => Ok(subrequest::problems(source, found)),
        _ => Err(Failure::problems(source, found)),
    };
    let Transpiled { mopyfile: model, dockerfile, mut diagnostics } =
        crate::transpile(&mopyfile.source, mopyfile.lock.as_ref(), &platforms, Month::of(SystemTime::now()));
    let (Some(model), Some(dockerfile)) = (&model, &dockerfile) else {
        if let Some(model) = &model
            && let Ok(lookup) = Lookup::new(bridge, environment, &context, &inputs, &mopyfile, model, ignore_file)
        {
            diagnostics.extend(lookup.check(model).await);
            diagnostics.sort();
        }
        return problems(&mopyfile.source, &diagnostics);
    };
    let text = &dockerfile.text;
    if request == Some(Subrequest::Dockerfile) {
        return Ok(subrequest::dockerfile(text));
    }

    let lookup = Lookup::new(bridge, environment, &context, &inputs, &mopyfile, model, ignore_file)?;
    let filename = mopyfile.generated_name();
    let map = SourceMap::new(&mopyfile.source, &filename, dockerfile);
    let inputs = nested::inputs(inputs, context.remote.as_ref(), &mopyfile.files(text, lookup.default()));
    let remote = context.remote.as_ref().map(|remote| remote.address.as_str());
    let delegated = match request {
        Some(Subrequest::Lint | Subrequest::Other) => environment.option("requestid"),
        _ => None,
    };
    let options = environment.nested(&filename, remote, delegated);
    let look = async {
        // other questions are about the text alone
        if matches!(request, None | Some(Subrequest::Lint)) {
            lookup.check(model).await
        } else {
            Diagnostics::default()
        }
    };
    let build = async {
        let solved = nested::solve(bridge, options, inputs).await;
        let mut result = solved.map_err(|failure| failure.map(|error| map.error(error)))?;
        if request.is_none() {
            nested::relocate(bridge, environment, &mut result, &map).await;
        }
        Ok::<_, Failure>(result)
    };
    let (found, built) = tokio::join!(look, build);
    diagnostics.extend(found);
    diagnostics.sort();
    if diagnostics.has_problems() {
        return problems(&mopyfile.source, &diagnostics);
    }
    let warnings = warning::list(&mopyfile, &diagnostics, &environment.unread_arguments(text));
    if request.is_none() {
        warning::send(bridge, &mopyfile, &warnings).await;
    }
    let result = built?;
    match request {
        Some(Subrequest::Lint) => Ok(subrequest::lint(&result, &map, &warnings)),
        Some(Subrequest::Other) => Ok(subrequest::translated(result, &map)),
        Some(Subrequest::Llb) => nested::llb(result, &map),
        _ => Ok(result),
    }
}
