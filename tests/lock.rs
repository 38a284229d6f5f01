//! `mopy lock` with a Docker that these tests play: what is kept, what is updated, and what errors leave alone.
#![allow(clippy::unwrap_used, clippy::panic)] // a test may end in a panic
#![cfg(unix)] // the Docker is a script

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use mopy::lock::Digest;
use regex::{Captures, Regex};
use tempfile::TempDir;

const MOPYFILE: &str = "python: 3\npip: [six]\n";
const PYTHON: &str = "python:3-trixie";
const SLIM: &str = "debian:trixie-slim";
const DISTROLESS: &str = "gcr.io/distroless/cc-debian13:nonroot";

/// A directory with a Mopyfile, and one with a `docker` that knows images.
struct Place {
    directory: TempDir,
    docker: TempDir,
}

impl Place {
    /// One in whose registries the images of [`MOPYFILE`] are.
    fn new(mopyfile: &str) -> Self {
        let place = Self { directory: tempfile::tempdir().unwrap(), docker: tempfile::tempdir().unwrap() };
        fs::write(place.path("Mopyfile.yaml"), mopyfile).unwrap();
        let here = place.docker.path().display().to_string();
        let script = "#!/bin/sh\n\
            [ \"$1 $2 $3 $4 $5\" = 'buildx imagetools inspect --raw --' ] || exit 9\n\
            echo \"$6\" >> HERE/asked\n\
            [ -e \"HERE/${6##*/}\" ] || { /bin/cat HERE/error >&2; exit 1; }\n\
            exec /bin/cat \"HERE/${6##*/}\"\n";
        fs::write(place.docker.path().join("docker"), script.replace("HERE", &here)).unwrap();
        fs::set_permissions(place.docker.path().join("docker"), fs::Permissions::from_mode(0o755)).unwrap();
        place.fails_with("ERROR: docker.io/library/x: not found\n");
        for (image, digit) in [(PYTHON, '1'), (SLIM, '2'), (DISTROLESS, '3')] {
            place.push(image, digit);
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Makes the tag of an image name another one.
    fn push(&self, image: &str, digit: char) {
        fs::write(self.docker.path().join(image.rsplit('/').next().unwrap()), manifest(digit)).unwrap();
    }

    fn remove(&self, image: &str) {
        fs::remove_file(self.docker.path().join(image.rsplit('/').next().unwrap())).unwrap();
    }

    /// What Docker says of an image that it cannot find.
    fn fails_with(&self, stderr: &str) {
        fs::write(self.docker.path().join("error"), stderr).unwrap();
    }

    /// The images that Docker was asked for since the last time.
    fn asked(&self) -> Vec<String> {
        let file = self.docker.path().join("asked");
        let mut asked: Vec<String> = fs::read_to_string(&file).unwrap_or_default().lines().map(str::to_owned).collect();
        asked.sort();
        let _ = fs::remove_file(file);
        asked
    }

    /// The exit code, stdout and stderr of mopy.
    fn mopy(&self, line: &str) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mopy"));
        command.args(line.split_whitespace()).current_dir(self.directory.path()).env_clear();
        let output = command.env("PATH", self.docker.path()).output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.code().unwrap(), stdout, stderr)
    }

    fn lock(&self, options: &str) -> (i32, String) {
        let (code, stdout, stderr) = self.mopy(&format!("lock {options}"));
        assert_eq!(stdout, "");
        (code, stderr)
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path("Mopyfile.yaml.lock")).unwrap()
    }

    fn write(&self, text: &str) {
        fs::write(self.path("Mopyfile.yaml.lock"), text).unwrap();
    }

    /// The first instruction of the Dockerfile.
    fn from(&self) -> String {
        let (code, text, stderr) = self.mopy("transpile --locked");
        assert_eq!((code, stderr.as_str()), (0, ""));
        text.lines().find(|line| line.starts_with("FROM ")).unwrap().to_owned()
    }

    /// The files next to the Mopyfile.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// What a registry has for an image.
fn manifest(mark: char) -> String {
    format!("{{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"mark\":\"{mark}\"}}\n")
}

fn digest(mark: char) -> String {
    Digest::of(manifest(mark).as_bytes()).to_string()
}

fn line(image: &str, digit: char) -> String {
    format!("\n\"{image}\": \"{}\"\n", digest(digit))
}

