//! `mopy init`: what it writes for each layout of a project, and that mopy accepts it.

use std::fs;
use std::process::Command;

use crate::{Place, Ran};

/// Runs `mopy init` where `files` are and gives the Mopyfile, without the first lines.
#[track_caller]
fn init(files: &[(&str, &str)]) -> (Place, String) {
    let place = Place::empty();
    for (name, text) in files {
        place.write(name, text);
    }
    place.run("init").gives(0, "", "wrote ./Mopyfile.yaml: Python ").gives(0, "", "docker build -f Mopyfile.yaml -t ");
    // how long a Python is maintained goes by the clock
    let found = place.run("check");
    let is_about_time =
        |line: &str| line.starts_with("warning[python-eol-soon]") || line.starts_with("warning[eol-python]");
    let mut titles = found.stderr.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    assert!(found.code == 0 && titles.all(is_about_time), "{found:#?}");
    let text = place.read("Mopyfile.yaml");
    let start = "#syntax=cmdjulian/mopy\n# yaml-language-server: $schema=https://raw.githubusercontent.com/cmdjulian/mopy/main/\
                 example/mopyfile.schema.json\n\n";
    let rest = text.strip_prefix(start).unwrap_or_else(|| panic!("{text}")).to_owned();
    (place, rest)
}

/// The lines that are not comments.
#[track_caller]
fn lines(files: &[(&str, &str)]) -> String {
    let (_, text) = init(files);
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split("  #").next().unwrap()).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_there() {
    let (place, text) = init(&[]);
    assert_eq!(
        text,
        "python: 3.14  # a guess: no file specifies a version\n# pip: [fastapi, ./requirements.txt, ./lib/]\n\
         # nothing to run was found: add a directory with main.py, a file, or a command\n\
         # project: ./app/\n# command: [python, -m, shop]\n"
    );
    assert_eq!(place.names(), [".dockerignore", "Mopyfile.yaml"]);
    let ignored = place.read(".dockerignore");
    for pattern in ["**/.git", "**/.venv", "**/venv", "**/__pycache__", "**/.env", "**/Mopyfile*"] {
        assert!(ignored.lines().any(|line| line == pattern), "{ignored}");
    }
}

#[test]
fn a_project_with_everything() {
    let (_, text) = init(&[
        (".python-version", "3.12\n"),
        ("requirements.txt", "flask\n"),
        ("pyproject.toml", "[project]\nname = 'shop'\nrequires-python = '>=3.9'\n"),
        ("main.py", ""),
        ("uv.lock", ""),
    ]);
    assert_eq!(text, "python: 3.12  # from .python-version\npip:\n  - ./uv.lock\nproject: ./\n");
}

#[test]
fn versions() {
    let pyproject = |requires: &str| format!("[project]\nname = 'x'\nrequires-python = '{requires}'\n");
    let version = |files: &[(&str, &str)]| {
        let text = lines(files);
        text.lines().next().unwrap().split("  #").next().unwrap().to_owned()
    };
    assert_eq!(version(&[("pyproject.toml", &pyproject(">=3.11,<3.13"))]), "python: 3.12");
    assert_eq!(version(&[("pyproject.toml", &pyproject(">=3.11"))]), "python: 3.14");
    assert_eq!(version(&[("pyproject.toml", &pyproject("nonsense"))]), "python: 3.14");
    assert_eq!(version(&[("pyproject.toml", &pyproject(">=3.11")), (".python-version", "3.11.4\n")]), "python: 3.11.4");
    assert_eq!(version(&[("pyproject.toml", &pyproject(">=3.11")), (".python-version", "pypy3.10\n")]), "python: 3.14");
    // what contradicts the file that is heard first is not heard
    assert_eq!(
        version(&[("pyproject.toml", &pyproject("<3.12")), ("setup.cfg", "python_requires = >=3.12")]),
        "python: 3.11"
    );
    for (name, text, python) in [
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = '>=3.9,<3.13'\n", "python: 3.12"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = '~3.11 || ~3.12'\n", "python: 3.12"),
        ("Pipfile", "[requires]\npython_version = '3.11'\n", "python: 3.11"),
        ("Pipfile", "[requires]\npython_version = '3.11'\npython_full_version = '3.11.9'\n", "python: 3.11.9"),
        ("setup.py", "setup(python_requires='>=3.8')\n", "python: 3.14"),
        ("setup.py", "setup(\n  python_requires='>=3.8,<3.12',\n)\n", "python: 3.11"),
        ("setup.cfg", "[options]\npython_requires = <3.12\n", "python: 3.11"),
        ("pylock.toml", "requires-python = '==3.11.*'\n", "python: 3.11"),
        ("runtime.txt", "python-3.12\n", "python: 3.12"),
        ("mise.toml", "[tools]\npython = \"3.12\"\n", "python: 3.12"),
        (".tool-versions", "python 3.12.4 3.11\n", "python: 3.12.4"),
        ("environment.yml", "dependencies:\n  - python>=3.10,<3.13\n", "python: 3.12"),
        ("report.py", "# /// script\n# requires-python = '<3.13'\n# ///\n", "python: 3.12"),
    ] {
        assert_eq!(version(&[(name, text)]), python, "{name}");
    }
    // what is told by a warning is written all the same
    let place = Place::empty();
    place.write(".python-version", "3.8");
    place.run("init").gives(0, "", "Python 3.8");
    place.run("check").gives(0, "", "warning[eol-python]");
}

