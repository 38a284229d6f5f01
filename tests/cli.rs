//! The command `mopy` from outside: arguments, exit codes, what goes to stdout and stderr, files.
#![allow(clippy::unwrap_used, clippy::panic)] // a test may end in a panic

#[path = "cli/init.rs"]
mod init;
#[path = "cli/llb.rs"]
mod llb;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use mopy::diagnostic::rule;
use serde_json::Value;
use tempfile::TempDir;

// The tests of the process read the clock, and `3` is always maintained.
// BuildKit is not asked in these tests.
const GOOD: &str = "python: 3 # mopy: ignore=syntax-line\npip: [flask]\n";
const BAD: &str = "pyhton: 3.13 # mopy: ignore=syntax-line\n";
const DOUBTFUL: &str = "python: 3.8 # mopy: ignore=syntax-line\n";

/// A directory with a Mopyfile, and the environment that a shell without settings gives.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new(mopyfile: impl AsRef<[u8]>) -> Self {
        let place = Self::empty();
        place.write("Mopyfile.yaml", mopyfile);
        place
    }

    fn empty() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mopy"));
        command.args(line.split_whitespace()).current_dir(self.directory.path()).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, line: &str) -> Ran {
        Ran::new(self.command(line).output().unwrap())
    }

    fn run_with(&self, line: &str, input: &[u8]) -> Ran {
        let mut child = self.command(line).stdin(Stdio::piped()).spawn().unwrap();
        // mopy stops reading where a file is too large
        let _ = child.stdin.take().unwrap().write_all(input);
        Ran::new(child.wait_with_output().unwrap())
    }
}

#[derive(Debug)]
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    fn new(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Checks the exit code and what the streams contain; an empty string means an empty stream.
    #[track_caller]
    fn gives(&self, code: i32, stdout: &str, stderr: &str) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        for (stream, expected) in [(&self.stdout, stdout), (&self.stderr, stderr)] {
            let found = if expected.is_empty() { stream.is_empty() } else { stream.contains(expected) };
            assert!(found, "no `{expected}` in {self:#?}");
        }
        self
    }
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("example").join(name)
}

// --- help

#[test]
fn help_fits_terminals() {
    let place = Place::empty();
    for verb in ["", "transpile", "check", "llb", "init", "lock", "explain", "completions"] {
        let help = |columns: &str| {
            let mut command = place.command(&format!("{verb} --help"));
            let ran = Ran::new(command.env("COLUMNS", columns).output().unwrap());
            ran.gives(0, "Usage: mopy", "");
            ran.stdout
        };
        // what is laid out by hand is not wrapped
        let (narrow, wide) = (help("80"), help("100"));
        let examples = wide.lines().skip_while(|line| *line != "Examples:" && *line != "Exit codes:").skip(1);
        for line in examples.filter(|line| line.starts_with("  ")) {
            assert!(narrow.lines().any(|other| other == line), "{verb}: `{line}` is wrapped in\n{narrow}");
        }
        assert!(wide.lines().all(|line| line.len() <= 100), "{wide}");
    }
    let lock = place.run("lock --help").stdout;
    assert!(!lock.contains("standard input") && !lock.contains("--platform"), "{lock}");
}

// --- transpile

#[test]
fn transpile_prints_a_dockerfile() {
    let place = Place::new(GOOD);
    let ran = place.run("transpile");
    ran.gives(0, "FROM python:3-trixie", "");
    assert!(ran.stdout.ends_with('\n'));
    place.run("transpile -f Mopyfile.yaml").gives(0, &ran.stdout, "");
    place.run("transpile --file=Mopyfile.yaml -o -").gives(0, &ran.stdout, "");
}

#[test]
fn an_error_is_exit_code_1() {
    Place::new(BAD).run("transpile").gives(1, "", "error[unknown-key]").gives(1, "", "Mopyfile.yaml:1:1");
    Place::new("").run("transpile").gives(1, "", "Mopyfile.yaml:1:1");
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let place = Place::new(GOOD);
    place.run("").gives(2, "", "Usage: mopy");
    place.run("transpiel").gives(2, "", "transpile");
    place.run("transpile --outptu x").gives(2, "", "--output");
    place.run("transpile -o x --check y").gives(2, "", "cannot be used with");
    place.run("transpile -f nowhere.yaml").gives(2, "", "cannot read `nowhere.yaml`: no such file or directory");
    place.run("transpile -f .").gives(2, "", "`.` is a directory");
    place.run("check --context nowhere").gives(2, "", "the build context `nowhere` is not a directory");
    place.run("check --format xml").gives(2, "", "json");
    Place::empty().run("transpile").gives(2, "", "cannot read `Mopyfile.yaml`").gives(2, "", "help: ");
}

#[test]
fn other_names_are_found() {
    let place = Place::empty();
    place.write("Mopyfile", GOOD);
    place.run("transpile").gives(0, "FROM", "");
    place.write("Mopyfile.yml", BAD);
    place.run("transpile").gives(1, "", "Mopyfile.yml:1:1");
}