#[test]
fn tags_that_move_change_nothing_until_the_lock_is_upgraded() {
    let place = Place::new(MOPYFILE);
    let (code, stderr) = place.lock("");
    assert_eq!(code, 0, "{stderr}");
    let version = mopy::plan::uv::VERSION;
    let wrote = format!(
        "wrote Mopyfile.yaml.lock\n  {SLIM} is {}\n  {DISTROLESS} is {}\n  {PYTHON} is {}\n  uv is {version}\n",
        digest('2'),
        digest('3'),
        digest('1')
    );
    assert_eq!(stderr, wrote);
    let text = place.text();
    for line in [line(PYTHON, '1'), line(SLIM, '2'), line(DISTROLESS, '3')] {
        assert!(text.contains(&line), "{text}");
    }
    assert!(text.contains(&format!("\nuv:\n  version: \"{version}\"\n  hashes:\n    - \"sha256:")), "{text}");
    assert_eq!(place.from(), format!("FROM {PYTHON}@{} AS interpreter", digest('1')));
    assert_eq!(place.asked(), [SLIM, DISTROLESS, PYTHON]);

    place.push(PYTHON, '4');
    assert_eq!(place.lock(""), (0, "Mopyfile.yaml.lock is up to date\n".to_owned()));
    assert_eq!((place.text(), place.asked()), (text, vec![]), "nothing is looked up");

    let (code, stderr) = place.lock("--upgrade");
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains(&format!("  {PYTHON} was {}, is now {}\n", digest('1'), digest('4'))), "{stderr}");
    assert!(stderr.contains(&format!("  {SLIM} is still {}\n", digest('2'))), "{stderr}");
    assert!(stderr.ends_with(&format!("  uv is still {version}\n")), "{stderr}");
    assert_eq!(place.from(), format!("FROM {PYTHON}@{} AS interpreter", digest('4')));
    assert_eq!(place.lock("--upgrade").1, "Mopyfile.yaml.lock is up to date\n");
    assert_eq!(place.names(), ["Mopyfile.yaml", "Mopyfile.yaml.lock"]);
}

#[test]
fn missing_entries_are_added_and_others_kept() {
    let place = Place::new(MOPYFILE);
    assert_eq!(place.lock("").0, 0);
    // another uv than the one that this mopy knows
    let current = mopy::plan::uv::VERSION.to_string();
    place.write(&place.text().replace(&current, "0.1.2"));
    fs::write(place.path("Mopyfile.yaml"), "python: 3.13\npip: [six]\n").unwrap();
    let (code, text, stderr) = place.mopy("transpile");
    assert!(code == 0 && stderr.contains("stale-lock") && text.contains("FROM python:3.13-trixie AS"), "{stderr}");
    assert_eq!(place.mopy("check --locked").0, 1);
    assert_eq!(place.mopy("check").0, 0);

    place.asked();
    place.push("python:3.13-trixie", '5');
    place.push(DISTROLESS, '7');
    let (code, stderr) = place.lock("");
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(place.asked(), ["python:3.13-trixie"]);
    assert!(stderr.contains(&format!("  {DISTROLESS} is still {}\n", digest('3'))), "{stderr}");
    assert!(stderr.ends_with(&format!("  uv is still 0.1.2\n  {PYTHON} is no longer needed\n")));
    let text = place.text();
    assert!(text.contains(&line("python:3.13-trixie", '5')) && !text.contains(PYTHON), "{text}");
    assert!(text.contains("version: \"0.1.2\""), "it is updated on request: {text}");
    assert_eq!(place.lock("--upgrade").0, 0);
    assert!(place.text().contains(&format!("version: \"{current}\"")));
    assert!(place.text().contains(&line(DISTROLESS, '7')));
}

#[test]
fn every_platform_is_locked() {
    let place = Place::new("python: 3\n");
    assert_eq!(place.lock("").0, 0);
    assert!(!place.text().contains("uv:"), "nothing is installed");
    for platform in ["linux/amd64", "linux/386", "linux/amd64,linux/386", "linux/arm/v5"] {
        let (code, text, stderr) = place.mopy(&format!("transpile --locked --platform {platform}"));
        assert_eq!((code, stderr.as_str()), (0, ""), "{platform}");
        assert!(
            text.lines()
                .filter(|line| ["FROM python:", "FROM debian:"].iter().any(|from| line.starts_with(from)))
                .all(|line| line.contains("@sha256:"))
        );
    }
    fs::write(place.path("Mopyfile.yaml"), "python: 3\nbase: slim\n").unwrap();
    assert_eq!(place.lock("").0, 0);
    assert!(!place.text().contains(DISTROLESS), "{}", place.text());
}

