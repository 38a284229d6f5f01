//! `mopy lock` against a registry on this machine: what is kept, what is renewed, and what errors leave alone.
#![allow(clippy::unwrap_used, clippy::panic)] // a test may end in a panic

mod registry;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use registry::{Registry, digest};
use serde_json::Value;
use tempfile::TempDir;

const MOPYFILE: &str = "python: 3\npip: [six]\n";
const PYTHON: &str = "library/python";
const DISTROLESS: &str = "distroless/cc-debian13";
const BOTH: [&str; 2] = ["linux/amd64", "linux/arm64/v8"];

/// A Mopyfile and the registry that its base images are in.
struct Place {
    directory: TempDir,
    registry: Registry,
}

impl Place {
    fn new(mopyfile: &str) -> Self {
        let place = Self { directory: tempfile::tempdir().unwrap(), registry: Registry::start() };
        fs::write(place.path("Mopyfile.yaml"), mopyfile).unwrap();
        place.registry.push(DISTROLESS, "nonroot", &BOTH, "distroless");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The exit code, stdout and stderr of mopy.
    fn mopy(&self, line: &str) -> (i32, String, String) {
        self.mopy_with(&[], line)
    }

    /// The same, with some environment variables.
    fn mopy_with(&self, variables: &[(&str, &str)], line: &str) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mopy"));
        command.args(line.split_whitespace()).current_dir(self.directory.path()).env_clear();
        let output = command.env("DOCKER_CONFIG", self.directory.path()).envs(variables.iter().copied()).output();
        let output = output.unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.code().unwrap(), stdout, stderr)
    }

    /// `mopy lock` with this registry in the place of the others.
    fn lock(&self, options: &str) -> (i32, String) {
        let host = self.registry.host();
        let (code, stdout, stderr) =
            self.mopy(&format!("lock --mirror docker.io={host} --mirror gcr.io={host} {options}"));
        assert_eq!(stdout, "");
        (code, stderr)
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path("Mopyfile.yaml.lock")).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }

    /// The first instruction of the Dockerfile.
    fn from(&self) -> String {
        let (code, text, stderr) = self.mopy("transpile --locked");
        assert_eq!((code, stderr.as_str()), (0, ""));
        text.lines().find(|line| line.starts_with("FROM ")).unwrap().to_owned()
    }
}

#[test]
fn tags_that_move_change_nothing_until_the_lock_is_renewed() {
    let place = Place::new(MOPYFILE);
    let first = place.registry.push(PYTHON, "3-trixie", &BOTH, "first");
    let (code, stderr) = place.lock("");
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr.ends_with(&format!("  python:3-trixie is {first}\n  uv is {}\n", mopy::plan::uv::VERSION)),
        "{stderr}"
    );
    let image = &place.json()["images"]["python:3-trixie"];
    assert_eq!(image["digest"], first.as_str());
    assert_eq!(image["platforms"]["linux/amd64"], digest(b"first linux/amd64").as_str());
    assert_eq!(image["platforms"]["linux/arm64"], digest(b"first linux/arm64/v8").as_str());
    assert_eq!(place.from(), format!("FROM python:3-trixie@{first} AS interpreter"));

    let second = place.registry.push(PYTHON, "3-trixie", &BOTH, "second");
    let before = place.text();
    place.registry.asked();
    assert_eq!(place.lock(""), (0, "Mopyfile.yaml.lock is up to date\n".to_owned()));
    assert_eq!((place.text(), place.registry.asked().len()), (before, 0), "nobody is asked for what is there");

    let (code, stderr) = place.lock("--upgrade");
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains(&format!("  python:3-trixie was {first}, is {second}\n")), "{stderr}");
    assert!(stderr.contains("  gcr.io/distroless/cc-debian13:nonroot stays sha256:"), "{stderr}");
    assert_eq!(place.from(), format!("FROM python:3-trixie@{second} AS interpreter"));
}

