//! From a document to a [`Mopyfile`]: every problem is found, not only the first.

use std::collections::HashMap;

use super::document::{Kind, Node};
use super::index::{self, Index};
use super::label::{self, Resolved};
use super::path::{ContextPath, PathError};
use super::python::{PythonVersion, PythonVersionError};
use super::requirement::{Requirement, RequirementError};
use super::similar::similar;
use super::word::{AptPackage, EnvironmentName, LabelKey};
use super::{Base, Label, Mopyfile, Project, Segment, Variable, keys};
use crate::diagnostic::mask::shown;
use crate::diagnostic::{Diagnostic, Diagnostics, Rule, rule};
use crate::source::{Located, Span};

/// A Mopyfile in the making: what could be read so far, and what was found.
#[derive(Default)]
pub(super) struct Draft {
    diagnostics: Diagnostics,
    python: Option<Located<PythonVersion>>,
    base: Option<Located<Base>>,
    build_deps: Vec<Located<AptPackage>>,
    runtime_deps: Vec<Located<AptPackage>>,
    envs: Vec<Located<Variable>>,
    indices: Vec<Located<Index>>,
    pip: Vec<Located<Requirement>>,
    project: Option<Located<Project>>,
    command: Option<Located<Vec<String>>>,
    entrypoint: Option<Located<Vec<String>>>,
    no_sbom: bool,
    labels: Vec<(Located<LabelKey>, Located<String>)>,
}

/// Reads `document`; the Mopyfile is there when the one key that is needed could be read.
pub(super) fn read(document: &Node) -> (Option<Mopyfile>, Diagnostics) {
    let mut draft = Draft::default();
    draft.top(document);
    draft.finish()
}

impl Draft {
    fn top(&mut self, document: &Node) {
        let Kind::Map(entries) = &document.kind else {
            self.find(
                &rule::NOT_A_MAPPING,
                document.span,
                format!("a Mopyfile is a mapping, this is {}", document.noun()),
                "begin with `python: 3.13`",
            );
            return;
        };
        let mut names = Vec::new();
        let mut has_python = false;
        for (key, value) in self.distinct(entries) {
            let Some(name) = key.scalar() else {
                self.find(
                    &rule::UNKNOWN_KEY,
                    key.span,
                    format!("a key is a word, this is {}", key.noun()),
                    "write a word in front of the colon",
                );
                continue;
            };
            has_python |= name == "python";
            if let Some(known) = keys::find(name) {
                (known.read)(self, key, value);
            } else if !name.starts_with("x-") {
                names.push((name, key.span));
            }
        }
        for (name, span) in names {
            let meant = keys::other_name(name).or_else(|| similar(name, &keys::names()));
            has_python |= meant == Some("python");
            self.unknown("a Mopyfile", name, span, &keys::names(), meant);
        }
        if !has_python {
            self.find(
                &rule::MISSING_KEY,
                Span::new(document.span.start, document.span.start),
                "the key `python` is missing",
                "write the version of Python: `python: 3.13`",
            );
        }
    }

    fn finish(mut self) -> (Option<Mopyfile>, Diagnostics) {
        let labels = self.finish_labels();
        let mopyfile = self.python.map(|python| Mopyfile {
            python,
            base: self.base,
            build_deps: self.build_deps,
            runtime_deps: self.runtime_deps,
            envs: self.envs,
            indices: self.indices,
            pip: self.pip,
            project: self.project,
            command: self.command,
            entrypoint: self.entrypoint,
            labels,
        });
        (mopyfile, self.diagnostics)
    }

    // --- findings

