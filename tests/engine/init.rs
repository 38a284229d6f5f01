//! `mopy init` on the real engine: what it writes for each project of `tests/init` is built, run, and answers.
//!
//! The file `answers` of a case says how: `http 8000 /health` with a status of 200, or `prints Hello`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::docker::{Image, copy, docker};

/// A dozen of different kinds.
const QUICK: [&str; 12] = [
    "django",
    "dockerfile-with-stages",
    "fastapi-in-a-package",
    "fastapi-src-layout",
    "flask-and-procfile",
    "flask-factory",
    "flask-with-templates",
    "package-with-main",
    "project-scripts",
    "python-version-of-pyenv",
    "script-with-dependencies",
    "uv-workspace-member",
];

/// How long an application may take to start.
const START: Duration = Duration::from_secs(60);

fn cases() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/init");
    let mut cases: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("answers").exists());
    cases.sort();
    cases.into_iter().map(|case| (case.file_name().unwrap().to_str().unwrap().to_owned(), case)).collect()
}

/// What a case that does not answer says instead.
fn check(name: &str, case: &Path) -> Result<(), String> {
    let place = tempfile::tempdir().unwrap();
    let context = place.path().join("project");
    copy(&case.join("project"), &context);
    let below = fs::read_to_string(case.join("directory")).unwrap_or_default();
    let directory = context.join(below.trim());
    // this test has the library alone, so that what `mopy init` writes is taken from the golden file
    let mopyfile = fs::read_to_string(case.join("Mopyfile.yaml")).unwrap();
    fs::write(directory.join("Mopyfile.yaml"), &mopyfile).unwrap();
    if !context.join(".dockerignore").exists() {
        fs::write(context.join(".dockerignore"), mopy::mopyfile::ignore::default_text("Mopyfile.yaml")).unwrap();
    }
    let image = std::panic::catch_unwind(|| Image::build(&format!("init-{name}"), &mopyfile, &context));
    let image = image.map_err(|_| "it is not built".to_owned())?;
    let answers = fs::read_to_string(case.join("answers")).unwrap();
    match answers.trim().split_once(' ').unwrap() {
        ("prints", text) => {
            let printed = docker(&["run", "--rm", "--network=none", image.tag()]);
            let fine = printed.success && printed.stdout.contains(text);
            if fine { Ok(()) } else { Err(format!("{}{}", printed.stdout, printed.stderr)) }
        }
        ("http", rest) => {
            let (port, path) = rest.split_once(' ').unwrap();
            answers_http(name, image.tag(), port, path)
        }
        (other, _) => panic!("{name}: there is no way to answer called {other}"),
    }
}

/// Whether the application answers at the address that other machines reach it by.
fn answers_http(name: &str, tag: &str, port: &str, path: &str) -> Result<(), String> {
    let container = format!("mopy-test-init-{name}");
    docker(&["rm", "--force", &container]);
    docker(&["run", "--detach", "--name", &container, tag]).expect();
    let program = format!(
        "import socket, urllib.request as r; \
         print(r.urlopen('http://' + socket.gethostbyname(socket.gethostname()) + ':{port}{path}', timeout=5).status)"
    );
    let start = Instant::now();
    let answer = loop {
        let printed = docker(&["exec", &container, "python", "-c", &program]);
        let running = docker(&["inspect", "--format", "{{.State.Running}}", &container]);
        if printed.success || start.elapsed() > START || running.stdout.trim() != "true" {
            break printed;
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    let logs = docker(&["logs", &container]);
    docker(&["rm", "--force", &container]);
    match answer.stdout.trim() {
        "200" => Ok(()),
        _ => Err(format!("{}{}{}", answer.stderr, logs.stdout, logs.stderr)),
    }
}

fn all(wanted: impl Fn(&str) -> bool) {
    let only = std::env::var("INIT_CASE").ok();
    let cases: Vec<_> = cases()
        .into_iter()
        .filter(|(name, _)| wanted(name) && only.as_deref().is_none_or(|only| only.split(',').any(|one| one == name)))
        .collect();
    let mut failed = Vec::new();
    for (name, case) in &cases {
        let start = Instant::now();
        let result = check(name, case);
        println!("{name}: {} after {} s", if result.is_ok() { "answers" } else { "FAILS" }, start.elapsed().as_secs());
        failed.extend(result.err().map(|error| format!("{name}: {error}")));
        Command::new("docker").args(["image", "rm", "--force", &format!("mopy-test/init-{name}")]).output().unwrap();
    }
    println!("{} of {} projects answer", cases.len() - failed.len(), cases.len());
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

mod quick {
    #[test]
    #[ignore = "needs an engine"]
    fn init() {
        super::all(|name| super::QUICK.contains(&name));
    }
}

mod slow {
    #[test]
    #[ignore = "needs an engine"]
    fn init() {
        super::all(|name| !super::QUICK.contains(&name));
    }
}
