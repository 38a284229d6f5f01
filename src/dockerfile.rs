//! Renders a plan as a Dockerfile, and maps its lines to the Mopyfile.

mod check;
pub(crate) mod limit;
pub mod word;

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;

use askama::Template;

use crate::diagnostic::{Rule, Severity};
use crate::mopyfile::index::Index;
use crate::mopyfile::path::{ContextPath, SourcePath};
use crate::mopyfile::pip::{self, PipEntry, Role, Tool};
use crate::mopyfile::python::Debian;
use crate::mopyfile::word::AptPackage;
use crate::mopyfile::{
    BuildVariable, CaCertificates, Installer, Label, Mopyfile, RunStep, Segment, Variable, ignore, ssh,
};
use crate::plan::{INIT_REQUIREMENT, Install, Plan};
use crate::source::{Span, Spanned};
use check::{Check, Imports};
use word::{Comment, CopyPaths, ExecForm, MARK, Mark, Name, ShellWord, Word};

/// A package links against a shared library that is not in the image.
pub static MISSING_LIBRARY: Rule = Rule {
    name: "missing-library",
    severity: Severity::Note,
    summary: "a package links against a shared library that is not in the image",
    explanation: "The build prints `note: nothing provides libGL.so.1` if a package links against a library that mopy \
         cannot find in the packages, the official Python image or `build-deps`. Many of these libraries are \
         optional. If an import fails, add the Debian package of the library to `build-deps`: mopy copies the library \
         to the image. If the package also loads libraries at run time, as GTK does, add it to `runtime-deps`.\
         \n\nMost Debian packages are named after their library: `libGL.so.1` is in `libgl1`, `libxcb-icccm.so.4` in \
         `libxcb-icccm4` (Debian Policy, section 8.1). Exceptions:\
         \n\n| library | Debian package |\
         \n|---|---|\
         \n| `libatk-1.0` | `libatk1.0-0` |\
         \n| `libatspi` | `libatspi2.0-0` |\
         \n| `libgdk-3` | `libgtk-3-0` |\
         \n| `libgeos_c` | `libgeos-c1v5` |\
         \n| `libglib-2.0`, `libgobject-2.0`, `libgio-2.0` | `libglib2.0-0` |\
         \n| `libgstbase-1.0` | `libgstreamer1.0-0` |\
         \n| other `libgst*-1.0` | `libgstreamer-plugins-base1.0-0` |\
         \n| `liblber` | `libldap2` |\
         \n| `libmpi.so.40` | `libopenmpi40` |\
         \n| `libnss3`, `libsmime3` | `libnss3` |\
         \n| `libpulse-simple` | `libpulse0` |\
         \n| `libxml2.so.2` | `libxml2` |\
         \n| `libxslt` | `libxslt1.1` |\
         \n\n`libcuda.so.1` and `libnvidia-*` are part of the host's driver. The NVIDIA Container Toolkit mounts them \
         into the container.",
};

/// A Dockerfile and the origin of its lines.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// The locations in the Mopyfile that each line comes from, beginning with the first line.
    pub lines: Vec<Vec<Span>>,
    /// The titles of instructions in the build progress, by their first line, counted from 1.
    pub titles: BTreeMap<usize, String>,
}

impl Rendered {
    /// The locations that the generated lines `lines` (counted from 1) come from, in the order of the Mopyfile and
    /// without duplicates. Empty for lines that do not come from the Mopyfile.
    #[must_use]
    pub fn spans(&self, lines: RangeInclusive<usize>) -> Vec<Span> {
        let start = lines.start().saturating_sub(1).min(self.lines.len());
        let end = (*lines.end()).clamp(start, self.lines.len());
        let mut spans: Vec<Span> = self.lines[start..end].concat();
        spans.sort_unstable();
        spans.dedup();
        spans
    }
}

/// The Dockerfile of `plan`.
#[must_use]
pub fn render(plan: &Plan<'_>) -> Rendered {
    let template = Dockerfile::new(plan);
    let mut text = String::with_capacity(Dockerfile::SIZE_HINT * 2);
    // rendering fails only if a `Display` implementation does, and those of the template's types do not
    let _ = template.render_into(&mut text);
    text.push('\n');
    without_marks(&text)
}

