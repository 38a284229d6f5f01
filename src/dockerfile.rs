//! From a plan to the text of a Dockerfile, and from its lines back to the Mopyfile.

pub mod word;

use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;

use askama::Template;

use crate::mopyfile::index::Index;
use crate::mopyfile::path::{ContextPath, SourcePath};
use crate::mopyfile::requirement::{Requirement, RequirementKind};
use crate::mopyfile::word::AptPackage;
use crate::mopyfile::{Base, Label, Segment, Variable, ignore, ssh};
use crate::plan::{Install, Plan};
use crate::source::{Located, Span};
use word::{Comment, CopyPaths, ExecForm, MARK, Mark, Name, ShellWord, Word};

/// A Dockerfile and where its lines come from.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Which places of the Mopyfile each line comes from.
    pub lines: LineMap,
}

/// Which places of the Mopyfile each generated line comes from.
#[derive(Clone, Debug, Default)]
pub struct LineMap(Vec<Vec<Span>>);

impl LineMap {
    /// The places that each line comes from, for the first line first.
    #[must_use]
    pub fn new(lines: Vec<Vec<Span>>) -> Self {
        Self(lines)
    }

    /// The places that the generated lines `lines` (counted from 1) come from, in the order of the
    /// Mopyfile, without repetition. Empty for lines that come from none.
    #[must_use]
    pub fn spans(&self, lines: RangeInclusive<usize>) -> Vec<Span> {
        let start = lines.start().saturating_sub(1).min(self.0.len());
        let end = (*lines.end()).clamp(start, self.0.len());
        let mut spans: Vec<Span> = self.0[start..end].concat();
        spans.sort_unstable();
        spans.dedup();
        spans
    }
}

/// The Dockerfile of `plan`.
#[must_use]
pub fn render(plan: &Plan) -> Rendered {
    let template = Dockerfile::new(plan);
    let mut text = String::with_capacity(Dockerfile::SIZE_HINT * 2);
    // fails only where a `Display` does, and those of the template's types do not
    let _ = template.render_into(&mut text);
    text.push('\n');
    without_marks(&text)
}

/// Takes the marks out of `text` and keeps the places that they name.
fn without_marks(text: &str) -> Rendered {
    let mut rendered = Rendered { text: String::with_capacity(text.len()), lines: LineMap::default() };
    for line in text.split_inclusive('\n') {
        let mut spans = Vec::new();
        // outside and inside of marks take turns
        for (number, part) in line.split(MARK).enumerate() {
            if number % 2 == 0 {
                rendered.text.push_str(part);
            } else if let Some((start, end)) = part.split_once(',') {
                spans.extend(start.parse().ok().zip(end.parse().ok()).map(|(start, end)| Span::new(start, end)));
            }
        }
        rendered.lines.0.push(spans);
    }
    rendered
}

/// The holes of `templates/dockerfile.jinja`.
#[derive(Template)]
#[template(path = "dockerfile.jinja", escape = "none")]
struct Dockerfile {
    skipped_check: Option<Name>,
    /// What stays out of the image, when something is copied from the context.
    ignored: Option<[Comment; ignore::DEFAULT.len()]>,
    tag: Mark<Name>,
    /// What tells the caches of interpreters and distributions apart: the tag, as no place of the Mopyfile.
    cache: Name,
    distroless: Option<Mark<Name>>,
    slim: Option<Slim>,
    sources: Option<Vec<Mark<CopyPaths>>>,
    envs: Vec<Mark<Assignment>>,
    build_apt: Option<Apt>,
    install: Option<Installer>,
    project: Option<Mark<CopyPaths>>,
    workdir: Mark<Word>,
    entrypoint: Option<Mark<ExecForm>>,
    command: Option<Mark<ExecForm>>,
    labels: Vec<Mark<Assignment>>,
}

struct Slim {
    tag: Mark<Name>,
    apt: Option<Apt>,
}

struct Apt {
    distribution: Name,
    packages: Vec<Mark<ShellWord>>,
    /// The release may have left the mirrors.
    archive: Option<()>,
    /// It has not.
    current: Option<()>,
}

struct Installer {
    /// Something comes over ssh.
    forge_keys: Option<Vec<ShellWord>>,
    /// From hosts that are no well-known forges.
    other_hosts: Option<()>,
    old_pip: Option<ShellWord>,
    options: Vec<Mark<IndexOption>>,
    requirements: Vec<Argument>,
}

const DISTROLESS: &str = "gcr.io/distroless/cc-debian13:nonroot";

