//! Entries of `pip`. The kind of an entry is recognized by its form.

mod argument;
mod git;
mod instead;
mod named;
pub mod path;
mod selection;
mod url;

use ::url::Url;
use pep508_rs::VersionOrUrl;
use pep508_rs::pep440_rs::{Operator, VersionSpecifier};

use super::Invalid;
use super::credentials::Credentials;
use super::path::{ContextPath, SourcePath, control_character};
use crate::diagnostic::rule;
pub use argument::Argument;
pub use git::Git;
pub use path::{PathKind, Role, Tool};
pub use selection::Selection;

/// An entry of `pip`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PipEntry {
    /// The source of its packages.
    pub origin: Origin,
    /// The entry as written.
    pub text: String,
    /// The entry without user information, for commands, messages and labels.
    pub public: String,
    /// The user information in its URL.
    pub credentials: Option<Credentials>,
    /// The contents of the brackets after its path, if any.
    pub selection: Selection,
    /// Its name, versions and markers, if it has a name.
    pub package: Option<Box<Package>>,
}

/// A PEP 508 requirement; its name is normalized (PEP 503).
pub type Package = pep508_rs::Requirement<Url>;

/// The source of an entry's packages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An index.
    Index,
    /// A git repository.
    Git(Git),
    /// A distribution at a URL.
    Url(Url),
    /// A file or directory of the context, and its kind.
    Context(&'static PathKind, ContextPath),
}

impl PipEntry {
    /// Reads an entry.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if it is not an entry.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.contains(['\n', '\r']) {
            let help = "write each requirement as a separate entry";
            return Err(Invalid::new(&rule::MULTILINE_VALUE, "the entry contains a line break", help));
        }
        if text.chars().any(|c| c.is_control() && c != '\t') {
            return Err(control_character());
        }
        let text = text.trim();
        let (mut origin, selection, package) = origin(text)?;
        let mut public = text.to_owned();
        let mut credentials = None;
        if let Origin::Git(Git { url, .. }) | Origin::Url(url) = &mut origin {
            if url.query().is_some() {
                return Err(Invalid::new(
                    &rule::REQUIREMENT,
                    "URLs with a query (`?…`) are not supported, because the build log shows them",
                    "use a URL without a query, and pass credentials with `--secret id=netrc,src=$HOME/.netrc`; or download the distribution before the build, and use its path (`./dist/package.whl`)",
                ));
            }
            let user = url.username().to_owned();
            credentials = Credentials::take(url);
            public = without_user_information(text, if url.scheme() == "ssh" { &user } else { "" });
        }
        Ok(Self { origin, text: text.to_owned(), public, credentials, selection, package })
    }

    /// Whether it comes from an index, without a fixed version.
    #[must_use]
    pub fn is_floating(&self) -> bool {
        let pins = |version: &VersionSpecifier| matches!(version.operator(), Operator::Equal | Operator::ExactEqual);
        let versions = self.package.as_ref().and_then(|package| package.version_or_url.as_ref());
        let pinned = matches!(versions, Some(VersionOrUrl::VersionSpecifier(versions)) if versions.iter().any(pins));
        self.origin == Origin::Index && !pinned
    }

    /// Its kind and its path, if it is a path.
    fn path(&self) -> Option<(&'static PathKind, &ContextPath)> {
        match &self.origin {
            Origin::Context(kind, path) => Some((kind, path)),
            _ => None,
        }
    }

    /// The files of the context that it needs, or the directory to install; empty for entries from elsewhere.
    #[must_use]
    pub fn sources(&self) -> Vec<SourcePath> {
        let Some((kind, path)) = self.path() else { return Vec::new() };
        let source = SourcePath { path: path.clone(), directory: matches!(kind.role, Role::Project | Role::Links) };
        let companions =
            kind.companions.iter().map(|name| SourcePath { path: path.parent().join(name), directory: false });
        std::iter::once(source).chain(companions).collect()
    }

    /// The files of the context that the installer reads if they exist.
    #[must_use]
    pub fn optional_sources(&self) -> Vec<ContextPath> {
        let Some((kind, path)) = self.path() else { return Vec::new() };
        kind.optional.iter().map(|name| path.parent().join(name)).collect()
    }

    /// Its role, if it is a path.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.path().map(|(kind, _)| kind.role)
    }

    /// The tool that exports it, if it is a lock file that uv does not read.
    #[must_use]
    pub fn tool(&self) -> Option<&'static Tool> {
        self.path()?.0.tool
    }

    /// The directory of the project that a lock file belongs to.
    #[must_use]
    pub fn locked_project(&self) -> Option<ContextPath> {
        self.path().filter(|(kind, _)| kind.role == Role::ProjectLock).map(|(_, path)| path.parent())
    }

    /// The arguments of the installer.
    #[must_use]
    pub fn arguments(&self) -> Vec<Argument> {
        match self.path() {
            Some((kind, path)) => (kind.arguments)(path, &self.selection),
            None => vec![Argument::Value(self.public.clone())],
        }
    }

    /// The help for `installer: pip`, if only uv can install it.
    #[must_use]
    pub fn without_uv(&self) -> Option<String> {
        let (kind, path) = self.path()?;
        kind.without_uv.map(|instead| instead(path))
    }

    /// The git repository that it is installed from.
    #[must_use]
    pub fn git(&self) -> Option<&Git> {
        match &self.origin {
            Origin::Git(git) => Some(git),
            _ => None,
        }
    }
}