/// The prefix of a line that is the title of the next step.
const TITLE: &str = "#: ";

/// Removes marks and titles from `text`, and records them.
fn without_marks(text: &str) -> Rendered {
    let mut rendered = Rendered::default();
    for line in text.split_inclusive('\n') {
        if let Some(title) = line.strip_prefix(TITLE) {
            // a linter pragma may follow the title
            rendered.titles.insert(rendered.lines.len() + 1, title.trim_end().to_owned());
            continue;
        }
        if line.starts_with('#')
            && let Some(title) = rendered.titles.remove(&(rendered.lines.len() + 1))
        {
            rendered.titles.insert(rendered.lines.len() + 2, title);
        }
        let mut spans = Vec::new();
        // text outside and inside of marks alternates
        for (number, part) in line.split(MARK).enumerate() {
            if number % 2 == 0 {
                rendered.text.push_str(part);
            } else if let Some((start, end)) = part.split_once(',') {
                spans.extend(start.parse().ok().zip(end.parse().ok()).map(|(start, end)| Span::new(start, end)));
            }
        }
        rendered.lines.push(spans);
    }
    rendered
}

/// The variables of `templates/dockerfile.jinja`.
#[derive(Template)]
#[template(path = "dockerfile.jinja", escape = "none")]
struct Dockerfile {
    skipped_check: Option<Name>,
    /// The name of the base image, for comments.
    base_title: Name,
    /// The default ignore patterns, if something is copied from the context.
    ignored: Option<[Comment; ignore::DEFAULT.len()]>,
    /// The entries of a netrc file.
    netrc: Option<Mark<Word>>,
    python: Mark<Name>,
    stdlib: StandardLibrary,
    /// Whether the build stages begin with the stage `base` instead of the official image.
    has_base: bool,
    /// The first image or stage of the builder and of the stages that inspect its packages.
    base: Mark<Name>,
    ca_certificates: Option<Mark<Name>>,
    /// The file with all certificates that Debian trusts.
    ca_bundle: Name,
    build_apt: Option<Apt>,
    slim: Option<Slim>,
    /// The image or stage that the last stage is based on.
    runtime: Mark<Name>,
    install: Option<Installation>,
    /// The assignment of a variable that decides which bytecode Python loads.
    optimize: Option<Mark<Assignment>>,
    /// The directory of Debian's terminal descriptions.
    terminfo: Name,
    lacks_rpath: bool,
    /// The file with all certificates, if the image trusts those of the secret.
    image_ca: Option<Mark<Name>>,
    envs: Vec<Mark<Assignment>>,
    project: Option<Copied>,
    /// Additional directories that the image's user can write to.
    directories: Vec<Mark<ShellWord>>,
    runs: Vec<Run>,
    workdir: Mark<Word>,
    ports: Vec<Mark<Name>>,
    healthcheck: Option<Check>,
    stop_signal: Option<Mark<Word>>,
    entrypoint: Option<Mark<ExecForm>>,
    command: Option<Mark<ExecForm>>,
    labels: Vec<Mark<Assignment>>,
    /// The name of the image's stage. If there are `imports`, another stage follows.
    stage: Name,
    imports: Option<Imports>,
}

/// A command that runs while the image is built.
struct Run {
    title: Comment,
    /// The variables of the command, which are not part of the image configuration.
    envs: Vec<Mark<Assignment>>,
    command: Mark<ExecForm>,
}

/// A variable of the build, and the build arguments in its value.
struct BuildEnv {
    arguments: Vec<Name>,
    assignment: Mark<Assignment>,
}

/// The location of Python in the official image.
struct StandardLibrary {
    /// Whether the minor version, and therefore the directory, is unknown.
    is_unknown: bool,
    directory: Name,
    /// A pattern that matches the program.
    program: Name,
}

struct Slim {
    image: Mark<Name>,
    apt: Option<Apt>,
}

/// Files of the context and their destination.
struct Copied {
    name: Comment,
    paths: Mark<CopyPaths>,
}