#[test]
fn locked_requires_a_complete_lock_file() {
    let place = Place::new(MOPYFILE);
    assert_eq!(place.lock("").0, 0);
    // a comment suppresses the warning, and no more
    fs::write(place.path("Mopyfile.yaml"), "python: 3.12 # mopy: ignore=stale-lock\npip: [six]\n").unwrap();
    for line in ["transpile", "check", "llb"] {
        let (code, _, stderr) = place.mopy(&format!("{line} --locked"));
        let refusal = "error: `--locked` requires a complete lock file, but the lock file does not contain `python:3.12-trixie`\n";
        assert!(code == 1 && stderr.ends_with(&format!("{refusal}  help: run `mopy lock`\n")), "{line}: {stderr}");
    }
    for line in ["transpile", "check"] {
        assert_eq!(place.mopy(line).0, 0, "{line}");
    }
    // the advice is about this file
    fs::rename(place.path("Mopyfile.yaml"), place.path("shop.yaml")).unwrap();
    let without = place.mopy("transpile -f shop.yaml --locked").2;
    assert!(without.ends_with("help: run `mopy lock -f shop.yaml`\n"), "{without}");
    fs::rename(place.path("Mopyfile.yaml.lock"), place.path("shop.yaml.lock")).unwrap();
    let stale = place.mopy("transpile -f shop.yaml --locked").2;
    assert!(stale.ends_with("help: run `mopy lock -f shop.yaml`\n"), "{stale}");
}

#[test]
fn a_lock_of_a_former_version_is_read_and_rewritten() {
    let place = Place::new(MOPYFILE);
    let image = format!("{{\"digest\": \"{}\", \"platforms\": {{\"linux/amd64\": \"{}\"}}}}", digest('a'), digest('b'));
    let uv = format!("{{\"version\": \"0.1.2\", \"hashes\": [\"{}\"]}}", digest('c'));
    let images = format!("{{\"{PYTHON}\": {image}, \"{DISTROLESS}\": {image}}}");
    place.write(&format!("{{\n  \"version\": 1,\n  \"images\": {images},\n  \"uv\": {uv}\n}}\n"));
    assert_eq!(place.from(), format!("FROM {PYTHON}@{} AS interpreter", digest('a')));
    let (code, stderr) = place.lock("");
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(place.asked(), [SLIM]);
    let text = place.text();
    assert!(text.starts_with("# ") && text.contains(&line(PYTHON, 'a')) && !text.contains(&digest('b')), "{text}");
    assert!(text.contains("version: \"0.1.2\"") && text.contains(&line(SLIM, '2')), "{text}");
    assert_eq!(place.from(), format!("FROM {PYTHON}@{} AS interpreter", digest('a')));
}

