//! Finds the dependencies to install.

use std::path::Path;

use super::application::{DetectedApplication, Installed, Search};
use super::directory::{Directory, parent};
use super::evidence::Evidence;
use super::evidence::pyproject::Pyproject;
use super::versions::script_block;
use crate::cli::context::join;
use crate::mopyfile::path::ContextPath;
use crate::mopyfile::pip::{PipEntry, Role};
use crate::mopyfile::python::PythonVersion;

/// The keys of a Mopyfile that describe dependencies.
#[derive(Debug, Default)]
pub(super) struct Dependencies {
    /// The entries of `pip`, each with a comment if it is a guess.
    pub(super) pip: Vec<(String, Option<&'static str>)>,
    /// `build-deps`.
    pub(super) build_deps: Vec<&'static str>,
    /// `runtime-deps`.
    pub(super) runtime_deps: Vec<String>,
    /// Remarks for the user, which become comments.
    pub(super) remarks: Vec<String>,
}

/// The files that list dependencies.
pub(super) struct DependencySources {
    lock: Option<&'static LockFile>,
    /// Lock files that are not used, because another one is or because they are not supported.
    others: Vec<&'static LockFile>,
    /// The requirements files, including those that they refer to.
    pub(super) requirements: Vec<String>,
    /// The first requirements file that contains hashes, if pip is the installer.
    hashes: Option<String>,
    /// Whether one of the requirements files installs the project itself.
    names_project: bool,
    /// Whether the project itself is installed.
    pub(super) installed: Installed,
    has_uv: bool,
    has_pyproject: bool,
    /// Whether the dependencies are complete in `./pyproject.toml`.
    is_needs_alone: bool,
    /// The uv workspace in a parent directory.
    pub(super) workspace: Option<Workspace>,
}

/// The uv workspace that the project is a member of.
pub(super) struct Workspace {
    /// The path to its root: `../..`.
    pub(super) up: String,
    /// The path of the member, relative to the root.
    pub(super) member: String,
}

/// A lock file of a tool.
struct LockFile {
    name: &'static str,
    /// The command that exports a requirements file from it.
    export: Option<&'static str>,
}

const UV: &str = "uv.lock";

/// The lock files, in order of preference.
const LOCKS: [LockFile; 5] = [
    LockFile {
        name: UV,
        export: Some("uv export --format requirements.txt --no-emit-project -o requirements.lock.txt"),
    },
    LockFile { name: "pylock.toml", export: None },
    LockFile { name: "poetry.lock", export: Some("poetry export -f requirements.txt -o requirements.lock.txt") },
    LockFile { name: "pdm.lock", export: Some("pdm export --prod -o requirements.lock.txt") },
    LockFile { name: "Pipfile.lock", export: Some("pipenv requirements > requirements.lock.txt") },
];

/// Requirements files in `requirements/`, those for production first.
const IN_DIRECTORY: [&str; 7] =
    ["production.txt", "prod.txt", "base.txt", "common.txt", "main.txt", "requirements.txt", "default.txt"];

/// The same at the top level.
const AT_THE_TOP: [&str; 5] = [
    "requirements.txt",
    "requirements-prod.txt",
    "requirements_prod.txt",
    "requirements.prod.txt",
    "requirements-base.txt",
];

/// Common modules and their distributions, for programs whose dependencies are not listed in any file.
const WELL_KNOWN: [(&str, &str); 34] = [
    ("PIL", "pillow"),
    ("aiohttp", "aiohttp"),
    ("boto3", "boto3"),
    ("bottle", "bottle"),
    ("bs4", "beautifulsoup4"),
    ("celery", "celery"),
    ("click", "click"),
    ("cv2", "opencv-python-headless"),
    ("dash", "dash"),
    ("dateutil", "python-dateutil"),
    ("django", "django"),
    ("dotenv", "python-dotenv"),
    ("falcon", "falcon"),
    ("fastapi", "fastapi"),
    ("flask", "flask"),
    ("gradio", "gradio"),
    ("httpx", "httpx"),
    ("jinja2", "jinja2"),
    ("litestar", "litestar"),
    ("matplotlib", "matplotlib"),
    ("nicegui", "nicegui"),
    ("numpy", "numpy"),
    ("pandas", "pandas"),
    ("psutil", "psutil"),
    ("pydantic", "pydantic"),
    ("quart", "quart"),
    ("redis", "redis"),
    ("requests", "requests"),
    ("rich", "rich"),
    ("sanic", "sanic"),
    ("sqlalchemy", "sqlalchemy"),
    ("starlette", "starlette"),
    ("streamlit", "streamlit"),
    ("typer", "typer"),
];

/// Packages without wheels, or that load libraries, and the apt packages that they need during the build. The official
/// Python image contains the headers of many more (see its Dockerfile, `buildpack-deps`).
const BUILD_DEPS: [(&str, &[&str]); 7] = [
    ("python-ldap", &["libldap2-dev", "libsasl2-dev"]),
    ("pyodbc", &["unixodbc-dev"]),
    ("pycups", &["libcups2-dev"]),
    ("xmlsec", &["libxmlsec1-dev"]),
    ("opencv-python", &["libgl1", "libglib2.0-0t64"]),
    ("opencv-contrib-python", &["libgl1", "libglib2.0-0t64"]),
    ("pygraphviz", &["libgraphviz-dev"]),
];

/// apt packages in Dockerfiles that programs need at run time. Libraries that packages link against are copied anyway.
const PROGRAMS: [&str; 18] = [
    "chromium",
    "default-jre-headless",
    "ffmpeg",
    "fonts-dejavu",
    "ghostscript",
    "git",
    "gnupg",
    "graphviz",
    "imagemagick",
    "libmagic1",
    "libpango-1.0-0",
    "libpangoft2-1.0-0",
    "libreoffice",
    "openssh-client",
    "pandoc",
    "poppler-utils",
    "postgresql-client",
    "tesseract-ocr",
];

impl DependencySources {
    /// Searches `directory`.
    pub(super) fn find(directory: &Directory, evidence: &Evidence, python: &PythonVersion) -> Self {
        let Evidence { pyproject, .. } = evidence;
        let is_file = |name: &str| directory.is_file(name);
        let has_uv = python.has_uv();
        let has_pyproject = is_file("pyproject.toml");
        let mut others: Vec<&'static LockFile> = LOCKS.iter().filter(|lock| is_file(lock.name)).collect();
        let usable = others.iter().copied().filter(|lock| {
            let entry = PipEntry::parse(&format!("./{}", lock.name));
            has_uv && entry.is_ok_and(|entry| entry.sources().iter().all(|source| is_file(source.path.as_str())))
        });
        // the first one, unless Poetry manages the project
        let lock = usable.min_by_key(|lock| !(lock.name == "poetry.lock" && pyproject.is_of_poetry));
        others.retain(|other| lock.is_none_or(|lock| lock.name != other.name));
        let workspace = (lock.is_none() && has_uv && has_pyproject).then(|| workspace(&directory.root)).flatten();
        let (requirements, hashes, names_project) = match lock.is_some() || workspace.is_some() {
            true => Default::default(),
            false => requirements(directory),
        };
        // uv accepts files in which only some requirements have hashes
        let hashes = hashes.filter(|_| !has_uv);
        let is_package = is_file("setup.py") || (pyproject.is_installable && has_package(directory, pyproject));
        // a project that is not a package cannot be installed: setuptools fails if several directories could be the
        // package
        let is_needs_alone =
            has_uv && pyproject.names_dependencies && !is_file("setup.py") && !(pyproject.is_package && is_package);
        let installed = match lock.map(|lock| lock.name) {
            _ if hashes.is_some() || is_needs_alone => Installed::Never,
            Some(UV) if pyproject.is_package && is_package => Installed::Always,
            Some(UV) => Installed::Never,
            Some(_) if is_package => Installed::Possible,
            Some(_) => Installed::Never,
            None if workspace.is_some() && pyproject.is_package => Installed::Always,
            None if names_project => Installed::Always,
            None if is_package && !requirements.is_empty() => Installed::Possible,
            None if is_package => Installed::Always,
            None => Installed::Never,
        };
        Self {
            lock,
            others,
            requirements,
            hashes,
            names_project,
            installed,
            has_uv,
            has_pyproject,
            is_needs_alone,
            workspace,
        }
    }