struct Apt {
    title: Comment,
    distribution: Name,
    packages: Vec<Mark<ShellWord>>,
    in_image: bool,
    /// The file with all certificates, if its stage does not trust those of the secret.
    ca_bundle: Option<Name>,
    /// Whether the release may have been moved to the archive.
    archived: bool,
}

/// How packages are installed.
struct Installation {
    /// The name of the installer.
    installer: Name,
    /// The key of the caches.
    cache: Name,
    /// Whether the step that creates the virtual environment also downloads something.
    fetches: bool,
    /// The title of that step.
    prepares: Comment,
    /// The version of uv, if uv is the installer.
    uv: Option<Uv>,
    old_pip: Option<ShellWord>,
    init: Option<Mark<ShellWord>>,
    /// The variables that configure the indexes.
    settings: Vec<Mark<Assignment>>,
    envs: Vec<Mark<Assignment>>,
    build_envs: Vec<BuildEnv>,
    /// The locations of the indexes in the Mopyfile.
    indices: Places,
    ssh: Option<Ssh>,
    has_sources: bool,
    locks: Vec<Copied>,
    scripts: Option<Scripts>,
    files: Vec<Copied>,
    uv_locks: Vec<Mark<Words>>,
    pylocks: Vec<Mark<Words>>,
    exports: Vec<Export>,
    /// The requirements that are not locked.
    requirements: Option<Call>,
    /// Local projects, which are installed last, in a separate layer.
    projects: Option<Projects>,
}

/// Scripts with inline metadata (PEP 723).
struct Scripts {
    copied: Vec<Copied>,
    /// The files to reduce to their metadata.
    paths: Words,
}

/// How a tool exports a requirements file from its lock file.
struct Export {
    directory: Mark<ShellWord>,
    /// The requirement that the tool is installed from.
    tool: Words,
    /// The arguments that check whether the lock file is up to date.
    check: Option<Words>,
    arguments: Mark<Words>,
    /// Whether to omit the lines of local projects, which are installed later.
    omits_projects: bool,
    /// The lock file, if local projects have to be removed from it because the tool cannot export them.
    reduced: Option<ShellWord>,
}

/// A run of the installer.
struct Call {
    title: Comment,
    arguments: Vec<Mark<Words>>,
    /// Each `pyproject.toml` whose dependencies are installed.
    project_files: Vec<ShellWord>,
    /// Requirements files that may list local projects, which are installed later.
    lists_with_projects: Option<Words>,
    /// Wheels and source distributions that requirements files may also list, which pip reports as a conflict.
    distributions: Option<Distributions>,
    /// Whether it is an error if no requirement is left.
    checks_emptiness: bool,
    checks_editables: bool,
    /// Whether to fail if an index refuses access, which pip ignores.
    checks_refusals: bool,
}

/// Files that are passed as arguments unless one of `lists` contains them.
struct Distributions {
    paths: Vec<Mark<Words>>,
    lists: Words,
}

struct Projects {
    /// Variables that change with the build. They do not cause dependencies to be reinstalled.
    build_envs: Vec<BuildEnv>,
    copied: Vec<Copied>,
    /// The arguments of the installer, unless there are only lock files.
    arguments: Option<Vec<Mark<Words>>>,
}

struct Uv {
    version: Name,
    hashes: Vec<Name>,
    /// Whether there are lock files of uv.
    syncs: bool,
    lfs: Option<Mark<Name>>,
}

struct Ssh {
    has_unknown_hosts: bool,
    forge_keys: Vec<ShellWord>,
}

/// The last pip for Python 3.7, for images with a pip older than 22.3 (<https://pypi.org/project/pip/24.0/>).
const OLD_PIP: &str = "pip==24.0";

/// The file with the certificates that Debian trusts (update-ca-certificates(8)).
const CA_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

