//! What the tags of images name in their registries now, which `mopy lock` keeps.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufReader};
use std::str::FromStr;
use std::time::Duration;
use std::{env, fmt};

use docker_credential::{CredentialRetrievalError, DockerCredential};
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::errors::{OciDistributionError, OciErrorCode};
use oci_client::manifest::OciManifest;
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use serde::Deserialize;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use url::{Host, Url};

use crate::docker_config;
use crate::lock::{Digest, Image};
use crate::platform::Platform;
use crate::source::reason;

/// Docker's own registry, and what `docker login` keeps its credentials under (distribution/reference).
const DOCKER_HUB: &str = "docker.io";
const DOCKER_HUB_CREDENTIALS: &str = "https://index.docker.io/v1/";

/// How long a registry may be silent.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long it may take to say what an image is: some kilobytes.
const PATIENCE_IN_ALL: Duration = Duration::from_secs(60);

/// How much of what a registry says is shown.
const MOST_SAID: usize = 300;

/// A place that has the images of a registry, too: `docker.io=mirror.example.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    registry: String,
    /// A host, and perhaps a port and a path.
    place: String,
}

/// Registries, and the mirrors that are asked in their place.
pub struct Registries {
    mirrors: Vec<Mirror>,
}

/// Why an image is not known.
#[derive(Debug)]
pub enum RegistryError {
    /// The registry does not answer.
    Unreachable {
        /// Its host.
        host: String,
        /// What happened.
        reason: String,
    },
    /// The registry wants other credentials.
    Unauthorized {
        /// Its host.
        host: String,
        /// Whether some were given.
        given: bool,
    },
    /// The credentials that `docker login` has kept cannot be read.
    Credentials {
        /// The registry's host.
        host: String,
        /// What happened.
        reason: String,
    },
    /// The registry has no such image.
    Absent {
        /// The image, with its registry.
        image: String,
        /// Whether it is one that was locked.
        locked: bool,
    },
    /// The registry answers, but not with an image.
    Unusable {
        /// The image, with its registry.
        image: String,
        /// What it answers.
        reason: String,
    },
}

impl Mirror {
    /// The registry that it is a mirror of.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The image of this mirror that `image` is.
    fn of(&self, image: &Reference) -> Option<Reference> {
        if image.registry() != self.registry {
            return None;
        }
        let (host, path) = self.place.split_once('/').unwrap_or((&self.place, ""));
        let repository = [path, image.repository()].into_iter().filter(|part| !part.is_empty());
        let repository = repository.collect::<Vec<_>>().join("/");
        let tag = image.tag().unwrap_or("latest").to_owned();
        Some(Reference::with_tag(host.to_owned(), repository, tag))
    }
}

impl FromStr for Mirror {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let place = |text: &str| text.trim_end_matches('/').to_owned();
        match text.split_once('=') {
            Some((registry, mirror)) if mirror.contains("://") || registry.contains("://") => {
                Err("hosts are written without `https://`".to_owned())
            }
            Some((registry, mirror)) if is_place(&place(registry), false) && is_place(&place(mirror), true) => {
                Ok(Self { registry: registry.to_owned(), place: place(mirror) })
            }
            _ => Err(
                "a mirror is written as `REGISTRY=HOST`, such as `docker.io=mirror.example.com`; a host has a dot or \
                      a port, or is `localhost`"
                    .to_owned(),
            ),
        }
    }
}

/// Whether `text` is a host, perhaps with a port, and, where there may be one, a path.
fn is_place(text: &str, path: bool) -> bool {
    let host = text.split('/').next().unwrap_or_default();
    let Ok(image) = format!("{text}/of/image").parse::<Reference>() else { return false };
    image.registry() == host && image.digest().is_none() && (path || host == text)
}

/// The registry that an image is in, by its name and tag.
#[must_use]
pub fn registry_of(image: &str) -> Option<String> {
    Some(image.parse::<Reference>().ok()?.registry().to_owned())
}