impl Dockerfile {
    fn new(plan: &Plan) -> Self {
        let python = &plan.python;
        let base_span = plan.base_span.unwrap_or(python.span);
        let install = plan.install.as_ref();
        let sources = install.map(sources).filter(|sources| !sources.is_empty());
        Self {
            skipped_check: plan.allow_secret_names.then(|| Name::new("SecretsUsedInArgOrEnv")),
            ignored: (sources.is_some() || plan.project.is_some()).then(|| ignore::DEFAULT.map(Comment::new)),
            tag: Mark::of(python, |python| Name::new(&python.tag())),
            cache: Name::new(&python.value.tag()),
            distroless: (plan.base == Base::Distroless).then(|| Mark::new(Name::new(DISTROLESS), base_span)),
            slim: (plan.base == Base::Slim).then(|| Slim {
                tag: Mark::new(Name::new(&python.value.slim_tag()), base_span),
                apt: apt(plan, &plan.runtime_deps, "-slim"),
            }),
            sources,
            envs: plan.envs.iter().map(|variable| Mark::of(variable, Assignment::variable)).collect(),
            build_apt: apt(plan, &plan.build_deps, ""),
            install: install.map(installer),
            project: plan
                .project
                .as_ref()
                .map(|project| Mark::of(project, |application| copy(&application.source, &application.target))),
            workdir: Mark::new(Word::literal(&plan.workdir), plan.project.as_ref().map(|project| project.span)),
            entrypoint: plan.entrypoint.as_ref().map(exec_form),
            command: plan.command.as_ref().map(exec_form),
            labels: plan.labels.iter().map(|label| Mark::of(label, Assignment::label)).collect(),
        }
    }
}

/// The installation of `packages`, if there are any, in an image of the kind `image`. Each kind has caches of
/// its own: buildah keeps one locked until all stages are built, and would wait for itself.
fn apt(plan: &Plan, packages: &[Located<AptPackage>], image: &str) -> Option<Apt> {
    (!packages.is_empty()).then(|| Apt {
        distribution: Name::new(&format!("{}{image}", plan.python.value.debian().name())),
        packages: packages
            .iter()
            .map(|found| Mark::of(found, |package| ShellWord::new(&package.to_string())))
            .collect(),
        archive: plan.archived.then_some(()),
        current: (!plan.archived).then_some(()),
    })
}

fn sources(install: &Install) -> Vec<Mark<CopyPaths>> {
    let copies = install.sources.iter();
    copies.map(|source| Mark::of(source, |source| copy(source, &format!("/{}", source.path.as_str())))).collect()
}

fn copy(source: &SourcePath, target: &str) -> CopyPaths {
    if source.directory {
        let target = if target.ends_with('/') { target.to_owned() } else { format!("{target}/") };
        let path = if source.path.as_str().is_empty() { "./".to_owned() } else { format!("{}/", source.path) };
        CopyPaths::new(&path, &target)
    } else {
        CopyPaths::new(&source.path.to_string(), target)
    }
}

fn installer(install: &Install) -> Installer {
    let last = install.requirements.len().saturating_sub(1);
    let over_ssh = !install.ssh_hosts.is_empty();
    let known = install.ssh_hosts.iter().all(|host| ssh::is_known_host(host));
    Installer {
        forge_keys: over_ssh.then(|| ssh::FORGE_KEYS.iter().map(|key| ShellWord::new(key)).collect()),
        other_hosts: (!known).then_some(()),
        old_pip: install.old_pip.then(|| ShellWord::new("pip>=22.3")),
        options: install.indices.iter().flat_map(index_options).collect(),
        requirements: install
            .requirements
            .iter()
            .enumerate()
            .map(|(i, requirement)| Argument::requirement(requirement, i == last))
            .collect(),
    }
}

fn exec_form(arguments: &Located<Vec<String>>) -> Mark<ExecForm> {
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
        Self { key: Name::new_environment(&variable.name), value: Word::concat(parts) }
    }

    fn label(label: &Label) -> Self {
        Self { key: Name::new_label(&label.key), value: Word::literal(&label.value) }
    }
}

impl Display for Assignment {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

/// The last arguments of a command, each in a line of its own; all but the last go on in the next line.
struct Argument {
    words: Mark<Words>,
    last: bool,
}

impl Argument {
    fn requirement(requirement: &Located<Requirement>, last: bool) -> Self {
        use RequirementKind as Kind;
        let path = |path: &ContextPath| ShellWord::new(&path.to_string());
        let words = match &requirement.value.kind {
            Kind::Named | Kind::Git(_) | Kind::Url(_) => vec![ShellWord::new(&requirement.value.text)],
            Kind::Project(project) | Kind::Distribution(project) => vec![path(project)],
            Kind::RequirementsFile(file) => vec![ShellWord::option("--requirement"), path(file)],
            Kind::ConstraintsFile(file) => vec![ShellWord::option("--constraint"), path(file)],
        };
        Self { words: Mark::new(Words(words), requirement.span), last }
    }
}

struct Words(Vec<ShellWord>);

impl Display for Words {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, word) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { " " };
            write!(f, "{separator}{word}")?;
        }
        Ok(())
    }
}

impl Display for Argument {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let end = if self.last { "" } else { " \\" };
        write!(f, "{}{end}", self.words)
    }
}

/// An option of pip about an index, with its value.
struct IndexOption {
    option: ShellWord,
    value: ShellWord,
}

fn index_options(index: &Located<Index>) -> Vec<Mark<IndexOption>> {
    let option = |option: &'static str, value: &str| {
        let option = IndexOption { option: ShellWord::option(option), value: ShellWord::new(value) };
        Mark::new(option, index.span)
    };
    let kind = if index.value.default { "--index-url" } else { "--extra-index-url" };
    let mut options = vec![option(kind, index.value.url.as_str())];
    if index.value.trust {
        options.push(option("--trusted-host", &index.value.host()));
    }
    options
}

impl Display for IndexOption {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.option, self.value)
    }
}