impl Dockerfile {
    fn new(plan: &Plan<'_>) -> Self {
        let mopyfile = plan.mopyfile;
        let version = &mopyfile.python.value;
        let python = || Mark::new(Name::new(&plan.interpreter.to_string()), mopyfile.python.span);
        let runtime = || Mark::new(Name::new(&plan.runtime.to_string()), plan.base_span);
        let is_slim = plan.base.has_apt;
        let netrc = plan.netrc.as_ref();
        let ca = mopyfile.ca_certificates.as_ref();
        let image_ca = ca.filter(|ca| ca.value == CaCertificates::Image);
        let terminfo = if version.debian() == Debian::Trixie { "/usr/share/terminfo" } else { "/lib/terminfo" };
        Self {
            skipped_check: plan.allow_secret_names.then(|| Name::new("SecretsUsedInArgOrEnv")),
            base_title: Name::new(if is_slim { &plan.runtime.name } else { plan.base.name }),
            ignored: plan.copies.then(|| ignore::DEFAULT.map(Comment::new)),
            netrc: netrc.map(|netrc| Mark::of(netrc, |entries| Word::literal(entries))),
            python: python(),
            stdlib: StandardLibrary::new(version.minor()),
            has_base: plan.has_base_stage,
            base: if plan.has_base_stage { Mark::new(Name::new("base"), None) } else { python() },
            ca_certificates: ca.map(|ca| Mark::of(ca, |_| Name::new("ca.pem"))),
            ca_bundle: Name::new(CA_BUNDLE),
            build_apt: apt(mopyfile, &mopyfile.build_deps, false),
            slim: is_slim.then(|| Slim { image: runtime(), apt: apt(mopyfile, &mopyfile.runtime_deps, true) }),
            runtime: if is_slim { Mark::new(Name::new("runtime"), None) } else { runtime() },
            install: plan.install.as_ref().map(|install| Installation::new(mopyfile, install)),
            optimize: plan.optimize.map(|variable| Mark::of(variable, Assignment::variable)),
            terminfo: Name::new(terminfo),
            lacks_rpath: version.lacks_rpath(),
            image_ca: image_ca.map(|ca| Mark::of(ca, |_| Name::new(CA_BUNDLE))),
            envs: envs(mopyfile),
            project: plan
                .project
                .as_ref()
                .map(|project| Copied::new(&project.value.source, &project.value.target, project.span)),
            directories: mopyfile
                .directories
                .iter()
                .map(|path| Mark::of(path, |path| ShellWord::new(&format!("/python{}", path.as_str()))))
                .collect(),
            runs: mopyfile.run.iter().map(Run::new).collect(),
            workdir: Mark::new(Word::literal(&plan.workdir.0), plan.workdir.1),
            ports: mopyfile.ports.iter().map(|port| Mark::of(port, |port| Name::new(&port.to_string()))).collect(),
            healthcheck: mopyfile.healthcheck.as_ref().map(Check::new),
            stop_signal: mopyfile
                .stop_signal
                .as_ref()
                .map(|found| Mark::of(found, |signal| Word::literal(&signal.to_string()))),
            entrypoint: plan.entrypoint.as_ref().map(exec_form),
            command: plan.command.as_ref().map(exec_form),
            labels: mopyfile.labels.iter().map(|label| Mark::of(label, Assignment::label)).collect(),
            stage: Name::new(if mopyfile.imports.is_empty() { "final" } else { "image" }),
            imports: (!mopyfile.imports.is_empty()).then(|| Imports::new(&mopyfile.imports)),
        }
    }
}

fn envs(mopyfile: &Mopyfile) -> Vec<Mark<Assignment>> {
    mopyfile.envs.iter().map(|variable| Mark::of(variable, Assignment::variable)).collect()
}

impl StandardLibrary {
    fn new(minor: Option<u16>) -> Self {
        let directory = minor.map_or("python3".to_owned(), |minor| format!("python3.{minor}"));
        let program = if minor.is_some() { &directory } else { "python3.[0-9][0-9]" };
        Self { is_unknown: minor.is_none(), program: Name::new_pattern(program), directory: Name::new(&directory) }
    }
}

