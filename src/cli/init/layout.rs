//! What a directory holds: what is to be installed, what runs.

use std::fs;
use std::io;
use std::path::Path;

use super::pyproject::{Pyproject, requires_python};
use super::python;
use crate::cli::Failure;
use crate::mopyfile::path::ContextPath;
use crate::mopyfile::pip::{PipEntry, Role};
use crate::mopyfile::python::PythonVersion;

/// What a Mopyfile for a directory has to say.
pub(super) struct Layout {
    /// The version of Python.
    pub(super) python: String,
    /// Why it is this one.
    pub(super) reason: String,
    /// The entries of `pip`.
    pub(super) pip: Vec<String>,
    /// The requirements file that has hashes, and for whose sake the project itself is no entry.
    pub(super) hashes: Option<String>,
    /// The lock files that are no entries.
    pub(super) locks: Vec<&'static Lock>,
    /// What runs.
    pub(super) program: Option<Program>,
}

/// A lock file that mopy does not read.
pub(super) struct Lock {
    /// Its name.
    pub(super) name: &'static str,
    /// The command that makes a requirements file of it.
    pub(super) export: Option<&'static str>,
}

const UV_LOCK: &str = "uv.lock";
const PYLOCK: &str = "pylock.toml";

/// Lock files, the most telling first.
const LOCKS: &[Lock] = &[
    Lock { name: UV_LOCK, export: Some("uv export --format requirements.txt --no-emit-project -o requirements.txt") },
    Lock { name: PYLOCK, export: None },
    Lock { name: "poetry.lock", export: Some("poetry export -f requirements.txt -o requirements.txt") },
    Lock { name: "Pipfile.lock", export: Some("pipenv requirements > requirements.txt") },
];