#[test]
fn standard_input() {
    let place = Place::empty();
    place.run_with("transpile -f -", GOOD.as_bytes()).gives(0, "FROM python:3-trixie", "");
    place.run_with("transpile -f -", BAD.as_bytes()).gives(1, "", "--> <stdin>:1:1");
    place.run_with("transpile -f -", b"").gives(1, "", "--> <stdin>:1:1");
    place.run_with("check -f -", GOOD.as_bytes()).gives(0, "<stdin>: no problems", "");
}

#[test]
fn same_input_same_bytes() {
    let full = fs::read(example("full").join("Mopyfile.yaml")).unwrap();
    let place = Place::new(&full);
    place.write("some/where/else/else.yml", &full);
    let first = place.run("transpile").stdout;
    assert!(!first.is_empty());
    assert_eq!(place.run("transpile").stdout, first);
    assert_eq!(place.run("transpile -f some/where/else/else.yml").stdout, first);
    assert_eq!(place.run_with("transpile -f -", &full).stdout, first);
    let mut elsewhere = place.command("transpile");
    elsewhere.env("TZ", "Asia/Tokyo").env("LANG", "de_DE.UTF-8").env("SOURCE_DATE_EPOCH", "0").env("HOME", "/root");
    assert_eq!(Ran::new(elsewhere.output().unwrap()).stdout, first);
}

#[test]
fn warnings_go_to_stderr() {
    let ran = Place::new(DOUBTFUL).run("transpile");
    ran.gives(0, "FROM python:3.8", "warning[eol-python]");
    assert!(!ran.stdout.contains("eol-python"));
}

#[test]
fn platforms() {
    let place = Place::new(GOOD);
    let all = place.run("transpile").stdout;
    assert!(all.contains("distroless"));
    assert_eq!(place.run("transpile --platform linux/amd64,linux/arm64").stdout, all);
    let slim = place.run("transpile --platform linux/amd64,linux/386").stdout;
    assert!(slim.contains("FROM debian:trixie-slim AS runtime") && !slim.contains("gcr.io/distroless"));
    place.run("transpile --platform windows/amd64").gives(2, "", "windows/amd64");
}

/// There are no wheels of uv for arm/v5.
#[test]
fn platforms_without_uv() {
    let place = Place::new("python: 3\ninstaller: uv\npip: [six]\n");
    place.run("transpile --platform linux/arm/v5").gives(0, "pip --python /opt/venv/bin/python install", "note[no-uv]");
    place.run("transpile --platform linux/arm64").gives(0, "uv pip install", "");
    let suppressed = Place::new("python: 3\ninstaller: uv # mopy: ignore=no-uv\npip: [six]\n");
    suppressed.run("transpile --platform linux/arm/v5").gives(0, "pip --python", "");
    let locked = Place::new("python: 3\npip: [./uv.lock]\n");
    let error = "error[installer]: `./uv.lock` requires uv, which does not support all of the platforms";
    locked.run("transpile --platform linux/arm/v5,linux/amd64").gives(1, "", error);
    locked.run("transpile --platform linux/arm64").gives(0, "uv sync --frozen", "");
}

// --- transpile -o

#[test]
fn output_is_written_and_nothing_else() {
    let place = Place::new(GOOD);
    let expected = place.run("transpile").stdout;
    place.run("transpile -o Dockerfile").gives(0, "", "");
    assert_eq!(place.read("Dockerfile"), expected);
    place.write("Dockerfile", "longer than the other one\n".repeat(1000));
    place.run("transpile -o Dockerfile").gives(0, "", "");
    assert_eq!(place.read("Dockerfile"), expected);
    assert_eq!(place.names(), ["Dockerfile", "Mopyfile.yaml"]);
}

#[test]
fn output_stays_when_there_is_an_error() {
    let place = Place::new(BAD);
    place.write("Dockerfile", "FROM scratch\n");
    place.run("transpile -o Dockerfile").gives(1, "", "error[unknown-key]");
    assert_eq!(place.read("Dockerfile"), "FROM scratch\n");
    assert_eq!(place.names(), ["Dockerfile", "Mopyfile.yaml"]);
}

#[test]
fn output_into_no_directory() {
    let place = Place::new(GOOD);
    place.run("transpile -o no/where/Dockerfile").gives(2, "", "cannot write `no/where/Dockerfile`");
    fs::create_dir(place.path("directory")).unwrap();
    place.run("transpile -o directory").gives(2, "", "cannot write `directory`");
    assert_eq!(place.names(), ["Mopyfile.yaml", "directory"]);
}

