//! What to install: the kinds of entries of `pip`, told apart by how they are written.

mod kind;
mod selection;

use pep508_rs::VersionOrUrl;
use pep508_rs::pep440_rs::{Operator, VersionSpecifier};
use url::Url;

use super::credentials::Credentials;
use super::path::{ContextPath, PathError, SourcePath};
pub use selection::Selection;

/// An entry of `pip`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// What it is.
    pub kind: RequirementKind,
    /// As it is written.
    pub text: String,
    /// The same without user information, for what is run, shown and kept.
    pub public: String,
    /// The user information of its URL.
    pub credentials: Option<Credentials>,
    /// What stands in brackets behind it, where it is a path.
    pub selection: Selection,
    /// Its name, versions and markers, where it has a name.
    pub package: Option<Box<Package>>,
}

/// A requirement as PEP 508 defines it; its name is normalised as PEP 503 says.
pub type Package = pep508_rs::Requirement<Url>;

/// What an entry of `pip` is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RequirementKind {
    /// A requirement as PEP 508 defines it, from an index.
    Named,
    /// A git repository.
    Git(Git),
    /// A distribution at a URL.
    Url(Url),
    /// A directory with a Python project.
    Project(ContextPath),
    /// A wheel or source distribution in the context.
    Distribution(ContextPath),
    /// A requirements file.
    RequirementsFile(ContextPath),
    /// A constraints file, which limits versions and installs nothing itself.
    ConstraintsFile(ContextPath),
    /// A lock file of uv, with the `pyproject.toml` of its project beside it.
    UvLock(ContextPath),
    /// A lock file as PEP 751 defines it.
    Pylock(ContextPath),
    /// A script whose comments say what it needs, as PEP 723 defines it.
    Script(ContextPath),
    /// A `pyproject.toml`: what its project needs, without the project.
    ProjectFile(ContextPath),
}

/// Where a git requirement comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Git {
    /// The repository's URL, without `git+`.
    pub url: Url,
    /// What stands behind `@`.
    pub reference: Option<String>,
}

impl Git {
    /// The host, when the repository is reached over ssh.
    #[must_use]
    pub fn ssh_host(&self) -> Option<&str> {
        (self.url.scheme() == "ssh").then(|| self.url.host_str()).flatten()
    }

    /// Whether it names a commit or what looks like a tag of a version, and not a branch.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.reference.as_deref().is_some_and(|reference| {
            let digit = |c: char| c.is_ascii_digit();
            let commit = (7..=40).contains(&reference.len())
                && reference.contains(digit)
                && reference.chars().all(|c| c.is_ascii_hexdigit());
            let version = reference.strip_prefix('v').unwrap_or(reference);
            // `3.0.x` is the name of a branch
            let parts = || version.split('.');
            let tag = version.starts_with(digit)
                && parts().count() > 1
                && !parts().any(|part| matches!(part, "x" | "X" | "*"));
            commit || tag || reference.starts_with("refs/tags/")
        })
    }
}

/// Why a text is no entry of `pip`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequirementError {
    /// An option of pip, and what to write instead.
    Option(String),
    /// A URL for version control that cannot be used: what is wrong, what to write.
    VersionControl(String, String),
    /// A path that cannot be used.
    Path(PathError),
    /// A path to what mopy does not install from: what is wrong, what to write.
    MalformedPath(String, String),
    /// A URL with a query, which may be a credential, and which installers show.
    Query,
    /// A line break.
    Multiline,
    /// Another control character.
    Control,
    /// No requirement: what is wrong, what to write.
    Malformed(String, String),
}

impl Requirement {
    /// Reads an entry.
    ///
    /// # Errors
    ///
    /// [`RequirementError`] where it is none of the kinds.
    pub fn parse(text: &str) -> Result<Self, RequirementError> {
        if text.contains(['\n', '\r']) {
            return Err(RequirementError::Multiline);
        }
        if text.chars().any(|c| c.is_control() && c != '\t') {
            return Err(RequirementError::Control);
        }
        let text = text.trim();
        let (mut kind, selection, package) = kind::kind(text)?;
        let mut public = text.to_owned();
        let mut credentials = None;
        if let RequirementKind::Git(Git { url, .. }) | RequirementKind::Url(url) = &mut kind {
            if url.query().is_some() {
                return Err(RequirementError::Query);
            }
            let user = url.username().to_owned();
            credentials = Credentials::take(url);
            public = without_user_information(text, if url.scheme() == "ssh" { &user } else { "" });
        }
        Ok(Self { kind, text: text.to_owned(), public, credentials, selection, package })
    }