/// What runs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Program {
    /// `main.py` of a directory.
    Main(&'static str),
    /// A file.
    File(String),
    /// `manage.py` of Django, and the module for a server, if one is found.
    Django(Option<String>),
    /// A package with `__main__.py`: its name, and the directory that it is in unless it is installed.
    Package(String, Option<&'static str>),
}

/// Requirements files in `requirements/`, for the image first.
const REQUIREMENTS: &[&str] =
    &["production.txt", "prod.txt", "base.txt", "common.txt", "main.txt", "requirements.txt", "default.txt"];

/// Python files that belong to tools, and are no program.
const TOOLS: &[&str] = &["setup.py", "conftest.py", "noxfile.py", "tasks.py", "fabfile.py", "__init__.py"];

impl Layout {
    /// Looks at `directory`.
    pub(super) fn of(directory: &Path) -> Result<Self, Failure> {
        let pyproject = read(directory, "pyproject.toml")?.map(|text| Pyproject::parse(&text)).transpose();
        let pyproject = pyproject.map_err(|error| {
            let file = directory.join("pyproject.toml");
            Failure::new(format!("`{}` is no TOML: {}", file.display(), error.message()))
                .help("`mopy init` reads the version of Python from it")
        })?;
        let pyproject = pyproject.unwrap_or_default();
        let (python, reason) = python(directory, &pyproject)?;
        let is_file = |name: &str| directory.join(name).is_file();
        let has_uv = PythonVersion::parse(&python).is_ok_and(|version| version.has_uv());
        let installable = pyproject.is_installable || is_file("setup.py");
        // what is no package may not be installed: where several directories could be the package, setuptools does not choose
        let is_needs_alone = has_uv && pyproject.names_dependencies && !pyproject.is_package && !is_file("setup.py");
        let lock = [UV_LOCK, PYLOCK].into_iter().find(|lock| has_uv && is_file(lock));
        let lock = lock.filter(|lock| *lock != UV_LOCK || is_file("pyproject.toml"));
        let (mut pip, hashes) = match lock {
            Some(lock) => (vec![format!("./{lock}")], None),
            None => requirements(directory)?,
        };
        // uv is content when only some have hashes
        let hashes = hashes.filter(|_| !has_uv);
        let installed = match lock {
            Some(UV_LOCK) => pyproject.is_package,
            _ => installable && !is_needs_alone && hashes.is_none(),
        };
        match lock {
            Some(UV_LOCK) => {}
            None if is_needs_alone => pip.push("./pyproject.toml".to_owned()),
            _ if installed => pip.push("./".to_owned()),
            _ => {}
        }
        let locks = LOCKS.iter().filter(|other| Some(other.name) != lock && is_file(other.name)).collect();
        let program = program(directory, installed)?;
        if let Some(Program::File(script)) = &program
            && read(directory, script)?.is_some_and(|text| python::script_block(&text).is_some())
        {
            pip.extend(Some(script.clone()).filter(|_| has_uv));
        }
        Ok(Self { python, reason, pip, hashes: hashes.filter(|_| installable), locks, program })
    }
}

/// The version of Python that the project is for, and why.
fn python(directory: &Path, pyproject: &Pyproject) -> Result<(String, String), Failure> {
    if let Some(version) = read(directory, ".python-version")?.and_then(|text| python::of_file(&text)) {
        return Ok((version, "as .python-version says".to_owned()));
    }
    let setup = |text: String| python::of_setup(&text);
    let pipfile = |text: String| {
        requires_python(&text, Some("requires"), "python_version").map(|version| python::of_pipfile(&version))
    };
    let pylock = |text: String| requires_python(&text, None, "requires-python");
    let script = match program(directory, true)? {
        Some(Program::File(script)) => read(directory, &script)?.and_then(|text| python::script_block(&text)),
        _ => None,
    };
    for (name, requires) in [
        ("pyproject.toml", pyproject.requires_python.clone()),
        ("setup.cfg", read(directory, "setup.cfg")?.and_then(setup)),
        ("setup.py", read(directory, "setup.py")?.and_then(setup)),
        ("Pipfile", read(directory, "Pipfile")?.and_then(pipfile)),
        (PYLOCK, read(directory, PYLOCK)?.and_then(pylock)),
        ("the script", script.and_then(pylock)),
    ] {
        if let Some(version) = requires.as_deref().and_then(python::newest) {
            return Ok((version, format!("the newest that {name} allows")));
        }
    }
    Ok((python::DEFAULT.to_owned(), "nothing says which one the project is for".to_owned()))
}

/// The requirements files, with those that they name, and the first of them that has hashes.
fn requirements(directory: &Path) -> Result<(Vec<String>, Option<String>), Failure> {
    let mut files: Vec<String> = first_requirements(directory)?.into_iter().collect();
    let mut hashes = None;
    let mut next = 0;
    while let Some(file) = files.get(next).cloned() {
        next += 1;
        let Some(text) = read(directory, &file)? else { continue };
        if hashes.is_none() && text.contains("--hash") {
            hashes = Some(file.clone());
        }
        let named = text.lines().filter_map(|line| named(&file, line));
        for other in named.filter(|other| directory.join(other).is_file()).collect::<Vec<_>>() {
            if !files.contains(&other) {
                files.push(other);
            }
        }
    }
    Ok((files, hashes))
}

fn first_requirements(directory: &Path) -> Result<Option<String>, Failure> {
    if directory.join("requirements.txt").is_file() {
        return Ok(Some("./requirements.txt".to_owned()));
    }
    let below = directory.join("requirements");
    if !below.is_dir() {
        return Ok(None);
    }
    let names = names(&below, |path| path.is_file())?;
    let mut texts = names.iter().map(String::as_str).filter(|name| name.ends_with(".txt"));
    let known = REQUIREMENTS.iter().copied().find(|known| names.iter().any(|name| name == known));
    let name = known.or_else(|| texts.next().filter(|_| texts.next().is_none()));
    Ok(name.map(|name| format!("./requirements/{name}")).filter(|path| PipEntry::parse(path).is_ok()))
}

/// The file that a line `-r other.txt` or `-c constraints.txt` of the requirements file `file` names.
fn named(file: &str, line: &str) -> Option<String> {
    let options = ["--requirement", "--constraint", "-r", "-c"];
    let rest = options.iter().find_map(|option| line.trim_start().strip_prefix(option))?;
    let name = rest.trim_start_matches([' ', '\t', '=']).split(" #").next()?.trim_end();
    let (parent, _) = file.rsplit_once('/')?;
    let path = ContextPath::parse(&format!("{parent}/{name}")).ok()?.to_string();
    let is_constraint = line.trim_start().trim_start_matches('-').starts_with('c');
    match PipEntry::parse(&path).ok()?.role()? {
        Role::List if !is_constraint => Some(path),
        Role::Limit => Some(path),
        _ => None,
    }
}

fn program(directory: &Path, installed: bool) -> Result<Option<Program>, Failure> {
    let is_file = |path: &str| directory.join(path).is_file();
    if is_file("manage.py") {
        let wsgi = names(directory, |path| path.join("wsgi.py").is_file())?.into_iter().find(|name| is_module(name));
        return Ok(Some(Program::Django(wsgi.map(|package| format!("{package}.wsgi")))));
    }
    for (main, path) in [("main.py", "./"), ("app/main.py", "./app/"), ("src/main.py", "./src/")] {
        if is_file(main) {
            return Ok(Some(Program::Main(path)));
        }
    }
    let is_program = |name: &String| {
        let is_test = name.starts_with("test_") || name.ends_with("_test.py");
        name.ends_with(".py") && !is_test && !TOOLS.contains(&name.as_str())
    };
    let files: Vec<String> = names(directory, |path| path.is_file())?.into_iter().filter(is_program).collect();
    if let [file] = files.as_slice() {
        let path = format!("./{file}");
        return Ok(ContextPath::parse(&path).is_ok().then_some(Program::File(path)));
    }
    for path in ["./", "./src/"] {
        let packages = names(&directory.join(path), |path| path.join("__main__.py").is_file()).unwrap_or_default();
        let packages: Vec<String> = packages.into_iter().filter(|name| is_module(name)).collect();
        if let [package] = packages.as_slice() {
            return Ok(Some(Program::Package(package.clone(), (!installed).then_some(path))));
        }
    }
    Ok(None)
}

fn is_module(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// The names in `directory` that are Unicode and whose paths are `wanted`, in order.
fn names(directory: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<String>, Failure> {
    let list = || -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            names.extend(name.filter(|_| wanted(&path)).map(str::to_owned));
        }
        names.sort_unstable();
        Ok(names)
    };
    list().map_err(|error| Failure::cannot_read(directory, &error))
}

/// The text of a file of the directory, if it is there.
fn read(directory: &Path, name: &str) -> Result<Option<String>, Failure> {
    let file = directory.join(name);
    match fs::read(&file) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::cannot_read(&file, &error)),
    }
}
