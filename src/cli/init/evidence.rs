//! What the files of a project state about its Python version, its dependencies and its application.

pub(super) mod dockerfile;
pub(super) mod pyproject;
pub(super) mod shell;

use super::directory::Directory;
use super::versions::{self, AllowedVersions};
use crate::cli::Failure;
use crate::mopyfile::pip::PipEntry;
use crate::mopyfile::wheels::{Format, Packages, string_in};
use dockerfile::Dockerfile;
use pyproject::{Pyproject, keys_in};
use shell::Command;

/// What a file states about the Python version.
#[derive(Debug)]
pub(super) struct Statement {
    /// The file.
    pub(super) file: String,
    /// The versions that it allows, or the invalid value.
    pub(super) allowed: Result<AllowedVersions, String>,
}

/// A lock file and its packages.
pub(super) struct WheelLock {
    /// Its name.
    pub(super) file: &'static str,
    /// Its packages.
    pub(super) packages: Packages,
}

/// Everything that was found.
pub(super) struct Evidence {
    /// The Dockerfile, with its path.
    pub(super) dockerfile: Option<(&'static str, Dockerfile)>,
    /// The command of a Procfile.
    pub(super) procfile: Option<Command>,
    /// `pyproject.toml`; empty if it does not exist.
    pub(super) pyproject: Pyproject,
    /// Statements about the Python version, in order of precedence.
    pub(super) python: Vec<Statement>,
    /// WheelLock files whose wheels mopy can read.
    pub(super) locks: Vec<WheelLock>,
    /// The packages in a Pipfile.
    pub(super) pipfile: Vec<String>,
    /// Whether conda manages the environment.
    pub(super) has_conda: bool,
}

/// Where a Dockerfile can be.
const DOCKERFILES: [&str; 4] = ["Dockerfile", "Containerfile", "docker/Dockerfile", ".docker/Dockerfile"];

const CONDA: [&str; 2] = ["environment.yml", "environment.yaml"];

/// The maximum length of a value that is repeated in a comment.
const MAX_LENGTH: usize = 60;

/// The statement in the inline metadata (PEP 723) of the only script that has one.
fn of_script(directory: &Directory) -> Option<Statement> {
    /// The maximum number of scripts to check.
    const MAX_SCRIPTS: usize = 50;
    let names = directory.names("").into_iter().filter(|name| name.ends_with(".py")).take(MAX_SCRIPTS);
    let mut scripts = names.filter_map(|name| {
        let block = versions::script_block(&directory.text_if_readable(&name)?)?;
        Some((name, string_in(&block, &[], "requires-python")?))
    });
    let (Some((file, versions)), None) = (scripts.next(), scripts.next()) else { return None };
    Some(Statement { file, allowed: AllowedVersions::specifiers(&versions).ok_or(versions) })
}

impl Evidence {
    /// Reads the files of `directory`.
    pub(super) fn read(directory: &Directory) -> Result<Self, Failure> {
        let text = |path: &str| directory.text_if_readable(path);
        let pyproject = directory.text("pyproject.toml")?.map(|text| Pyproject::parse(&text)).transpose();
        let pyproject = pyproject.map_err(|error| {
            let file = directory.root().join("pyproject.toml");
            Failure::new(format!("`{}` is not valid TOML: {}", file.display(), error.message()))
                .help("fix it: `mopy init` reads the Python version and the dependencies from it")
        })?;
        let pyproject = pyproject.unwrap_or_default();
        let dockerfile = DOCKERFILES.iter().find_map(|path| Some((*path, Dockerfile::parse(&text(path)?))));
        let port = |name: &str| (name == "PORT").then(|| "8000".to_owned());
        let procfile = text("Procfile").and_then(|text| {
            let line =
                |kind: &str| text.lines().find_map(|line| line.strip_prefix(kind)?.trim_start().strip_prefix(':'));
            Command::parse(line("web").or_else(|| line("worker"))?, &port)
        });
        let locks = [("uv.lock", Format::Uv), ("pylock.toml", Format::Pylock), ("poetry.lock", Format::Poetry)];
        let locks = locks
            .into_iter()
            .filter_map(|(file, format)| Some(WheelLock { file, packages: Packages::parse(&text(file)?, format)? }));
        let pipfile = text("Pipfile");
        let mut evidence = Self {
            python: Vec::new(),
            locks: locks.collect(),
            procfile,
            pipfile: pipfile.as_deref().map(|text| keys_in(text, "packages")).unwrap_or_default(),
            has_conda: CONDA.iter().any(|name| directory.is_file(name)),
            dockerfile,
            pyproject,
        };
        evidence.python = evidence.statements(&text, pipfile.as_deref());
        evidence.python.extend(of_script(directory));
        Ok(evidence)
    }

