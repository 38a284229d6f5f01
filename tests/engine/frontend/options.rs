//! Options of a build arrive where they have an effect.

use std::fs;

use super::supply::scanner;
use super::{HELLO, build, build_and_run, fresh};
use crate::docker::{alone, context, docker, stand_in, steps};

/// A project that needs no network to be built, and whose package says what its build saw.
pub(crate) const PYPROJECT: &str = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\n[project]\nname = \"probe\"\nversion = \"1.0\"\n";

pub(crate) const BACKEND: &str = r#"
import json, os, resource, socket, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    facts = {
        "proxy": os.environ.get("http_proxy"),
        "hosts": open("/etc/hosts").read(),
        "hostname": socket.gethostname(),
        "network": sorted(os.listdir("/sys/class/net")),
        "shm": os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize,
        "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    }
    name = "probe-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.writestr("probe.py", f"FACTS = {facts!r}\n")
        wheel.writestr("probe-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n")
        wheel.writestr("probe-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("probe-1.0.dist-info/RECORD", "")
    return name
"#;

const PROBE: &str = "#syntax=cmdjulian/mopy\npython: 3.13\ninstaller: pip\npip: [./probe/]\ncommand: [python, -c, 'import json, probe; print(json.dumps(probe.FACTS))']\n";

fn probe() -> tempfile::TempDir {
    context(&[("Mopyfile.yaml", PROBE), ("probe/pyproject.toml", PYPROJECT), ("probe/backend.py", BACKEND)])
}

type Seen = fn(&serde_json::Value) -> bool;

/// What is given to `docker build`, and how its effect shows in the facts or the image.
const TABLE: &[(&str, Seen)] = &[
    ("--build-arg=HTTP_PROXY=http://proxy.example.org:3128", |seen| seen["proxy"] == "http://proxy.example.org:3128"),
    ("--build-arg=BUILDKIT_SANDBOX_HOSTNAME=builder", |seen| seen["hostname"] == "builder"),
    ("--build-arg=SOURCE_DATE_EPOCH=1700000000", |seen| seen["created"] == "2023-11-14T22:13:20Z"),
    ("--add-host=packages.example.org:192.0.2.7", |seen| {
        seen["hosts"].as_str().is_some_and(|hosts| hosts.contains("192.0.2.7\tpackages.example.org"))
    }),
    ("--network=none", |seen| seen["network"] == serde_json::json!(["lo"])),
    ("--shm-size=16m", |seen| seen["shm"] == 16 << 20),
    ("--ulimit=nofile=1234:1234", |seen| seen["files"] == 1234),
    ("--label=com.example.option=given", |seen| seen["labels"]["com.example.option"] == "given"),
    ("--platform=linux/amd64", |seen| seen["architecture"] == "amd64"),
    // its own effect is that all of the others are seen although they are not part of cache keys
    ("--no-cache", |seen| seen["proxy"] != serde_json::Value::Null),
];

fn seen(options: &[&str]) -> serde_json::Value {
    let directory = probe();
    let printed = build_and_run("options", directory.path(), options);
    let mut seen: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let inspected = docker(&["image", "inspect", "mopy-test/options"]).expect().stdout;
    let inspected: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    seen["created"] = inspected[0]["Created"].clone();
    seen["labels"] = inspected[0]["Config"]["Labels"].clone();
    seen["architecture"] = inspected[0]["Architecture"].clone();
    seen
}

#[test]
#[ignore = "needs an engine"]
fn options_have_their_effect() {
    let options: Vec<&str> = TABLE.iter().map(|(option, _)| *option).collect();
    let with = seen(&options);
    let without = seen(&["--no-cache"]);
    for (option, effect) in TABLE {
        assert!(effect(&with), "{option}: {with}");
        let always = ["--platform=linux/amd64"].contains(option);
        assert!(always || !effect(&without), "{option} changes nothing: {without}");
    }
}

#[test]
#[ignore = "needs an engine"]
fn a_target_is_one_of_the_stages() {
    let directory = context(&[("Mopyfile.yaml", HELLO), ("hello.py", "")]);
    let file = directory.path().join("Mopyfile.yaml");
    let options = ["-t", "mopy-test/target", "--load", "--target=interpreter", "-f", file.to_str().unwrap()];
    build(&[&options[..], &[directory.path().to_str().unwrap()]].concat(), b"").expect();
    assert!(docker(&["run", "--rm", "mopy-test/target", "gcc", "--version"]).expect().stdout.contains("gcc"));
    let wrong = build(&["--target=nonsense", "-f", file.to_str().unwrap(), directory.path().to_str().unwrap()], b"");
    assert!(!wrong.success && wrong.stderr.contains("nonsense"), "{}", wrong.stderr);
}

#[test]
#[ignore = "needs an engine"]
fn without_cache_everything_runs_again() {
    // steps that run in two builds at a time run once, so no other test uses this version
    let directory = context(&[("Mopyfile.yaml", &HELLO.replace("3.13", "3.14")), ("hello.py", "")]);
    let path = directory.path().to_str().unwrap();
    let file = format!("{path}/Mopyfile.yaml");
    let runs = |options: &[&str]| {
        let printed = build(&[options, &["--output=type=cacheonly", "-f", &file, path]].concat(), b"").expect();
        let did = ["compile the standard library", "collect the shared libraries"];
        fresh(&printed).iter().filter(|step| did.iter().any(|title| step.name.ends_with(title))).count()
    };
    runs(&[]);
    assert_eq!(runs(&[]), 0);
    assert_eq!(runs(&["--no-cache"]), 2);
    assert_eq!(runs(&["--no-cache-filter=interpreter"]), 1);
}

#[test]
#[ignore = "needs an engine"]
fn caches_are_exported_and_imported() {
    let directory = context(&[("Mopyfile.yaml", HELLO), ("hello.py", "")]);
    let cache = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let file = format!("{path}/Mopyfile.yaml");
    let to = format!("--cache-to=type=local,mode=max,dest={}", cache.path().display());
    build(&[&to, "--output=type=cacheonly", "-f", &file, path], b"").expect();
    assert!(cache.path().join("index.json").exists());
    let from = format!("--cache-from=type=local,src={}", cache.path().display());
    let printed = build(&[&from, "--output=type=cacheonly", "-f", &file, path], b"").expect().stderr;
    assert!(printed.contains("importing cache manifest from local"), "{printed}");
}

#[test]
#[ignore = "needs an engine"]
fn named_contexts_replace_base_images() {
    let directory = context(&[("Mopyfile.yaml", HELLO), ("hello.py", "import os; print(os.path.exists('/bin/sh'))")]);
    let plain = build_and_run("named-plain", directory.path(), &[]);
    let other = "--build-context=gcr.io/distroless/cc-debian13:nonroot=docker-image://python:3.13-slim-trixie";
    let replaced = build_and_run("named-image", directory.path(), &[other]);
    assert_eq!((plain.as_str(), replaced.as_str()), ("False", "True"));
}

#[test]
#[ignore = "needs an engine"]
fn files_are_ignored() {
    let list = "#syntax=cmdjulian/mopy\npython: 3.13\nproject: app\n";
    let directory = context(&[
        ("Mopyfile.yaml", list),
        ("app/main.py", "import os; print(sorted(os.listdir('.')))"),
        ("app/one", ""),
        ("app/two", ""),
        (".dockerignore", "app/one\n"),
    ]);
    assert_eq!(build_and_run("ignore-shared", directory.path(), &[]), "['main.py', 'two']");
    fs::write(directory.path().join("Mopyfile.yaml.dockerignore"), "app/two\n").unwrap();
    assert_eq!(build_and_run("ignore-own", directory.path(), &[]), "['main.py', 'one']");
}

#[test]
#[ignore = "needs an engine"]
fn an_argument_that_nothing_reads_is_a_warning() {
    let directory = context(&[("Mopyfile.yaml", HELLO), ("hello.py", "")]);
    let path = directory.path().to_str().unwrap();
    let file = format!("{path}/Mopyfile.yaml");
    let printed =
        |argument: &str| build(&[argument, "--output=type=cacheonly", "-f", &file, path], b"").expect().stderr;
    let warned = printed("--build-arg=NONSENSE=x");
    assert!(warned.contains("NONSENSE") && warned.contains("warning"), "{warned}");
    assert!(!printed("--build-arg=NO_PROXY=x").contains("warning"));
}

#[test]
#[ignore = "needs an engine"]
fn warnings_of_the_mopyfile_are_shown() {
    let text = "#syntax=cmdjulian/mopy\npython: 3.9.2\nenvs: {API_TOKEN: x}\n";
    let directory = context(&[("Mopyfile.yaml", text)]);
    let path = directory.path().to_str().unwrap();
    let printed =
        build(&["--output=type=cacheonly", "-f", &format!("{path}/Mopyfile.yaml"), path], b"").expect().stderr;
    for words in ["eol-python", "secret-environment", "2 warnings found"] {
        assert!(printed.contains(words), "{words}: {printed}");
    }
}

/// Steps are called by what they do, which is so where a build's definition is translated.
#[track_caller]
fn named(printed: &str) {
    let steps = steps(printed);
    assert!(steps.iter().any(|step| step.name.ends_with("] compile the standard library")), "{printed}");
    let shell = steps.iter().find(|step| step.name.contains("] RUN ") || step.name.contains("] COPY "));
    assert!(shell.is_none(), "{shell:?}");
}

/// Base images for two platforms, both with the files that run on this machine.
pub(super) fn for_two_platforms(platforms: &str) -> Vec<String> {
    let text = |image| format!("FROM --platform=linux/amd64 {image}\nARG TARGETARCH\nENV TARGETARCH=$TARGETARCH\n");
    let build = |image| stand_in(platforms, &text(image), &[image]);
    ["python:3.13-trixie", "debian:trixie-slim"].into_iter().flat_map(build).collect()
}

#[test]
#[ignore = "needs an engine"]
fn steps_are_named_whatever_the_options() {
    let directory = context(&[("Mopyfile.yaml", HELLO), ("hello.py", "")]);
    let path = directory.path().to_str().unwrap();
    let file = format!("{path}/Mopyfile.yaml");
    let printed = |options: &[&str]| {
        let all = [options, &["--output=type=cacheonly", "-f", &file, path]].concat();
        build(&all, b"").expect().stderr
    };
    let platforms = "linux/amd64,linux/386";
    let contexts = for_two_platforms(platforms);
    let from = tempfile::tempdir().unwrap();
    let to = format!("--cache-to=type=local,mode=max,dest={}", from.path().display());
    let from = format!("--cache-from=type=local,src={}", from.path().display());
    let scanner = scanner();
    // a step that another build runs at the same time has the name that it has there
    alone(|| {
        named(&printed(&["--no-cache", &to]));
        named(&printed(&[&from]));
        named(&printed(&["--no-cache", &scanner]));
        let two = printed(&["--no-cache", "--platform", platforms, &contexts[0], &contexts[1]]);
        named(&two);
        assert!(two.contains("[linux/386 final 1/"), "{two}");
    });
}

#[test]
#[ignore = "needs an engine"]
fn calls_are_answered() {
    let directory = context(&[("Mopyfile.yaml", HELLO), ("hello.py", "print(1)")]);
    let path = directory.path().to_str().unwrap();
    let file = format!("{path}/Mopyfile.yaml");
    let call = |name: &str| build(&[&format!("--call={name}"), "-f", &file, path], b"").expect().stdout;
    assert_eq!(call("mopy.dockerfile"), crate::docker::dockerfile(HELLO));
    assert!(call("targets").contains("interpreter"));
    assert!(call("outline").contains("final"), "{}", call("outline"));
    let described = call("subrequests.describe");
    for name in ["outline", "targets", "lint", "mopy.dockerfile"] {
        assert!(described.contains(name), "{described}");
    }
    assert!(call("check").contains("no warnings found"));
    fs::write(&file, HELLO.replace("3.13", "3.9.2")).unwrap();
    let checked = build(&["--check", "-f", &file, path], b"");
    assert!(!checked.success && checked.stdout.contains("eol-python"), "{}{}", checked.stdout, checked.stderr);
}
