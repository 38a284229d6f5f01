//! Where BuildKit is: `BUILDKIT_HOST` as buildctl has it, else what the command `docker` talks to
//! (docker/cli: `cli/command/cli.go`, `cli/context/store`).

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

use super::{Error, digest};
use crate::docker_config;
use crate::source::reason;

/// Where Docker listens unless it is told otherwise.
const DOCKER: &str = "unix:///var/run/docker.sock";

/// The name of the context without settings.
const DEFAULT_CONTEXT: &str = "default";

/// An engine's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub(super) engine: Engine,
    pub(super) address: Address,
    text: String,
}

/// Who listens at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    /// `buildkitd`
    BuildKit,
    /// `dockerd`, which has BuildKit behind upgrades of HTTP
    Docker,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
}

impl Endpoint {
    /// The endpoint that environment variables, of which `variable` gives the values, and the configuration of
    /// Docker's command line name.
    ///
    /// # Errors
    ///
    /// An address that this client has no way to, or a configuration that cannot be read.
    pub fn find(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let given = |name| variable(name).filter(|value| !value.is_empty());
        if let Some(host) = given("BUILDKIT_HOST") {
            return Self::parse(Engine::BuildKit, &host, "`BUILDKIT_HOST`");
        }
        let tls = given("DOCKER_TLS_VERIFY").or_else(|| given("DOCKER_TLS")).is_some();
        if let Some(host) = given("DOCKER_HOST") {
            let endpoint = Self::parse(Engine::Docker, &host, "`DOCKER_HOST`")?;
            return if tls { endpoint.without_tls("`DOCKER_HOST`") } else { Ok(endpoint) };
        }
        let Some(directory) = docker_config::directory(&variable) else {
            return Self::parse(Engine::Docker, DOCKER, "the default");
        };
        let context = match given("DOCKER_CONTEXT") {
            Some(context) => context,
            None => current_context(&directory.join(docker_config::FILE))?,
        };
        if context.is_empty() || context == DEFAULT_CONTEXT {
            return Self::parse(Engine::Docker, DOCKER, "the default");
        }
        Self::of_context(&directory.join("contexts"), &context)
    }

    /// Whether it is Docker's engine, whose builds prefer the images in its own store.
    #[must_use]
    pub fn is_docker(&self) -> bool {
        self.engine == Engine::Docker
    }

    /// The endpoint of a context of Docker's command line, whose files are in `contexts`.
    fn of_context(contexts: &Path, name: &str) -> Result<Self, Error> {
        let id = digest(name);
        let file = contexts.join("meta").join(&id).join("meta.json");
        let wrong = |reason: String| {
            Error::Address(format!("the Docker context `{name}` cannot be used: `{}`: {reason}", file.display()))
        };
        let json = fs::read(&file).map_err(|error| wrong(reason(&error)))?;
        let meta: Meta = serde_json::from_slice(&json).map_err(|error| wrong(error.to_string()))?;
        let what = format!("the Docker context `{name}`");
        let endpoint = Self::parse(Engine::Docker, &meta.endpoints.docker.host, &what)?;
        let has_certificates = contexts.join("tls").join(id).join("docker").is_dir();
        if has_certificates { endpoint.without_tls(&what) } else { Ok(endpoint) }
    }

    fn parse(engine: Engine, text: &str, what: &str) -> Result<Self, Error> {
        let unsupported = |reason: &str| {
            Error::Address(format!(
                "{what} names `{text}`, {reason}; write `unix:///path/of/its.sock` or `tcp://host:port`"
            ))
        };
        let address = match text.split_once("://") {
            Some(("unix", path)) if path.starts_with('/') => Address::Unix(path.into()),
            Some(("unix", _)) => return Err(unsupported("which is no absolute path")),
            Some(("tcp", _)) => {
                let url = Url::parse(text).map_err(|_| unsupported("which is no address"))?;
                match (url.host_str(), url.port()) {
                    (Some(host), Some(port)) => Address::Tcp(format!("{host}:{port}")),
                    _ => return Err(unsupported("which has no host and port")),
                }
            }
            _ => return Err(unsupported("and there is no way to it from here")),
        };
        Ok(Self { engine, address, text: text.to_owned() })
    }

    fn without_tls(self, what: &str) -> Result<Self, Error> {
        match self.address {
            // as for the command `docker`, a socket of the machine has none
            Address::Unix(_) => Ok(self),
            Address::Tcp(_) => Err(Error::Address(format!(
                "{what} names `{}` with TLS, which mopy does not speak; use a socket on this machine, such as one \
                 that `ssh -L` forwards",
                self.text
            ))),
        }
    }
}

/// The address as it was given.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.text)
    }
}

/// The name of the context that the file `config` sets; empty where it sets none.
fn current_context(config: &Path) -> Result<String, Error> {
    let wrong = |reason: String| Error::Address(format!("cannot read `{}`: {reason}", config.display()));
    let json = match fs::read(config) {
        Ok(json) => json,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(wrong(reason(&error))),
    };
    let config: Config = serde_json::from_slice(&json).map_err(|error| wrong(error.to_string()))?;
    Ok(config.current_context)
}