#[test]
fn versions_that_cannot_be_read_are_named() {
    for (name, text, named) in [
        (".python-version", "system\n", "`system` in .python-version"),
        ("Dockerfile", "FROM python:2.7\n", "`2.7` in Dockerfile"),
        ("runtime.txt", "pypy-3.10\u{1b}\n", "`pypy-3.10` in runtime.txt"),
    ] {
        let (_, text) = init(&[(name, text)]);
        assert!(text.starts_with(&format!("python: 3.14  # a guess: {named}")), "{text}");
    }
}

#[test]
fn requirements() {
    let pip = |files: &[(&str, &str)]| {
        let text = lines(files);
        text.lines().filter_map(|line| line.strip_prefix("  - ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(pip(&[("requirements.txt", "")]), ["./requirements.txt"]);
    assert_eq!(pip(&[("requirements.txt", ""), ("requirements/prod.txt", "")]), ["./requirements.txt"]);
    let several = [
        ("requirements/dev.txt", ""),
        ("requirements/base.txt", "-c ../constraints.txt\n-c limits.txt\n"),
        (
            "requirements/prod.txt",
            "flask\n-r base.txt # c\n--requirement=nowhere.txt\n-r ../../outside.txt\n-r prod.txt\n",
        ),
        ("requirements/limits.txt", ""),
        ("constraints.txt", ""),
    ];
    assert_eq!(pip(&several), ["./requirements/prod.txt", "./requirements/base.txt", "./constraints.txt"]);
    assert_eq!(pip(&[("requirements/base.txt", ""), ("requirements/dev.txt", "")]), ["./requirements/base.txt"]);
    assert_eq!(pip(&[("requirements/my list.txt", "")]), ["\"./requirements/my list.txt\""]);
    assert_eq!(pip(&[("requirements/a.txt", ""), ("requirements/b.txt", "")]), [""; 0]);
    assert_eq!(pip(&[("pyproject.toml", "[build-system]\nrequires = []\n")]), ["./"]);
    assert_eq!(pip(&[("setup.py", "")]), ["./"]);
    assert_eq!(pip(&[("pyproject.toml", "[tool.ruff]\n")]), [""; 0]);
    // a program with a requirements file is not installed as well, but a library is
    let setup = [("requirements.txt", ""), ("setup.py", "")];
    assert_eq!(pip(&setup), ["./requirements.txt", "./"]);
    assert_eq!(pip(&[setup[0], setup[1], ("main.py", "")]), ["./requirements.txt"]);
    assert_eq!(pip(&[("requirements.txt", "-e .\n"), setup[1], ("main.py", "")]), ["./requirements.txt", "./"]);
    let dynamic = "[project]\nname = 'x'\ndynamic = ['dependencies']\n";
    assert_eq!(pip(&[("pyproject.toml", dynamic)]), ["./"]);
    let poetry = "[tool.poetry]\npackage-mode = false\n[build-system]\nrequires = ['poetry-core']\n";
    assert_eq!(pip(&[("pyproject.toml", poetry)]), [""; 0]);
    let flat = "[tool.poetry]\nname = 'x'\n[build-system]\nbuild-backend = 'poetry.core.masonry.api'\n";
    assert_eq!(pip(&[("pyproject.toml", flat), ("main.py", "")]), [""; 0]);
    // the ordinary project of Django, which setuptools refuses to install
    let django = [("pyproject.toml", "[project]\nname = 'x'\n"), ("a/x.py", ""), ("b/y.py", "")];
    assert_eq!(pip(&django), ["./pyproject.toml"]);
    let hashes = [("requirements.txt", "a==1 \\\n  --hash=sha256:0\n"), ("setup.py", "")];
    assert_eq!(pip(&hashes), ["./requirements.txt", "./"]);
    let with_pip = [hashes[0], hashes[1], (".python-version", "3.7")];
    assert_eq!(pip(&with_pip), ["./requirements.txt"]);
    assert!(init(&with_pip).1.contains("# requirements.txt has hashes"));
    let script = "# /// script\n# dependencies = ['rich']\n# ///\n";
    assert_eq!(pip(&[("report.py", script)]), ["./report.py"]);
}

#[test]
fn lock_files() {
    let project = ("pyproject.toml", "[project]\nname = 'shop'\n");
    let package = ("pyproject.toml", "[project]\nname = 'shop'\n[build-system]\nrequires = []\n");
    let (lock, pylock, main) = (("uv.lock", ""), ("pylock.toml", ""), ("shop/__main__.py", ""));
    let rest = |files: &[(&str, &str)]| lines(files).split_once('\n').unwrap().1.replace('\n', " ");
    let in_place = "pip:   - ./uv.lock project: ./ command: [python, -m, shop]";
    assert_eq!(rest(&[project, lock, pylock, main, ("requirements.txt", "")]), in_place);
    assert_eq!(rest(&[package, lock, main]), "pip:   - ./uv.lock command: [python, -m, shop]");
    assert_eq!(rest(&[project, pylock, main]), "pip:   - ./pylock.toml project: ./ command: [python, -m, shop]");
    assert_eq!(rest(&[pylock]), "pip:   - ./pylock.toml");
    let old = init(&[project, lock, (".python-version", "3.7")]).1;
    assert!(old.contains("# uv.lock is not used") && old.contains("  - ./\n"), "{old}");
    // advice never has a tracked file overwritten
    assert!(!old.contains("-o requirements.txt"), "{old}");
    let both = init(&[project, lock, ("poetry.lock", "")]).1;
    assert!(both.contains("# poetry.lock is not used, because uv.lock is"), "{both}");
}

#[test]
fn programs() {
    let program = |files: &[(&str, &str)]| {
        let text = lines(files);
        let (_, rest) = text.split_once('\n').unwrap_or((&text, ""));
        rest.replace('\n', " ")
    };
    assert_eq!(program(&[("main.py", ""), ("app/main.py", ""), ("other.py", "")]), "project: ./");
    assert_eq!(program(&[("app/main.py", ""), ("src/main.py", "")]), "project: ./app/");
    assert_eq!(program(&[("src/main.py", "")]), "project: ./src/");
    assert_eq!(program(&[("hello.py", ""), ("conftest.py", ""), ("test_hello.py", "")]), "project: ./hello.py");
    let main = "if __name__ == '__main__':\n    print(1)\n";
    assert_eq!(program(&[("domain.py", ""), ("report.py", main)]), "project: ./report.py");
    assert_eq!(program(&[("it's #1.py", "")]), "project: \"./it's #1.py\"");
    assert_eq!(program(&[("a.py", ""), ("b.py", "")]), "");
    // Django is what its `manage.py` imports
    assert_eq!(program(&[("manage.py", ""), ("main.py", "")]), "project: ./");
    let django = "pip:   - django   - gunicorn project: ./ command: [python, manage.py, runserver, \"0.0.0.0:8000\"] ports: [8000]";
    assert_eq!(program(&[("manage.py", "import django\n"), ("main.py", "")]), django.replace("   - gunicorn", ""));
    let package = ("shop/__main__.py", "");
    assert_eq!(program(&[package]), "project: ./ command: [python, -m, shop]");
    assert_eq!(program(&[("src/shop/__main__.py", "")]), "project: ./src/ command: [python, -m, shop]");
    assert_eq!(program(&[package, ("two/__main__.py", "")]), "");
    assert_eq!(program(&[("null/__main__.py", "")]), "project: ./ command: [python, -m, \"null\"]");
    assert_eq!(program(&[("no-module/__main__.py", "")]), "");
    let pyproject = ("pyproject.toml", "[project]\nname = 'shop'\n");
    let alone = "pip:   - ./pyproject.toml project: ./ command: [python, -m, shop]";
    assert_eq!(program(&[package, pyproject]), alone);
    let installed = ("pyproject.toml", "[project]\nname = 'shop'\n[build-system]\nrequires = []\n");
    assert_eq!(program(&[package, installed]), "pip:   - ./ command: [python, -m, shop]");
}

#[test]
fn a_dockerignore_file_is_not_changed() {
    let place = Place::empty();
    place.write(".dockerignore", "mine\n");
    let ran = place.run("init");
    ran.gives(0, "", "note: ./.dockerignore does not exclude everything").gives(0, "", "\n  **/.git\n  **/.env\n");
    assert_eq!(place.read(".dockerignore"), "mine\n");
    fs::remove_file(place.path("Mopyfile.yaml")).unwrap();
    place.write(".dockerignore", "**\n!app\n");
    assert!(!place.run("init").stderr.contains("note:"));
}

#[cfg(unix)]
#[test]
fn nothing_hostile_is_read() {
    let place = Place::empty();
    assert!(Command::new("mkfifo").arg(place.path("Dockerfile")).status().unwrap().success());
    std::os::unix::fs::symlink("/proc/self/environ", place.path(".python-version")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", place.path("requirements.txt")).unwrap();
    std::os::unix::fs::symlink(".", place.path("loop")).unwrap();
    let ran = Ran::new(place.command("init").env("MOPY_TEST_TOKEN", "hunter2").output().unwrap());
    ran.gives(0, "", "Python 3.14, installs nothing, runs nothing yet");
    assert!(!ran.stderr.contains("hunter2") && !place.read("Mopyfile.yaml").contains("hunter2"));
}

#[test]
fn nothing_is_overwritten() {
    for name in ["Mopyfile.yaml", "Mopyfile.yml", "Mopyfile"] {
        let place = Place::empty();
        place.write(name, "mine");
        place.run("init").gives(2, "", &format!("`./{name}` already exists"));
        assert_eq!((place.names(), place.read(name)), (vec![name.to_owned()], "mine".to_owned()));
    }
    let place = Place::empty();
    place.run("init").gives(0, "", "wrote");
    place.run("init").gives(2, "", "`./Mopyfile.yaml` already exists");
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_there() {
    let place = Place::empty();
    std::os::unix::fs::symlink("nowhere", place.path("Mopyfile.yaml")).unwrap();
    place.run("init").gives(2, "", "already exists");
    assert_eq!(place.names(), ["Mopyfile.yaml"]);
}

#[test]
fn another_directory() {
    let place = Place::empty();
    place.write("My Shop/main.py", "");
    let mut command = place.command("init");
    let ran = Ran::new(command.arg("My Shop").output().unwrap());
    ran.gives(0, "", "docker build -f 'My Shop/Mopyfile.yaml' -t my-shop 'My Shop'\n");
    assert_eq!(place.names(), ["My Shop"]);
    place.run("init nowhere").gives(2, "", "`nowhere` is not a directory");
    place.run("init a b").gives(2, "", "unexpected argument");
}

#[test]
fn unreadable_files() {
    let place = Place::empty();
    place.write("pyproject.toml", "[project\n");
    place.run("init").gives(2, "", "`./pyproject.toml` is not valid TOML");
    fs::remove_file(place.path("pyproject.toml")).unwrap();
    fs::create_dir(place.path("pyproject.toml")).unwrap();
    place.run("init").gives(2, "", "cannot read `./pyproject.toml`");
    assert_eq!(place.names(), ["pyproject.toml"]);
}