#[test]
fn what_is_missing_is_added_and_the_rest_stays() {
    let place = Place::new(MOPYFILE);
    let first = place.registry.push(PYTHON, "3-trixie", &BOTH, "first");
    assert_eq!(place.lock("--platform linux/amd64").0, 0);
    assert_eq!(place.json()["images"]["python:3-trixie"]["platforms"].as_object().unwrap().len(), 1);
    let (code, _, stderr) = place.mopy("transpile --platform linux/amd64,linux/arm64 --locked");
    assert_eq!(code, 1);
    assert!(stderr.contains("warning[stale-lock]: the lock lacks `python:3-trixie` for linux/arm64, "), "{stderr}");
    assert!(stderr.contains("= help: run `mopy lock --platform linux/amd64,linux/arm64`"), "{stderr}");

    // the tag has moved, and the other platform comes from what is locked
    place.registry.push(PYTHON, "3-trixie", &BOTH, "second");
    assert_eq!(place.lock("--platform linux/amd64,linux/arm64").0, 0);
    let image = &place.json()["images"]["python:3-trixie"];
    assert_eq!(image["digest"], first.as_str());
    assert_eq!(image["platforms"]["linux/arm64"], digest(b"first linux/arm64/v8").as_str());
    assert_eq!(place.mopy("transpile --platform linux/amd64,linux/arm64 --locked").0, 0);

    // another uv than the one that this mopy knows
    let text = place.text().replace(&mopy::plan::uv::VERSION.to_string(), "0.1.2");
    fs::write(place.path("Mopyfile.yaml.lock"), text).unwrap();
    fs::write(place.path("Mopyfile.yaml"), "python: 3.13\npip: [six]\n").unwrap();
    let (code, text, stderr) = place.mopy("transpile");
    assert!(code == 0 && stderr.contains("stale-lock") && text.contains("FROM python:3.13-trixie AS"), "{stderr}");
    assert_eq!(place.mopy("check --locked").0, 1);
    assert_eq!(place.mopy("check").0, 0);
    let other = place.registry.push_one(PYTHON, "3.13-trixie", ["linux", "amd64"]);
    place.registry.asked();
    let (code, stderr) = place.lock("");
    assert_eq!(code, 2, "what it was for is not lost without a word: {stderr}");
    assert!(stderr.contains("error: the image `python:3.13-trixie` is not there for linux/arm64\n"), "{stderr}");
    assert!(stderr.contains("help: leave it out: `--platform linux/amd64`\n"), "{stderr}");
    let by_digest = format!("/v2/library/python/manifests/{other}");
    assert!(place.registry.asked().contains(&by_digest), "the tag may move between two questions");
    let (code, stderr) = place.lock("--platform linux/amd64");
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.ends_with("  no longer for linux/arm64\n"), "{stderr}");
    let lock = place.json();
    assert_eq!(lock["images"]["python:3.13-trixie"]["digest"], other.as_str());
    assert_eq!(lock["images"].as_object().unwrap().len(), 2, "what is not needed any more is gone");
    assert_eq!(lock["uv"]["version"], "0.1.2", "it is renewed when asked for");
    assert_eq!(place.lock("--upgrade").0, 0);
    assert_eq!(place.json()["uv"]["version"], mopy::plan::uv::VERSION.to_string());
}

#[test]
fn platforms_that_one_image_lacks_are_left_out_of_all() {
    let place = Place::new(MOPYFILE);
    let first = place.registry.push(PYTHON, "3-trixie", &["linux/amd64/v3", "linux/amd64"], "first");
    let (code, stderr) = place.lock("");
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("  it is not there for linux/arm64,"), "{stderr}");
    assert!(stderr.contains("linux/s390x, which the lock leaves out\n"), "{stderr}");
    for image in place.json()["images"].as_object().unwrap().values() {
        assert_eq!(image["platforms"].as_object().unwrap().keys().collect::<Vec<_>>(), ["linux/amd64"]);
    }
    let python = place.json()["images"]["python:3-trixie"]["platforms"]["linux/amd64"].clone();
    assert_eq!(python, digest(b"first linux/amd64").as_str(), "not the one for newer CPUs");
    place.registry.asked();
    assert_eq!(place.lock("").1, "Mopyfile.yaml.lock is up to date\n");
    assert_eq!(place.registry.asked(), [""; 0]);
    let (code, _, stderr) = place.mopy("transpile --locked --platform linux/arm64");
    assert!(code == 1 && stderr.contains("run `mopy lock --platform linux/amd64,linux/arm64`"), "{stderr}");
    let (code, stderr) = place.lock("--platform linux/arm64");
    assert!(
        code == 2 && stderr.contains("help: name other platforms with `--platform`, or try `--upgrade`"),
        "{stderr}"
    );

    // what was locked is gone
    place.registry.clear();
    place.registry.push(DISTROLESS, "nonroot", &BOTH, "distroless");
    let second = place.registry.push(PYTHON, "3-trixie", &BOTH, "second");
    let (code, stderr) = place.lock("--platform linux/amd64,linux/arm64");
    assert!(code == 2 && stderr.contains("help: what is locked has left the registry"), "{stderr}");
    assert!(place.text().contains(&first));
    assert_eq!(place.lock("--upgrade --platform linux/amd64,linux/arm64").0, 0);
    assert!(place.text().contains(&second));
    place.registry.push(PYTHON, "3-trixie", &["linux/amd64"], "third");
    let (code, stderr) = place.lock("--upgrade");
    assert!(code == 2 && stderr.contains("is not there for linux/arm64\n"), "{stderr}");
    assert!(place.text().contains(&second));
}

