//! Lock files of Poetry, PDM and Pipenv, which these tools have made of projects with a group, an extra and a path
//! dependency (`tests/engine/locked`).

use std::fs;
use std::path::{Path, PathBuf};

use super::cache::run_again;
use super::docker::{Image, alone, buildx, copy, dockerfile, steps};

/// What is installed, with versions.
const VERSIONS: &str = "
import importlib.metadata as metadata
print(sorted(f'{dist.name}=={dist.version}' for dist in metadata.distributions()))
";

fn project(name: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/locked").join(name), directory.path());
    let path = directory.path().to_owned();
    (directory, path)
}

/// Each with its lock, what is in brackets, what of that it installs, and what it says of a stale lock.
const TOOLS: [(&str, &str, &str, &str); 4] = [
    ("poetry", "./poetry.lock[web,group:prod]", "itsdangerous", "Run `poetry lock` to fix the lock file"),
    ("poetry-1", "./poetry.lock[web,group:prod]", "itsdangerous", "Run `poetry lock` to fix the lock file"),
    ("pdm", "./pdm.lock[web,group:prod]", "itsdangerous", "Lockfile doesn't satisfy the project requirements"),
    ("pipenv", "./Pipfile.lock[group:prod]", "", "Run $ pipenv lock to update"),
];

#[test]
#[ignore = "needs an engine"]
fn packages_are_those_of_the_lock() {
    for (name, entry, extra, _) in TOOLS {
        let (_directory, path) = project(name);
        let mopyfile = format!("python: 3.13\npip: ['{entry}', ./lib/]\nproject: ./main.py\n");
        let image = Image::build(&format!("locked-{name}"), &mopyfile, &path);
        assert_eq!(image.run(&[], &[]), "tabulate 1", "{name}");
        let versions = image.python(VERSIONS);
        let lock = fs::read_to_string(path.join(entry.split('[').next().unwrap())).unwrap();
        let installed: Vec<&str> =
            versions.trim_matches(['[', ']']).split(", ").map(|it| it.trim_matches('\'')).collect();
        for package in ["click", "six", "tabulate", extra].into_iter().filter(|name| !name.is_empty()) {
            let version = installed.iter().find_map(|it| it.strip_prefix(&format!("{package}=="))).expect(package);
            assert!(
                lock.contains(&format!("version = \"{version}\"")) || lock.contains(&format!("\"=={version}\"")),
                "{name}: {package} {version}"
            );
        }
        assert!(!versions.contains("iniconfig"), "{name} installs what is for development: {versions}");
    }
}

/// `line` with other hashes.
fn reversed(line: &str) -> String {
    let mut parts = line.split("sha256:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (hash, rest) = part.split_at(64);
        format!("{text}sha256:{}{rest}", hash.chars().rev().collect::<String>())
    })
}

#[test]
#[ignore = "needs an engine"]
fn a_hash_that_is_another_is_refused() {
    for (name, entry, ..) in TOOLS {
        let (_directory, path) = project(name);
        let file = path.join(entry.split('[').next().unwrap());
        let lock = fs::read_to_string(&file).unwrap();
        // not the hash in the metadata, by which a lock is stale
        let other: String = lock
            .split_inclusive('\n')
            .map(|line| if line.contains("content") { line.to_owned() } else { reversed(line) })
            .collect();
        assert_ne!(lock, other);
        fs::write(&file, other).unwrap();
        let text = dockerfile(&format!("python: 3.13\npip: ['{entry}', ./lib/]\n"));
        let printed = buildx(&text, &path, &["--output=type=cacheonly"]);
        assert!(!printed.success && printed.stderr.contains("Hash mismatch"), "{name}: {}", printed.stderr);
    }
}

#[test]
#[ignore = "needs an engine"]
fn a_stale_lock_fails_with_help() {
    for (name, entry, _, message) in TOOLS {
        let (_directory, path) = project(name);
        let file = path.join(if name == "pipenv" { "Pipfile" } else { "pyproject.toml" });
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(">=0.9"), "{text}");
        fs::write(&file, text.replace(">=0.9", ">=0.8")).unwrap();
        let text = dockerfile(&format!("python: 3.13\npip: ['{entry}', ./lib/]\n"));
        let printed = buildx(&text, &path, &["--output=type=cacheonly"]);
        assert!(!printed.success && printed.stderr.contains(message), "{name}: {}", printed.stderr);
    }
}

#[test]
#[ignore = "needs an engine"]
fn path_dependencies_must_be_entries() {
    let (_directory, path) = project("poetry");
    let text = dockerfile("python: 3.13\npip: [./poetry.lock]\n");
    let printed = buildx(&text, &path, &["--output=type=cacheonly"]);
    assert!(!printed.success && printed.stderr.contains("lib"), "{}", printed.stderr);
}

#[test]
#[ignore = "needs an engine"]
fn a_change_of_a_path_dependency_installs_no_locked_package_again() {
    for (name, entry, ..) in TOOLS {
        let (_directory, path) = project(name);
        let text = dockerfile(&format!("python: 3.13\npip: ['{entry}', ./lib/]\n"));
        let tag = format!("locked-change-{name}");
        alone(|| {
            Image::build_with(&tag, &text, &path, &[]);
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
            fs::write(path.join("lib/lib.py"), format!("VALUE = {now}\n")).unwrap();
            let image = Image::build_with(&tag, &text, &path, &[]);
            assert_eq!(image.python("import lib; print(lib.VALUE)"), now.to_string(), "{name}");
            let steps = steps(&image.progress);
            let again: Vec<&str> =
                run_again(&steps).iter().map(|name| name.split([' ', ']']).next().unwrap()).collect();
            assert_eq!(again, ["[project", "[application", "[libraries"], "{name}: {steps:?}");
        });
    }
}