/// The installation of `packages`, if there are any. The packages of the image have separate caches, because buildah
/// locks a cache until all stages are built and would deadlock.
fn apt(mopyfile: &Mopyfile, packages: &[Spanned<AptPackage>], in_image: bool) -> Option<Apt> {
    let debian = mopyfile.python.value.debian();
    let suffix = if in_image { "-slim" } else { "" };
    let package = |found: &_| Mark::of(found, |package: &AptPackage| ShellWord::new(package.as_str()));
    (!packages.is_empty()).then(|| Apt {
        title: Comment::count(packages.len(), "apt package"),
        distribution: Name::new(&format!("{}{suffix}", debian.name())),
        packages: packages.iter().map(package).collect(),
        in_image,
        ca_bundle: mopyfile.ca_certificates.filter(|_| in_image).map(|_| Name::new(CA_BUNDLE)),
        archived: debian < Debian::Trixie,
    })
}

impl Copied {
    /// Copies `source` to `target`.
    fn new(source: &SourcePath, target: &str, span: Span) -> Self {
        let (path, target) = if source.directory {
            let path = if source.path.as_str().is_empty() { "./".to_owned() } else { format!("{}/", source.path) };
            (path, if target.ends_with('/') { target.to_owned() } else { format!("{target}/") })
        } else {
            (source.path.to_string(), target.to_owned())
        };
        Self { name: Comment::new(&path), paths: Mark::new(CopyPaths::new(&[&path], &[], &target), span) }
    }

    /// Copies each of `sources` to the same path below the working directory. Neighboring files of one entry are copied
    /// together, with those of `optional` that exist.
    fn in_place(sources: &[Spanned<SourcePath>], optional: &[Spanned<ContextPath>]) -> Vec<Self> {
        let is_together = |one: &Spanned<SourcePath>, other: &Spanned<SourcePath>| {
            let files = !one.value.directory && !other.value.directory;
            files && one.span == other.span && one.value.path.parent() == other.value.path.parent()
        };
        let copied = |group: &[Spanned<SourcePath>]| {
            let [first, _, ..] = group else {
                return group.first().map(|one| Self::new(&one.value, &one.value.path.to_string(), one.span));
            };
            let paths: Vec<String> = group.iter().map(|source| source.value.path.to_string()).collect();
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            let parent = first.value.path.parent();
            let target = if parent.as_str().is_empty() { "./".to_owned() } else { format!("{parent}/") };
            let name = Comment::new(&paths.join(", "));
            let optional = optional.iter().filter(|path| path.span == first.span && path.value.parent() == parent);
            let optional: Vec<String> = optional.map(|path| path.value.to_string()).collect();
            let optional: Vec<&str> = optional.iter().map(String::as_str).collect();
            Some(Self { name, paths: Mark::new(CopyPaths::new(&paths, &optional, &target), first.span) })
        };
        sources.chunk_by(is_together).filter_map(copied).collect()
    }
}