impl Registries {
    /// Asks `mirrors` in the place of their registries.
    #[must_use]
    pub fn new(mirrors: Vec<Mirror>) -> Self {
        // it fails where one is chosen already, which is fine
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { mirrors }
    }

    /// The image `name`, a repository and its tag, or what of it has `digest`; for every platform that it is there for.
    ///
    /// # Errors
    ///
    /// The registry cannot be asked, or has no such image.
    pub async fn image(&self, name: &str, digest: Option<&Digest>) -> Result<Image, RegistryError> {
        let unusable = |reason: &str| RegistryError::Unusable { image: name.to_owned(), reason: reason.to_owned() };
        let asked = timeout(PATIENCE_IN_ALL, self.ask(name, digest)).await;
        asked.unwrap_or_else(|_| Err(unusable("it has not been told within a minute")))
    }

    async fn ask(&self, name: &str, digest: Option<&Digest>) -> Result<Image, RegistryError> {
        let unusable = |reason: String| RegistryError::Unusable { image: name.to_owned(), reason: said(&reason) };
        let image: Reference = name.parse().map_err(|error: oci_client::ParseError| unusable(error.to_string()))?;
        let mut image = self.mirrors.iter().find_map(|mirror| mirror.of(&image)).unwrap_or(image);
        if let Some(digest) = digest {
            image = image.clone_with_digest(digest.to_string());
        }
        let host = image.registry().to_owned();
        let asked = host.clone();
        // a helper of `docker login` may wait for somebody
        let auth = spawn_blocking(move || credentials(&asked)).await.map_err(|error| unusable(error.to_string()))??;
        let given = auth != RegistryAuth::Anonymous;
        let failed = |error: OciDistributionError| failed(error, &host, &image, given);
        let client = client(&host).map_err(&failed)?;
        let (manifest, found) = client.pull_manifest(&image, &auth).await.map_err(&failed)?;
        let known =
            |text: &str| Digest::parse(text).ok_or_else(|| unusable(format!("its digest is no SHA-256: `{text}`")));
        let found = known(&found)?;
        let mut platforms = BTreeMap::new();
        match manifest {
            OciManifest::ImageIndex(index) => {
                for entry in index.manifests {
                    if let Some(platform) = entry.platform.and_then(|platform| platform_of(&platform)) {
                        platforms.entry(platform).or_insert(known(&entry.digest)?);
                    }
                }
            }
            OciManifest::Image(_) => {
                // the tag may have moved since
                let image = image.clone_with_digest(found.to_string());
                let (_, _, config) = client.pull_manifest_and_config(&image, &auth).await.map_err(failed)?;
                let config: Config = serde_json::from_str(&config).map_err(|error| unusable(error.to_string()))?;
                if let Some(platform) = parsed(&config.os, &config.architecture, &config.variant) {
                    platforms.insert(platform, found.clone());
                }
            }
        }
        // Docker takes the image of arm/v5 where there is none for arm/v6 (containerd `platforms.Only`)
        if let (Some(v5), Some(v6)) = (parsed("linux", "arm", "v5"), parsed("linux", "arm", "v6"))
            && let Some(digest) = platforms.get(&v5).cloned()
        {
            platforms.entry(v6).or_insert(digest);
        }
        Ok(Image { digest: found, platforms })
    }
}

/// A client for the registry `host`; there is none where no certificates are trusted.
fn client(host: &str) -> Result<Client, OciDistributionError> {
    let is_loopback = is_loopback(host);
    Client::try_from(ClientConfig {
        protocol: if is_loopback { ClientProtocol::Http } else { ClientProtocol::Https },
        connect_timeout: Some(PATIENCE),
        read_timeout: Some(PATIENCE),
        // one that is never asked, as without any, those of the environment are asked for this machine, too
        http_proxy: is_loopback.then(|| "http://localhost".to_owned()),
        no_proxy: is_loopback.then(|| "localhost,127.0.0.0/8,::1".to_owned()),
        ..ClientConfig::default()
    })
}