#[test]
fn what_is_locked_is_insisted_on() {
    let place = Place::new(MOPYFILE);
    place.registry.push(PYTHON, "3-trixie", &BOTH, "python");
    assert_eq!(place.lock("").0, 0);
    // a comment silences the warning, and no more
    fs::write(place.path("Mopyfile.yaml"), "python: 3.12 # mopy: ignore=stale-lock\npip: [six]\n").unwrap();
    for line in ["transpile", "check"] {
        assert_eq!(place.mopy(line).0, 0, "{line}");
        let (code, _, stderr) = place.mopy(&format!("{line} --locked"));
        let refusal = "error: `--locked` wants a lock that has everything, and the lock lacks `python:3.12-trixie`\n";
        assert!(code == 1 && stderr.ends_with(&format!("{refusal}  help: run `mopy lock`\n")), "{line}: {stderr}");
    }
    // the advice is about this file
    fs::rename(place.path("Mopyfile.yaml"), place.path("shop.yaml")).unwrap();
    let without = place.mopy("transpile -f shop.yaml --locked").2;
    assert!(without.ends_with("help: write it: `mopy lock -f shop.yaml`\n"), "{without}");
    fs::rename(place.path("Mopyfile.yaml.lock"), place.path("shop.yaml.lock")).unwrap();
    let stale = place.mopy("transpile -f shop.yaml --locked").2;
    assert!(stale.ends_with("help: run `mopy lock -f shop.yaml`\n"), "{stale}");
}

#[test]
fn what_the_image_ends_in_depends_on_the_platforms() {
    let place = Place::new("python: 3\n");
    let platforms = ["linux/amd64", "linux/386", "linux/arm/v5"];
    place.registry.push(PYTHON, "3-trixie", &platforms, "python");
    place.registry.push(PYTHON, "3-slim-trixie", &platforms, "slim");
    let (code, stderr) = place.lock("--platform linux/amd64,linux/386,linux/arm/v6");
    assert_eq!(code, 0, "{stderr}");
    let lock = place.json();
    let names = |image: &str| lock["images"][image]["platforms"].as_object().map(|all| all.keys().cloned().collect());
    assert_eq!(names("gcr.io/distroless/cc-debian13:nonroot"), Some(vec!["linux/amd64".to_owned()]));
    let all = Some(["linux/386", "linux/amd64", "linux/arm/v6"].map(str::to_owned).to_vec());
    assert_eq!((names("python:3-slim-trixie"), names("python:3-trixie")), (all.clone(), all));
    assert_eq!(lock.get("uv"), None, "nothing is installed");
    for together in ["linux/amd64", "linux/386", "linux/amd64,linux/386"] {
        assert_eq!(place.mopy(&format!("transpile --locked --platform {together}")).0, 0, "{together}");
    }

    let (code, stderr) = place.lock("--platform linux/amd64,linux/s390x");
    assert!(code == 2 && stderr.contains("is not there for linux/s390x"), "{stderr}");
}

