//! How packages are installed.

use super::sources::Sources;
use super::uv;
use crate::lock::{Digest, Lock, Uv};
use crate::mopyfile::base::Base;
use crate::mopyfile::pip::{PipEntry, Role};
use crate::mopyfile::{Installer, Mopyfile};
use crate::platform::Platform;
use crate::source::{Span, Spanned};

/// How the entries of `pip` are installed: lock files in calls of their own, everything else in one; where there is a
/// lock or requirements file, local projects after that, in a layer of their own.
#[derive(Clone, Debug)]
pub struct Install<'a> {
    /// What installs.
    pub installer: Installer,
    /// The uv that does, where it is uv.
    pub uv: Option<Uv>,
    /// Whether the image's own pip may be too old to install into another environment (`--python`, pip 22.3).
    pub old_pip: bool,
    /// Whether the step that makes the virtual environment fetches something.
    pub fetches: bool,
    /// Lock files of uv.
    pub uv_locks: Vec<&'a Spanned<PipEntry>>,
    /// Lock files as PEP 751 defines them.
    pub pylocks: Vec<&'a Spanned<PipEntry>>,
    /// Lock files that their own tools make requirements files of.
    pub exported: Vec<&'a Spanned<PipEntry>>,
    /// Directories that packages of any other entry are taken from.
    pub links: Vec<&'a Spanned<PipEntry>>,
    /// What is given to the installer in one call, in the order of the Mopyfile.
    pub requirements: Vec<&'a Spanned<PipEntry>>,
    /// The files of those that describe a project: its dependencies are not dynamic.
    pub manifests: Vec<&'a Spanned<PipEntry>>,
    /// Local projects that are installed after that.
    pub projects: Vec<&'a Spanned<PipEntry>>,
    /// Constraints files, within whose limits those projects are installed.
    pub limits: Vec<&'a Spanned<PipEntry>>,
    /// Whether markers can leave nothing of all that is to be installed.
    pub checks_emptiness: bool,
    /// Whether files of the context may ask for editable requirements, which are refused.
    pub checks_editables: bool,
    /// Whether it is an error if an index refuses an answer, which is none to pip.
    pub checks_refusals: bool,
    /// What tells the caches of wheels apart that are built from source: the Debian release, and what else the build of
    /// one can depend on (<https://github.com/pypa/pip/issues/2882>).
    pub cache: String,
    /// What of the context all of that is installed from.
    pub sources: Sources,
    /// The hosts that git reaches over ssh, if there are any.
    pub ssh_hosts: Vec<&'a str>,
    /// Where the Mopyfile asked for git-lfs, if it did.
    pub git_lfs: Option<Span>,
}

/// From this version on, pip installs into another environment (`--python`, pip 22.3), and the official
/// images of every patch of Python from 3.11 on have it.
const MINOR_WITH_NEW_PIP: u16 = 11;

impl<'a> Install<'a> {
    /// How the packages of `mopyfile` get into an image with `base`, if it has some.
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
        let of = |roles: &[Role]| pip.iter().filter(|entry| is(&entry.value, roles)).collect();
        let locks = [Role::ProjectLock, Role::Lock, Role::ExportedLock];
        let lists = [&locks[..], &[Role::List]].concat();
        let split = is_uv && pip.iter().any(|entry| is(&entry.value, &lists));
        let last = if split { [Role::Project].as_slice() } else { &[] };
        let apart = [&locks[..], last].concat();
        let sources = Sources::new(pip, split);
        let locked = || lock.and_then(|lock| lock.uv.clone());
        // for all platforms, so that the text is the same for each
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
            links: of(&[Role::Links]),
            manifests: of(&[Role::Manifest]),
            projects: of(last),
            limits: of(&[Role::Limit]),
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

/// What installs the packages: what the file asks for, where that runs. An init alone is fetched by pip.
fn installer(mopyfile: &Mopyfile, platforms: &[Platform]) -> Installer {
    let uv_runs = mopyfile.python.value.has_uv() && platforms.iter().all(|platform| platform.has_uv());
    match mopyfile.installer {
        _ if mopyfile.pip.is_empty() || !uv_runs => Installer::Pip,
        Some(asked) => asked.value,
        None => Installer::Uv,
    }
}

/// Whether nothing may be left of an entry for some Python.
fn may_be_empty(entry: &PipEntry) -> bool {
    let marked = entry.package.as_ref().is_some_and(|package| !package.marker.is_true());
    marked || matches!(entry.role(), Some(Role::List | Role::Limit | Role::Links))
}

fn cache(mopyfile: &Mopyfile) -> String {
    let debian = mopyfile.python.value.debian().name();
    let deps = mopyfile.build_deps.iter().map(|package| package.value.to_string());
    let envs = mopyfile.envs.iter().map(|variable| format!("{:?}", variable.value));
    let build_envs = mopyfile.build_envs.iter().map(|variable| format!("{:?}", variable.value));
    let inputs: Vec<String> = deps.chain(envs).chain(build_envs).collect();
    if inputs.is_empty() {
        return debian.to_owned();
    }
    format!("{debian}-{}", Digest::of(inputs.join("\n").as_bytes()).short())
}