impl Installation {
    fn new(mopyfile: &Mopyfile, install: &Install<'_>) -> Self {
        let is_uv = install.installer == Installer::Uv;
        let uv_settings = if is_uv { index_settings(&mopyfile.indices, UV_SETTINGS) } else { Vec::new() };
        let (varying, fixed): (Vec<_>, Vec<_>) =
            mopyfile.build_envs.iter().map(BuildEnv::new).partition(|env| !env.arguments.is_empty());
        // variables with build arguments change with each build, and usually concern the project
        let (for_project, for_all) =
            if install.sources.projects.is_empty() { (Vec::new(), varying) } else { (varying, Vec::new()) };
        let sources = &install.sources;
        let uv = install.uv.as_ref().map(|uv| Uv {
            version: Name::new(&uv.version.to_string()),
            hashes: uv.hashes.iter().map(|hash| Name::new(&hash.to_string())).collect(),
            syncs: !install.uv_locks.is_empty(),
            lfs: install.git_lfs.map(|span| Mark::new(Name::new("1"), span)),
        });
        let arguments =
            |entries: &[&Spanned<PipEntry>]| entries.iter().map(|entry| Words::of(entry)).collect::<Vec<_>>();
        let (distributions, requirements) = distributions(install);
        let manifests = install.manifests.iter().flat_map(|entry| entry.value.sources());
        Self {
            installer: Name::new(if is_uv { "uv" } else { "pip" }),
            cache: Name::new(&install.cache),
            fetches: install.fetches,
            prepares: Comment::new(if is_uv { "fetch uv" } else { "create the virtual environment" }),
            uv,
            old_pip: install.old_pip.then(|| ShellWord::new(OLD_PIP)),
            init: mopyfile.init.map(|span| Mark::new(ShellWord::new(INIT_REQUIREMENT), span)),
            settings: index_settings(&mopyfile.indices, PIP_SETTINGS),
            envs: envs(mopyfile).into_iter().chain(uv_settings).collect(),
            build_envs: fixed.into_iter().chain(for_all).collect(),
            indices: Places(mopyfile.indices.iter().map(|index| index.span).collect()),
            ssh: (!install.ssh_hosts.is_empty()).then(|| Ssh::new(&install.ssh_hosts)),
            has_sources: !sources.is_empty(),
            locks: Copied::in_place(&sources.locks, &sources.settings),
            scripts: (!sources.scripts.is_empty()).then(|| Scripts {
                copied: Copied::in_place(&sources.scripts, &[]),
                paths: Words(sources.scripts.iter().map(|script| path(&script.value)).collect()),
            }),
            files: Copied::in_place(&sources.files, &[]),
            uv_locks: arguments(&install.uv_locks),
            pylocks: arguments(&install.pylocks),
            exports: install.exported.iter().map(|entry| Export::new(entry, !install.projects.is_empty())).collect(),
            requirements: (!requirements.is_empty()).then(|| Call {
                title: Comment::count(install.requirements.len(), "requirement"),
                arguments: arguments(&requirements),
                distributions,
                project_files: manifests.map(|source| path(&source)).collect(),
                lists_with_projects: lists(install).filter(|_| !install.projects.is_empty()),
                checks_emptiness: install.checks_emptiness,
                checks_editables: install.checks_editables,
                checks_refusals: install.checks_refusals,
            }),
            projects: (!sources.projects.is_empty()).then(|| Projects {
                build_envs: for_project,
                copied: Copied::in_place(&sources.projects, &[]),
                arguments: (!install.projects.is_empty())
                    .then(|| arguments(&[&install.projects[..], &install.limits].concat())),
            }),
        }
    }
}

fn path(source: &SourcePath) -> ShellWord {
    ShellWord::new(&source.path.to_string())
}

/// The requirements files among the requirements.
fn lists(install: &Install<'_>) -> Option<Words> {
    let lists = install.requirements.iter().filter(|entry| entry.value.role() == Some(Role::List));
    let paths: Vec<_> = lists.flat_map(|entry| entry.value.sources()).map(|list| path(&list)).collect();
    (!paths.is_empty()).then_some(Words(paths))
}

/// The distributions that a requirements file may also list, if pip is the installer, and all other requirements.
fn distributions<'a>(install: &Install<'a>) -> (Option<Distributions>, Vec<&'a Spanned<PipEntry>>) {
    let lists = lists(install).filter(|_| install.installer == Installer::Pip);
    let (named, others): (Vec<_>, Vec<_>) = install.requirements.iter().partition(|entry| {
        lists.is_some() && entry.value.role() == Some(Role::Package) && entry.value.selection.extras.is_empty()
    });
    let paths: Vec<_> = named.into_iter().map(Words::of).collect();
    (lists.filter(|_| !paths.is_empty()).map(|lists| Distributions { paths, lists }), others)
}