#[derive(Deserialize)]
struct Config {
    #[serde(rename = "currentContext", default)]
    current_context: String,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "Endpoints")]
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    docker: DockerEndpoint,
}

#[derive(Deserialize)]
struct DockerEndpoint {
    #[serde(rename = "Host")]
    host: String,
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Address, Endpoint, Engine, Error, digest};

    fn find(variables: &[(&str, &str)]) -> Result<Endpoint, String> {
        let value = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Endpoint::find(value).map_err(|error: Error| error.to_string())
    }

    fn found(variables: &[(&str, &str)]) -> (Engine, Address) {
        let endpoint = find(variables).unwrap();
        (endpoint.engine, endpoint.address)
    }

    fn context(directory: &Path, name: &str, meta: &str) {
        let directory = directory.join("contexts/meta").join(digest(name));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("meta.json"), meta).unwrap();
    }

    #[test]
    fn variables_in_their_order() {
        let unix = |path: &str| Address::Unix(path.into());
        let docker = unix("/var/run/docker.sock");
        assert_eq!(found(&[]), (Engine::Docker, docker.clone()));
        assert_eq!(found(&[("DOCKER_HOST", ""), ("BUILDKIT_HOST", "")]), (Engine::Docker, docker.clone()));
        assert_eq!(found(&[("HOME", "/nowhere")]), (Engine::Docker, docker));
        let host = ("DOCKER_HOST", "tcp://engine:2375");
        assert_eq!(found(&[host]), (Engine::Docker, Address::Tcp("engine:2375".to_owned())));
        assert_eq!(found(&[host, ("DOCKER_CONTEXT", "c")]), found(&[host]));
        let buildkit = ("BUILDKIT_HOST", "unix:///run/buildkit/buildkitd.sock");
        assert_eq!(found(&[host, buildkit]), (Engine::BuildKit, unix("/run/buildkit/buildkitd.sock")));
        let six = find(&[("BUILDKIT_HOST", "tcp://[::1]:1234")]).unwrap();
        assert_eq!(six.address, Address::Tcp("[::1]:1234".to_owned()));
        assert_eq!(six.to_string(), "`tcp://[::1]:1234`");
    }

    #[test]
    fn addresses_without_a_way_to_them() {
        for address in
            ["docker-container://x", "ssh://host", "unix://relative", "tcp://host", "host:1234", "npipe:////./x"]
        {
            let wrong = find(&[("BUILDKIT_HOST", address)]).unwrap_err();
            assert!(wrong.contains(&format!("`BUILDKIT_HOST` names `{address}`")), "{wrong}");
            assert!(wrong.contains("unix:///"), "{wrong}");
        }
        let tls = ("DOCKER_TLS_VERIFY", "1");
        assert!(find(&[tls, ("DOCKER_HOST", "tcp://h:2376")]).unwrap_err().contains("TLS"));
        assert!(find(&[tls, ("DOCKER_HOST", "unix:///s")]).is_ok());
    }

    #[test]
    fn contexts_of_docker() {
        let directory = tempfile::tempdir().unwrap();
        let config = ("DOCKER_CONFIG", directory.path().to_str().unwrap());
        fs::write(directory.path().join("config.json"), r#"{"currentContext":"mine"}"#).unwrap();
        let missing = find(&[config]).unwrap_err();
        assert!(missing.contains("the Docker context `mine` cannot be used"), "{missing}");
        assert!(missing.contains("no such file"), "{missing}");
        context(directory.path(), "mine", r#"{"Name":"mine","Endpoints":{"docker":{"Host":"unix:///m.sock"}}}"#);
        context(directory.path(), "far", r#"{"Endpoints":{"docker":{"Host":"ssh://me@far"}}}"#);
        context(directory.path(), "odd", "{}");
        assert_eq!(found(&[config]).1, Address::Unix("/m.sock".into()));
        assert_eq!(found(&[config, ("DOCKER_CONTEXT", "default")]).1, Address::Unix("/var/run/docker.sock".into()));
        let far = find(&[config, ("DOCKER_CONTEXT", "far")]).unwrap_err();
        assert!(far.contains("the Docker context `far` names `ssh://me@far`"), "{far}");
        assert!(find(&[config, ("DOCKER_CONTEXT", "odd")]).unwrap_err().contains("missing field"));
        fs::write(directory.path().join("config.json"), "{").unwrap();
        assert!(find(&[config]).unwrap_err().contains("config.json"));
        // the home's directory is used the same way
        let home = directory.path().join("home");
        fs::create_dir_all(home.join(".docker")).unwrap();
        context(&home.join(".docker"), "tls", r#"{"Endpoints":{"docker":{"Host":"tcp://h:2376"}}}"#);
        let home = ("HOME", home.to_str().unwrap());
        assert!(find(&[home, ("DOCKER_CONTEXT", "tls")]).is_ok());
        fs::create_dir_all(Path::new(home.1).join(".docker/contexts/tls").join(digest("tls")).join("docker")).unwrap();
        assert!(find(&[home, ("DOCKER_CONTEXT", "tls")]).unwrap_err().contains("TLS"));
    }
}