    /// The dependencies to install for `application`.
    pub(super) fn dependencies(&self, search: &Search<'_>, application: &DetectedApplication) -> Dependencies {
        let Search { directory, evidence, dependencies: known, .. } = search;
        let mut entries: Vec<String> = match (self.lock, &self.workspace) {
            (Some(lock), _) => vec![format!("./{}", lock.name)],
            (None, Some(_)) => {
                vec![format!("./{UV}[package:{}]", evidence.pyproject.name.as_deref().unwrap_or_default())]
            }
            (None, None) => self.requirements.iter().map(|file| format!("./{file}")).collect(),
        };
        let own_lock = self.lock.is_some_and(|lock| lock.name == UV);
        if entries.is_empty() && self.is_needs_alone {
            entries.push("./pyproject.toml".to_owned());
        } else if !own_lock
            && self.workspace.is_none()
            && (self.names_project
                || self.installed == Installed::Always
                || (self.installed == Installed::Possible && application.project.is_none()))
        {
            entries.push("./".to_owned());
        }
        if let Some(file) = application.file.as_deref().filter(|_| self.has_uv)
            && directory.text_if_readable(file).is_some_and(|text| script_block(&text).is_some())
        {
            entries.push(format!("./{file}"));
        }
        let mut pip: Vec<(String, Option<&str>)> = entries.into_iter().map(|entry| (entry, None)).collect();
        if pip.is_empty() && !self.has_pyproject && !evidence.has_conda && evidence.pipfile.is_empty() {
            // only the distributions of well-known modules: any other name could belong to anyone
            let imported = WELL_KNOWN.iter().filter(|(module, _)| search.imports(module));
            pip.extend(imported.map(|(_, name)| ((*name).to_owned(), Some("imported, but not listed in any file"))));
        }
        if pip.is_empty() {
            let names = evidence.pipfile.iter().filter(|name| PipEntry::parse(name).is_ok());
            pip.extend(names.map(|name| (name.clone(), Some("from Pipfile, without a lock file"))));
        }
        if let Some(name) = application.needs.filter(|name| pip.iter().all(|(entry, _)| entry != name)) {
            let reason = "runs the application, but is not one of its dependencies";
            pip.push((name.to_owned(), (!known.is_empty()).then_some(reason)));
        }
        let has = |name: &str| known.iter().any(|(other, _)| other == name);
        let needed = BUILD_DEPS.iter().filter(|(name, _)| has(name));
        let mut build_deps: Vec<&str> = needed.flat_map(|(_, packages)| packages.iter().copied()).collect();
        build_deps.dedup();
        let is_program = |name: &&String| PROGRAMS.contains(&name.as_str()) || name.starts_with("tesseract-ocr-");
        let runtime_deps = evidence.dockerfile.packages.iter().filter(is_program).cloned().collect();
        Dependencies { remarks: self.remarks(evidence, pip.is_empty()), pip, build_deps, runtime_deps }
    }