impl Export {
    fn new(entry: &Spanned<PipEntry>, omits_projects: bool) -> Self {
        let lock = entry.value.sources().first().map(|source| source.path.clone());
        let directory = lock.as_ref().map(|lock| lock.parent().to_string());
        let tool = entry.value.tool();
        let is_reduced = omits_projects && tool.is_some_and(|tool| !tool.exports_paths);
        let words = |words: &[&'static str]| Words(words.iter().map(|word| ShellWord::option(word)).collect());
        Self {
            directory: Mark::new(ShellWord::new(&directory.unwrap_or_default()), entry.span),
            tool: words(&[&Tool::UNTIL[..], tool.map_or(&[], |tool| tool.run)].concat()),
            check: tool.and_then(|tool| tool.check).map(words),
            arguments: Words::of(entry),
            omits_projects,
            reduced: lock.filter(|_| is_reduced).map(|lock| ShellWord::new(&lock.to_string())),
        }
    }
}

impl Run {
    fn new(step: &Spanned<RunStep>) -> Self {
        let RunStep { command, envs } = &step.value;
        Self {
            title: Comment::new(&format!("run {}", command.join(" "))),
            envs: envs.iter().map(|variable| Mark::of(variable, Assignment::variable)).collect(),
            command: Mark::new(ExecForm::new(command), step.span),
        }
    }
}

impl BuildEnv {
    fn new(found: &Spanned<BuildVariable>) -> Self {
        let BuildVariable { variable, arguments } = &found.value;
        Self {
            arguments: arguments.iter().map(|name| Name::new(name.as_str())).collect(),
            assignment: Mark::new(Assignment::variable(variable), found.span),
        }
    }
}

impl Ssh {
    /// Configures SSH for `hosts`.
    fn new(hosts: &[&str]) -> Self {
        let forge_keys = ssh::FORGE_KEYS.iter().map(|key| ShellWord::new(key)).collect();
        Self { has_unknown_hosts: !hosts.iter().all(|host| ssh::is_known_host(host)), forge_keys }
    }
}

fn exec_form(arguments: &Spanned<Vec<String>>) -> Mark<ExecForm> {
    Mark::of(arguments, |arguments| ExecForm::new(arguments))
}

/// `key=value` of an `ENV` or `LABEL` instruction.
struct Assignment {
    key: Name,
    value: Word,
}

impl Assignment {
    fn variable(variable: &Variable) -> Self {
        let parts = variable.value.iter().map(|segment| match segment {
            Segment::Literal(text) => Word::literal(text),
            Segment::Reference(name) => Word::reference(name),
        });
        Self { key: Name::new(variable.name.as_str()), value: Word::concat(parts) }
    }

    fn label(label: &Label) -> Self {
        Self { key: Name::new(label.key.as_str()), value: Word::literal(&label.value) }
    }
}

impl Display for Assignment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

struct Words(Vec<ShellWord>);

impl Words {
    /// The arguments of the installer for an entry.
    fn of(entry: &Spanned<PipEntry>) -> Mark<Self> {
        let word = |argument: &pip::Argument| match argument {
            pip::Argument::Option(name) => ShellWord::option(name),
            pip::Argument::Value(value) => ShellWord::new(value),
        };
        Mark::of(entry, |entry| Self(entry.arguments().iter().map(word).collect()))
    }
}

impl Display for Words {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, word) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { " " };
            write!(f, "{separator}{word}")?;
        }
        Ok(())
    }
}

