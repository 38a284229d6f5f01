//! `mopy init`: what it writes for each layout of a project, and that mopy accepts it.

use std::fs;

use crate::Place;

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

/// The lines that are no comments.
#[track_caller]
fn lines(files: &[(&str, &str)]) -> String {
    let (_, text) = init(files);
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    lines.join("\n")
}

#[test]
fn nothing_there() {
    let (place, text) = init(&[]);
    assert_eq!(
        text,
        "# the version of Python: nothing says which one the project is for\npython: 3.13\n\n\
         # what to install: requirements, files with them, projects\n# pip: [fastapi, ./requirements.txt, ./lib/]\n\n\
         # what runs: a directory with main.py, a file, or a command\n# project: ./app/\n# command: [python, -m, shop]\n"
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
    assert_eq!(
        text,
        "# the version of Python: as .python-version says\npython: 3.12\n\n\
         # what to install\npip:\n  - ./uv.lock\n\n\
         # the application: a directory, whose main.py is what runs\nproject: ./\n"
    );
}

#[test]
fn versions() {
    let pyproject = |requires: &str| format!("[project]\nname = 'x'\nrequires-python = '{requires}'\n");
    let version = |files: &[(&str, &str)]| lines(files).lines().next().unwrap().to_owned();
    assert_eq!(version(&[("pyproject.toml", &pyproject(">=3.11,<3.13"))]), "python: 3.12");
    assert_eq!(version(&[("pyproject.toml", &pyproject(">=3.11"))]), "python: 3.14");
    assert_eq!(version(&[("pyproject.toml", &pyproject("nonsense"))]), "python: 3.13");
    assert_eq!(version(&[("pyproject.toml", &pyproject(">=3.11")), (".python-version", "3.11.4\n")]), "python: 3.11.4");
    assert_eq!(version(&[("pyproject.toml", &pyproject(">=3.11")), (".python-version", "pypy3.10\n")]), "python: 3.14");
    for (name, text, python) in [
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = '>=3.9,<3.13'\n", "python: 3.12"),
        ("Pipfile", "[requires]\npython_version = '3.11'\n", "python: 3.11"),
        ("setup.py", "setup(python_requires='>=3.8')\n", "python: 3.14"),
        ("setup.py", "setup(\n  python_requires='>=3.8,<3.12',\n)\n", "python: 3.11"),
        ("setup.cfg", "[options]\npython_requires = <3.12\n", "python: 3.11"),
        ("pylock.toml", "requires-python = '==3.11.*'\n", "python: 3.11"),
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
    let hashes = [("requirements.txt", "a==1 \\\n  --hash=sha256:0\n"), ("pyproject.toml", "[project]\nname = 'x'\n")];
    assert_eq!(pip(&hashes), ["./requirements.txt", "./pyproject.toml"]);
    let dynamic = "[project]\nname = 'x'\ndynamic = ['dependencies']\n";
    assert_eq!(pip(&[("pyproject.toml", dynamic)]), ["./"]);
    let poetry = "[tool.poetry]\npackage-mode = false\n[build-system]\nrequires = ['poetry-core']\n";
    assert_eq!(pip(&[("pyproject.toml", poetry)]), [""; 0]);
    // the ordinary project of Django, which setuptools refuses to install
    let django = [("pyproject.toml", "[project]\nname = 'x'\n"), ("manage.py", ""), ("a/x.py", ""), ("b/y.py", "")];
    assert_eq!(pip(&django), ["./pyproject.toml"]);
    let with_pip = [hashes[0], hashes[1], (".python-version", "3.7")];
    assert_eq!(pip(&with_pip), ["./requirements.txt"]);
    assert!(init(&with_pip).1.contains("# ./requirements.txt has hashes"));
    let script = "# /// script\n# dependencies = ['rich']\n# ///\n";
    assert_eq!(pip(&[("report.py", script)]), ["./report.py"]);
}

#[test]
fn lock_files() {
    for (name, command) in [
        // without its project
        ("uv.lock", "uv export --format requirements.txt"),
        ("poetry.lock", "poetry export -f requirements.txt -o requirements.txt"),
        ("Pipfile.lock", "pipenv requirements > requirements.txt"),
    ] {
        let (_, text) = init(&[(name, "")]);
        assert!(text.contains(&format!("# {name} is not read")) && text.contains(command), "{text}");
    }
    let project = ("pyproject.toml", "[project]\nname = 'shop'\n");
    let package = ("pyproject.toml", "[project]\nname = 'shop'\n[build-system]\nrequires = []\n");
    let (lock, pylock, main) = (("uv.lock", ""), ("pylock.toml", ""), ("shop/__main__.py", ""));
    let rest = |files: &[(&str, &str)]| lines(files).split_once('\n').unwrap().1.replace('\n', " ");
    let in_place = "pip:   - ./uv.lock project: ./ command: [python, -m, shop]";
    assert_eq!(rest(&[project, lock, pylock, main, ("requirements.txt", "")]), in_place);
    assert_eq!(rest(&[package, lock, main]), "pip:   - ./uv.lock command: [python, -m, shop]");
    assert_eq!(rest(&[project, pylock, main]), "pip:   - ./pylock.toml project: ./ command: [python, -m, shop]");
    assert_eq!(rest(&[package, pylock, main]), "pip:   - ./pylock.toml   - ./ command: [python, -m, shop]");
    assert_eq!(rest(&[pylock]), "pip:   - ./pylock.toml");
    let old = init(&[project, lock, (".python-version", "3.7")]).1;
    assert!(old.contains("# uv.lock is not read") && old.contains("  - ./\n"), "{old}");
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
    assert_eq!(program(&[("it's #1.py", "")]), "project: \"./it's #1.py\"");
    assert_eq!(program(&[("a.py", ""), ("b.py", "")]), "");
    let django = "project: ./ command: [python, manage.py, runserver, \"0.0.0.0:8000\"]";
    assert_eq!(program(&[("manage.py", ""), ("main.py", "")]), django);
    assert!(init(&[("manage.py", ""), ("site_1/wsgi.py", "")]).1.contains("# command: [gunicorn, site_1.wsgi, --bind"));
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
fn nothing_is_overwritten() {
    for name in ["Mopyfile.yaml", "Mopyfile.yml", "Mopyfile"] {
        let place = Place::empty();
        place.write(name, "mine");
        place.run("init").gives(2, "", &format!("`./{name}` is there already"));
        assert_eq!((place.names(), place.read(name)), (vec![name.to_owned()], "mine".to_owned()));
    }
    let place = Place::empty();
    place.write(".dockerignore", "mine");
    let ran = place.run("init");
    assert!(ran.code == 0 && !ran.stderr.contains(".dockerignore"), "{ran:#?}");
    assert_eq!(place.read(".dockerignore"), "mine");
    place.run("init").gives(2, "", "`./Mopyfile.yaml` is there already, and nothing is overwritten");
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_there() {
    let place = Place::empty();
    std::os::unix::fs::symlink("nowhere", place.path("Mopyfile.yaml")).unwrap();
    place.run("init").gives(2, "", "is there already");
    assert_eq!(place.names(), ["Mopyfile.yaml"]);
}

#[test]
fn another_directory() {
    let place = Place::empty();
    place.write("My Shop/main.py", "");
    let mut command = place.command("init");
    let ran = crate::Ran::new(command.arg("My Shop").output().unwrap());
    ran.gives(0, "", "docker build -f 'My Shop/Mopyfile.yaml' -t my-shop 'My Shop'\n");
    assert_eq!(place.names(), ["My Shop"]);
    place.run("init nowhere").gives(2, "", "`nowhere` is no directory");
    place.run("init a b").gives(2, "", "unexpected argument");
}

#[test]
fn what_cannot_be_read() {
    let place = Place::empty();
    place.write("pyproject.toml", "[project\n");
    place.run("init").gives(2, "", "`./pyproject.toml` is no TOML");
    fs::remove_file(place.path("pyproject.toml")).unwrap();
    fs::create_dir(place.path("pyproject.toml")).unwrap();
    place.run("init").gives(2, "", "cannot read `./pyproject.toml`");
    assert_eq!(place.names(), ["pyproject.toml"]);
}