    /// Whether it comes from an index, in whatever version is there.
    #[must_use]
    pub fn is_floating(&self) -> bool {
        let pins = |version: &VersionSpecifier| matches!(version.operator(), Operator::Equal | Operator::ExactEqual);
        let versions = self.package.as_ref().and_then(|package| package.version_or_url.as_ref());
        let pinned = matches!(versions, Some(VersionOrUrl::VersionSpecifier(versions)) if versions.iter().any(pins));
        self.kind == RequirementKind::Named && !pinned
    }

    /// The files of the context that say what to install, or the directory that is installed; none for what comes
    /// from elsewhere.
    #[must_use]
    pub fn sources(&self) -> Vec<SourcePath> {
        let (path, directory) = match &self.kind {
            RequirementKind::Project(path) => (path, true),
            RequirementKind::Distribution(path)
            | RequirementKind::RequirementsFile(path)
            | RequirementKind::ConstraintsFile(path)
            | RequirementKind::UvLock(path)
            | RequirementKind::Pylock(path)
            | RequirementKind::Script(path)
            | RequirementKind::ProjectFile(path) => (path, false),
            RequirementKind::Named | RequirementKind::Git(_) | RequirementKind::Url(_) => return Vec::new(),
        };
        let locked = self.locked_project().map(|project| project.join("pyproject.toml"));
        let beside = locked.map(|path| SourcePath { path, directory: false });
        std::iter::once(SourcePath { path: path.clone(), directory }).chain(beside).collect()
    }

    /// The directory of the project that a lock file of uv is for.
    #[must_use]
    pub fn locked_project(&self) -> Option<ContextPath> {
        match &self.kind {
            RequirementKind::UvLock(path) => Some(path.parent()),
            _ => None,
        }
    }

    /// What to do instead where pip installs, if only uv can install it.
    #[must_use]
    pub fn without_uv(&self) -> Option<String> {
        let exported = |of: &str| {
            format!(
                "write a requirements file, which `uv export --format requirements.txt {of} -o requirements.txt` makes of it"
            )
        };
        match &self.kind {
            RequirementKind::UvLock(_) => Some(exported("--no-emit-project")),
            RequirementKind::Script(path) => Some(exported(&format!("--script {path}"))),
            RequirementKind::Pylock(_) => Some("write a requirements file with the same packages".to_owned()),
            RequirementKind::ProjectFile(path) => {
                let project = path.parent();
                let slash = if project.as_str().is_empty() { "" } else { "/" };
                Some(format!("write the project's directory: `{project}{slash}`"))
            }
            _ => None,
        }
    }

    /// The git repository that it installs from.
    #[must_use]
    pub fn git(&self) -> Option<&Git> {
        match &self.kind {
            RequirementKind::Git(git) => Some(git),
            _ => None,
        }
    }
}