/// The source of an entry, its selection if it is a path, and its package if it has a name.
fn origin(text: &str) -> Result<(Origin, Selection, Option<Box<Package>>), Invalid> {
    if path::is_path(text) {
        return path::path(text).map(|(origin, selection)| (origin, selection, None));
    }
    match unnamed(text) {
        Some(origin) => Ok((origin?, Selection::default(), None)),
        None => named::named(text).map(|(origin, package)| (origin, Selection::default(), Some(package))),
    }
}

/// The source of an entry that is a URL or begins like one.
fn unnamed(text: &str) -> Option<Result<Origin, Invalid>> {
    if text.starts_with('-') {
        return Some(Err(option(instead::of_option(text))));
    }
    if let Some((system, _)) = text.split_once('+').filter(|(system, _)| git::is_system(system)) {
        return Some(git::git(system, text));
    }
    if git::is_scp(text) {
        return Some(Err(git::scp(text)));
    }
    text.split_once("://").filter(|(scheme, _)| url::is_word(scheme)).map(|(scheme, _)| url::url(scheme, text))
}

/// The error for a command-line option.
fn option(help: String) -> Invalid {
    Invalid::new(&rule::PIP_OPTION, "command-line options are not supported in `pip`", help)
}

/// Replaces the user information of the only URL in `text` with `user`.
fn without_user_information(text: &str, user: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let rest = &text[start..];
    let authority = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    match rest[..authority].rfind('@') {
        Some(at) if user.is_empty() => format!("{}{}", &text[..start], &rest[at + 1..]),
        Some(at) => format!("{}{user}{}", &text[..start], &rest[at..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;

    use super::{Origin, PipEntry};

    /// The kind of an entry, or the rule that it breaks.
    fn kind(text: &str) -> &'static str {
        match PipEntry::parse(text).map(|entry| entry.origin) {
            Ok(Origin::Index) => "named",
            Ok(Origin::Git(_)) => "git",
            Ok(Origin::Url(_)) => "url",
            Ok(Origin::Context(kind, _)) => kind.noun,
            Err(invalid) => invalid.rule.name,
        }
    }

    #[test]
    fn kinds() {
        for (text, expected) in [
            ("numpy==1.22", "named"),
            ("slycot", "named"),
            ("fastapi[standard]>=0.110; python_version >= \"3.9\"", "named"),
            ("numpy>=1.22; python_version<\"3.12\"", "named"),
            ("name @ https://host/x.whl", "url"),
            ("name @ git+https://host/x.git@v1", "git"),
            ("name @ git+ssh://git@host/x.git ; python_version < '3.12'", "git"),
            ("git+https://host/repo.git@ref", "git"),
            ("git+ssh://git@host/repo.git@ref#subdirectory=x", "git"),
            ("https://host/pkg.whl", "url"),
            ("https://host/pkg.tar.gz#sha256=00", "url"),
            ("./", "a project"),
            ("./dir/", "a project"),
            ("./my.dir/", "a project"),
            ("./x.whl", "a distribution"),
            ("./x.tar.gz", "a distribution"),
            ("./requirements.txt", "a requirements file"),
            ("./requirements/prod.txt", "a requirements file"),
            ("./constraints.txt", "a constraints file"),
            ("./pylock.toml", "a lock file of PEP 751"),
            ("./pylock.dev.toml", "a lock file of PEP 751"),
            ("./pylock.dev.toml[web,group:prod]", "a lock file of PEP 751"),
            ("./locks/uv.lock", "a lock file"),
            ("./uv.lock[ web , group:prod,package:api ]", "a lock file"),
            ("./uv.lock/", "a project"),
            ("./script.py", "a script"),
            ("./pyproject.toml", "a `pyproject.toml`"),
            ("./pyproject.toml[web,group:prod]", "a `pyproject.toml`"),
            ("./lib/[extra]", "a project"),
            ("./lib[a,b-c.d_e]", "a project"),
            ("./[extra]", "a project"),
            ("./x.whl[extra]", "a distribution"),
            ("./lib/[]", "malformed-path"),
            ("./lib/[a,]", "malformed-path"),
            ("./lib/[group:]", "malformed-path"),
            ("./lib/[a b]", "malformed-path"),
            ("./lib/[a", "malformed-path"),
            ("./lib/a]", "malformed-path"),
            ("./lib/[a]]", "malformed-path"),
            ("./lib/[a][b]", "malformed-path"),
            ("./lib[a]/", "malformed-path"),
            ("./lib/[extra:a]", "malformed-path"),
            ("./lib/[group:a]", "malformed-path"),
            ("./pyproject.toml[package:a]", "malformed-path"),
            ("./script.py[a]", "malformed-path"),
            ("./requirements.txt[a]", "malformed-path"),
            ("./setup.py", "malformed-path"),
            ("../lib/[a]", "escaping-path"),
            ("/abs", "absolute-path"),
            ("../out", "escaping-path"),
            ("--index-url https://x", "pip-option"),
            ("-r requirements.txt", "pip-option"),
            ("numpy --pre", "pip-option"),
            ("requirements.txt", "malformed-path"),
            ("lib/x", "malformed-path"),
            ("name @ file:///x.whl", "malformed-path"),
            ("hg+https://host/x", "version-control"),
            ("git+file:///x", "version-control"),
            ("git@github.com:o/r.git", "version-control"),
            ("git+ssh://git@github.com:o/r.git", "version-control"),
            ("https://host/r.git", "version-control"),
            ("https://host/r.git@v1", "version-control"),
            ("ssh://git@host/r.git", "version-control"),
            ("ftp://host/x.whl", "requirement"),
            ("https://host/page", "requirement"),
            ("numpy=1.22", "requirement"),
            ("numpy^1", "requirement"),
            ("numpy==", "requirement"),
            ("", "requirement"),
            ("a\nb", "multiline-value"),
            ("a\u{1b}b", "control-character"),
            ("a\0b", "control-character"),
            ("a-", "requirement"),
            ("a[b-]", "requirement"),
            ("a[b- ", "requirement"),
            ("a[]", "named"),
            ("name @ ftp://host/x.whl", "requirement"),
            ("name @ ./lib", "malformed-path"),
            ("name @ git@github.com:o/r.git", "version-control"),
            ("name@1.2", "requirement"),
            ("name @ https://host/x.whl ; python_version < '3.12'", "url"),
            ("name; os_name == 'ü” x' or 'ü' == os_name", "named"),
            ("name; os_name == 'x' ”", "requirement"),
            ("name; (os_name == 'x')or'xüé'", "requirement"),
            ("git+https:///r.git", "version-control"),
            ("git+github.com/o/r.git", "version-control"),
            ("https://github.com/o/r", "version-control"),
            ("https:/host/x.whl", "requirement"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn selections() {
        let selection = PipEntry::parse("./uv.lock[web, group:prod,package:api,cli]").unwrap().selection;
        assert_eq!(selection.extras, ["web", "cli"]);
        assert_eq!(selection.groups, ["prod"]);
        assert_eq!(selection.packages, ["api"]);
    }

    #[test]
    fn copied_files() {
        let sources = |text: &str| {
            let sources = PipEntry::parse(text).unwrap().sources();
            sources.iter().map(|source| source.path.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(sources("./app/uv.lock[web]"), ["./app/uv.lock", "./app/pyproject.toml"]);
        assert_eq!(sources("./uv.lock"), ["./uv.lock", "./pyproject.toml"]);
        assert_eq!(sources("./lib/[a]"), ["./lib"]);
        assert_eq!(sources("./pyproject.toml"), ["./pyproject.toml"]);
        assert!(sources("flask").is_empty());
    }

    #[test]
    fn pinned_versions() {
        for (text, floating) in [
            ("numpy", true),
            ("numpy>=1.22,<2", true),
            ("numpy==1.*", true),
            ("numpy~=1.22", true),
            ("numpy==1.22", false),
            ("numpy[x]===1.22; python_version < '3.12'", false),
            ("numpy @ https://host/x.whl", false),
            ("git+https://host/r.git", false),
            ("./numpy/", false),
        ] {
            assert_eq!(PipEntry::parse(text).unwrap().is_floating(), floating, "{text}");
        }
    }

    #[test]
    fn credentials_go() {
        for (given, public, login) in [
            ("git+https://user:secret@host/x.git", "git+https://host/x.git", Some("user")),
            ("git+https://user:secret@host/x.git@v1", "git+https://host/x.git@v1", Some("user")),
            ("git+ssh://git:pw@host/x.git@v1", "git+ssh://git@host/x.git@v1", None),
            ("git+ssh://git@host/x.git", "git+ssh://git@host/x.git", None),
            ("git+ssh://host/x.git@v1", "git+ssh://host/x.git@v1", None),
            ("https://user:se@cret@host/x.whl", "https://host/x.whl", Some("user")),
            (
                "x[y] @ https://token@host/x.whl ; os_name == 'a@b'",
                "x[y] @ https://host/x.whl ; os_name == 'a@b'",
                Some("token"),
            ),
            ("https://host/a@b/x.whl", "https://host/a@b/x.whl", None),
            ("numpy==1.22", "numpy==1.22", None),
        ] {
            let requirement = PipEntry::parse(given).unwrap();
            assert_eq!(requirement.public, public);
            assert_eq!(requirement.credentials.map(|credentials| credentials.login).as_deref(), login, "{given}");
            assert_eq!(PipEntry::parse(public).unwrap().origin, requirement.origin, "{given}");
        }
    }

    #[test]
    fn queries_are_refused() {
        let is_refused = |text: &str| PipEntry::parse(text).is_err_and(|invalid| invalid.message.contains("query"));
        assert!(is_refused("https://host/x.whl?authtoken=secret"));
        assert!(is_refused("x @ https://host/x.whl?a") && is_refused("git+https://host/x.git?a=b@v1"));
        assert!(!is_refused("./x?private_token=secret/"));
        assert!(!is_refused("x; os_name == 'https://h/x?private_token=secret'"));
    }

    #[test]
    fn names_have_a_single_address() {
        assert!(PipEntry::parse("a @ b @ https://host/x.whl").is_err());
        assert!(PipEntry::parse(&format!("a{}://", "@b".repeat(100_000))).is_err());
    }

    #[test]
    fn markers_have_an_end() {
        let is_fine = |marker: &str| PipEntry::parse(&format!("x; {marker}")).is_ok();
        let nested = |depth: usize| format!("{}os_name == '((('{}", "(".repeat(depth), ")".repeat(depth));
        assert!(is_fine(&nested(32)));
        assert!(!is_fine(&nested(33)) && !is_fine(&"(".repeat(60_000)));
        let any = |count: usize| {
            let conditions = (0..count).map(|i| format!("'in {i}'in os_name"));
            conditions.collect::<Vec<_>>().join(" or ")
        };
        assert!(is_fine(&any(10)));
        assert!(!is_fine(&any(11)) && !is_fine(&any(1_000)));
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_an_answer(text in "\\PC*") {
            let _ = PipEntry::parse(&text);
        }

        #[test]
        fn near_misses_are_an_answer(text in "(\\./|git\\+|https://|[a-z]{1,3})[a-z@:/+.;\\[\\]ü<>=~! '\"-]{0,30}") {
            let _ = PipEntry::parse(&text);
        }
    }
}
