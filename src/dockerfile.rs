//! From a plan to the text of a Dockerfile, and from its lines back to the Mopyfile.

mod check;
mod copies;
mod selected;
pub mod word;

use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;

use askama::Template;

use crate::diagnostic::mask;
use crate::lock::Digest;
use crate::mopyfile::index::Index;
use crate::mopyfile::path::{ContextPath, SourcePath};
use crate::mopyfile::requirement::{Requirement, RequirementKind};
use crate::mopyfile::word::AptPackage;
use crate::mopyfile::{Base, Installer, Label, Segment, Variable, ignore, ssh};
use crate::plan::{INIT, Install, Plan};
use crate::source::{Located, Span};
use check::{CommandCheck, HttpCheck, Imports};
use copies::Copies;
use word::{Comment, CopyPaths, ExecForm, MARK, Mark, Name, ShellWord, Word};

/// A Dockerfile and where its lines come from.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Which places of the Mopyfile each line comes from.
    pub lines: LineMap,
}

impl Rendered {
    /// What the instruction that begins in the line `line` (counted from 1) does: the comment above it; none where
    /// there is no comment.
    #[must_use]
    pub fn title(&self, line: usize) -> Option<&str> {
        self.text.lines().nth(line.checked_sub(2)?)?.strip_prefix("# ")
    }
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
    python: Mark<Name>,
    /// What tells the caches of interpreters and distributions apart: the tag.
    cache: Name,
    /// A stage for those that fetch something.
    tools: Option<()>,
    /// Installers are given credentials, which they would show.
    masks: Option<()>,
    distroless: Option<Mark<Name>>,
    slim: Option<Slim>,
    copies: Copies,
    uv: Option<Uv>,
    /// What the builder begins with.
    builder: Mark<Name>,
    envs: Vec<Mark<Assignment>>,
    build_apt: Option<Apt>,
    init: Option<Mark<Name>>,
    install: Option<Installation>,
    /// The stage in which all packages are there.
    last: Name,
    /// The stage that the packages are copied from.
    packages: Name,
    /// The secret whose certificates the image trusts.
    image_ca: Option<Mark<Name>>,
    project: Option<Copied>,
    workdir: Mark<Word>,
    ports: Vec<Mark<Name>>,
    http_check: Option<HttpCheck>,
    command_check: Option<CommandCheck>,
    stop_signal: Option<Mark<Word>>,
    entrypoint: Option<Mark<ExecForm>>,
    command: Option<Mark<ExecForm>>,
    labels: Vec<Mark<Assignment>>,
    /// The stage of the image; another one follows where the image is tried.
    stage: Name,
    imports: Option<Imports>,
}

struct Slim {
    image: Mark<Name>,
    apt: Option<Apt>,
}

/// Files of the context and where they go.
struct Copied {
    name: Comment,
    paths: Mark<CopyPaths>,
}

struct Apt {
    title: Comment,
    distribution: Name,
    packages: Vec<Mark<ShellWord>>,
    /// It is in the image, not in the builder.
    slim: Option<()>,
    /// The release may have left the mirrors.
    archive: Option<()>,
}

/// How uv is fetched.
struct Uv {
    version: Name,
    /// Its hashes, with a backslash behind each.
    hashes: Vec<Argument>,
    settings: Vec<Mark<Assignment>>,
    /// What to say of credentials when there are indexes and something fails.
    hint: Option<()>,
}

struct Installation {
    /// What is installed besides what is locked, if something is.
    title: Option<Comment>,
    /// Something comes over ssh.
    ssh: Option<Ssh>,
    /// uv installs.
    uv: Option<()>,
    /// It takes the files of git-lfs.
    lfs: Option<Mark<Name>>,
    /// pip does.
    pip: Option<()>,
    old_pip: Option<ShellWord>,
    /// What must not be seen in the command: indexes and the credentials of requirements.
    settings: Vec<Mark<Assignment>>,
    /// Where the indexes stand, as the command reads them from its environment.
    indices: Places,
    uv_locks: Vec<Argument>,
    pylocks: Vec<Argument>,
    /// The projects of the lock files of uv.
    projects: Vec<Argument>,
    requirements: Vec<Argument>,
    /// Each `pyproject.toml` whose dependencies are installed.
    project_files: Vec<ShellWord>,
    /// What is in the context may be installed as editable, and so would not be in the image.
    editables: Option<()>,
    /// Some have credentials in queries, which are not kept then.
    queries: Option<()>,
    /// What to say of credentials when something that needs them fails.
    hint: Option<()>,
    /// An index stands in the place of PyPI, and so in that of the index of lock files.
    default_index: Option<()>,
}