/// `text`, an entry with one URL, with `user` in the place of the URL's user information.
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

    use super::{Requirement, RequirementError, RequirementKind};

    fn name(text: &str) -> &'static str {
        match Requirement::parse(text) {
            Ok(requirement) => match requirement.kind {
                RequirementKind::Named => "named",
                RequirementKind::Git(_) => "git",
                RequirementKind::Url(_) => "url",
                RequirementKind::Project(_) => "project",
                RequirementKind::Distribution(_) => "distribution",
                RequirementKind::RequirementsFile(_) => "requirements",
                RequirementKind::ConstraintsFile(_) => "constraints",
                RequirementKind::UvLock(_) => "uv.lock",
                RequirementKind::Pylock(_) => "pylock",
                RequirementKind::Script(_) => "script",
                RequirementKind::ProjectFile(_) => "pyproject",
            },
            Err(error) => match error {
                RequirementError::Option(_) => "!option",
                RequirementError::VersionControl(..) => "!vcs",
                RequirementError::Path(_) => "!path",
                RequirementError::MalformedPath(..) => "!malformed path",
                RequirementError::Query => "!query",
                RequirementError::Multiline => "!multiline",
                RequirementError::Control => "!control",
                RequirementError::Malformed(..) => "!malformed",
            },
        }
    }

    #[test]
    fn kinds() {
        for (text, kind) in [
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
            ("./", "project"),
            ("./dir/", "project"),
            ("./my.dir/", "project"),
            ("./x.whl", "distribution"),
            ("./x.tar.gz", "distribution"),
            ("./requirements.txt", "requirements"),
            ("./requirements/prod.txt", "requirements"),
            ("./constraints.txt", "constraints"),
            ("./pylock.toml", "pylock"),
            ("./pylock.dev.toml", "pylock"),
            ("./pylock.dev.toml[web,group:prod]", "pylock"),
            ("./locks/uv.lock", "uv.lock"),
            ("./uv.lock[ web , group:prod,package:api ]", "uv.lock"),
            ("./uv.lock/", "project"),
            ("./script.py", "script"),
            ("./pyproject.toml", "pyproject"),
            ("./pyproject.toml[web,group:prod]", "pyproject"),
            ("./lib/[extra]", "project"),
            ("./lib[a,b-c.d_e]", "project"),
            ("./[extra]", "project"),
            ("./x.whl[extra]", "distribution"),
            ("./lib/[]", "!malformed path"),
            ("./lib/[a,]", "!malformed path"),
            ("./lib/[group:]", "!malformed path"),
            ("./lib/[a b]", "!malformed path"),
            ("./lib/[a", "!malformed path"),
            ("./lib/a]", "!malformed path"),
            ("./lib/[a]]", "!malformed path"),
            ("./lib/[a][b]", "!malformed path"),
            ("./lib[a]/", "!malformed path"),
            ("./lib/[extra:a]", "!malformed path"),
            ("./lib/[group:a]", "!malformed path"),
            ("./pyproject.toml[package:a]", "!malformed path"),
            ("./script.py[a]", "!malformed path"),
            ("./requirements.txt[a]", "!malformed path"),
            ("./setup.py", "!malformed path"),
            ("../lib/[a]", "!path"),
            ("/abs", "!path"),
            ("../out", "!path"),
            ("--index-url https://x", "!option"),
            ("-r requirements.txt", "!option"),
            ("numpy --pre", "!option"),
            ("requirements.txt", "!malformed path"),
            ("lib/x", "!malformed path"),
            ("name @ file:///x.whl", "!malformed path"),
            ("hg+https://host/x", "!vcs"),
            ("git+file:///x", "!vcs"),
            ("git@github.com:o/r.git", "!vcs"),
            ("git+ssh://git@github.com:o/r.git", "!vcs"),
            ("https://host/r.git", "!vcs"),
            ("https://host/r.git@v1", "!vcs"),
            ("ssh://git@host/r.git", "!vcs"),
            ("ftp://host/x.whl", "!malformed"),
            ("https://host/page", "!malformed"),
            ("numpy=1.22", "!malformed"),
            ("numpy^1", "!malformed"),
            ("numpy==", "!malformed"),
            ("", "!malformed"),
            ("a\nb", "!multiline"),
            ("a\u{1b}b", "!control"),
            ("a\0b", "!control"),
            ("a-", "!malformed"),
            ("a[b-]", "!malformed"),
            ("a[b- ", "!malformed"),
            ("a[]", "named"),
            ("name @ ftp://host/x.whl", "!malformed"),
            ("name @ ./lib", "!malformed path"),
            ("name @ git@github.com:o/r.git", "!vcs"),
            ("name@1.2", "!malformed"),
            ("name @ https://host/x.whl ; python_version < '3.12'", "url"),
            ("name; os_name == 'ü” x' or 'ü' == os_name", "named"),
            ("name; os_name == 'x' ”", "!malformed"),
            ("name; (os_name == 'x')or'xüé'", "!malformed"),
            ("git+https:///r.git", "!vcs"),
            ("git+github.com/o/r.git", "!vcs"),
            ("https://github.com/o/r", "!vcs"),
            ("https:/host/x.whl", "!malformed"),
        ] {
            assert_eq!(name(text), kind, "{text}");
        }
    }

    #[test]
    fn selections() {
        let selection = Requirement::parse("./uv.lock[web, group:prod,package:api,cli]").unwrap().selection;
        assert_eq!(selection.extras, ["web", "cli"]);
        assert_eq!(selection.groups, ["prod"]);
        assert_eq!(selection.packages, ["api"]);
    }

    #[test]
    fn what_is_copied() {
        let sources = |text: &str| {
            let sources = Requirement::parse(text).unwrap().sources();
            sources.iter().map(|source| source.path.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(sources("./app/uv.lock[web]"), ["./app/uv.lock", "./app/pyproject.toml"]);
        assert_eq!(sources("./uv.lock"), ["./uv.lock", "./pyproject.toml"]);
        assert_eq!(sources("./lib/[a]"), ["./lib"]);
        assert_eq!(sources("./pyproject.toml"), ["./pyproject.toml"]);
        assert!(sources("flask").is_empty());
    }

    #[test]
    fn references() {
        let git = |text: &str| Requirement::parse(text).unwrap().git().cloned().unwrap();
        assert_eq!(git("git+https://h/r.git@dev").reference.as_deref(), Some("dev"));
        assert_eq!(git("git+https://h/r.git@feature/x").reference.as_deref(), Some("feature/x"));
        assert_eq!(git("git+https://u:p@h/r.git").reference, None);
        assert!(git("git+https://h/r.git@v1.2").is_pinned());
        assert!(git("git+https://h/r.git@0123abcd").is_pinned());
        assert_eq!(git("git+https://h/o/r@refs/tags/v1").reference.as_deref(), Some("refs/tags/v1"));
        assert!(!git("git+https://h/r.git@3.0.x").is_pinned());
        assert!(!git("git+https://h/r.git@main").is_pinned());
        assert!(!git("git+https://h/r.git@release-2.x").is_pinned());
        assert!(!git("git+https://h/r.git@py3").is_pinned());
        assert!(git("git+https://h/r.git@refs/tags/x").is_pinned());
        assert!(!git("git+https://h/r.git").is_pinned());
        assert_eq!(git("git+ssh://git@h:22/r.git").ssh_host(), Some("h"));
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
            assert_eq!(Requirement::parse(text).unwrap().is_floating(), floating, "{text}");
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
            let requirement = Requirement::parse(given).unwrap();
            assert_eq!(requirement.public, public);
            assert_eq!(requirement.credentials.map(|credentials| credentials.login).as_deref(), login, "{given}");
            assert_eq!(Requirement::parse(public).unwrap().kind, requirement.kind, "{given}");
        }
    }

    #[test]
    fn queries_are_refused() {
        for text in ["https://host/x.whl?authtoken=secret", "x @ https://host/x.whl?a", "git+https://host/x.git?a=b@v1"]
        {
            assert_eq!(name(text), "!query", "{text}");
        }
        for text in ["./x?private_token=secret/", "x; os_name == 'https://h/x?private_token=secret'"] {
            assert_ne!(name(text), "!query", "{text}");
        }
    }

    #[test]
    fn one_address_stands_behind_a_name() {
        assert!(Requirement::parse("a @ b @ https://host/x.whl").is_err());
        assert!(Requirement::parse(&format!("a{}://", "@b".repeat(100_000))).is_err());
    }

    #[test]
    fn markers_have_an_end() {
        let is_fine = |marker: &str| Requirement::parse(&format!("x; {marker}")).is_ok();
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
            let _ = Requirement::parse(&text);
        }

        #[test]
        fn near_misses_are_an_answer(text in "(\\./|git\\+|https://|[a-z]{1,3})[a-z@:/+.;\\[\\]ü<>=~! '\"-]{0,30}") {
            let _ = Requirement::parse(&text);
        }
    }
}
