//! The parameters of a build: environment variables, and the options to pass on to the Dockerfile frontend
//! (`frontend/gateway/gateway.go`, `frontend/dockerui/config.go`).

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;

use buildkit_proto::moby::buildkit::v1::frontend::CacheOptionsEntry;
use serde::Deserialize;
use serde_json::Value;

use crate::platform::{Platform, UnknownPlatform};

/// The option that marks a nested build, so that mopy is not started recursively.
const NESTED: &str = "mopy.nested";

/// Build arguments that Dockerfiles know without declaring them, in upper and lower case
/// (`frontend/dockerfile/docs/reference.md`, "Predefined ARGs").
const PREDEFINED: [&str; 5] = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/// Everything that BuildKit passes to a frontend.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The options of the build, such as `filename` and `build-arg:NAME`.
    pub options: BTreeMap<String, String>,
    /// The client's session, which provides its directories.
    pub session: String,
    /// The workers and their platforms, as JSON.
    pub workers: String,
}

impl Environment {
    /// Reads environment variables: `BUILDKIT_SESSION_ID`, `BUILDKIT_WORKERS`, and an option `key=value` in each
    /// `BUILDKIT_FRONTEND_OPT_…`. Others are ignored, and invalid UTF-8 is replaced.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            let value = value.to_string_lossy();
            match name.to_string_lossy().as_ref() {
                "BUILDKIT_SESSION_ID" => environment.session = value.into_owned(),
                "BUILDKIT_WORKERS" => environment.workers = value.into_owned(),
                name if name.starts_with("BUILDKIT_FRONTEND_OPT_") => {
                    let (key, value) = value.split_once('=').unwrap_or((&value, ""));
                    environment.options.insert(key.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        environment
    }

    /// The value of an option.
    pub(super) fn option(&self, key: &str) -> Option<&str> {
        self.options.get(key).map(String::as_str)
    }

    /// Whether mopy itself requested this build.
    pub(super) fn is_nested(&self) -> bool {
        self.options.contains_key(NESTED)
    }

    /// The option with the address of the build context.
    pub(super) fn context_key(&self) -> &str {
        self.option("contextkey").unwrap_or("context")
    }

    /// The session that provides the directory `name`.
    pub(super) fn session_of(&self, name: &str) -> &str {
        self.option(&format!("local-sessionid:{name}")).unwrap_or(&self.session)
    }

    /// The platforms to build for: those that were requested, or else that of the worker.
    ///
    /// # Errors
    ///
    /// The first platform that is not supported.
    pub(super) fn platforms(&self) -> Result<Vec<Platform>, UnknownPlatform> {
        match self.option("platform") {
            Some(list) if !list.is_empty() => Platform::list(list),
            _ => Ok(self.own_platform().into_iter().collect()),
        }
    }

    fn own_platform(&self) -> Option<Platform> {
        let workers: Value = serde_json::from_str(&self.workers).ok()?;
        let platform = &workers[0]["platforms"][0];
        let part = |key: &str| platform[key].as_str();
        let variant = part("variant").unwrap_or_default();
        let name = format!("{}/{}/{variant}", part("os")?, part("architecture")?);
        name.trim_end_matches('/').parse().ok()
    }

    /// The cache imports of the build.
    pub(super) fn cache_imports(&self) -> Vec<CacheOptionsEntry> {
        let listed: Vec<CacheImport> =
            self.option("cache-imports").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default();
        let listed = listed.into_iter().map(|entry| CacheOptionsEntry { r#type: entry.kind, attrs: entry.attrs });
        let from = self.option("cache-from").unwrap_or_default().split(',').filter(|image| !image.is_empty());
        let from = from.map(|image| CacheOptionsEntry {
            r#type: "registry".to_owned(),
            attrs: HashMap::from([("ref".to_owned(), image.to_owned())]),
        });
        listed.chain(from).collect()
    }

    /// Build arguments that the Dockerfile `text` does not use.
    pub(super) fn unread_arguments(&self, text: &str) -> Vec<&str> {
        let declared: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("ARG "))
            .flat_map(str::split_whitespace)
            .map(|word| word.split('=').next().unwrap_or(word))
            .collect();
        self.options
            .keys()
            .filter_map(|key| key.strip_prefix("build-arg:"))
            .filter(|name| !declared.contains(name) && !is_predefined(name))
            .collect()
    }

    /// The options for the Dockerfile frontend, which builds the file `filename`. A remote context is passed as an
    /// input with the name `remote`. `request` is the ID of a subrequest.
    pub(super) fn nested(
        &self,
        filename: &str,
        remote: Option<&str>,
        request: Option<&str>,
    ) -> BTreeMap<String, String> {
        let mut options = self.options.clone();
        let source = options.remove("source").unwrap_or_default();
        // with this option, `# syntax=` and the build argument do not start another frontend
        options.entry("cmdline".to_owned()).or_insert(source);
        options.remove("build-arg:BUILDKIT_SYNTAX");
        // it would make the frontend read the client's file instead of the input
        options.remove("dockerfilekey");
        options.insert("filename".to_owned(), filename.to_owned());
        options.insert(NESTED.to_owned(), "1".to_owned());
        options.remove("requestid");
        if let Some(request) = request {
            options.insert("requestid".to_owned(), request.to_owned());
        } else {
            // users cannot fix the findings in a generated file
            options.insert("build-arg:BUILDKIT_DOCKERFILE_CHECK".to_owned(), "skip=all".to_owned());
        }
        if let Some(remote) = remote {
            // inputs are ignored if there is an address
            options.remove(self.context_key());
            options.remove("contextkey");
            options.insert("input:context".to_owned(), remote.to_owned());
            if let Some(caps) = options.get_mut("frontend.caps") {
                let left: Vec<&str> = caps.split(',').filter(|cap| !cap.contains(".gitquerystring")).collect();
                *caps = left.join(",");
            }
        }
        options
    }
}

/// The values that Go reads as booleans (`strconv.ParseBool`), in build arguments and in the flags of mopy 1.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn is_predefined(name: &str) -> bool {
    let proxy = PREDEFINED.iter().any(|known| *known == name || known.to_ascii_lowercase() == name);
    proxy || name == "SOURCE_DATE_EPOCH" || name.starts_with("BUILDKIT_")
}

#[derive(Deserialize)]
struct CacheImport {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Attrs", default)]
    attrs: HashMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::Environment;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(variables.iter().map(|(name, value)| (name.into(), value.into())))
    }

    fn options(options: &[(&str, &str)]) -> Environment {
        let options = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Environment { options, ..Environment::default() }
    }

    #[test]
    fn variables() {
        let environment = environment(&[
            ("BUILDKIT_FRONTEND_OPT_0", "build-arg:A=b=c\nd"),
            ("BUILDKIT_FRONTEND_OPT_1", "no-cache="),
            ("BUILDKIT_FRONTEND_OPT_2", "odd"),
            ("BUILDKIT_SESSION_ID", "s"),
            ("PATH", "/bin"),
        ]);
        assert_eq!(environment.option("build-arg:A"), Some("b=c\nd"));
        assert_eq!(environment.option("no-cache"), Some(""));
        assert_eq!(environment.option("odd"), Some(""));
        assert_eq!((environment.options.len(), environment.session.as_str()), (3, "s"));
    }

    #[test]
    fn platforms_of_the_worker_and_of_the_build() {
        let mut environment = options(&[]);
        assert!(environment.platforms().unwrap().is_empty());
        environment.workers =
            r#"[{"id":"x","platforms":[{"architecture":"arm64","os":"linux"},{"architecture":"386","os":"linux"}]}]"#
                .into();
        assert_eq!(environment.platforms().unwrap()[0].to_string(), "linux/arm64");
        environment.options.insert("platform".into(), "linux/amd64,linux/386".into());
        assert_eq!(environment.platforms().unwrap().len(), 2);
        environment.options.insert("platform".into(), "plan9/amd64".into());
        assert!(environment.platforms().is_err());
    }

    #[test]
    fn arguments_that_nothing_reads() {
        let environment = options(&[
            ("build-arg:http_proxy", ""),
            ("build-arg:SOURCE_DATE_EPOCH", "0"),
            ("build-arg:BUILDKIT_INLINE_CACHE", "1"),
            ("build-arg:TARGETARCH", "amd64"),
            ("build-arg:A", "1"),
            ("build-arg:B", "1"),
        ]);
        assert_eq!(environment.unread_arguments("ARG TARGETARCH\nARG A=x C\nRUN B\n"), ["B"]);
    }

    #[test]
    fn caches() {
        let environment =
            options(&[("cache-imports", r#"[{"Type":"local","Attrs":{"src":"d"}}]"#), ("cache-from", "a,b")]);
        let kinds: Vec<_> = environment.cache_imports().into_iter().map(|entry| entry.r#type).collect();
        assert_eq!(kinds, ["local", "registry", "registry"]);
    }
}