/// The variables that configure the default index, additional indexes and trusted hosts.
type IndexSettings = [&'static str; 3];

/// pip.pypa.io, "Configuration"
const PIP_SETTINGS: IndexSettings = ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST"];

/// docs.astral.sh/uv, "Environment variables"
const UV_SETTINGS: IndexSettings = ["UV_DEFAULT_INDEX", "UV_INDEX", "UV_INSECURE_HOST"];

/// The variables that configure the indexes of an installer. Multiple values of a variable are separated by spaces.
fn index_settings(indices: &[Spanned<Index>], [default, more, trusted]: IndexSettings) -> Vec<Mark<Assignment>> {
    let setting = |name: &str, value: fn(&Index) -> Option<String>| {
        let values = indices.iter().filter_map(|index| Some((value(&index.value)?, index.span)));
        let (values, spans): (Vec<String>, Vec<Span>) = values.unzip();
        let value = Word::literal(&values.join(" "));
        spans.first().map(|span| Mark::new(Assignment { key: Name::new(name), value }, *span))
    };
    let settings = [
        setting(default, |index| index.default.then(|| index.url.to_string())),
        setting(more, |index| (!index.default).then(|| index.url.to_string())),
        setting(trusted, |index| index.trust.then(|| index.host())),
    ];
    settings.into_iter().flatten().collect()
}

/// Marks for locations in the Mopyfile, without visible text.
struct Places(Vec<Span>);

impl Display for Places {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|span| Mark::new("", *span).fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use crate::source::Source;

    /// Asserts which locations each line that begins like one of `lines` comes from.
    fn comes_from(text: &str, lines: &[(&str, &str)]) {
        let source = Source::new("Mopyfile.yaml", text);
        let rendered = crate::transpile(&source, None, &[], crate::Month::RELEASE).dockerfile.unwrap();
        for (line, written) in lines {
            let number = rendered.text.lines().position(|found| found.starts_with(line)).unwrap() + 1;
            let spans = rendered.spans(number..=number);
            assert_eq!(spans.iter().map(|span| source.slice(*span)).collect::<Vec<_>>(), [*written], "{line}");
        }
    }

    #[test]
    fn lines_know_where_they_come_from() {
        let text = "python: 3.13\ninit: true\nports: [8000]\nhealthcheck: {http: /}\nworkdir: /srv\nstop-signal: INT\nimports: [ssl]\n\
                    ca-certificates: image\nbuild-deps: [git-lfs]\npip: [six]\nindices:\n- url: 'https://u:p@h/'\n";
        let lines = [
            ("    pip install -qq --no-input --no-deps --prefix=/opt/venv dumb-init", "true"),
            ("WORKDIR /srv", "/srv"),
            ("EXPOSE 8000", "8000"),
            ("HEALTHCHECK CMD", "healthcheck: {http: /}"),
            ("STOPSIGNAL SIGINT", "INT"),
            ("ENTRYPOINT [\"dumb-init\"", "true"),
            ("    \"ssl\"]", "ssl"),
            ("RUN --mount=type=secret,id=ca.pem,required=true", "image"),
            ("ENV UV_GIT_LFS=1", "git-lfs"),
            ("ENV NETRC_ENTRIES='machine h login u password p'", "url: 'https://u:p@h/'"),
            ("ENV UV_INDEX=https://h/", "url: 'https://u:p@h/'"),
            ("    uv pip install", "url: 'https://u:p@h/'"),
        ];
        comes_from(text, &lines);
    }

    #[test]
    fn lines_about_lock_files_know_where_they_come_from() {
        let text =
            "python: 3.13\npip: ['./a/uv.lock[b]', ./pylock.toml, './s.py', './pyproject.toml[c]', './lib/[d]']\n";
        let lines = [
            ("COPY a/uv.lock a/pyproject.toml a/uv.tom[l] a/", "'./a/uv.lock[b]'"),
            ("COPY a/ a/", "'./a/uv.lock[b]'"),
            ("COPY pylock.toml pylock.toml", "./pylock.toml"),
            ("    uv sync --frozen", "'./a/uv.lock[b]'"),
            ("    uv sync --locked", "'./a/uv.lock[b]'"),
            ("    uv pip install --preview-features pylock --requirement ./pylock.toml", "./pylock.toml"),
            ("COPY s.py s.py", "'./s.py'"),
            ("        --requirement ./s.py", "'./s.py'"),
            ("        --requirement ./pyproject.toml --extra c", "'./pyproject.toml[c]'"),
            ("        './lib[d]'", "'./lib/[d]'"),
        ];
        comes_from(text, &lines);
    }

    #[test]
    fn steps_have_titles() {
        let source = Source::new("Mopyfile.yaml", "python: 3.13\nbuild-deps: [gcc]\npip: [six]\nproject: ./app/\n");
        let rendered = crate::transpile(&source, None, &[], crate::Month::RELEASE).dockerfile.unwrap();
        let lines: Vec<&str> = rendered.text.lines().collect();
        let does = |line: &str| ["RUN ", "COPY "].iter().any(|keyword| line.starts_with(keyword));
        for (number, line) in (1..).zip(&lines) {
            assert_eq!(rendered.titles.contains_key(&number), does(line), "{line}");
        }
        let title = |start: &str| {
            rendered.titles[&(lines.iter().position(|line| line.starts_with(start)).unwrap() + 1)].as_str()
        };
        assert_eq!(title("RUN --mount=type=cache,id=apt"), "install 1 apt package");
        assert_eq!(title("COPY --chown"), "copy ./app/");
    }
}
