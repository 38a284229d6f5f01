//! The options of a build, on their way to the Dockerfile frontend.

use crate::MOPYFILE;
use crate::gateway::{Gateway, log};

/// An option's value on the way in, and on the way out.
const TABLE: &[(&str, Option<&str>, Option<&str>)] = &[
    ("filename", Some("Mopyfile.yaml"), Some("Mopyfile.yaml.Dockerfile")),
    ("cmdline", Some("cmdjulian/mopy:1"), Some("cmdjulian/mopy:1")),
    ("source", Some("cmdjulian/mopy:1"), None),
    ("mopy.nested", None, Some("1")),
    ("requestid", Some(""), None),
    ("dockerfilekey", None, None),
    ("build-arg:BUILDKIT_SYNTAX", Some("cmdjulian/mopy"), None),
    ("build-arg:BUILDKIT_DOCKERFILE_CHECK", Some("error=true"), Some("skip=all")),
    ("build-arg:HTTP_PROXY", Some("http://p=q"), Some("http://p=q")),
    ("build-arg:SOURCE_DATE_EPOCH", Some("0"), Some("0")),
    ("build-arg:EMPTY", Some(""), Some("")),
    ("target", Some("t"), Some("t")),
    ("platform", Some("linux/amd64"), Some("linux/amd64")),
    ("multi-platform", Some("true"), Some("true")),
    ("no-cache", Some(""), Some("")),
    ("label:a.b", Some("c"), Some("c")),
    ("add-hosts", Some("h=1.2.3.4"), Some("h=1.2.3.4")),
    ("force-network-mode", Some("host"), Some("host")),
    ("shm-size", Some("1"), Some("1")),
    ("ulimit", Some("nofile=1:2"), Some("nofile=1:2")),
    ("cgroup-parent", Some("c"), Some("c")),
    ("hostname", Some("h"), Some("h")),
    ("image-resolve-mode", Some("pull"), Some("pull")),
    ("cache-from", Some("a,b"), Some("a,b")),
    ("cache-imports", Some("[]"), Some("[]")),
    ("attest:sbom", Some("generator=x"), Some("generator=x")),
    ("attest:provenance", Some("mode=max"), Some("mode=max")),
    ("vcs:revision", Some("r"), Some("r")),
    ("context:name", Some("input:x"), Some("input:x")),
    ("input-metadata:x", Some("{}"), Some("{}")),
    ("local-sessionid:context", Some("s"), Some("s")),
    ("contextsubdir", Some("d"), Some("d")),
    ("frontend.caps", Some("moby.buildkit.frontend.inputs"), Some("moby.buildkit.frontend.inputs")),
    ("of-tomorrow", Some("x"), Some("x")),
];

#[tokio::test]
async fn forwarded_changed_and_removed() {
    let given: Vec<(&str, &str)> = TABLE.iter().filter_map(|(key, given, _)| Some((*key, (*given)?))).collect();
    let log = log(Gateway::with_file("Mopyfile.yaml", MOPYFILE), &given).await;
    let options = &log.nested[0].frontend_opt;
    for (key, _, expected) in TABLE {
        assert_eq!(options.get(*key).map(String::as_str), *expected, "{key}");
    }
    let expected = TABLE.iter().filter(|(_, _, expected)| expected.is_some()).count();
    assert_eq!(options.len(), expected, "nothing else is added");
}

#[tokio::test]
async fn no_frontend_of_its_own_can_be_started_by_the_text() {
    let log =
        log(Gateway::with_file("Mopyfile.yaml", MOPYFILE), &[("filename", "Mopyfile.yaml"), ("source", "m")]).await;
    assert_eq!(log.nested[0].frontend_opt["cmdline"], "m");
}