/// What the configuration of an image says of its platform (opencontainers/image-spec `config.md`).
#[derive(Deserialize)]
struct Config {
    architecture: String,
    os: String,
    #[serde(default)]
    variant: String,
}

/// Whether the host of a registry, perhaps with a port, is this machine, which Docker asks without TLS, too.
fn is_loopback(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}")) else { return false };
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The platform that an index names, if it is one of the official images.
fn platform_of(platform: &oci_client::manifest::Platform) -> Option<Platform> {
    let variant = platform.variant.as_deref().unwrap_or_default();
    parsed(&platform.os.to_string(), &platform.architecture.to_string(), variant)
}

/// A platform of the official images; others are of no interest.
fn parsed(os: &str, architecture: &str, variant: &str) -> Option<Platform> {
    // images for newer CPUs alone; for `linux/amd64`, Docker takes none of them
    if architecture == "amd64" && !matches!(variant, "" | "v1") {
        return None;
    }
    let variant = if variant.is_empty() { String::new() } else { format!("/{variant}") };
    format!("{os}/{architecture}{variant}").parse().ok()
}

/// What `docker login` has kept for a registry.
fn credentials(host: &str) -> Result<RegistryAuth, RegistryError> {
    let failed = |reason: String| RegistryError::Credentials { host: host.to_owned(), reason };
    let server = if host == DOCKER_HUB { DOCKER_HUB_CREDENTIALS } else { host };
    let Some(directory) = docker_config::directory(|name| env::var(name).ok()) else {
        return Ok(RegistryAuth::Anonymous);
    };
    let file = directory.join(docker_config::FILE);
    let file = match File::open(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(RegistryAuth::Anonymous),
        opened => opened.map_err(|error| failed(format!("`{}`: {error}", file.display())))?,
    };
    match docker_credential::get_credential_from_reader(BufReader::new(file), server) {
        Ok(DockerCredential::UsernamePassword(user, password)) => Ok(RegistryAuth::Basic(user, password)),
        Ok(DockerCredential::IdentityToken(_)) => {
            Err(failed("they are an identity token, which mopy cannot use; log in with an access token".to_owned()))
        }
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(RegistryAuth::Anonymous),
        // a helper's word for a registry that it does not know (docker/docker-credential-helpers)
        Err(CredentialRetrievalError::HelperFailure { stdout, .. }) if stdout.contains("credentials not found") => {
            Ok(RegistryAuth::Anonymous)
        }
        // what the helper has printed may be a secret
        Err(CredentialRetrievalError::HelperFailure { helper, .. }) => Err(failed(format!("`{helper}` fails"))),
        Err(error) => Err(failed(said(&error.to_string()))),
    }
}

fn failed(error: OciDistributionError, host: &str, image: &Reference, given: bool) -> RegistryError {
    use OciDistributionError as Oci;
    let (host, locked, image) = (host.to_owned(), image.digest().is_some(), image.whole());
    let has = |error: &OciDistributionError, codes: &[OciErrorCode]| match error {
        Oci::RegistryError { envelope, .. } => envelope.errors.iter().any(|error| codes.contains(&error.code)),
        _ => false,
    };
    match error {
        Oci::RequestError(error) => RegistryError::Unreachable { host, reason: innermost(&error) },
        Oci::ImageManifestNotFoundError(_) => RegistryError::Absent { image, locked },
        Oci::ServerError { code: 404, .. } => RegistryError::Absent { image, locked },
        Oci::ServerError { code: 401 | 403, .. } | Oci::UnauthorizedError { .. } | Oci::AuthenticationFailure(_) => {
            RegistryError::Unauthorized { host, given }
        }
        error if has(&error, &[OciErrorCode::Unauthorized, OciErrorCode::Denied]) => {
            RegistryError::Unauthorized { host, given }
        }
        error if has(&error, &[OciErrorCode::ManifestUnknown, OciErrorCode::NameUnknown, OciErrorCode::NotFound]) => {
            RegistryError::Absent { image, locked }
        }
        Oci::ServerError { code, .. } => RegistryError::Unusable { image, reason: format!("status {code}") },
        error => RegistryError::Unusable { image, reason: said(&error.to_string()) },
    }
}