#[cfg(unix)]
#[test]
fn output_has_the_usual_mode() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new(GOOD);
    let mode = |name: &str| fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    let masked = |mask: &str, name: &str| {
        let line = format!("umask {mask}; exec \"$0\" transpile -o {name}");
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &line, env!("CARGO_BIN_EXE_mopy")]).current_dir(place.directory.path());
        assert!(shell.status().unwrap().success());
    };
    masked("022", "usual");
    assert_eq!(mode("usual"), 0o644);
    masked("077", "private");
    assert_eq!(mode("private"), 0o600);
    // a file that is there keeps its mode
    fs::set_permissions(place.path("private"), fs::Permissions::from_mode(0o664)).unwrap();
    masked("077", "private");
    assert_eq!(mode("private"), 0o664);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let place = Place::new(GOOD);
    place.write("real/Dockerfile", "FROM scratch\n");
    std::os::unix::fs::symlink("real/Dockerfile", place.path("Dockerfile")).unwrap();
    place.run("transpile -o Dockerfile").gives(0, "", "");
    assert!(fs::symlink_metadata(place.path("Dockerfile")).unwrap().is_symlink());
    assert!(place.read("real/Dockerfile").contains("FROM python:3-trixie"));
    // one that points at nothing yet
    std::os::unix::fs::symlink("real/New", place.path("New")).unwrap();
    place.run("transpile -o New").gives(0, "", "");
    assert!(fs::symlink_metadata(place.path("New")).unwrap().is_symlink());
    assert!(place.read("real/New").contains("FROM python:3-trixie"));
}