struct Ssh {
    /// What happens with the key of a host that is not known.
    unknown: Name,
    forge_keys: Vec<Argument>,
}

/// The secret with the certificates of a company.
const CA: &str = "ca.pem";

impl Dockerfile {
    fn new(plan: &Plan) -> Self {
        let python = || Mark::new(Name::new(&plan.interpreter.to_string()), plan.python.span);
        let runtime = || Mark::new(Name::new(&plan.runtime.to_string()), plan.base_span.unwrap_or(plan.python.span));
        let install = plan.install.as_ref();
        let copies = install.map(|install| Copies::new(&install.sources)).unwrap_or_default();
        Self {
            skipped_check: plan.allow_secret_names.then(|| Name::new("SecretsUsedInArgOrEnv")),
            ignored: (plan.project.is_some() || !copies.is_empty()).then(|| ignore::DEFAULT.map(Comment::new)),
            python: python(),
            cache: Name::new(&plan.python.value.tag()),
            distroless: (plan.base == Base::Distroless).then(runtime),
            slim: (plan.base == Base::Slim)
                .then(|| Slim { image: runtime(), apt: apt(plan, &plan.runtime_deps, "-slim") }),
            last: Name::new(if copies.projects.is_some() { "project" } else { "builder" }),
            packages: Name::new(if install.is_some() { "bytecode" } else { "builder" }),
            copies,
            envs: plan.envs.iter().map(|variable| Mark::of(variable, Assignment::variable)).collect(),
            build_apt: apt(plan, &plan.build_deps, ""),
            init: plan.init.map(|span| Mark::new(Name::new(INIT), span)),
            install: install.map(installation),
            tools: plan.needs_ca().then_some(()),
            masks: install.is_some_and(Install::has_credentials).then_some(()),
            builder: if plan.needs_ca() { Mark::new(Name::new("tools"), None) } else { python() },
            image_ca: plan.image_ca.map(|span| Mark::new(Name::new(CA), span)),
            uv: install.filter(|install| install.installer == Installer::Uv).map(Uv::new),
            project: plan
                .project
                .as_ref()
                .map(|project| Copied::new(&project.value.source, &project.value.target, project.span)),
            workdir: Mark::new(Word::literal(&plan.workdir), plan.workdir_span),
            ports: plan.ports.iter().map(|port| Mark::of(port, |port| Name::new(&port.to_string()))).collect(),
            http_check: plan.healthcheck.as_ref().and_then(HttpCheck::new),
            command_check: plan.healthcheck.as_ref().and_then(CommandCheck::new),
            stop_signal: plan
                .stop_signal
                .as_ref()
                .map(|found| Mark::of(found, |signal| Word::literal(&signal.to_string()))),
            entrypoint: plan.entrypoint.as_ref().map(exec_form),
            command: plan.command.as_ref().map(exec_form),
            labels: plan.labels.iter().map(|label| Mark::of(label, Assignment::label)).collect(),
            stage: Name::new(if plan.imports.is_empty() { "final" } else { "image" }),
            imports: (!plan.imports.is_empty()).then(|| Imports::new(&plan.imports)),
        }
    }
}