/// As much of a message as helps.
fn said(message: &str) -> String {
    message.to_lowercase().chars().take(MOST_SAID).collect()
}

/// The error that others were made of, which says most.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    reason(error)
}

impl RegistryError {
    /// What can be done about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Unreachable { .. } => {
                "look at the network, at HTTPS_PROXY and at the certificates that this machine trusts, or ask a mirror: \
                 `--mirror REGISTRY=HOST`"
                    .to_owned()
            }
            Self::Unauthorized { host, .. } => format!("run `docker login {host}`"),
            Self::Credentials { host, .. } => {
                format!("mend Docker's `config.json` or the helper that it names, or run `docker login {host}`")
            }
            Self::Absent { locked: true, .. } => {
                "what is locked has left the registry; take what is there now: `mopy lock --upgrade`".to_owned()
            }
            Self::Absent { locked: false, .. } => {
                "look whether there is a Python of that version, and whether a mirror has the image under that name"
                    .to_owned()
            }
            Self::Unusable { .. } => "try again later, or ask a mirror: `--mirror REGISTRY=HOST`".to_owned(),
        }
    }
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { host, reason } => write!(f, "the registry `{host}` cannot be reached: {reason}"),
            Self::Unauthorized { host, given: true } => {
                write!(f, "the registry `{host}` refuses the credentials that `docker login` has kept")
            }
            Self::Unauthorized { host, given: false } => write!(f, "the registry `{host}` wants credentials"),
            Self::Credentials { host, reason } => {
                write!(f, "the credentials for the registry `{host}` cannot be read: {reason}")
            }
            Self::Absent { image, .. } => write!(f, "there is no image `{image}`"),
            Self::Unusable { image, reason } => write!(f, "the registry gives no image for `{image}`: {reason}"),
        }
    }
}

impl Error for RegistryError {}

#[cfg(test)]
mod tests {
    use oci_client::Reference;

    use super::{Mirror, is_loopback};

    #[test]
    fn this_machine() {
        for host in ["localhost", "localhost:5000", "127.0.0.1:1", "127.1.2.3", "[::1]:5000"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["docker.io", "localhost.example.com", "127.example.com:5000", "10.0.0.1", "[::2]", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn mirrors() {
        let place = |mirror: &str, image: &str| {
            let mirror: Mirror = mirror.parse().unwrap();
            mirror.of(&image.parse::<Reference>().unwrap()).map(|image| image.whole())
        };
        let python = "python:3.13-trixie";
        let at = |place: &str| Some(place.to_owned());
        assert_eq!(place("docker.io=localhost:5000", python), at("localhost:5000/library/python:3.13-trixie"));
        assert_eq!(place("docker.io=h.io/hub/", python), at("h.io/hub/library/python:3.13-trixie"));
        let distroless = "distroless/cc-debian13:nonroot";
        assert_eq!(place("gcr.io=h:80", &format!("gcr.io/{distroless}")), at(&format!("h:80/{distroless}")));
        assert_eq!(place("gcr.io=h.io", python), None);
        for wrong in [
            "",
            "docker.io",
            "docker.io=",
            "=h.io",
            "docker.io=https://h.io",
            "docker.io=/",
            "docker.io=ada:secret@h.io",
            "docker.io=a b.io",
            "docker.io=h.io:99999/x?y",
            "docker.io=h.io/x#y",
            "docker.io=h.io/../x",
            "docker.io=h.io/x@sha256:y",
            "docker.io/library=h.io",
        ] {
            assert!(wrong.parse::<Mirror>().is_err(), "{wrong}");
        }
    }
}