#[cfg(unix)]
#[test]
fn output_to_special_files() {
    use std::os::unix::fs::FileTypeExt;

    let place = Place::new(GOOD);
    assert!(Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    let pipe = place.path("pipe");
    let reader = std::thread::spawn(move || fs::read_to_string(pipe).unwrap());
    place.run("transpile -o pipe").gives(0, "", "");
    assert!(fs::symlink_metadata(place.path("pipe")).unwrap().file_type().is_fifo());
    assert!(reader.join().unwrap().contains("FROM python:3-trixie"));
}

// --- transpile --check

#[test]
fn check_of_a_committed_dockerfile() {
    let place = Place::new(GOOD);
    place.run("transpile --check Dockerfile").gives(2, "", "cannot read `Dockerfile`");
    place.run("transpile -o Dockerfile").gives(0, "", "");
    place.run("transpile --check Dockerfile").gives(0, "", "");
    let changed = place.read("Dockerfile").replace("flask", "django");
    place.write("Dockerfile", &changed);
    let ran = place.run("transpile --check Dockerfile");
    ran.gives(1, "--- Dockerfile\n+++ Dockerfile", "");
    assert!(ran.stdout.contains("\n@@ ") && ran.stdout.contains("-        django\n+        flask\n"), "{ran:#?}");
    assert_eq!(place.read("Dockerfile"), changed, "the file stays as it is");
    place.write("Dockerfile", [0xff, 0xfe]);
    place.run("transpile --check Dockerfile").gives(1, "+FROM", "");
}

// --- check

#[test]
fn check_as_text() {
    Place::new(GOOD).run("check").gives(0, "Mopyfile.yaml: no problems", "");
    Place::new(BAD).run("check").gives(1, "", "error[unknown-key]");
    Place::new(DOUBTFUL).run("check").gives(0, "", "warning[eol-python]");
    Place::new(DOUBTFUL).run("check --strict").gives(1, "", "warning[eol-python]");
    Place::new("python: 3 # mopy: ignore=syntax-line\nruntime-deps: [ffmpeg]\n").run("check --strict").gives(
        0,
        "",
        "note[slim-base]",
    );
}

#[test]
fn check_of_several_files() {
    let place = Place::empty();
    place.write("good/Mopyfile.yaml", GOOD);
    place.write("bad/Mopyfile.yaml", BAD);
    place.write("shop.mopyfile.yaml", DOUBTFUL);
    let all = "bad/Mopyfile.yaml good/Mopyfile.yaml shop.mopyfile.yaml";
    let good = "good/Mopyfile.yaml: no problems\n";
    place.run(&format!("check {all}")).gives(1, good, "bad/Mopyfile.yaml:1:1").gives(1, good, "warning[eol-python]");
    place.run("check good/Mopyfile.yaml shop.mopyfile.yaml").gives(0, good, "shop.mopyfile.yaml:1:9");
    place.run("check --strict shop.mopyfile.yaml good/Mopyfile.yaml").gives(1, good, "warning[eol-python]");
    place.run(&format!("check --format github {all}")).gives(1, "::error file=bad/Mopyfile.yaml,line=1", "");
    place.run("check --format json good/Mopyfile.yaml").gives(0, "\"diagnostics\": []", "");
    for format in ["json", "sarif"] {
        place.run(&format!("check --format {format} {all}")).gives(2, "", "describe a single Mopyfile");
    }
    place.run("check good/Mopyfile.yaml missing.yaml").gives(2, good, "cannot read `missing.yaml`");
    place.run("check -f good/Mopyfile.yaml bad/Mopyfile.yaml").gives(2, "", "cannot be used with");
}

#[test]
fn check_as_json() {
    let found = |mopyfile: &str, line: &str, code: i32| -> Value {
        let ran = Place::new(mopyfile).run(line);
        assert_eq!((ran.code, ran.stderr.as_str()), (code, ""));
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let good = found(GOOD, "check --format json", 0);
    assert_eq!(good["file"], "Mopyfile.yaml");
    assert_eq!(good["diagnostics"].as_array().unwrap().len(), 0);
    let bad = &found("python: 3 # mopy: ignore=syntax-line\n\"ü\": 1\n", "check --format=json", 1)["diagnostics"][0];
    assert_eq!(bad["rule"], "unknown-key");
    assert_eq!(bad["severity"], "error");
    assert_eq!(bad["start"], serde_json::json!({"line": 2, "column": 1, "offset": 37}));
    assert_eq!(bad["end"], serde_json::json!({"line": 2, "column": 4, "offset": 41}));
    assert!(bad["message"].as_str().unwrap().contains("`ü`"));
    assert!(bad["help"].is_string());
    assert_eq!(found(DOUBTFUL, "check --format json --strict", 1)["diagnostics"][0]["severity"], "warning");
}

#[test]
fn a_comment_suppresses_a_rule_on_its_line() {
    let suppressed = Place::new("python: 3.8 # mopy: ignore=eol-python,syntax-line\n");
    suppressed.run("check --strict").gives(0, "no problems", "");
    suppressed.run("transpile").gives(0, "FROM", "");
    Place::new("python: 3.8 # mopy: ignore=eol_python\n")
        .run("check --strict")
        .gives(1, "", "warning[eol-python]")
        .gives(1, "", "warning[unknown-ignore]");
    // what is found in the context comes later, and an error is never suppressed
    let place = Place::new("python: 3\nproject: ./app/ # mopy: ignore=file-not-found\n");
    place.run("check").gives(1, "", "error[file-not-found]").gives(1, "", "warning[unknown-ignore]");
}

#[test]
fn check_as_workflow_commands() {
    Place::new(GOOD).run("check --format github").gives(0, "", "");
    let ran = Place::new(BAD).run("check --format github");
    ran.gives(
        1,
        "::error file=Mopyfile.yaml,line=1,col=1,endLine=1,endColumn=7,title=mopy (unknown-key)::unknown key `pyhton`",
        "",
    );
    assert_eq!(ran.stdout.lines().count(), 1);
    Place::new(DOUBTFUL).run("check --format github").gives(0, "::warning file=", "");
    Place::new(DOUBTFUL).run("check --format github --strict").gives(1, "::warning file=", "");
    Place::new("python: 3\npip: [./lib/]\n").run("check --format github").gives(1, "(file-not-found)", "");
}

#[test]
fn check_as_sarif() {
    let log = |mopyfile: &str, line: &str, code: i32| -> Value {
        let ran = Place::new(mopyfile).run(line);
        assert_eq!((ran.code, ran.stderr.as_str()), (code, ""));
        let log: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(log["version"], "2.1.0");
        assert!(log["$schema"].as_str().unwrap().ends_with("/sarif-schema-2.1.0.json"));
        assert_eq!(log["runs"].as_array().unwrap().len(), 1);
        log["runs"][0].clone()
    };
    let run = log(GOOD, "check --format sarif", 0);
    assert_eq!(run["results"], serde_json::json!([]));
    let driver = &run["tool"]["driver"];
    assert_eq!((&driver["name"], &driver["version"]), (&"mopy".into(), &env!("CARGO_PKG_VERSION").into()));
    assert!(driver["informationUri"].as_str().unwrap().starts_with("https://"));
    let rules = driver["rules"].as_array().unwrap();
    assert_eq!(rules.len(), rule::ALL.len());
    for (rule, descriptor) in rule::ALL.iter().zip(rules) {
        assert_eq!(descriptor["id"], rule.name);
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(!descriptor[text]["text"].as_str().unwrap().is_empty(), "{descriptor}");
        }
        assert!(descriptor["helpUri"].as_str().unwrap().ends_with(&format!("/rules.md#{}", rule.name)));
        assert!(["error", "warning", "note"].contains(&descriptor["defaultConfiguration"]["level"].as_str().unwrap()));
    }
    for (mopyfile, line, code) in [
        (BAD, "check --format sarif", 1),
        ("", "check --format=sarif", 1),
        ("python: 3.13\nenvs: {A: 1, A: 2}\n", "check --format sarif", 1),
        (DOUBTFUL, "check --format sarif", 0),
        (DOUBTFUL, "check --format sarif --strict", 1),
        ("python: 3 # mopy: ignore=syntax-line\nruntime-deps: [ffmpeg]\n", "check --format sarif --strict", 0),
    ] {
        let run = log(mopyfile, line, code);
        let results = run["results"].as_array().unwrap();
        assert!(!results.is_empty());
        for result in results {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(result["ruleId"], rules[index]["id"]);
            assert_eq!(result["level"], rules[index]["defaultConfiguration"]["level"]);
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            assert_eq!(result["locations"].as_array().unwrap().len(), 1);
            let related = result["relatedLocations"].as_array().into_iter().flatten();
            assert_eq!(related.clone().count(), usize::from(result["ruleId"] == "duplicate-key"));
            for location in related.chain(&[result["locations"][0].clone()]) {
                let place = &location["physicalLocation"];
                assert_eq!(place["artifactLocation"]["uri"], "Mopyfile.yaml");
                let [start, end] = [["startLine", "startColumn"], ["endLine", "endColumn"]]
                    .map(|keys| keys.map(|key| place["region"][key].as_u64().unwrap()));
                assert!(start <= end && start.iter().all(|number| *number > 0), "{place}");
            }
        }
    }
}

#[test]
fn formats_have_no_credentials() {
    let mopyfile = "python: https://jane:hunter2@example.org\npip: [\"ssh://jane:hunter2@example.org/shop.git\"]\n";
    for format in ["json", "github", "sarif"] {
        let ran = Place::new(mopyfile).run(&format!("check --format {format}"));
        ran.gives(1, "python-version", "").gives(1, "version-control", "");
        assert!(!ran.stdout.contains("hunter2"));
    }
}

/// More cases are in `tests/context`.
#[test]
fn files_are_looked_up() {
    let place = Place::new("python: 3.13 # mopy: ignore=syntax-line\npip: [./requirements.txt]\nproject: ./app/\n");
    place.run("check").gives(1, "", "error[file-not-found]").gives(1, "", "2 errors");
    // transpile looks at no other file
    place.run("transpile").gives(0, "FROM", "");
    place.write("requirements.txt", "");
    place.write("app/main.py", "");
    place.run("check --strict").gives(0, "no problems", "");
}

/// No repository can hold these cases.
#[test]
fn a_repository_in_the_project() {
    for file in [".git/config", ".git"] {
        let place = Place::new("python: 3.13 # mopy: ignore=syntax-line\nproject: ./\n");
        place.write("main.py", "");
        place.write(file, "");
        let ran = place.run("check --strict");
        ran.gives(1, "", "warning[whole-context]").gives(1, "", "1 warning");
        place.write(".dockerignore", "");
        let ran = place.run("check --strict");
        ran.gives(1, "", "warning[project-clutter]: `./.git` is copied into the image").gives(1, "", "1 warning");
        place.write(".dockerignore", "**/.git");
        place.run("check --strict").gives(0, "no problems", "");
    }
}

#[test]
fn which_dockerignore_file_counts() {
    let place = Place::empty();
    place.write("build/web.txt", "python: 3.13 # mopy: ignore=syntax-line\npip: [./web.txt, ./lib.txt]\n");
    place.write("build/web.txt.dockerignore", "lib.txt");
    for name in ["web.txt", "lib.txt"] {
        place.write(name, "");
    }
    let line = "check -f build/web.txt --context .";
    place.write(".dockerignore", "web.txt");
    place.run(line).gives(1, "", "`./lib.txt` is excluded by `.dockerignore`").gives(1, "", "1 error");
    fs::remove_file(place.path("build/web.txt.dockerignore")).unwrap();
    place.run(line).gives(1, "", "`./web.txt` is excluded by `.dockerignore`").gives(1, "", "1 error");
    let mopyfile = place.read("build/web.txt");
    place.run_with("check -f - --context .", mopyfile.as_bytes()).gives(1, "", "`./web.txt` is excluded");
    // a directory is none, and then the Mopyfile itself stays out
    fs::remove_file(place.path(".dockerignore")).unwrap();
    fs::create_dir(place.path(".dockerignore")).unwrap();
    place.run(line).gives(1, "", "`./web.txt` is excluded by default").gives(1, "", "1 error");
    place.run_with("check -f - --context .", mopyfile.as_bytes()).gives(0, "no problems", "");
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_of_the_context() {
    use std::os::unix::fs::symlink;

    let place = Place::empty();
    place.write("outside/main.py", "");
    place.write("context/src/app/main.py", "");
    place.write("context/Mopyfile.yaml", "python: 3.13 # mopy: ignore=syntax-line\nproject: ./app/\n");
    let check = |target: &Path| {
        symlink(target, place.path("context/app")).unwrap();
        let ran = place.run("check -f context/Mopyfile.yaml --strict");
        fs::remove_file(place.path("context/app")).unwrap();
        ran
    };
    // the context is the root of a build's file system
    for target in ["src/app", "./src/../src/app/", "/src/app", "../src/app", "../../src/app"] {
        check(Path::new(target)).gives(0, "no problems", "");
    }
    let absolute = place.path("context/src/app");
    for target in [Path::new("../outside"), Path::new("nowhere"), Path::new("app"), &absolute] {
        check(target).gives(1, "", "`./app` does not exist in the build context");
    }
    check(Path::new("src/app/main.py")).gives(1, "", "`./app` is a file, not a directory");
    symlink("app", place.path("context/src/way")).unwrap();
    check(Path::new("src/way")).gives(0, "no problems", "");
    for pattern in ["src", "src/app", "app", "**/way"] {
        place.write("context/.dockerignore", pattern);
        check(Path::new("src/way")).gives(1, "", "`./app` is excluded by `.dockerignore`");
    }
}

#[test]
fn the_context_is_another_directory() {
    let place = Place::empty();
    place.write("build/Mopyfile.yaml", "python: 3 # mopy: ignore=syntax-line\nproject: ./app/\n");
    place.write("app/main.py", "");
    place.run("check -f build/Mopyfile.yaml").gives(1, "", "build/Mopyfile.yaml:2:10");
    place.run("check -f build/Mopyfile.yaml --context .").gives(0, "no problems", "");
    // a command needs no main.py
    place.write("other/x.py", "");
    place.write("Mopyfile.yaml", "python: 3 # mopy: ignore=syntax-line\nproject: ./other/\ncommand: [python, x.py]\n");
    place.run("check").gives(0, "no problems", "");
    // standard input has no directory of its own
    let mopyfile = b"python: 3\nproject: ./nowhere/\n";
    place.run_with("check -f -", mopyfile).gives(0, "<stdin>: no problems", "");
    place.run_with("check -f - --context .", mopyfile).gives(1, "", "<stdin>:2:10");
}

// --- files that are not Mopyfiles

#[test]
fn not_utf8() {
    for (bytes, position) in [
        (&b"python: 3.13\nproject: ./gr\xfc\xdfe/\n"[..], "2:14"),
        (b"\xff\xfep\0y\0t\0h\0o\0n\0", "1:1"),
        (b"python: 3.13\n# \xe2\x82", "2:3"),
    ] {
        let place = Place::new(bytes);
        let expected = format!("Mopyfile.yaml:{position}");
        place.run("transpile").gives(1, "", "error[not-utf8]").gives(1, "", &expected);
        place.run("check").gives(1, "", &expected);
        place.run_with("check -f -", bytes).gives(1, "", &format!("<stdin>:{position}"));
    }
    let ran = Place::new(b"# \xef\xbb\xbf\xff").run("check --format json");
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap()["diagnostics"][0]["rule"], "not-utf8");
}

#[test]
fn not_utf8_shows_no_credentials() {
    let bytes = b"python: 3.13\nindices: [{url: 'https://jane:hunter2\xff@example.org'}]\n";
    let ran = Place::new(bytes).run("check");
    ran.gives(1, "", "error[not-utf8]");
    assert!(!ran.stderr.contains("hunter2"), "{ran:#?}");
}

#[test]
fn larger_than_a_mebibyte() {
    let large = format!("python: 3.13\n{}", "# comment\n".repeat(110_000));
    let place = Place::new(&large);
    let ran = place.run("transpile");
    ran.gives(1, "", "error[file-too-large]").gives(1, "", "Mopyfile.yaml:1:1");
    assert!(ran.stderr.len() < 1000);
    place.run_with("transpile -f -", large.as_bytes()).gives(1, "", "error[file-too-large]");
    let limit = format!("python: 3.13\n#{}", "x".repeat((1 << 20) - 14));
    assert_eq!(limit.len(), 1 << 20);
    Place::new(limit).run("transpile").gives(0, "FROM", "");
}

/// Not a test of speed: what is refused late takes minutes or all of the memory.
#[test]
fn bombs_are_refused_early() {
    let mut lists = "x-a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for (name, other) in ('b'..='z').zip('a'..='y') {
        lists += &format!("x-{name}: &{name} [{}]\n", vec![format!("*{other}"); 9].join(", "));
    }
    let doubled: String = (0..60).map(|n| format!("  l{n}: x${{l{0}}}${{l{0}}}\n", n + 1)).collect();
    let all: String = (0..60).map(|n| format!("${{l{n}}}")).collect();
    let tangled: String = (0..60).map(|n| format!("  l{n}: {all}\n")).collect();
    let nested = format!("x-deep: {}{}\n", "[".repeat(200_000), "]".repeat(200_000));
    let open = format!("x-deep: {}\n", "{a: ".repeat(100_000));
    let block: String = (0..400).map(|depth| format!("{}x-{depth}:\n", " ".repeat(depth))).collect();
    let labels = [doubled, tangled].map(|labels| format!("labels:\n{labels}"));
    for bomb in [lists, nested, open, block].into_iter().chain(labels) {
        let start = Instant::now();
        Place::new(format!("{bomb}python: 3.13\n")).run("transpile").gives(1, "", "error[");
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    }
}