    fn statements(&self, text: &dyn Fn(&str) -> Option<String>, pipfile: Option<&str>) -> Vec<Statement> {
        let mut all = Vec::new();
        let mut say = |file: &str, written: String, allowed: Option<AllowedVersions>| {
            let written: String = written.trim().chars().filter(|c| !c.is_control()).take(MAX_LENGTH).collect();
            all.push(Statement { file: file.to_owned(), allowed: allowed.ok_or(written) });
        };
        if let Some((file, Dockerfile { python: Some(version), .. })) = &self.dockerfile {
            say(file, version.clone(), AllowedVersions::exactly(version));
        }
        for file in [".python-version", "runtime.txt"] {
            let Some(text) = text(file) else { continue };
            let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            let allowed = lines().find_map(AllowedVersions::of_tool);
            if let Some(first) = lines().next() {
                say(file, first.to_owned(), allowed);
            }
        }
        for file in [".tool-versions", "mise.toml", ".mise.toml"] {
            let Some(text) = text(file) else { continue };
            let line = text.lines().find_map(|line| line.trim().strip_prefix("python"));
            if let Some(rest) = line.filter(|rest| rest.starts_with([' ', '\t', '='])) {
                let versions = rest.trim_start_matches([' ', '\t', '=', '"', '\'', '[']);
                let allowed = versions.split([' ', '"', '\'', ',']).find_map(AllowedVersions::of_tool);
                say(file, versions.trim_end_matches(['"', '\'', ']']).to_owned(), allowed);
            }
        }
        if let Some(text) = pipfile {
            let [full, version] =
                ["python_full_version", "python_version"].map(|key| string_in(text, &["requires"], key));
            if let Some(version) = full.or(version) {
                say("Pipfile", version.clone(), AllowedVersions::exactly(&version));
            }
        }
        if let Some(versions) = &self.pyproject.requires_python {
            say("pyproject.toml", versions.clone(), AllowedVersions::specifiers(versions));
        }
        if let Some(versions) = &self.pyproject.poetry_python {
            say("pyproject.toml", versions.clone(), AllowedVersions::of_poetry(versions));
        }
        for file in ["setup.cfg", "setup.py"] {
            if let Some(versions) = text(file).and_then(|text| versions::of_setup(&text)) {
                say(file, versions.clone(), AllowedVersions::specifiers(&versions));
            }
        }
        for file in ["pylock.toml", "uv.lock"] {
            let lock = self.locks.iter().find(|lock| lock.file == file);
            if let Some(versions) = lock.and_then(|lock| lock.packages.requires_python.as_ref()) {
                say(file, versions.clone(), AllowedVersions::specifiers(versions));
            }
        }
        for file in
            ["requirements.txt", "requirements/prod.txt", "requirements/production.txt", "requirements/base.txt"]
        {
            if let Some(version) = text(file).and_then(|text| versions::of_header(&text)) {
                say(file, version.clone(), AllowedVersions::exactly(&version));
            }
        }
        for file in CONDA {
            let Some(text) = text(file) else { continue };
            let lines = text.lines().filter_map(|line| line.trim().strip_prefix("- "));
            let line =
                lines.map(|line| line.trim().trim_matches(['"', '\''])).find_map(|line| line.strip_prefix("python"));
            if let Some(version) = line.filter(|rest| rest.starts_with(['=', '>', '<', '~', ' '])) {
                let bare = version.trim_start_matches(['=', ' ']);
                // conda's `=3.11` includes all patch releases
                let bare = bare.split('=').next().unwrap_or_default();
                say(
                    file,
                    version.to_owned(),
                    AllowedVersions::exactly(bare).or_else(|| AllowedVersions::specifiers(version)),
                );
            }
        }
        all
    }

    /// The names of all dependencies, each with its extras if they are known.
    pub(super) fn dependencies(&self, requirements: &[String], directory: &Directory) -> Vec<(String, Vec<String>)> {
        let mut all = Vec::new();
        let mut add = |text: &str| {
            if let Ok(requirement) = PipEntry::parse(text)
                && let Some(package) = requirement.package
            {
                all.push((package.name.to_string(), package.extras.iter().map(ToString::to_string).collect()));
            }
        };
        for file in requirements {
            let text = directory.text_if_readable(file).unwrap_or_default();
            for line in text.lines() {
                let line = line.split(" #").next().unwrap_or_default().split(" --").next().unwrap_or_default();
                add(line.trim().trim_end_matches('\\').trim());
            }
        }
        self.pyproject.dependencies.iter().chain(&self.pipfile).for_each(|text| add(text));
        for lock in &self.locks {
            all.extend(lock.packages.names().map(|name| (name.to_owned(), Vec::new())));
        }
        all
    }
}