/// Each of them ends with a message, and leaves what was there.
#[test]
fn errors_leave_the_lock_as_it_was() {
    let place = Place::new(MOPYFILE);
    assert_eq!(place.lock("").0, 0);
    let before = place.text();
    let fails = |line: &str, code: i32, messages: &[&str]| {
        let (ended, stdout, stderr) = place.mopy(line);
        assert_eq!((ended, stdout.as_str()), (code, ""), "{line}: {stderr}");
        for message in messages {
            assert!(stderr.contains(message), "{line}: no `{message}` in {stderr}");
        }
        assert_eq!(place.names(), ["Mopyfile.yaml", "Mopyfile.yaml.lock"], "{line}: nothing is left over");
    };

    place.remove(PYTHON);
    let not_found = format!("error: cannot resolve `{PYTHON}`: docker.io/library/x: not found\n  help: check that ");
    fails("lock --upgrade", 2, &[&not_found]);
    place.push(PYTHON, '8');
    place.remove(DISTROLESS);
    place.fails_with("WARNING: x\nERROR: failed to authorize: 401 Unauthorized\n");
    let refused = format!("error: cannot resolve `{DISTROLESS}`: failed to authorize: 401 Unauthorized\n");
    fails("lock --upgrade", 2, &[&refused, "  help: log in to the registry: `docker login gcr.io`\n"]);
    place.fails_with("ERROR: dial tcp: \x1b[31mrefused\n\n");
    fails("lock --upgrade", 2, &["dial tcp:  [31mrefused\n  help: for details, run `docker buildx imagetools"]);
    place.fails_with("docker: unknown command: docker buildx\n\nRun 'docker --help' for more information\n");
    fails("lock --upgrade", 2, &["`: docker: unknown command: docker buildx\n  help: install Docker with Buildx"]);
    place.fails_with("");
    fails("lock --upgrade", 2, &["`: Docker gave no reason\n"]);
    fs::write(place.docker.path().join("cc-debian13:nonroot"), "latest").unwrap();
    fails("lock --upgrade", 2, &["`: Docker printed no manifest\n  help: update Docker"]);
    fs::rename(place.docker.path().join("docker"), place.docker.path().join("podman")).unwrap();
    fails("lock --upgrade", 2, &["error: `docker` is not installed\n  help: install Docker with Buildx: https://"]);
    fails("lock -f -", 2, &["from standard input\n  help: specify the file: `-f FILE`\n"]);
    assert_eq!(place.text(), before);
    assert_eq!(place.lock("").0, 0, "without Docker, when nothing is missing");
    fs::rename(place.docker.path().join("podman"), place.docker.path().join("docker")).unwrap();
    place.push(DISTROLESS, '3');
    place.push(PYTHON, '1');

    let broken = before.replace("sha256:", "sha256:x");
    place.write(&broken);
    for line in ["lock", "transpile", "check"] {
        fails(line, 1, &["error[broken-lock]: cannot read the lock file `Mopyfile.yaml.lock`: ", "help: "]);
    }
    assert_eq!(place.text(), broken);
    let (code, stderr) = place.lock("--upgrade");
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(place.text(), before);

    let newer = before.replace("version: 2", "version: 3");
    place.write(&newer);
    for line in ["lock", "lock --upgrade", "transpile", "check"] {
        fails(
            line,
            1,
            &[": it was written by a newer version of mopy\n", "help: use that version of mopy, or a newer one\n"],
        );
    }
    assert_eq!(place.text(), newer);
    place.write(&" ".repeat((1 << 20) + 1));
    for line in ["lock", "transpile", "check"] {
        fails(line, 2, &["error: cannot read `Mopyfile.yaml.lock`: it is too large\n"]);
    }
}

#[test]
fn a_lock_is_a_regular_file() {
    let place = Place::new(MOPYFILE);
    let file = place.path("Mopyfile.yaml.lock");
    fs::write(place.path("other"), "version: 2\n").unwrap();
    for target in ["other", "../lock", "nowhere", "/etc/passwd"] {
        symlink(target, &file).unwrap();
        for line in ["lock", "lock --upgrade", "transpile", "check", "llb"] {
            let (code, stdout, stderr) = place.mopy(line);
            assert_eq!((code, stdout.as_str()), (2, ""), "{line}: {stderr}");
            let message = "error: `Mopyfile.yaml.lock` is not a regular file\n  help: ";
            assert!(stderr.contains(message), "{line}: {stderr}");
        }
        assert!(file.is_symlink());
        fs::remove_file(&file).unwrap();
    }
    assert_eq!(fs::read(place.path("other")).unwrap(), b"version: 2\n");
    fs::create_dir(&file).unwrap();
    assert!(place.lock("").1.contains("is not a regular file"));
    fs::remove_dir(&file).unwrap();
    for line in ["transpile --locked", "check --locked", "llb --locked"] {
        let (code, _, stderr) = place.mopy(line);
        let message = "error: the lock file `Mopyfile.yaml.lock` does not exist\n  help: run `mopy lock`\n";
        assert_eq!((code, stderr.as_str()), (2, message), "{line}");
    }
    assert_eq!(place.lock("").0, 0);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    place.push(PYTHON, '9');
    assert_eq!(place.lock("--upgrade").0, 0);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640, "it keeps its mode");
}

/// A custom manager of the documented Renovate setting: which files it reads, and what it finds in them.
struct Manager {
    files: Vec<Regex>,
    expression: Regex,
}