/// A file of another kind can have an error in each of its lines.
#[test]
fn thousands_of_errors() {
    let many: String = (0..5000).map(|n| format!("  - package{n}=1.0\n")).collect();
    let start = Instant::now();
    let ran = Place::new(format!("python: 3.13 # mopy: ignore=syntax-line\npip:\n{many}")).run("check");
    ran.gives(1, "", "Mopyfile.yaml: 5000 errors, of which the first 100 are shown");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

// --- hostile input

/// Neither what waits, nor what has no end, nor what a link leads to outside of its directory.
#[cfg(unix)]
#[test]
fn only_regular_files_are_read() {
    use std::os::unix::fs::symlink;

    for command in ["check", "transpile", "lock", "llb"] {
        for target in ["/proc/self/environ", "/dev/zero", "../outside.yaml", "Mopyfile.yaml"] {
            let place = Place::empty();
            place.write("outside.yaml", "token: hunter2\n");
            fs::create_dir(place.path("in")).unwrap();
            symlink(target, place.path("in/Mopyfile.yaml")).unwrap();
            let mut run = place.command(command);
            let ran = Ran::new(run.current_dir(place.path("in")).env("TOKEN", "hunter2").output().unwrap());
            ran.gives(2, "", "cannot read `Mopyfile.yaml`");
            assert!(!ran.stderr.contains("hunter2"), "{ran:#?}");
        }
    }
    let place = Place::empty();
    assert!(Command::new("mkfifo").arg(place.path("Mopyfile.yaml")).status().unwrap().success());
    place.run("check").gives(2, "", "it is not a regular file");
    place.run("check -f Mopyfile.yaml").gives(2, "", "to read from a pipe, use `-f -`");
    // a link inside of the directory is followed
    let place = Place::empty();
    place.write("shop.yaml", GOOD);
    symlink("shop.yaml", place.path("Mopyfile.yaml")).unwrap();
    place.run("check").gives(0, "no problems", "");
    assert!(Command::new("mkfifo").arg(place.path(".dockerignore")).status().unwrap().success());
    place.write("shop.yaml", "python: 3\nproject: ./app/\n");
    place.run("check").gives(2, "", "cannot read `./.dockerignore`: it is not a regular file");
    place.run("transpile --check .dockerignore").gives(2, "", "cannot read `.dockerignore`");
}

/// Runners take lines of a log for commands, and terminals take control characters for theirs.
#[test]
fn logs_and_terminals_are_not_commanded() {
    let place = Place::new("python: 3\n'##[command]x': 1\n::error::x: 2\n");
    let ran = place.run("check");
    ran.gives(1, "", "error[unknown-key]").gives(1, "", "# [command]");
    assert!(!ran.stderr.contains("##["), "{}", ran.stderr);
    assert!(!ran.stderr.lines().any(|line| line.trim_start().starts_with("::")), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
    place.write("::error::y", GOOD);
    let good = Ran::new(place.command("check").args(["-f", "::error::y"]).output().unwrap());
    good.gives(0, ": :error::y: no problems", "");
    place.write("Mopyfile.yaml", "python: 3\nenvs: {A: \"\\e[31m\", B: '##[error]'}\n");
    place.write("Dockerfile", "");
    let diff = place.run("transpile --check Dockerfile");
    assert!(diff.code == 1 && !diff.stdout.contains(['\u{1b}']) && !diff.stdout.contains("##["), "{diff:#?}");
}

/// The modes of files are not kept in a repository.
#[cfg(unix)]
#[test]
fn files_that_others_cannot_read() {
    use std::os::unix::fs::PermissionsExt;

    let place = Place::new("python: 3 # mopy: ignore=syntax-line\nproject: ./app/\n");
    for name in ["app/main.py", "app/data/one", "app/notes.md"] {
        place.write(name, "");
    }
    place.run("check --strict").gives(0, "no problems", "");
    let chmod =
        |name: &str, mode: u32| fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).unwrap();
    chmod("app/main.py", 0o640);
    place.run("check --strict").gives(1, "", "warning[unreadable-file]: `app/main.py` can be read only by the owner");
    chmod("app/data", 0o700);
    chmod("app/notes.md", 0o600);
    place.run("check").gives(0, "", "`app/data` and 2 more can be read only by the owner").gives(
        0,
        "",
        "run `chmod -R go+rX app`",
    );
    place.write(".dockerignore", "**/*.md\napp/data\n");
    place.run("check").gives(0, "", "`app/main.py` can be read only");
    place.write(
        "Mopyfile.yaml",
        "python: 3 # mopy: ignore=syntax-line\nproject: ./app/ # mopy: ignore=unreadable-file\n",
    );
    place.run("check --strict").gives(0, "no problems", "");
}

// --- schema, explain, completions, help

#[test]
fn the_schema_knows_every_key() {
    let ran = Place::empty().run("schema");
    ran.gives(0, "$schema", "");
    assert_eq!(ran.stdout, fs::read_to_string(example("mopyfile.schema.json")).unwrap());
    let schema: Value = serde_json::from_str(&ran.stdout).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    for key in mopy::mopyfile::keys::ALL {
        assert!(properties[key.name]["description"].is_string(), "{}", key.name);
    }
    assert_eq!(properties.len(), mopy::mopyfile::keys::ALL.len());
    assert_eq!(schema["required"], serde_json::json!(["python"]));
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn every_rule_is_explained() {
    let place = Place::empty();
    let list = place.run("explain");
    for rule in rule::ALL {
        list.gives(0, rule.name, "");
        let ran = place.run(&format!("explain {}", rule.name));
        ran.gives(0, &format!("# {}\n", rule.name), "");
        let narrow = |line: &str| line.chars().count() <= 80 || !line.contains(' ') || line.starts_with('|');
        // all but the examples
        let mut prose = ran.stdout.split("```").step_by(2).flat_map(str::lines);
        assert!(prose.all(narrow), "{ran:#?}");
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&ran.stdout).contains(&words(&format!("{}. {}", rule.summary, rule.explanation))), "{ran:#?}");
        assert!(ran.stdout.ends_with(&format!("\n\n{}\n", rule.url())), "{ran:#?}");
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/rules/{}.yaml", rule.name));
        if let Ok(examples) = fs::read_to_string(examples) {
            let (bad, good) = examples.trim_start_matches("# Bad\n").split_once("# Good\n").unwrap();
            for (heading, example) in [("Bad", bad), ("Good", good)] {
                let block = format!("**{heading}**\n\n```yaml\n{example}```\n");
                assert!(ran.stdout.contains(&block), "{ran:#?}");
            }
        }
    }
    place.run("explain unpined-git").gives(2, "", "did you mean `unpinned-git`?");
    place.run("explain something-else").gives(2, "", "run `mopy explain` to list all rules");
}

