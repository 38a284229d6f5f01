//! How packages are installed.

use super::sources::Sources;
use super::uv;
use crate::lock::{Digest, Lock, Uv};
use crate::mopyfile::base::Base;
use crate::mopyfile::pip::{PipEntry, Role};
use crate::mopyfile::{Installer, Mopyfile};
use crate::platform::Platform;
use crate::source::{Span, Spanned};

/// How the entries of `pip` are installed: lock files in separate runs, everything else in a single one. If there is a
/// lock or requirements file, local projects follow in a separate layer.
#[derive(Clone, Debug)]
pub struct Install<'a> {
    /// The installer.
    pub installer: Installer,
    /// The version of uv, if uv is the installer.
    pub uv: Option<Uv>,
    /// Whether the image's own pip may be too old to install into another environment (`--python`, pip 22.3).
    pub old_pip: bool,
    /// Whether the step that creates the virtual environment downloads something.
    pub fetches: bool,
    /// Lock files of uv.
    pub uv_locks: Vec<&'a Spanned<PipEntry>>,
    /// PEP 751 lock files.
    pub pylocks: Vec<&'a Spanned<PipEntry>>,
    /// Lock files from which their tools export requirements files.
    pub exported: Vec<&'a Spanned<PipEntry>>,
    /// The requirements of a single run of the installer, in the order of the Mopyfile.
    pub requirements: Vec<&'a Spanned<PipEntry>>,
    /// Each `pyproject.toml` whose dependencies are installed, which must not be dynamic.
    pub manifests: Vec<&'a Spanned<PipEntry>>,
    /// Local projects, which are installed last.
    pub projects: Vec<&'a Spanned<PipEntry>>,
    /// Constraints files and directories of packages for those projects.
    pub limits: Vec<&'a Spanned<PipEntry>>,
    /// Whether markers can exclude all requirements.
    pub checks_emptiness: bool,
    /// Whether files of the context may contain editable requirements, which are refused.
    pub checks_editables: bool,
    /// Whether to fail if an index refuses access, which pip ignores.
    pub checks_refusals: bool,
    /// The key of the caches of wheels that are built from source: the Debian release, and everything else that such a
    /// build can depend on (<https://github.com/pypa/pip/issues/2882>).
    pub cache: String,
    /// The files of the context that are needed.
    pub sources: Sources,
    /// The hosts of git repositories over SSH.
    pub ssh_hosts: Vec<&'a str>,
    /// The location of `git-lfs` in the Mopyfile, if present.
    pub git_lfs: Option<Span>,
}

/// Since this version, the pip in all official images supports installing into another environment (`--python`, pip
/// 22.3).
const MINOR_WITH_NEW_PIP: u16 = 11;

impl<'a> Install<'a> {
    /// The installation of the packages of `mopyfile` with `base`, if there are any.
    pub(super) fn new(
        mopyfile: &'a Mopyfile,
        base: &Base,
        platforms: &[Platform],
        lock: Option<&Lock>,
    ) -> Option<Self> {
        let pip = &mopyfile.pip;
        if pip.is_empty() && mopyfile.init.is_none() {
            return None;
        }
        let installer = installer(mopyfile, platforms);
        let is_uv = installer == Installer::Uv;
        let old_python = mopyfile.python.value.minor().is_some_and(|minor| minor < MINOR_WITH_NEW_PIP);
        let old_pip = !is_uv && old_python && !pip.is_empty();
        let is = |entry: &PipEntry, roles: &[Role]| entry.role().is_some_and(|role| roles.contains(&role));
        let of = |roles: &[Role]| pip.iter().filter(|entry| is(&entry.value, roles)).collect::<Vec<_>>();
        let locks = [Role::ProjectLock, Role::Lock, Role::ExportedLock];
        let lists = [&locks[..], &[Role::List]].concat();
        let split = is_uv && pip.iter().any(|entry| is(&entry.value, &lists));
        let last = if split { [Role::Project].as_slice() } else { &[] };
        let apart = [&locks[..], last].concat();
        let sources = Sources::new(pip, split);
        let locked = || lock.and_then(|lock| lock.uv.clone());
        // for all platforms, so that the Dockerfile is the same for each
        let uv = is_uv.then(|| locked().unwrap_or_else(|| uv::current(base.platforms)));
        Some(Self {
            installer,
            uv,
            old_pip,
            fetches: is_uv || old_pip || mopyfile.init.is_some(),
            uv_locks: of(&[Role::ProjectLock]),
            pylocks: of(&[Role::Lock]),
            exported: of(&[Role::ExportedLock]),
            requirements: pip.iter().filter(|entry| !is(&entry.value, &apart)).collect(),
            manifests: of(&[Role::Manifest]),
            projects: of(last),
            limits: [of(&[Role::Limit]), of(&[Role::Links])].concat(),
            checks_emptiness: pip.iter().all(|entry| may_be_empty(&entry.value)),
            checks_editables: !is_uv && !sources.files.is_empty(),
            checks_refusals: !is_uv && !mopyfile.indices.is_empty(),
            cache: cache(mopyfile),
            sources,
            ssh_hosts: pip.iter().filter_map(|entry| entry.value.git()?.ssh_host()).collect(),
            git_lfs: mopyfile.build_deps.iter().find(|package| package.value.name() == "git-lfs").map(|it| it.span),
        })
    }
}

/// The installer: the one in the Mopyfile, if it is supported. If only the init is installed, pip is enough.
fn installer(mopyfile: &Mopyfile, platforms: &[Platform]) -> Installer {
    let uv_runs = mopyfile.python.value.has_uv() && platforms.iter().all(|platform| platform.has_uv());
    match mopyfile.installer {
        _ if mopyfile.pip.is_empty() || !uv_runs => Installer::Pip,
        Some(asked) => asked.value,
        None => Installer::Uv,
    }
}

/// Whether an entry may be excluded on some versions of Python.
fn may_be_empty(entry: &PipEntry) -> bool {
    let marked = entry.package.as_ref().is_some_and(|package| !package.marker.is_true());
    marked || matches!(entry.role(), Some(Role::List | Role::Limit | Role::Links))
}

fn cache(mopyfile: &Mopyfile) -> String {
    let debian = mopyfile.python.value.debian().name();
    let deps = mopyfile.build_deps.iter().map(|package| package.value.as_str().to_owned());
    let envs = mopyfile.envs.iter().map(|variable| format!("{:?}", variable.value));
    let build_envs = mopyfile.build_envs.iter().map(|variable| format!("{:?}", variable.value));
    let inputs: Vec<String> = deps.chain(envs).chain(build_envs).collect();
    if inputs.is_empty() {
        return debian.to_owned();
    }
    format!("{debian}-{}", Digest::of(inputs.join("\n").as_bytes()).short())
}