    fn find(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(rule, span, message).help(help));
    }

    fn unknown(&mut self, of: &str, name: &str, span: Span, known: &[&str], meant: Option<&str>) {
        let help = meant.map_or_else(
            || format!("the keys are {}", known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")),
            |key| format!("did you mean `{key}`?"),
        );
        self.find(&rule::UNKNOWN_KEY, span, format!("`{}` is no key of {of}", shown(name)), help);
    }

    /// `subject` says what the value is of: "`pip`", "an entry of `pip`".
    fn wrong_type(&mut self, subject: &str, expected: &str, node: &Node, help: impl Into<String>) {
        self.find(&rule::WRONG_TYPE, node.span, format!("{subject} takes {expected}, this is {}", node.noun()), help);
    }

    // --- shapes

    /// The entries of a mapping, the first of each key; the others are problems.
    fn distinct<'n>(&mut self, entries: &'n [(Node, Node)]) -> Vec<(&'n Node, &'n Node)> {
        let mut first: HashMap<&str, Span> = HashMap::new();
        let mut distinct = Vec::new();
        for (key, value) in entries {
            if let Some(name) = key.scalar() {
                if let Some(span) = first.get(name) {
                    let diagnostic =
                        Diagnostic::new(&rule::DUPLICATE_KEY, key.span, format!("`{}` is given twice", shown(name)))
                            .related(*span, "first here")
                            .help("keep the one that is meant");
                    self.diagnostics.push(diagnostic);
                    continue;
                }
                first.insert(name, key.span);
            }
            distinct.push((key, value));
        }
        distinct
    }

    fn list<'n>(&mut self, what: &str, node: &'n Node, example: &str) -> &'n [Node] {
        match &node.kind {
            Kind::Null => &[],
            Kind::List(items) => items,
            _ => {
                self.wrong_type(&format!("`{what}`"), "a list", node, format!("write `{what}: {example}`"));
                &[]
            }
        }
    }

    fn map<'n>(&mut self, what: &str, node: &'n Node, example: &str) -> Vec<(&'n Node, &'n Node)> {
        match &node.kind {
            Kind::Null => Vec::new(),
            Kind::Map(entries) => self.distinct(entries),
            _ => {
                self.wrong_type(&format!("`{what}`"), "a mapping", node, format!("write `{what}: {example}`"));
                Vec::new()
            }
        }
    }

    /// The text of a scalar. `example` is what to write.
    fn text<'n>(&mut self, subject: &str, node: &'n Node, example: &str) -> Option<&'n str> {
        let text = node.scalar();
        match node.kind {
            Kind::Null => {
                let help = format!("write {example}");
                self.find(&rule::EMPTY_VALUE, node.span, format!("{subject} has no value"), help);
            }
            _ if text.is_none() => self.wrong_type(subject, "a text", node, format!("write {example}")),
            _ => {}
        }
        text
    }

    fn boolean(&mut self, what: &str, node: &Node) -> Option<bool> {
        let (this, help) = match &node.kind {
            Kind::Boolean(text) => return Some(text.eq_ignore_ascii_case("true")),
            Kind::Text(text) if text == "true" || text == "false" => {
                (format!("the text `{text}`"), format!("leave the quotes out: `{what}: {text}`"))
            }
            Kind::Text(text) => {
                (format!("the text `{}`", shown(text)), format!("write `{what}: true` or `{what}: false`"))
            }
            _ => (node.noun().to_owned(), format!("write `{what}: true` or `{what}: false`")),
        };
        self.find(&rule::WRONG_TYPE, node.span, format!("`{what}` is `true` or `false`, this is {this}"), help);
        None
    }

    // --- keys, in the order of `keys::ALL`

    /// Reads `apiVersion`.
    pub(super) fn api_version(&mut self, _: &Node, node: &Node) {
        if let Some(text) =
            self.text("`apiVersion`", node, "`apiVersion: v1`, or leave it out").filter(|text| *text != "v1")
        {
            self.find(
                &rule::API_VERSION,
                node.span,
                format!("the version `{}` is not known", shown(text)),
                "write `apiVersion: v1`, the only one there is, or leave it out",
            );
        }
    }

    /// Reads `python`.
    pub(super) fn python(&mut self, _: &Node, node: &Node) {
        let Some(text) = self.text("`python`", node, "a version: `python: 3.13`") else {
            return;
        };
        let shown = shown(text);
        let (rule, message, help) = match PythonVersion::parse(text) {
            Ok(version) => {
                self.python = Some(Located::new(version, node.span));
                return;
            }
            Err(PythonVersionError::Two) => (
                &rule::PYTHON_2,
                format!("Python 2 is not supported, and `{shown}` is one"),
                "move the project to Python 3: `python: 3.13`".to_owned(),
            ),
            Err(PythonVersionError::TooOld) => (
                &rule::PYTHON_VERSION,
                format!("Python {shown} is too old"),
                "write `3.7` or a later version".to_owned(),
            ),
            Err(PythonVersionError::Range) => (
                &rule::PYTHON_VERSION,
                format!("`{shown}` is a range, and an image has one version"),
                "write one version: `3`, `3.13` or `3.13.5`".to_owned(),
            ),
            Err(PythonVersionError::Variant(version)) => (
                &rule::PYTHON_VERSION,
                format!("`{shown}` is the tag of an image, not a version"),
                format!("write `{version}`; what the image ends in is the matter of `base`"),
            ),
            Err(PythonVersionError::Malformed) => (
                &rule::PYTHON_VERSION,
                format!("`{shown}` is no version of Python"),
                "write `3`, `3.13`, `3.13.5` or a pre-release such as `3.15-rc`".to_owned(),
            ),
        };
        self.find(rule, node.span, message, help);
    }

    /// Reads `base`.
    pub(super) fn base(&mut self, _: &Node, node: &Node) {
        let base = match self.text("`base`", node, "`base: distroless` or `base: slim`, or leave it out") {
            Some("distroless") => Base::Distroless,
            Some("slim") => Base::Slim,
            Some(text) => {
                let help = similar(text, &["distroless", "slim"]).map_or_else(
                    || {
                        "write one of them; `--build-context` of `docker build` puts an image of your own in its place"
                            .to_owned()
                    },
                    |base| format!("did you mean `{base}`?"),
                );
                let message = format!("`base` is `distroless` or `slim`, this is `{}`", shown(text));
                self.find(&rule::WRONG_TYPE, node.span, message, help);
                return;
            }
            None => return,
        };
        self.base = Some(Located::new(base, node.span));
    }

    /// Reads `build-deps`.
    pub(super) fn build_deps(&mut self, _: &Node, node: &Node) {
        self.build_deps = self.apt_packages("build-deps", node, "[libpq-dev]");
    }

    /// Reads `runtime-deps`.
    pub(super) fn runtime_deps(&mut self, _: &Node, node: &Node) {
        self.runtime_deps = self.apt_packages("runtime-deps", node, "[libpq5]");
    }

    fn apt_packages(&mut self, what: &str, node: &Node, example: &str) -> Vec<Located<AptPackage>> {
        let mut packages = Vec::new();
        for item in self.list(what, node, example) {
            let Some(text) = self.text(&format!("an entry of `{what}`"), item, "the name of a package") else {
                continue;
            };
            match AptPackage::parse(text) {
                Some(package) => packages.push(Located::new(package, item.span)),
                None => {
                    let help = if text.starts_with('-') {
                        "name packages; options of apt-get have no place here"
                    } else if text.contains(char::is_whitespace) {
                        "write each package as an entry of its own"
                    } else if ["==", ">=", "<=", "~="].iter().any(|operator| text.contains(operator)) {
                        "apt takes one version and one equals sign: `gcc=4:14.2.0-1`"
                    } else {
                        "write `name`, `name=1.2-3`, `name:arm64` or `name/trixie-backports`, in lower case"
                    };
                    self.find(&rule::APT_PACKAGE, item.span, format!("`{}` is no apt package", shown(text)), help);
                }
            }
        }
        packages
    }

    /// Reads `envs`.
    pub(super) fn envs(&mut self, _: &Node, node: &Node) {
        for (key, value) in self.map("envs", node, "{NAME: value}") {
            let written = key.scalar().unwrap_or_default();
            let Some(name) = EnvironmentName::parse(written) else {
                self.find(
                    &rule::ENVIRONMENT_NAME,
                    key.span,
                    format!("`{}` is no name of an environment variable", shown(written)),
                    "use letters, digits and `_`, and no digit at the beginning",
                );
                continue;
            };
            let Some(text) = self.value(written, value) else {
                continue;
            };
            let value = self.segments(&text);
            self.envs.push(Located::new(Variable { name, value }, key.span.join(text.span)));
        }
    }

    /// The value of an environment variable or label.
    fn value(&mut self, what: &str, node: &Node) -> Option<Located<String>> {
        let subject = format!("`{}`", shown(what));
        let text = self.text(&subject, node, "a value, or `\"\"` for an empty one")?;
        if text.contains(['\n', '\r', '\0']) {
            let (found, help) = if text.contains('\0') {
                ("a NUL character", "remove it")
            } else {
                ("a line break", "write it in one line; a block that begins with `>-` folds its lines into one")
            };
            self.find(
                &rule::MULTILINE_VALUE,
                node.span,
                format!("the value of {subject} has {found}, which a Dockerfile cannot express"),
                help,
            );
            return None;
        }
        Some(Located::new(text.to_owned(), node.span))
    }

    fn segments(&mut self, text: &Located<String>) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut literal = String::new();
        let mut rest = text.value.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            if let Some(before) = before.strip_suffix('$') {
                literal.push_str(before);
                literal.push_str("${");
                rest = after;
                continue;
            }
            literal.push_str(before);
            rest = after;
            let name = after.split_once('}').map(|(name, _)| name);
            let known = name.and_then(EnvironmentName::parse).filter(|name| {
                name.as_str() == "PATH" || self.envs.iter().any(|variable| variable.value.name == *name)
            });
            if let Some(name) = known {
                rest = &after[name.as_str().len() + 1..];
                if !literal.is_empty() {
                    segments.push(Segment::Literal(std::mem::take(&mut literal)));
                }
                segments.push(Segment::Reference(name));
            } else {
                literal.push_str("${");
                if let Some(name) = name {
                    self.unknown_reference(
                        text.span,
                        name,
                        "`PATH` or a variable further up",
                        "; `$${` writes a literal `${`",
                    );
                }
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() || segments.is_empty() {
            segments.push(Segment::Literal(literal));
        }
        segments
    }

    fn unknown_reference(&mut self, span: Span, name: &str, known: &str, besides: &str) {
        self.find(
            &rule::UNKNOWN_REFERENCE,
            span,
            format!("`${{{}}}` names nothing that is known and stays as it is", shown(name)),
            format!("refer to {known}{besides}"),
        );
    }

    /// Reads `indices`.
    pub(super) fn indices(&mut self, _: &Node, node: &Node) {
        let mut default: Option<Span> = None;
        for item in self.list("indices", node, "[{url: \"https://pypi.example.org/simple\"}]") {
            let entries = match &item.kind {
                Kind::Map(entries) => self.distinct(entries),
                Kind::Text(text) => {
                    self.wrong_type(
                        "an entry of `indices`",
                        "a mapping",
                        item,
                        format!("write `url: {}`", shown(text)),
                    );
                    continue;
                }
                _ => {
                    let help = "write `url: https://pypi.example.org/simple`";
                    self.wrong_type("an entry of `indices`", "a mapping", item, help);
                    continue;
                }
            };
            let Some(index) = self.index(item, &entries) else {
                continue;
            };
            if index.value.default {
                if let Some(first) = default {
                    let diagnostic = Diagnostic::new(&rule::INDEX_DEFAULT, item.span, "a second index is the default")
                        .related(first, "the first one")
                        .help("leave `default: true` at one of them");
                    self.diagnostics.push(diagnostic);
                }
                default = Some(item.span);
            }
            self.indices.push(index);
        }
    }

    fn index(&mut self, item: &Node, entries: &[(&Node, &Node)]) -> Option<Located<Index>> {
        let (mut url, mut username, mut password) = (None, None, None);
        let (mut trust, mut default, mut has_url) = (false, false, false);
        for (key, value) in entries {
            match key.scalar() {
                Some("url") => {
                    has_url = true;
                    let text = self.text("`url`", value, "a URL: `https://pypi.example.org/simple`");
                    url = text.and_then(|text| self.index_url(text, value.span));
                }
                // their messages point at the keys: an alias's value stands at a place that is not masked
                Some("username") => {
                    username = self.text("`username`", value, "a name, or leave it out").map(|text| (text, key.span))
                }
                Some("password") => {
                    password =
                        self.text("`password`", value, "a password, or leave it out").map(|text| (text, key.span))
                }
                Some("trust") => trust = self.boolean("trust", value).unwrap_or_default(),
                Some("default") => default = self.boolean("default", value).unwrap_or_default(),
                name => {
                    let name = name.unwrap_or_default();
                    self.unknown("an index", name, key.span, keys::INDEX, similar(name, keys::INDEX));
                }
            }
        }
        if !has_url {
            self.find(
                &rule::MISSING_KEY,
                item.span,
                "the index has no `url`",
                "write `url: https://pypi.example.org/simple`",
            );
        }
        let mut url = url?;
        for (text, span) in [username, password].into_iter().flatten() {
            if text.chars().any(char::is_control) {
                self.find(&rule::CONTROL_CHARACTER, span, "a credential has a control character", "type it again");
                return None;
            }
        }
        if let Some((password, span)) = password.filter(|_| username.is_none()) {
            let _ = password;
            self.find(
                &rule::MISSING_KEY,
                span,
                "a `password` needs a `username`",
                "write `username` beside it; a token alone is a username",
            );
            return None;
        }
        // both fail only for URLs without a host, and this one has one
        if let Some((username, _)) = username {
            let _ = url.set_username(username);
        }
        if let Some((password, _)) = password {
            let _ = url.set_password(Some(password));
        }
        Some(Located::new(Index { url, trust, default }, item.span))
    }

    fn index_url(&mut self, text: &str, span: Span) -> Option<url::Url> {
        match index::parse_url(text) {
            Ok(url) => Some(url),
            Err(message) => {
                let host = text.split('/').next().unwrap_or_default();
                let help = if !text.contains("://") && host.contains('.') && !host.starts_with('.') {
                    format!("write `https://{}`", shown(text))
                } else {
                    "write `https://pypi.example.org/simple`".to_owned()
                };
                self.find(&rule::INDEX_URL, span, message, help);
                None
            }
        }
    }

    /// Reads `pip`.
    pub(super) fn pip(&mut self, _: &Node, node: &Node) {
        for item in self.list("pip", node, "[numpy==1.22, ./requirements.txt]") {
            if let Kind::Map(_) = item.kind {
                self.wrong_type(
                    "an entry of `pip`",
                    "a text",
                    item,
                    "write `name==1.2`, or put the entry in quotes: a colon and a space make a mapping of it",
                );
                continue;
            }
            let Some(text) = self.text("an entry of `pip`", item, "a requirement such as `numpy==1.22`") else {
                continue;
            };
            match Requirement::parse(text) {
                Ok(requirement) => self.pip.push(Located::new(requirement, item.span)),
                Err(error) => self.requirement_error(error, item.span),
            }
        }
    }

    fn requirement_error(&mut self, error: RequirementError, span: Span) {
        let (rule, message, help) = match error {
            RequirementError::Option(help) => {
                (&rule::PIP_OPTION, "an option of pip is no requirement".to_owned(), help)
            }
            RequirementError::VersionControl(message, help) => (&rule::VERSION_CONTROL, message, help),
            RequirementError::Path(error) => return self.path_error(error, span),
            RequirementError::MalformedPath(message, help) => (&rule::MALFORMED_PATH, message, help),
            RequirementError::NotSupported(what) => return self.not_supported(what, span),
            RequirementError::Multiline => (
                &rule::MULTILINE_VALUE,
                "the entry has a line break in it".to_owned(),
                "write each requirement as an entry of its own".to_owned(),
            ),
            RequirementError::Control => return self.control_character(span),
            RequirementError::Malformed(message, help) => (&rule::REQUIREMENT, message, help),
        };
        self.find(rule, span, message, help);
    }

    fn control_character(&mut self, span: Span) {
        self.find(&rule::CONTROL_CHARACTER, span, "the entry has an invisible control character", "type it again");
    }

    fn not_supported(&mut self, what: &str, span: Span) {
        self.find(
            &rule::NOT_SUPPORTED,
            span,
            format!("{what} is not supported yet"),
            "leave it out, or use a Dockerfile from `mopy transpile` as the start",
        );
    }

    fn path_error(&mut self, error: PathError, span: Span) {
        let (rule, message, help) = match error {
            PathError::Empty => {
                (&rule::MALFORMED_PATH, "the path is empty", "write the way from the build's context: `./app/`")
            }
            PathError::Absolute => (
                &rule::ABSOLUTE_PATH,
                "the path is absolute, and the build sees only its context",
                "write the way from the build's context: `./app/`",
            ),
            PathError::Escaping => (
                &rule::ESCAPING_PATH,
                "the path leaves the build's context",
                "build from a directory further up: `docker build -f app/Mopyfile.yaml .`",
            ),
            PathError::Multiline => {
                (&rule::MULTILINE_VALUE, "the path has a line break or a NUL character", "write it in one line")
            }
            PathError::Control => return self.control_character(span),
        };
        self.find(rule, span, message, help);
    }

    /// Reads `project`.
    pub(super) fn project(&mut self, _: &Node, node: &Node) {
        let Some(text) = self.text("`project`", node, "a directory or a file: `project: ./app/`, or leave it out")
        else {
            return;
        };
        match ContextPath::parse(text) {
            Ok(path) => {
                let is_file = !text.ends_with('/') && path.as_str().ends_with(".py");
                let project = if is_file { Project::File(path) } else { Project::Directory(path) };
                self.project = Some(Located::new(project, node.span));
            }
            Err(error) => self.path_error(error, node.span),
        }
    }

    /// Reads `command`.
    pub(super) fn command(&mut self, _: &Node, node: &Node) {
        self.command = self.arguments("command", node);
    }

    /// Reads `entrypoint`.
    pub(super) fn entrypoint(&mut self, _: &Node, node: &Node) {
        self.entrypoint = self.arguments("entrypoint", node);
    }

    fn arguments(&mut self, what: &str, node: &Node) -> Option<Located<Vec<String>>> {
        if let Some(text) = node.scalar() {
            let words: Vec<String> = text.split_whitespace().map(|word| format!("{word:?}")).collect();
            let help = if text.starts_with('[') {
                "write the list without quotes around it".to_owned()
            } else if words.is_empty() {
                format!("write `{what}: [python, -m, shop]`, or leave it out")
            } else {
                format!("write `{what}: [{}]`", words.join(", "))
            };
            self.wrong_type(&format!("`{what}`"), "a list of words, since no shell reads it", node, help);
            return None;
        }
        let items = self.list(what, node, "[python, -m, shop]");
        if items.is_empty() && matches!(node.kind, Kind::Null | Kind::List(_)) {
            self.find(
                &rule::EMPTY_VALUE,
                node.span,
                format!("`{what}` has no words"),
                format!("write `{what}: [python, -m, shop]`, or leave it out"),
            );
            return None;
        }
        let mut words = Vec::new();
        for item in items {
            match self.text(&format!("an entry of `{what}`"), item, "a word; `\"\"` is an empty one") {
                Some(text) if text.contains('\0') => {
                    self.find(
                        &rule::CONTROL_CHARACTER,
                        item.span,
                        "an argument cannot hold a NUL character",
                        "leave it out",
                    );
                }
                Some(text) => words.push(text.to_owned()),
                None => {}
            }
        }
        Some(Located::new(words, node.span))
    }

    /// Reads `sbom`.
    pub(super) fn sbom(&mut self, _: &Node, node: &Node) {
        self.no_sbom = self.boolean("sbom", node) == Some(false);
    }

    /// Reads `labels`.
    pub(super) fn labels(&mut self, _: &Node, node: &Node) {
        for (key, value) in self.map("labels", node, "{com.example.team: shop}") {
            let written = key.scalar().unwrap_or_default();
            let Some(name) = LabelKey::parse(written) else {
                self.find(
                    &rule::LABEL_KEY,
                    key.span,
                    format!("`{}` is no key of a label", shown(written)),
                    "use letters and digits, with `.`, `-`, `_` and `/` between them",
                );
                continue;
            };
            if let Some(value) = self.value(written, value) {
                self.labels.push((Located::new(name, key.span), value));
            }
        }
    }

    /// mopy's own label first, then those of the file, their references replaced.
    fn finish_labels(&mut self) -> Vec<Located<Label>> {
        let sbom = label::sbom(self.pip.iter().map(|entry| &entry.value));
        let labels = std::mem::take(&mut self.labels);
        let written: Vec<_> = labels.iter().map(|(key, value)| (key.value.as_str(), value.value.as_str())).collect();
        // a label of the file wins over mopy's own
        let own =
            LabelKey::parse(label::SBOM).filter(|own| !self.no_sbom && labels.iter().all(|(key, _)| key.value != *own));
        let finished: &[_] = if own.is_some() { &[(label::SBOM, sbom.as_str())] } else { &[] };
        let Resolved { mut values, unknown, cycles, too_large } = label::resolve(&written, finished);
        let spans: HashMap<&str, Span> = labels.iter().map(|(key, value)| (key.value.as_str(), value.span)).collect();
        let span = |key: &str| spans.get(key).copied().unwrap_or_default();
        for (key, name) in unknown {
            self.unknown_reference(span(key), name, "another label", "");
        }
        for cycle in cycles {
            self.find(
                &rule::LABEL_CYCLE,
                cycle.first().map(|key| span(key)).unwrap_or_default(),
                format!("labels refer to each other in a circle: {}", cycle.join(" → ")),
                "write the value out in one of them",
            );
        }
        if let Some(key) = too_large {
            self.find(
                &rule::YAML_TOO_COMPLEX,
                span(key),
                "the values that labels refer to grow too large",
                "write the values out; a label of an image is a line of text",
            );
        }
        let own = own.map(|key| {
            let span = self.pip.iter().map(|entry| entry.span).reduce(Span::join);
            let span = span.or(self.python.as_ref().map(|python| python.span)).unwrap_or_default();
            Located::new(Label { key, value: sbom.clone() }, span)
        });
        let of_file = labels.iter().map(|(key, written)| {
            let value = values.remove(key.value.as_str()).unwrap_or_default();
            Located::new(Label { key: key.value.clone(), value }, key.span.join(written.span))
        });
        own.into_iter().chain(of_file).collect()
    }

    /// Refuses a key that a later version will know.
    pub(super) fn later(&mut self, key: &Node, _: &Node) {
        self.not_supported(&format!("`{}`", key.scalar().unwrap_or_default()), key.span);
    }
}
