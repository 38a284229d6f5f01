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

/// Everything that was found.
pub(super) struct Evidence {
    /// The Dockerfile; empty if it does not exist.
    pub(super) dockerfile: Dockerfile,
    /// The command of a Procfile.
    pub(super) procfile: Option<Command>,
    /// `pyproject.toml`; empty if it does not exist.
    pub(super) pyproject: Pyproject,
    /// Statements about the Python version, in order of precedence.
    pub(super) python: Vec<Statement>,
    /// Lock files whose wheels mopy can read, with their packages.
    pub(super) locks: Vec<(&'static str, Packages)>,
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

/// The maximum number of scripts to check for inline metadata.
const MAX_SCRIPTS: usize = 50;

impl Evidence {
    /// Reads the files of `directory`.
    pub(super) fn read(directory: &Directory) -> Result<Self, Failure> {
        let text = |path: &str| directory.text_if_readable(path);
        let pyproject = directory.text("pyproject.toml")?.unwrap_or_default();
        let pyproject = Pyproject::parse(&pyproject).map_err(|error| {
            let file = directory.root.join("pyproject.toml");
            Failure::new(format!("`{}` is not valid TOML: {}", file.display(), error.message()))
                .help("fix it: `mopy init` reads the Python version and the dependencies from it")
        })?;
        let dockerfile =
            DOCKERFILES.into_iter().find_map(|file| Some(Dockerfile { file, ..Dockerfile::parse(&text(file)?) }));
        let port = |name: &str| (name == "PORT").then(|| "8000".to_owned());
        let procfile = text("Procfile").and_then(|text| {
            let line =
                |kind: &str| text.lines().find_map(|line| line.strip_prefix(kind)?.trim_start().strip_prefix(':'));
            Command::parse(line("web").or_else(|| line("worker"))?, &port)
        });
        let locks = [("uv.lock", Format::Uv), ("pylock.toml", Format::Pylock), ("poetry.lock", Format::Poetry)];
        let locks = locks.into_iter().filter_map(|(file, format)| Some((file, Packages::parse(&text(file)?, format)?)));
        let pipfile = text("Pipfile").unwrap_or_default();
        let mut evidence = Self {
            python: Vec::new(),
            locks: locks.collect(),
            procfile,
            pipfile: keys_in(&pipfile, "packages"),
            has_conda: CONDA.iter().any(|name| directory.is_file(name)),
            dockerfile: dockerfile.unwrap_or_default(),
            pyproject,
        };
        evidence.python = evidence.statements(directory, &pipfile);
        Ok(evidence)
    }

    fn statements(&self, directory: &Directory, pipfile: &str) -> Vec<Statement> {
        let text = |path: &str| directory.text_if_readable(path);
        let mut all = Vec::new();
        let mut say = |file: &str, written: Option<String>, read: &dyn Fn(&str) -> Option<AllowedVersions>| {
            all.extend(written.map(|written| {
                Statement {
                    file: file.to_owned(),
                    allowed: read(&written)
                        .ok_or_else(|| written.trim().chars().filter(|c| !c.is_control()).take(MAX_LENGTH).collect()),
                }
            }));
        };
        say(self.dockerfile.file, self.dockerfile.python.clone(), &AllowedVersions::exactly);
        for file in [".python-version", "runtime.txt"] {
            let text = text(file).unwrap_or_default();
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            let first = lines.clone().next().map(str::to_owned);
            say(file, first, &|_| lines.clone().find_map(AllowedVersions::of_tool));
        }
        for file in [".tool-versions", "mise.toml", ".mise.toml"] {
            let text = text(file).unwrap_or_default();
            let line = text.lines().find_map(|line| line.trim().strip_prefix("python"));
            let rest = line.filter(|rest| rest.starts_with([' ', '\t', '=']));
            let versions = rest.map(|rest| rest.trim_start_matches([' ', '\t', '=', '"', '\'', '[']));
            let written = versions.map(|versions| versions.trim_end_matches(['"', '\'', ']']).to_owned());
            say(file, written, &|_| versions?.split([' ', '"', '\'', ',']).find_map(AllowedVersions::of_tool));
        }
        let [full, version] =
            ["python_full_version", "python_version"].map(|key| string_in(pipfile, &["requires"], key));
        say("Pipfile", full.or(version), &AllowedVersions::exactly);
        say("pyproject.toml", self.pyproject.requires_python.clone(), &AllowedVersions::specifiers);
        say("pyproject.toml", self.pyproject.poetry_python.clone(), &AllowedVersions::of_poetry);
        for file in ["setup.cfg", "setup.py"] {
            say(file, text(file).and_then(|text| versions::of_setup(&text)), &AllowedVersions::specifiers);
        }
        for file in ["pylock.toml", "uv.lock"] {
            let lock = self.locks.iter().find(|(name, _)| *name == file);
            say(file, lock.and_then(|(_, lock)| lock.requires_python.clone()), &AllowedVersions::specifiers);
        }
        for file in
            ["requirements.txt", "requirements/prod.txt", "requirements/production.txt", "requirements/base.txt"]
        {
            say(file, text(file).and_then(|text| versions::of_header(&text)), &AllowedVersions::exactly);
        }
        for file in CONDA {
            let text = text(file).unwrap_or_default();
            let lines = text.lines().filter_map(|line| line.trim().strip_prefix("- "));
            let line =
                lines.map(|line| line.trim().trim_matches(['"', '\''])).find_map(|line| line.strip_prefix("python"));
            let version = line.filter(|rest| rest.starts_with(['=', '>', '<', '~', ' ']));
            say(file, version.map(str::to_owned), &|version| {
                // conda's `=3.11` includes all patch releases
                let bare = version.trim_start_matches(['=', ' ']).split('=').next().unwrap_or_default();
                AllowedVersions::exactly(bare).or_else(|| AllowedVersions::specifiers(version))
            });
        }
        // the inline metadata (PEP 723) of the only script that has some
        let scripts = directory.names("").into_iter().filter(|name| name.ends_with(".py")).take(MAX_SCRIPTS);
        let mut scripts = scripts.filter_map(|name| {
            let block = versions::script_block(&text(&name)?)?;
            Some((name, string_in(&block, &[], "requires-python")?))
        });
        if let (Some((file, versions)), None) = (scripts.next(), scripts.next()) {
            say(&file, Some(versions), &AllowedVersions::specifiers);
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
        for (_, packages) in &self.locks {
            all.extend(packages.names().map(|name| (name.to_owned(), Vec::new())));
        }
        all
    }
}