/// The installation of `packages`, if there are any, in an image of the kind `image`. Each kind has caches of
/// its own: buildah keeps one locked until all stages are built, and would wait for itself.
fn apt(plan: &Plan, packages: &[Located<AptPackage>], image: &str) -> Option<Apt> {
    (!packages.is_empty()).then(|| Apt {
        title: Comment::count(packages.len(), "apt package"),
        distribution: Name::new(&format!("{}{image}", plan.python.value.debian().name())),
        packages: packages
            .iter()
            .map(|found| Mark::of(found, |package| ShellWord::new(&package.to_string())))
            .collect(),
        slim: (!image.is_empty()).then_some(()),
        archive: plan.archived.then_some(()),
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
        Self { name: Comment::new(&path), paths: Mark::new(CopyPaths::new(&path, &target), span) }
    }
}

fn installation(install: &Install) -> Installation {
    let mut hidden = Vec::new();
    let last = install.requirements.len().saturating_sub(1);
    let requirements = (0..).zip(&install.requirements);
    let queries = install.requirements.iter().any(|found| found.value.has_query_credentials());
    let hint = queries || !install.indices.is_empty();
    // uv itself can be told not to
    let editables = install.installer == Installer::Pip && !install.sources.others.is_empty();
    let alone = !hint;
    let ends = |i: usize| i == last && alone && !editables;
    let requirements = requirements.map(|(i, found)| Argument::requirement(found, &mut hidden, ends(i))).collect();
    let names = match install.installer {
        Installer::Uv => UV_SETTINGS,
        Installer::Pip => PIP_SETTINGS,
    };
    Installation {
        title: (!install.requirements.is_empty()).then(|| Comment::count(install.requirements.len(), "requirement")),
        ssh: (!install.ssh_hosts.is_empty()).then(|| Ssh::new(&install.ssh_hosts)),
        old_pip: install.old_pip.then(|| ShellWord::new("pip>=22.3")),
        uv: (install.installer == Installer::Uv).then_some(()),
        lfs: install.git_lfs.map(|span| Mark::new(Name::new("1"), span)),
        pip: (install.installer == Installer::Pip).then_some(()),
        settings: index_settings(&install.indices, names).into_iter().chain(hidden).collect(),
        indices: Places(install.indices.iter().map(|index| index.span).collect()),
        uv_locks: install.uv_locks.iter().filter_map(|lock| selected::sync(lock, alone)).collect(),
        projects: install.uv_locks.iter().filter_map(|lock| selected::sync(lock, true)).collect(),
        pylocks: install.pylocks.iter().filter_map(selected::pylock).collect(),
        requirements,
        project_files: install.requirements.iter().filter_map(selected::project_path).collect(),
        editables: editables.then_some(()),
        queries: queries.then_some(()),
        hint: hint.then_some(()),
        default_index: install.indices.iter().any(|index| index.value.default).then_some(()),
    }
}

impl Uv {
    /// From the indexes of `install`.
    fn new(install: &Install) -> Self {
        let hash = |digest: &Digest| {
            let words = Words(vec![ShellWord::new_option("--hash=", &digest.to_string())]);
            Argument { words: Mark::new(words, None), last: false }
        };
        Self {
            version: Name::new(&install.uv.version.to_string()),
            hashes: install.uv.hashes.iter().map(hash).collect(),
            settings: index_settings(&install.indices, PIP_SETTINGS),
            hint: (!install.indices.is_empty()).then_some(()),
        }
    }
}

impl Ssh {
    /// To reach `hosts`.
    fn new(hosts: &[String]) -> Self {
        let known = hosts.iter().all(|host| ssh::is_known_host(host));
        let last = ssh::FORGE_KEYS.len().saturating_sub(1);
        let key = |(i, key): (usize, &&str)| {
            let words = Mark::new(Words(vec![ShellWord::new(key)]), None);
            Argument { words, last: i == last }
        };
        Self {
            unknown: Name::new(if known { "yes" } else { "accept-new" }),
            forge_keys: (0..).zip(ssh::FORGE_KEYS).map(key).collect(),
        }
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
    /// A requirement; its credentials go to `hidden`, as everybody sees the command when it fails.
    fn requirement(requirement: &Located<Requirement>, hidden: &mut Vec<Mark<Assignment>>, last: bool) -> Self {
        use RequirementKind as Kind;
        let path = |path: &ContextPath| ShellWord::new(&path.to_string());
        let words = match &requirement.value.kind {
            Kind::Named | Kind::Git(_) | Kind::Url(_) => {
                let text = &requirement.value.text;
                let hide = |secret: &str| {
                    let name = format!("URL_PART_{}", hidden.len() + 1);
                    let setting = Assignment { key: Name::new(&name), value: Word::literal(secret) };
                    hidden.push(Mark::new(setting, requirement.span));
                    name
                };
                vec![ShellWord::hiding(text, &mask::credentials(text), hide)]
            }
            Kind::Project(project) | Kind::Distribution(project) => {
                vec![selected::with_extras(project, &requirement.value.selection.extras)]
            }
            Kind::ProjectFile(file) => selected::project_file(file, &requirement.value.selection),
            // the lock files are installed before
            Kind::UvLock(file) | Kind::Pylock(file) | Kind::Script(file) | Kind::RequirementsFile(file) => {
                vec![ShellWord::option("--requirement"), path(file)]
            }
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

/// The variables in which installers look for the default index, more indexes, and hosts to trust.
type IndexSettings = [&'static str; 3];

/// pip.pypa.io, "Configuration"
const PIP_SETTINGS: IndexSettings = ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST"];

/// docs.astral.sh/uv, "Environment variables"
const UV_SETTINGS: IndexSettings = ["UV_DEFAULT_INDEX", "UV_INDEX", "UV_INSECURE_HOST"];

/// What tells an installer about indexes; several values of one variable have blanks between them.
fn index_settings(indices: &[Located<Index>], [default, more, trusted]: IndexSettings) -> Vec<Mark<Assignment>> {
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

/// Places of the Mopyfile that a line comes from, without anything to be seen.
struct Places(Vec<Span>);

impl Display for Places {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|span| Mark::new("", *span).fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use crate::source::Source;

    /// What each line that begins like one of `lines` comes from.
    fn comes_from(text: &str, lines: &[(&str, &str)]) {
        let source = Source::new("Mopyfile.yaml", text);
        let rendered = crate::transpile(&source, None, &[], crate::Month::RELEASE).dockerfile.unwrap();
        for (line, written) in lines {
            let number = rendered.text.lines().position(|found| found.starts_with(line)).unwrap() + 1;
            let spans = rendered.lines.spans(number..=number);
            assert_eq!(spans.iter().map(|span| source.slice(*span)).collect::<Vec<_>>(), [*written], "{line}");
        }
    }

    #[test]
    fn lines_know_where_they_come_from() {
        let text = "python: 3.13\ninit: true\nports: [8000]\nhealthcheck: {http: /}\nworkdir: /srv\nstop-signal: INT\nimports: [ssl]\n\
                    ca-certificates: image\nbuild-deps: [git-lfs]\npip: [six]\n";
        let lines = [
            ("        tini \\", "true"),
            ("WORKDIR /srv", "/srv"),
            ("EXPOSE 8000", "8000"),
            ("HEALTHCHECK CMD", "healthcheck: {http: /}"),
            ("STOPSIGNAL SIGINT", "INT"),
            ("ENTRYPOINT [\"/usr/bin/tini\"", "true"),
            ("    \"ssl\"]", "ssl"),
            ("    --mount=type=secret,id=ca.pem,required=true", "image"),
            ("ENV UV_GIT_LFS=1", "git-lfs"),
        ];
        comes_from(text, &lines);
    }

    #[test]
    fn lines_about_lock_files_know_where_they_come_from() {
        let text =
            "python: 3.13\npip: ['./a/uv.lock[b]', ./pylock.toml, './s.py', './pyproject.toml[c]', './lib/[d]']\n";
        let lines = [
            ("COPY [\"./a/uv.lock\"", "'./a/uv.lock[b]'"),
            ("COPY [\"./a/pyproject.toml\"", "'./a/uv.lock[b]'"),
            ("COPY [\"./a/\"", "'./a/uv.lock[b]'"),
            ("        --project ./a --extra b", "'./a/uv.lock[b]'"),
            ("        --project ./a --extra b || {", "'./a/uv.lock[b]'"),
            ("        --requirement ./pylock.toml", "./pylock.toml"),
            ("COPY [\"./s.py\"", "'./s.py'"),
            ("        --requirement ./s.py", "'./s.py'"),
            ("        --requirement ./pyproject.toml --extra c", "'./pyproject.toml[c]'"),
            ("        './lib[d]'", "'./lib/[d]'"),
        ];
        comes_from(text, &lines);
    }
}