#[test]
fn completions_for_shells() {
    for shell in ["bash", "zsh", "fish"] {
        Place::empty().run(&format!("completions {shell}")).gives(0, "transpile", "");
    }
    Place::empty().run("completions tcsh").gives(2, "", "bash");
}

#[test]
fn help_and_version() {
    let place = Place::empty();
    place.run("--help").gives(0, "Examples:\n", "").gives(0, "Exit codes", "");
    for verb in ["transpile", "check", "init", "explain", "completions"] {
        place.run(&format!("{verb} --help")).gives(0, "Example", "");
    }
    place.run("--version").gives(0, concat!("mopy ", env!("CARGO_PKG_VERSION"), "\n"), "");
}

#[test]
fn flags_of_the_first_mopy() {
    let place = Place::new(GOOD);
    place.write("other.yaml", "python: 3.12\n");
    let good = place.run("transpile").stdout;
    for line in [
        "-buildkit=false -dockerfile=true -filename=Mopyfile.yaml",
        "--buildkit=false --dockerfile=true --filename=Mopyfile.yaml",
        "-dockerfile -filename Mopyfile.yaml",
        "-dockerfile",
    ] {
        let ran = place.run(line);
        ran.gives(0, "FROM", "");
        assert_eq!(ran.stdout, good, "{line}");
    }
    place.run("-dockerfile -filename other.yaml").gives(0, "FROM python:3.12", "");
    place.run("-dockerfile -filename nowhere.yaml").gives(2, "", "nowhere.yaml");
    place.run("-buildkit=false").gives(2, "", "mopy transpile");
    // only without a verb
    place.run("transpile -dockerfile=true").gives(2, "", "unexpected argument");
}