/// Each of them ends with a message, and leaves what was there.
#[test]
fn errors_leave_the_lock_as_it_was() {
    let place = Place::new(MOPYFILE);
    place.registry.push(PYTHON, "3-trixie", &BOTH, "first");
    assert_eq!(place.lock("").0, 0);
    let before = place.text();
    let fails = |line: &str, code: i32, messages: &[&str]| {
        let (ended, stdout, stderr) = place.mopy(line);
        assert_eq!((ended, stdout.as_str()), (code, ""), "{line}: {stderr}");
        for message in messages {
            assert!(stderr.contains(message), "{line}: {stderr}");
        }
        let mut names: Vec<_> = fs::read_dir(place.directory.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.retain(|name| name != "config.json");
        assert_eq!(names.len(), 2, "nothing is left over: {names:?}");
    };
    let host = place.registry.host();
    let upgrade = format!("lock --upgrade --mirror docker.io={host} --mirror gcr.io={host}");

    fails(
        "lock --upgrade --mirror docker.io=127.0.0.1:1 --mirror gcr.io=127.0.0.1:1",
        2,
        &["error: the registry `127.0.0.1:1` cannot be reached: connection refused\n", "help: "],
    );
    fails(
        &format!("lock --upgrade --mirror docker.io={host}/none --mirror gcr.io={host}"),
        2,
        &["error: there is no image `127.0.0.1:", "/none/library/python:3-trixie`\n"],
    );
    fails(
        &format!("lock --mirror gcr.oi={host}"),
        2,
        &["error: no base image comes from `gcr.oi`\n", "help: they come from `docker.io` and `gcr.io`\n"],
    );
    fails("lock --mirror docker.io", 2, &["a mirror is written as `REGISTRY=HOST`"]);
    fails("lock -f -", 2, &["a lock is a file beside the Mopyfile"]);

    place.registry.wants("YWRhOnMzY3IzdA==");
    fails(&upgrade, 2, &["wants credentials\n", &format!("help: run `docker login {host}`")]);
    let log_in = |auth: &str| {
        let config = format!("{{\"auths\": {{\"{host}\": {{\"auth\": \"{auth}\"}}}}}}");
        fs::write(place.path("config.json"), config).unwrap();
    };
    log_in("YWRhOndyb25n");
    fails(&upgrade, 2, &["refuses the credentials that `docker login` has kept\n"]);
    fs::write(place.path("config.json"), "{").unwrap();
    fails(&upgrade, 2, &["the credentials for the registry `127.0.0.1:", "cannot be read: "]);
    assert_eq!(place.text(), before);
    log_in("YWRhOnMzY3IzdA==");
    let (code, stderr) = place.lock("--upgrade");
    assert_eq!((code, stderr.ends_with("Mopyfile.yaml.lock is up to date\n")), (0, true), "{stderr}");
    let (code, _, stderr) = place.mopy_with(&[("http_proxy", "http://127.0.0.1:1")], &upgrade);
    assert_eq!(code, 0, "no proxy is asked for this machine: {stderr}");

    let broken = before.replace("\"digest\"", "\"digets\"");
    fs::write(place.path("Mopyfile.yaml.lock"), &broken).unwrap();
    for line in ["lock", "transpile", "check"] {
        fails(line, 1, &["error[broken-lock]: the lock `Mopyfile.yaml.lock` cannot be read: ", "help: "]);
    }
    assert_eq!(place.text(), broken);
    let (code, stderr) = place.lock("--upgrade");
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.ends_with("  the old one was broken, so this is for linux/amd64,linux/arm64\n"), "{stderr}");
    assert_eq!(place.text(), before);

    let newer = before.replace("\"version\": 1", "\"version\": 2");
    fs::write(place.path("Mopyfile.yaml.lock"), &newer).unwrap();
    for line in ["lock", &upgrade, "transpile", "check"] {
        fails(line, 1, &["cannot be read: a newer mopy has written it\n", "help: use that mopy, or a newer one\n"]);
    }
    assert_eq!(place.text(), newer);
    fs::write(place.path("Mopyfile.yaml.lock"), " ".repeat((1 << 20) + 1)).unwrap();
    for line in ["lock", "transpile", "check"] {
        fails(line, 2, &["error: cannot read `Mopyfile.yaml.lock`: it is too large\n"]);
    }

    fs::remove_file(place.path("Mopyfile.yaml.lock")).unwrap();
    #[cfg(unix)]
    for elsewhere in ["../lock", "nowhere", "/etc/passwd"] {
        std::os::unix::fs::symlink(elsewhere, place.path("Mopyfile.yaml.lock")).unwrap();
        for line in ["lock", "transpile", "check"] {
            fails(line, 2, &["error: `Mopyfile.yaml.lock` is a symbolic link to what a build is not sent\n"]);
        }
        fs::remove_file(place.path("Mopyfile.yaml.lock")).unwrap();
    }
    fs::write(place.path("other"), "").unwrap();
    for line in ["transpile --locked", "check --locked", "llb --locked"] {
        fails(line, 2, &["error: there is no lock `Mopyfile.yaml.lock`\n", "help: write it: `mopy lock`"]);
    }
}

#[cfg(target_os = "linux")] // others do not go by these variables
#[test]
fn a_machine_that_trusts_nobody() {
    let place = Place::new(MOPYFILE);
    let nowhere = [("SSL_CERT_FILE", "/nowhere"), ("SSL_CERT_DIR", "/nowhere")];
    let (code, _, stderr) = place.mopy_with(&nowhere, "lock");
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.contains("error: the registry `gcr.io` cannot be reached: ") && stderr.contains("no ca certificates")
    );
}