    fn remarks(&self, evidence: &Evidence, installs_nothing: bool) -> Vec<String> {
        let unused = self.others.iter().map(|other| match (self.lock, other.export) {
            (Some(lock), _) => format!("{} is not used, because {} is", other.name, lock.name),
            (None, Some(command)) => {
                let entry = "./requirements.lock.txt";
                format!("{} is not used; to install its versions, run `{command}` and list {entry}", other.name)
            }
            (None, None) => format!("{} is not used", other.name),
        });
        let mut remarks: Vec<String> = unused.collect();
        if let Some(file) = &self.hashes {
            remarks.push(format!(
                "{file} has hashes, and pip then requires hashes for everything, so ./ cannot be an entry"
            ));
        }
        let reads_all = self.lock.is_some() || self.workspace.is_some() || !self.requirements.is_empty();
        if !reads_all && self.installed == Installed::Never && !self.is_needs_alone && evidence.pyproject.is_of_poetry {
            remarks.push("run `poetry lock`, and add the lock file: - ./poetry.lock".to_owned());
        } else if installs_nothing && evidence.has_conda {
            remarks.push(
                "conda's environment.yml is not supported; list the packages that the application imports".to_owned(),
            );
        }
        remarks
    }
}

/// Whether the directory that Poetry or Hatch would package exists.
fn has_package(directory: &Directory, pyproject: &Pyproject) -> bool {
    let Some(name) = &pyproject.name else { return true };
    let text = directory.text_if_readable("pyproject.toml").unwrap_or_default();
    let looks_for_name = text.contains("poetry.core") || text.contains("hatchling.build") || text.contains("uv_build");
    let says_more =
        ["packages", "force-include", "module-name", "sources", "only-include"].iter().any(|key| text.contains(key));
    let module = name.replace(['-', '.'], "_");
    let lower = module.to_ascii_lowercase();
    let is_there = |module: &str| {
        directory.is_directory(module)
            || directory.is_directory(&join("src", module))
            || directory.is_file(&format!("{module}.py"))
    };
    !looks_for_name || says_more || is_there(&module) || is_there(&lower)
}

/// The workspace in a parent directory of `root` whose lock file contains its packages.
fn workspace(root: &Path) -> Option<Workspace> {
    /// The maximum depth of workspace members.
    const MAX_DEPTH: usize = 4;
    let real = root.canonicalize().ok()?;
    let mut member = String::new();
    let mut up = String::new();
    for below in real.ancestors().take(MAX_DEPTH) {
        let above = below.parent()?;
        let name = below.file_name()?.to_str()?;
        member = if member.is_empty() { name.to_owned() } else { format!("{name}/{member}") };
        up = join(&up, "..");
        let directory = Directory { root: above.to_owned() };
        let text = directory.text_if_readable("pyproject.toml");
        if directory.is_file(UV)
            && text.and_then(|text| Pyproject::parse(&text).ok()).is_some_and(|project| project.is_workspace)
        {
            return ContextPath::parse(&member).ok().map(|_| Workspace { up, member });
        }
    }
    None
}

/// The requirements files including those that they refer to, the first one that contains hashes, and whether one
/// installs the project itself.
fn requirements(directory: &Directory) -> (Vec<String>, Option<String>, bool) {
    /// The maximum number of files.
    const MAX_FILES: usize = 50;
    let mut files: Vec<String> = first(directory).into_iter().collect();
    let (mut hashes, mut names_project) = (None, false);
    let mut next = 0;
    while let Some(file) = files.get(next).cloned().filter(|_| next < MAX_FILES) {
        next += 1;
        let Some(text) = directory.text_if_readable(&file) else { continue };
        hashes = hashes.or_else(|| text.contains("--hash").then(|| file.clone()));
        let own = |line: &str| {
            matches!(line.trim().trim_start_matches("-e").trim_start_matches("--editable").trim(), "." | "./")
        };
        names_project |= text.lines().any(own);
        for other in text.lines().filter_map(|line| named(&file, line)) {
            if directory.is_file(&other) && !files.contains(&other) {
                files.push(other);
            }
        }
    }
    (files, hashes, names_project)
}

/// The requirements file for production.
fn first(directory: &Directory) -> Option<String> {
    if let Some(name) = AT_THE_TOP.iter().find(|name| directory.is_file(name)) {
        return Some((*name).to_owned());
    }
    let names: Vec<String> =
        directory.names("requirements").into_iter().filter(|name| name.ends_with(".txt")).collect();
    let known = IN_DIRECTORY.into_iter().find(|known| names.iter().any(|name| name == known));
    let name = known.or(match names.as_slice() {
        [only] => Some(only.as_str()),
        _ => None,
    });
    let path = name.map(|name| join("requirements", name)).or_else(|| {
        // an application in a subdirectory
        let names = directory.names("").into_iter().filter(|name| !name.starts_with('.'));
        let mut found = names.map(|name| join(&name, "requirements.txt")).filter(|path| directory.is_file(path));
        found.next().filter(|_| found.next().is_none())
    });
    path.filter(|path| PipEntry::parse(&format!("./{path}")).is_ok())
}

/// The file in a line `-r other.txt` or `-c constraints.txt` of the requirements file `file`.
fn named(file: &str, line: &str) -> Option<String> {
    let options = ["--requirement", "--constraint", "-r", "-c"];
    let rest = options.iter().find_map(|option| line.trim_start().strip_prefix(option))?;
    let name = rest.trim_start_matches([' ', '\t', '=']).split(" #").next()?.trim_end();
    let path = ContextPath::parse(&join(parent(file), name)).ok()?.to_string();
    let path = path.trim_start_matches("./").to_owned();
    let is_constraint = line.trim_start().trim_start_matches('-').starts_with('c');
    match PipEntry::parse(&format!("./{path}")).ok()?.role()? {
        Role::List if !is_constraint => Some(path),
        Role::Limit => Some(path),
        _ => None,
    }
}