// --- terminals and pipes

#[test]
fn no_escapes_without_a_terminal() {
    let place = Place::new(BAD);
    for (name, value) in [("TERM", "xterm-256color"), ("NO_COLOR", "1"), ("COLORTERM", "truecolor")] {
        for line in ["check", "transpile", "--help", "transpile --nonsense", "explain nothing"] {
            let ran = Ran::new(place.command(line).env(name, value).output().unwrap());
            assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'), "{line}: {ran:#?}");
        }
    }
}

#[test]
fn colours_where_they_are_forced() {
    let place = Place::new(BAD);
    let run = |settings: &[(&str, &str)]| {
        Ran::new(place.command("check").envs(settings.iter().copied()).output().unwrap()).stderr.contains('\u{1b}')
    };
    assert!(run(&[("CLICOLOR_FORCE", "1")]));
    assert!(!run(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn closed_pipes_are_not_errors() {
    let place = Place::new(GOOD);
    for line in ["transpile", "schema", "explain", "completions bash", "--help"] {
        let mut child = place.command(line).spawn().unwrap();
        drop(child.stdout.take());
        let ran = Ran::new(child.wait_with_output().unwrap());
        ran.gives(0, "", "");
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_a_mistake() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else { return };
    let ran = Ran::new(Place::new(GOOD).command("transpile").stdout(full).output().unwrap());
    ran.gives(2, "", "cannot write to stdout");
}