impl Manager {
    fn documented() -> [Self; 3] {
        let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/docker-and-ci.md")).unwrap();
        let setting = document.split("```json\n").find(|block| block.contains("customManagers")).unwrap();
        let setting: serde_json::Value = serde_json::from_str(setting.split("```").next().unwrap()).unwrap();
        let managers = setting["customManagers"].as_array().unwrap().iter().map(|manager| {
            let files = manager["managerFilePatterns"].as_array().unwrap().iter().map(|pattern| {
                let pattern = pattern.as_str().unwrap().strip_prefix('/').unwrap();
                Regex::new(pattern.strip_suffix('/').unwrap()).unwrap()
            });
            let expression = Regex::new(manager["matchStrings"][0].as_str().unwrap()).unwrap();
            Self { files: files.collect(), expression }
        });
        managers.collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("three managers"))
    }

    #[track_caller]
    fn reads(&self, names: &[&str]) {
        for name in [
            "Mopyfile",
            "Mopyfile.yaml",
            "app/Mopyfile.yml",
            "app/shop.mopyfile.yaml",
            "Mopyfile.yaml.lock",
            "app/Mopyfile.lock",
            "a/b/Mopyfile.yml.lock",
            "shop.mopyfile.yaml.lock",
            "Mopyfile.yaml.dockerignore",
            "compose.yaml",
            "uv.lock",
        ] {
            assert_eq!(self.files.iter().any(|files| files.is_match(name)), names.contains(&name), "{name}");
        }
    }

    /// The groups of each match; those that take no part are empty.
    fn finds(&self, text: &str, groups: &[&str]) -> Vec<Vec<String>> {
        let group = |found: &Captures, name: &&str| found.name(name).map_or("", |group| group.as_str()).to_owned();
        let found = self.expression.captures_iter(text);
        found.map(|found| groups.iter().map(|name| group(&found, name)).collect()).collect()
    }
}

const MOPYFILES: [&str; 4] = ["Mopyfile", "Mopyfile.yaml", "app/Mopyfile.yml", "app/shop.mopyfile.yaml"];

/// The documented Renovate setting finds each image of a lock, and nothing else.
#[test]
fn renovate_updates_the_digests() {
    let place = Place::new(MOPYFILE);
    assert_eq!(place.lock("").0, 0);
    let [manager, ..] = Manager::documented();
    manager.reads(&["Mopyfile.yaml.lock", "app/Mopyfile.lock", "a/b/Mopyfile.yml.lock", "shop.mopyfile.yaml.lock"]);
    let text = place.text();
    let expected = [
        ("debian", "trixie-slim", '2'),
        ("gcr.io/distroless/cc-debian13", "nonroot", '3'),
        ("python", "3-trixie", '1'),
    ];
    let expected = expected.map(|(name, tag, digit)| vec![name.to_owned(), tag.to_owned(), digest(digit)]);
    assert_eq!(manager.finds(&text, &["depName", "currentValue", "currentDigest"]), expected);
    // what Renovate does with a new digest
    place.write(&text.replace(&digest('1'), &digest('9')));
    assert_eq!(place.from(), format!("FROM {PYTHON}@{} AS interpreter", digest('9')));
    assert_eq!(place.lock("").1, "Mopyfile.yaml.lock is up to date\n");
}

/// It finds the version of Python in every example, and what the first line pins.
#[test]
fn renovate_updates_the_mopyfile() {
    let [_, python, syntax] = Manager::documented();
    python.reads(&MOPYFILES);
    syntax.reads(&MOPYFILES);
    let mut examples = 0;
    for example in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/example")).unwrap() {
        let Ok(text) = fs::read_to_string(example.unwrap().path().join("Mopyfile.yaml")) else { continue };
        let version = text.lines().find_map(|line| line.strip_prefix("python: ")).unwrap();
        let version = version.split('#').next().unwrap().trim();
        assert_eq!(python.finds(&text, &["currentValue"]), [[version]]);
        assert_eq!(syntax.finds(&text, &["depName"]), Vec::<Vec<String>>::new(), "the examples pin no version");
        examples += 1;
    }
    assert!(examples >= 8, "{examples}");
    let lines = [("python: '3.13'", "3.13"), ("python:   3.13.5 # why", "3.13.5"), ("python: 3\r", "3")];
    for (line, version) in lines {
        assert_eq!(python.finds(&format!("#syntax=x\n{line}\npip: [x]\n"), &["currentValue"]), [[version]]);
    }
    assert!(python.finds("envs:\n  python: 3.13\n# python: 3.12\n", &["currentValue"]).is_empty());
    let groups = ["depName", "currentValue", "currentDigest"];
    let pinned = format!("# syntax=cmdjulian/mopy:2.0.0@{}\npython: 3.13\n", digest('1'));
    assert_eq!(syntax.finds(&pinned, &groups), [["cmdjulian/mopy", "2.0.0", &digest('1')]]);
    let version = "#syntax=cmdjulian/mopy:2\n\npython: 3.13\n# syntax=other:1\n";
    assert_eq!(syntax.finds(version, &groups), [["cmdjulian/mopy", "2", ""]]);
}
