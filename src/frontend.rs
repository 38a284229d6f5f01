//! mopy as a BuildKit frontend: `docker build -f Mopyfile.yaml .` starts it for the file's first line
//! `#syntax=cmdjulian/mopy`.
//!
//! It reads the Mopyfile from wherever the build has it, makes a Dockerfile of it, and hands that to
//! BuildKit's own Dockerfile frontend, with every option of the build. Places in what comes back are
//! translated to places in the Mopyfile.

mod bridge;
mod context;
mod definition;
mod failure;
mod git;
mod mopyfile;
mod options;
mod source_map;
pub mod stdio;
mod subrequest;
mod warning;
mod wire;

use std::collections::HashMap;

use tonic::Status;
use tonic::transport::Channel;

use bridge::{Bridge, REQUEST_LIMIT};
use context::{Context, nested_inputs};
use failure::Failure;
use mopyfile::Mopyfile;
pub use options::Environment;
use source_map::SourceMap;
use subrequest::Subrequest;
use wire::BuildResult;

/// BuildKit's own Dockerfile frontend.
const DOCKERFILE_FRONTEND: &str = "dockerfile.v0";

/// Serves the BuildKit that has started this process, and ends the process. The result of a frontend
/// that does not end with 0 is thrown away, and one that does not end at all keeps the build waiting.
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
/// BuildKit is gone.
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
        return describe(bridge, environment).await;
    }
    let context = Context::find(bridge, environment, &inputs).await?;
    let mopyfile = Mopyfile::read(bridge, &context).await?;
    let platforms = environment.platforms().map_err(|unknown| Failure::new(unknown.to_string()))?;
    let transpiled = match crate::transpile(&mopyfile.source, &platforms) {
        Ok(transpiled) => transpiled,
        Err(found) if request == Some(Subrequest::Lint) => {
            return Ok(subrequest::problems(&mopyfile.source, &found));
        }
        Err(found) => return Err(Failure::problems(&mopyfile.source, &found)),
    };
    let text = &transpiled.dockerfile.text;
    if request == Some(Subrequest::Dockerfile) {
        return Ok(subrequest::dockerfile(text));
    }

    let warnings = warning::list(&mopyfile, &transpiled.diagnostics, &environment.unread_arguments(text));
    let filename = mopyfile.generated_name();
    let map = SourceMap::new(&mopyfile.source, &filename, &transpiled.dockerfile);
    let inputs = nested_inputs(inputs, context.remote.as_ref(), &mopyfile.files(text));
    let remote = context.remote.as_ref().map(|remote| remote.address.as_str());
    let delegated = match request {
        Some(Subrequest::Lint | Subrequest::Other) => environment.option("requestid"),
        _ => None,
    };
    if request.is_none() {
        warning::send(bridge, &mopyfile, &warnings).await;
    }
    let options = environment.nested(&filename, remote, delegated);
    let mut result =
        dockerfile_frontend(bridge, options, inputs).await.map_err(|failure| failure.map(|error| map.error(error)))?;
    match request {
        Some(Subrequest::Lint) => Ok(subrequest::lint(&result, &map, &warnings)),
        Some(Subrequest::Other) => Ok(subrequest::translated(result, &map)),
        Some(Subrequest::Llb) => llb(result, &map),
        _ => {
            relocate(bridge, environment, &mut result, &map).await;
            Ok(result)
        }
    }
}

async fn dockerfile_frontend(
    bridge: &Bridge,
    options: HashMap<String, String>,
    inputs: HashMap<String, Vec<u8>>,
) -> Result<BuildResult, Failure> {
    bridge.solve_with(DOCKERFILE_FRONTEND, options, inputs).await.map_err(|status| {
        if status.message().contains("invalid frontend: dockerfile.v0") {
            return Failure::new(
                "this BuildKit has its built-in Dockerfile frontend switched off, and mopy builds with it; \
                 allow `[frontend.\"dockerfile.v0\"]` in buildkitd.toml",
            );
        }
        status.into()
    })
}

/// The questions that can be asked, which are the same for every Mopyfile.
async fn describe(bridge: &Bridge, environment: &Environment) -> Result<BuildResult, Failure> {
    let inputs = nested_inputs(HashMap::new(), None, &[("Dockerfile".to_owned(), b"FROM scratch\n".as_slice())].into());
    let options = environment.nested("Dockerfile", Some(""), environment.option("requestid"));
    let answer = dockerfile_frontend(bridge, options, inputs).await?;
    Ok(subrequest::describe(&answer))
}

/// The LLB of the first platform.
fn llb(mut result: BuildResult, map: &SourceMap<'_>) -> Result<BuildResult, Failure> {
    let encoded = result.refs_mut().into_iter().find_map(|one| one.definition.take());
    let encoded = encoded.ok_or_else(|| Failure::new("this BuildKit does not give out the LLB of a build"))?;
    Ok(subrequest::llb(map.definition(&encoded).unwrap_or(encoded)))
}

/// Makes the steps of a build point at the Mopyfile. They run when this process is gone, and what a
/// failing one is shown with is part of its definition, so that is what is translated.
async fn relocate(bridge: &Bridge, environment: &Environment, result: &mut BuildResult, map: &SourceMap<'_>) {
    for one in result.refs_mut().into_iter().filter(|one| !one.id.is_empty()) {
        let translated = one.definition.as_deref().and_then(|encoded| map.definition(encoded));
        let Some(definition) = translated.filter(|definition| definition.len() < REQUEST_LIMIT) else {
            continue;
        };
        // without it, a failing step is shown with the generated Dockerfile: not as good, and not wrong
        if let Ok(solved) = bridge.solve(definition, environment.cache_imports()).await
            && !solved.first_id().is_empty()
        {
            solved.first_id().clone_into(&mut one.id);
        }
    }
}
