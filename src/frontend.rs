//! mopy as a BuildKit frontend: `docker build -f Mopyfile.yaml .` starts it for the file's first line
//! `#syntax=cmdjulian/mopy`.
//!
//! It reads the Mopyfile from the source of the build, generates a Dockerfile, and passes that to BuildKit's own
//! Dockerfile frontend, with every option of the build. Locations in the result are translated to the Mopyfile.
//!
//! Files such as `frontend/gateway/gateway.go`, which these modules cite, are part of
//! [moby/buildkit](https://github.com/moby/buildkit).

mod bridge;
mod build;
mod context;
mod definition;
mod environment;
mod failure;
mod git;
mod listing;
mod loaded;
mod nested;
mod referenced_files;
mod source_map;
pub mod stdio;
mod step;
mod strip;
mod subrequest;
pub(crate) mod warning;
mod wire;

use tonic::Status;
use tonic::transport::Channel;

use bridge::Bridge;
use build::Build;
pub use environment::Environment;
pub(crate) use environment::parse_bool;
use failure::Failure;
use wire::BuildResult;

/// Whether BuildKit started this process as a frontend, which it tells about its workers
/// (`frontend/gateway/gateway.go`).
#[must_use]
pub fn is_started_by_buildkit() -> bool {
    std::env::var_os("BUILDKIT_WORKERS").is_some()
}

/// Serves the BuildKit that started this process over standard input and output, and exits: with 0 if BuildKit received
/// a result, which can be an error, and with 1 otherwise. BuildKit discards the result of a frontend that does not exit
/// with 0, and waits for a frontend that does not exit.
pub fn run() -> ! {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { std::process::exit(1) };
    runtime.block_on(async {
        let io = tokio::io::join(tokio::io::stdin(), tokio::io::stdout());
        let served = match stdio::connect(io).await {
            Ok(channel) => build(channel, &Environment::new(std::env::vars_os())).await.is_ok(),
            Err(_) => false,
        };
        // exit here, because dropping the runtime would wait for the pending read from standard input
        std::process::exit(i32::from(!served))
    })
}

/// Serves one build of the BuildKit that `channel` is connected to. A failed build is not an error here: its reason is
/// returned to BuildKit.
///
/// # Errors
///
/// The status of the failed call, if BuildKit has disconnected or does not accept the result.
pub async fn build(channel: Channel, environment: &Environment) -> Result<(), Status> {
    let bridge = Bridge::open(channel).await?;
    let outcome = answer(&bridge, environment).await;
    bridge.finish(outcome.map_err(Failure::into_status)).await
}

async fn answer(bridge: &Bridge, environment: &Environment) -> Result<BuildResult, Failure> {
    if environment.is_nested() {
        return Err(Failure::new("mopy was started to build a Dockerfile that mopy generated, which would never end"));
    }
    let id = environment.option("requestid").filter(|id| !id.is_empty());
    let inputs = bridge.inputs().await?;
    if id == Some(subrequest::DESCRIBE) {
        return nested::describe(bridge, environment).await;
    }
    let answer = async {
        let build = Build::new(bridge, environment, inputs).await?;
        match id {
            None => image(&build).await,
            Some(subrequest::DOCKERFILE) => Ok(subrequest::dockerfile(build.text())),
            Some(subrequest::LLB) => nested::llb(build.solve(None).await?, &build.map()),
            Some(subrequest::LINT) => lint(&build).await,
            // the Dockerfile frontend may know it
            Some(_) => Ok(subrequest::translated(build.solve(id).await?, &build.map())),
        }
    };
    match answer.await {
        Err(Failure::Errors(source, found)) if id == Some(subrequest::LINT) => Ok(subrequest::errors(&source, &found)),
        answer => answer,
    }
}

/// Builds the image, and checks the files in the meantime.
async fn image(build: &Build<'_>) -> Result<BuildResult, Failure> {
    let solve = async {
        let mut result = build.solve(None).await?;
        nested::relocate(build.bridge, build.environment, &mut result, &build.map()).await;
        Ok(result)
    };
    let (warnings, built) = tokio::join!(build.warnings(), solve);
    warning::send(build.bridge, &build.loaded, &warnings?).await;
    built
}

/// The warnings about the Mopyfile, its files and the Dockerfile.
async fn lint(build: &Build<'_>) -> Result<BuildResult, Failure> {
    let (warnings, answer) = tokio::join!(build.warnings(), build.solve(Some(subrequest::LINT)));
    let warnings = warnings?;
    Ok(subrequest::lint(&answer?, &build.map(), &warnings))
}
