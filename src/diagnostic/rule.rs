//! The rules: a name, how severe a finding is, and why the rule exists. `mopy explain` prints them, and
//! `docs/rules.md`, which is generated from this table, is their documentation on the web:
//!
#![cfg_attr(doc, doc = include_str!("../../docs/rules.md"))]

/// What a finding means for the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The Mopyfile cannot be used.
    Error,
    /// It works, and is doubtful.
    Warning,
    /// It works, and has a consequence worth knowing.
    Note,
}

impl Severity {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "notice",
        }
    }

    /// The word to count with.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Error => "problem",
            Self::Warning => "warning",
            Self::Note => "notice",
        }
    }
}

/// A kind of finding. The statics of this module are all that there are, [`ALL`] lists them.
#[derive(Debug)]
pub struct Rule {
    /// Its name, in kebab case.
    pub name: &'static str,
    /// What a finding means for the build.
    pub severity: Severity,
    /// One line: what the rule is about.
    pub summary: &'static str,
    /// Why it exists and what to do.
    pub explanation: &'static str,
}

impl Rule {
    /// Its documentation on the web.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/blob/main/docs/rules.md#{}", env!("CARGO_PKG_REPOSITORY"), self.name)
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The rule called `name`; none where there is no such rule.
#[must_use]
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.name == name)
}

macro_rules! rules {
    ($($id:ident $name:literal $severity:ident $summary:literal $explanation:literal)*) => {
        $(
            #[doc = $summary]
            pub static $id: Rule = Rule {
                name: $name,
                severity: Severity::$severity,
                summary: $summary,
                explanation: $explanation,
            };
        )*
        /// Every rule, problems first.
        pub static ALL: &[&Rule] = &[$(&$id),*];
    };
}

rules! {
    NOT_UTF8 "not-utf8" Error "the file is not UTF-8 text"
        "A Mopyfile is YAML, and mopy reads it as UTF-8. A file in another encoding, or one that is no text \
         at all, is refused at the first byte that is not UTF-8. Save the file as UTF-8, or check that the \
         name is the right one."
    FILE_TOO_LARGE "file-too-large" Error "the file is larger than 1 MiB"
        "A Mopyfile is a page of text. A file of more than 1 MiB is almost always another file under its \
         name, and reading it would only cost memory where images are built. Put long lists of requirements \
         into a requirements file."
    EMPTY_FILE "empty-file" Error "the file says nothing"
        "A Mopyfile needs at least the version of Python: `python: 3.13`."
    YAML_SYNTAX "yaml-syntax" Error "the text is not YAML"
        "The YAML parser could not read on from the place shown. Usual causes are a tab used for \
         indentation, a missing space after a colon, a missing closing quote or bracket, or a value that \
         begins with one of `@`, `*`, `&`, `!`, `%` and has to be quoted. Nothing after that place was looked at."
    YAML_TOO_COMPLEX "yaml-too-complex" Error "the YAML grows beyond what a Mopyfile can need"
        "Aliases let a few lines of YAML stand for gigabytes. mopy reads at most 20,000 events, 10,000 nodes \
         and 8 levels, and says no to the rest before it costs anything."
    MULTIPLE_DOCUMENTS "multiple-documents" Error "the file holds more than one YAML document"
        "A line `---` begins another document. A Mopyfile is exactly one: keep one file per image and build \
         each with `docker build -f`."
    NOT_A_MAPPING "not-a-mapping" Error "the file is not a mapping of keys"
        "The top of a Mopyfile is a mapping: lines of `key: value`, the first of them usually `python: 3.13`."
    DUPLICATE_KEY "duplicate-key" Error "a key is given twice"
        "YAML wants the keys of a mapping to be different, and programs disagree about which of two wins. \
         Keep the one that is meant."
    UNKNOWN_KEY "unknown-key" Error "the key is not one of mopy's"
        "Misspelt keys must not be ignored silently, so every key that mopy does not know is a problem. A \
         top-level key that begins with `x-` is free for anchors and notes."
    WRONG_TYPE "wrong-type" Error "the value is of the wrong kind"
        "Each key takes a text, a number, `true` or `false`, a list or a mapping. YAML 1.2 has two booleans, \
         `true` and `false`; `yes`, `no`, `on` and `off` are texts."
    MISSING_KEY "missing-key" Error "a key that is needed is not there"
        "A Mopyfile needs `python`, and each entry of `indices` needs `url`."
    API_VERSION "api-version" Error "the version of the file's format is not known"
        "`v1` is the only version of the format. The key can be left out."
    PYTHON_VERSION "python-version" Error "the version of Python is not one that can be used"
        "The version is `3`, `3.13` or `3.13.5`, or a pre-release such as `3.15-rc`. It names the tag of the \
         official Python image, which offers versions from 3.7 on in the form that mopy needs. A range \
         such as `>=3.9` cannot name an image."
    PYTHON_2 "python-2" Error "Python 2 is not supported"
        "Python 2 is without security fixes since January 2020, and none of the tools that mopy installs with \
         runs on it. Move the project to Python 3."
    APT_PACKAGE "apt-package" Error "the name of an apt package is malformed"
        "An entry is `name`, optionally followed by `:architecture`, `=version` and `/suite`: `libpq-dev`, \
         `libpq-dev=15.1-1`. Options of apt-get have no place here, and characters outside the grammar are \
         refused because the entry becomes a word of a shell command."
    ENVIRONMENT_NAME "environment-name" Error "the name of an environment variable is malformed"
        "A name consists of letters, digits and `_`, and does not begin with a digit (POSIX, section 8.1)."
    LABEL_KEY "label-key" Error "the key of a label is malformed"
        "A label's key consists of letters and digits, with `.`, `-`, `_` and `/` between them, as in \
         `org.opencontainers.image.source`."
    LABEL_CYCLE "label-cycle" Error "labels refer to each other in a circle"
        "`${other.label}` stands for the value of another label. Labels that name each other in a circle have \
         no value."
    INDEX_URL "index-url" Error "the URL of a package index cannot be used"
        "An index is an `http://` or `https://` URL, such as `https://pypi.example.org/simple`."
    INDEX_DEFAULT "index-default" Error "more than one index is the default"
        "`default: true` replaces PyPI by the index. Only one index can do that; the others are asked in addition."
    CONFLICTING_CREDENTIALS "conflicting-credentials" Error "a host has two different credentials"
        "Credentials in `indices` and `pip` become a netrc file of the build, which has one user and one password for \
         each host. Use one of them for all URLs of the host."
    REQUIREMENT "requirement" Error "the requirement is malformed"
        "An entry of `pip` that is neither a URL nor a path is a requirement as PEP 508 defines it: \
         `numpy==1.22`, `fastapi[standard]>=0.110; python_version >= \"3.9\"`, `name @ https://…`. \
         A URL cannot have a query (`?token=…`): installers show it in the log of the build."
    PIP_OPTION "pip-option" Error "options of pip are not entries of `pip`"
        "An entry names something to install. What pip's options do has a place of its own: indexes stand in \
         `indices`, requirements files are entries (`./requirements.txt`), local projects too (`./lib/`), and \
         what is left can be given as the secret `pip.conf` when building."
    INSTALLER "installer" Error "the installer cannot be used"
        "Packages are installed by uv, or by pip where uv does not run: for Python 3.7 and on arm/v5. `installer: pip` \
         chooses pip everywhere. Lock files (`./uv.lock`, `./pylock.toml`), scripts and `./pyproject.toml` need uv; for \
         pip, `uv export --format requirements.txt` makes a requirements file of what is locked."
    INSTALLER_ENVIRONMENT "installer-environment" Error "an environment variable redirects the installer"
        "Some variables of uv and pip make them install into another place than the image's virtual environment, or \
         nothing at all: `UV_SYSTEM_PYTHON`, `UV_PROJECT_ENVIRONMENT`, `PIP_TARGET`, `PIP_PREFIX`, `PIP_USER`, \
         `PIP_DRY_RUN` and others. The build would succeed and the image would lack its packages, so `envs` and \
         `build-envs` cannot set them."
    VERSION_CONTROL "version-control" Error "the version control URL cannot be used"
        "mopy installs from git over https, http and ssh: `git+https://host/repo.git@ref`, \
         `git+ssh://git@host/repo.git@ref`. The build has no other version control system, and the form \
         `git@host:path` is not a URL."
    ABSOLUTE_PATH "absolute-path" Error "the path is absolute"
        "Paths are relative to the build's context, the directory that `docker build` is given. What lies \
         outside of it does not reach the build. Write `./` and the way from there."
    ESCAPING_PATH "escaping-path" Error "the path leaves the build's context"
        "What lies above the directory that `docker build` is given does not reach the build. Build from a \
         directory further up (`docker build -f app/Mopyfile.yaml .`), so that the path stays below it."
    MALFORMED_PATH "malformed-path" Error "the path cannot be used"
        "A path names a file or directory below the build's context and begins with `./`, as in \
         `./requirements.txt` or `./lib/`. In `pip`, brackets behind the path of a project name its extras, as in \
         `./lib/[web]`; behind `./uv.lock` and `./pyproject.toml` dependency groups, too, as in \
         `./uv.lock[web,group:prod]`, and behind `./uv.lock` members of its workspace, as in `./uv.lock[package:api]`. \
         That of `workdir` is a directory of the image: `/srv`, or relative to `/home/nonroot`."
    PORT "port" Error "the entry of `ports` is no port"
        "An entry is a number from 1 to 65535 or a range of them, optionally followed by `/tcp` or `/udp`: \
         `8000`, `53/udp`, `8000-8010`. It says where the application listens in its container; which port of \
         the host leads there is said when the container starts (`docker run --publish 80:8000`)."
    STOP_SIGNAL "stop-signal" Error "the value of `stop-signal` is no signal"
        "The signal that `docker stop` sends is named as signal(7) names it, with or without `SIG`: `SIGINT`, \
         `TERM`, `SIGRTMIN+3`. A number from 1 to 64 is fine, too. Left out, it is `SIGTERM`."
    HEALTHCHECK "healthcheck" Error "the check of the container's health cannot be used"
        "The check is either `http`, the path of a request whose status is to be below 400, with `port`, or \
         `command`, a list of words that no shell reads. `interval`, `timeout` and `start-period` are durations \
         with their units (`30s`, `1m30s`, `500ms`), `retries` is a whole number from 1 on."
    MODULE_NAME "module-name" Error "the entry of `imports` is no name of a module"
        "An entry is the name that stands behind `import` in Python, of letters, digits and `_` with dots between \
         them: `numpy`, `PIL.Image`. It is often not the name of what is installed: `opencv-python` is `cv2`, and \
         `pillow` is `PIL`."
    MULTILINE_VALUE "multiline-value" Error "the value has a line break or a NUL character"
        "A Dockerfile cannot express a line break or NUL in an environment variable, a label or a path. In \
         YAML, a block that begins with `|` keeps its line breaks, one that begins with `>-` folds them into spaces."
    CONTROL_CHARACTER "control-character" Error "the value has a control character"
        "An invisible character has come into a value where it can have no meaning, often by copying from a \
         terminal. Type the value again."
    VALUE_TOO_LONG "value-too-long" Error "the value is longer than a Dockerfile can have it"
        "BuildKit reads lines of a Dockerfile up to 65,535 bytes, and Linux takes up to 128 KiB for one command. \
         Put long lists of requirements into a requirements file, and long values into a file of the project."
    EMPTY_VALUE "empty-value" Error "the value is empty"
        "The key is there and its value is not. Write a value or leave the key out."
    FILE_NOT_FOUND "file-not-found" Error "a file that the Mopyfile names is not there"
        "The paths of a Mopyfile are looked up in the build's context, the directory that `docker build` is given. \
         `mopy check` takes the Mopyfile's own directory for it unless `--context` names another one. A symbolic \
         link that leads out of the context leads nowhere in a build. A project's directory needs a `main.py`, \
         unless `command` or `entrypoint` says what runs."
    IGNORED_FILE "ignored-file" Error "a file that the Mopyfile names is left out of the build"
        "What the dockerignore file matches does not reach the build: `Mopyfile.yaml.dockerignore` beside a \
         `Mopyfile.yaml`, or else `.dockerignore` in the build's context. Where there is none, mopy leaves out \
         what is never part of an application: `.git`, virtual environments, `__pycache__`, `.env` and the \
         Mopyfile. The last line that matches wins, so that a line `!path` at the end takes a path back in."
    BROKEN_LOCK "broken-lock" Error "the lock file next to the Mopyfile cannot be read"
        "`Mopyfile.yaml.lock` pins the base images and uv of the image that `Mopyfile.yaml` describes. `mopy lock` writes it. \
         After a merge conflict, take the lock file of either branch and run `mopy lock`; `mopy lock --upgrade` writes a new \
         one. Without a lock file, images are resolved by tag, and mopy's built-in uv version is used."
    STALE_LOCK "stale-lock" Warning "the lock file next to the Mopyfile lacks something that the image needs"
        "The Mopyfile has changed since `Mopyfile.yaml.lock` was written, and what the lock file lacks is not pinned: images \
         are resolved by tag, and mopy's built-in uv version is used. `mopy lock` adds the images and the uv that are missing \
         and leaves the rest as it is. With `--locked`, this is an error of `mopy transpile`, `mopy check` and `mopy llb`."
    EOL_PYTHON "eol-python" Warning "the version of Python gets no security fixes any more"
        "Each version of Python is maintained for five years (PEP 602). After that, holes stay open. Move to a \
         version that is maintained."
    PYTHON_EOL_SOON "python-eol-soon" Warning "security fixes for the version of Python end within a year"
        "Each version of Python is maintained for five years (PEP 602), which end in October. The warning comes in the \
         last twelve months, so that there is time to move to a newer version."
    INLINE_CREDENTIALS "inline-credentials" Warning "a credential stands in the Mopyfile"
        "Whoever reads the repository reads the credential, and it also stands in the Dockerfile that \
         `mopy transpile` prints. Put it in a `.netrc` file and give that to the build: \
         `docker build --secret id=netrc,src=$HOME/.netrc …`. It serves indexes, git over https and direct \
         URLs. A credential that is written in `pip` or `indices` all the same never \
         reaches the image, its history, its labels or the build's log, but whoever sees provenance of \
         `mode=max` sees it; in `envs`, `labels`, `command`, `entrypoint` or `healthcheck` it is part of the image."
    TRUSTED_INDEX "trusted-index" Warning "the certificate of an index is not checked"
        "`trust: true` switches off the check of the server's certificate, so anybody between the build and \
         the index can replace packages. Use an index whose certificate is valid."
    HTTP_INDEX "http-index" Warning "an index or download is not encrypted"
        "Over http anybody between the build and the server can replace packages. Use https."
    UNHASHED_URL "unhashed-url" Warning "a distribution comes from a URL without its hash"
        "What a URL gives can change, by mistake or by an attack, and https says only which server it comes from. With \
         the hash behind the URL the installer refuses anything else: `https://host/package.whl#sha256=…`. \
         `sha256sum package.whl` prints it."
    DEPENDENCY_CONFUSION "dependency-confusion" Warning "packages of one index can be replaced by those of another"
        "pip looks a name up in PyPI and in every further index alike and takes the highest version. Whoever publishes \
         the name of your private package on PyPI with a higher version gets their code into your image. uv does not: it \
         takes a name from the first index of `indices` that has it. With `installer: pip`, pinned versions (`name==1.2.3`) \
         leave less room for that, and one index that has all packages (`default: true`) leaves none."
    UNPINNED_GIT "unpinned-git" Warning "a git requirement follows a branch"
        "A branch moves, so the same Mopyfile gives another image tomorrow, while a cached build keeps the old \
         one. Write a commit or a tag behind `@`: `git+https://host/repo.git@v1.2.3`."
    DUPLICATE_REQUIREMENT "duplicate-requirement" Warning "something is required twice"
        "Of two entries for the same package one is usually forgotten, and where they disagree nothing can be \
         installed. Names are compared as PEP 503 says: `Foo_Bar` is `foo-bar`. Entries with different markers are \
         alternatives and no duplicates."
    SECRET_ENVIRONMENT "secret-environment" Warning "an environment variable looks like a secret"
        "Environment variables of an image can be read by everybody who can pull it. Give secrets to the \
         container when it starts (`docker run --env-file`, the orchestrator's secrets). The warning goes by \
         the variable's name; where the value is no secret it can be silenced."
    ENVIRONMENT_OVERRIDE "environment-override" Warning "an environment variable breaks what the image or its build lives by"
        "The variables of `envs` are set while building, too. A `PATH` that does not go on with `${PATH}` hides the \
         tools of the build and the interpreter of the image, another `HOME` hides the secret `netrc` from pip and \
         git, and `PYTHONHOME` hides the standard library."
    LABEL_OVERRIDE "label-override" Warning "a label replaces one that mopy sets"
        "The label `mopy.sbom` lists the entries of `pip`. With a label of this name in `labels` it says something else, \
         and who reads it is misled. Choose another key, or switch mopy's own one off with `sbom: false`."
    REDUNDANT_RUNTIME_DEP "redundant-runtime-dep" Warning "the image has a package of `runtime-deps` anyway"
        "Distroless has the C and C++ libraries, OpenSSL, zlib, certificates and time zones, and mopy adds every \
         library that the interpreter and the packages link to. `runtime-deps` is for what is left: programs, and \
         libraries that are opened at run time. Without any, the image ends in distroless."
    UNKNOWN_SSH_HOST "unknown-ssh-host" Warning "the ssh key of a host is accepted unseen"
        "mopy knows the host keys of github.com, gitlab.com, bitbucket.org and codeberg.org. The key of any \
         other host is checked when the build gets it as a secret: \
         `docker build --ssh default --secret id=known_hosts,src=$HOME/.ssh/known_hosts …`. Without it, the \
         key that the host shows is accepted."
    UNKNOWN_REFERENCE "unknown-reference" Warning "a `${…}` names nothing that is known"
        "In `envs`, `${NAME}` stands for `PATH` or a variable further up; in `labels`, `${key}` stands for \
         another label. Any other one stays as it is written, and so does what shells and Compose know besides, such as \
         `${NAME:-default}`. In `envs`, `$${` writes a literal `${`."
    WHOLE_CONTEXT "whole-context" Warning "all of the build's context is copied"
        "`./` is the build's context itself, and without a dockerignore file nearly everything in it is copied: \
         notes, data, tests, tools. As a project it goes into the image; as an entry of `pip`, a change of any \
         file installs all packages again, or with `./uv.lock` the project. Write a `.dockerignore`, or move the application to a directory of \
         its own."
    PROJECT_CLUTTER "project-clutter" Warning "the project's directory holds what no image needs"
        "A repository's `.git` and a virtual environment (`.venv`, `venv`) are large, change often and may hold \
         what is not for everybody. As part of a project they go into the image; as part of an entry `./` of \
         `pip`, each change of them installs all packages again. Add them to the dockerignore file. Where an \
         installation needs `.git`, as with setuptools-scm, the warning can be left."
    SHELL_SYNTAX "shell-syntax" Warning "a command is written for a shell"
        "The commands of an image are lists of arguments, and no shell reads them, whatever the image is based on: `$PORT`, \
         `&&`, `|` and `>` reach the program as they are, `[python app.py]` looks for a program whose name has a blank, and \
         `CMD` and `CMD-SHELL` are words of Compose and Dockerfiles. Write one argument for each word. A value that differs \
         between environments is for the program to read: gunicorn reads `$PORT` and `$WEB_CONCURRENCY`, uvicorn reads \
         `$UVICORN_PORT` and `$UVICORN_WORKERS`. What runs once belongs in `run`, and what runs at each start in the program."
    MISSING_PROGRAM "missing-program" Warning "a command starts a program that the image does not have"
        "Distroless has no shell, no `env` and no other program than Python and those that packages install, so that a script \
         with a `#!` line cannot start by itself. No base has `curl`, `wget`, `git`, or what installs packages (`uv`, `pip`, \
         `poetry`): packages are installed while building, and what they are started by is left out of the command. A check \
         of the health asks Python with `http`. Otherwise write `base: slim`, which has a shell, or add the program's \
         Debian package to `runtime-deps`."
    SYNTAX_LINE "syntax-line" Warning "`docker build` would read the file as a Dockerfile"
        "The first line tells BuildKit to hand the file to mopy. It has to be the very first: after a licence header, a blank \
         line, `---` or another comment that is not a directive of BuildKit's, it is a comment like any other, and \
         the build ends with `unknown instruction: python:`. `mopy transpile` does not need the line."
    NOT_INSTALLABLE "not-installable" Warning "a directory in `pip` has nothing to install"
        "Installers build a directory by its `pyproject.toml` or `setup.py`. Without either, or when the dockerignore file \
         excludes them, the build ends with an error of the installer. Write the requirements file or lock file instead, and \
         the directory as `project` if it is what runs."
    ENV_FILE "env-file" Warning "a `.env` file goes into the image"
        "A `.env` file usually holds passwords and tokens of a developer's machine. In an image, everybody who can pull it can \
         read them. Add the file to the dockerignore file, and pass its variables when the container starts: `docker run \
         --env-file .env …`."
    LINK_OUTSIDE "link-outside" Warning "a symbolic link leads out of the directory that is copied"
        "Symbolic links are copied as they are. One that leads out of the directory, or is absolute, points to nothing in the \
         image, or to something else. Copy the directory above, or replace the link by what it points to."
    UNREADABLE_FILE "unreadable-file" Warning "files of the project cannot be read by every user"
        "Files keep their mode when they are copied. Under a umask of 077, the image's own user can read them and any other \
         one cannot: `docker run --user`, OpenShift and Kubernetes with `runAsUser` end with `Permission denied`. Run `chmod \
         -R a+rX` on the directory, and build from a checkout with a umask of 022."
    MISSING_WHEEL "missing-wheel" Warning "a locked package has no wheel for the version of Python"
        "The lock file pins a version that was released before this Python, so that there are wheels for older ones only. The \
         build compiles the package, which takes minutes, may need compilers, and for many packages, such as those written \
         in Rust, ends with an error. Choose a version of Python that all packages have wheels for, or update the package in \
         the lock file. The warning can be ignored if compiling is intended."
    UNKNOWN_IGNORE "unknown-ignore" Warning "a comment silences what is no rule"
        "`# mopy: ignore=rule` at the end of a line silences the warnings and notices of a rule that begin in that line. \
         Several rules have commas between them. A comment with a misspelt rule silences nothing, and problems cannot \
         be silenced at all."
    UNREAD_BUILD_ARGUMENT "unread-build-argument" Warning "a build argument is given that nothing reads"
        "A Mopyfile declares no arguments, so what `docker build --build-arg` gives has no effect, except for \
         the ones that BuildKit itself reads: proxies, `SOURCE_DATE_EPOCH` and those that begin with \
         `BUILDKIT_`. Write the value into the Mopyfile, or leave the argument out."
    NO_UV "no-uv" Note "pip installs instead of uv, which one of the platforms lacks"
        "There are no wheels of uv for arm/v5. When an image is built for it, pip installs the packages on all of the \
         platforms, so that they get the same ones."
    SLIM_BASE "slim-base" Note "the image is based on Debian slim instead of distroless"
        "apt packages need what distroless leaves out: a shell and the package manager's files. With \
         `runtime-deps` the image is therefore based on `debian:<release>-slim`, with the same user and layout."
    MISSING_LIBRARY "missing-library" Note "a package links against a shared library that is not in the image"
        "The build prints `note: nothing provides libGL.so.1` for every shared library that a package links against and that \
         neither the packages, the official Python image nor `build-deps` have. Many are optional. If an import fails for \
         one, add its Debian package to `build-deps`: mopy copies the library into the image. If a package opens more than \
         it links against, as GTK does, add it to `runtime-deps`. Debian names most packages after their library: \
         `libGL.so.1` is in `libgl1`, `libxcb-icccm.so.4` in `libxcb-icccm4` (Debian Policy, section 8.1). Exceptions: \
         `libatk-1.0` is in `libatk1.0-0`, `libatspi` in `libatspi2.0-0`, `libgdk-3` in `libgtk-3-0`, `libgeos_c` in \
         `libgeos-c1v5`, `libglib-2.0`, `libgobject-2.0` and `libgio-2.0` in `libglib2.0-0`, `libgstbase-1.0` in \
         `libgstreamer1.0-0`, other `libgst*-1.0` in `libgstreamer-plugins-base1.0-0`, `liblber` in `libldap2`, \
         `libmpi.so.40` in `libopenmpi40`, `libnss3` and `libsmime3` in `libnss3`, `libpulse-simple` in `libpulse0`, \
         `libxml2.so.2` in `libxml2`, `libxslt` in `libxslt1.1`. `libcuda.so.1` and `libnvidia-*` belong to the driver of \
         the machine, which gives them to the container."
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        let mut names: Vec<_> = ALL.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
        assert!(
            names.iter().all(|name| { name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') })
        );
    }

    #[test]
    fn wording_keeps_to_the_style() {
        for rule in ALL {
            assert!(!rule.summary.ends_with('.'), "{}", rule.name);
            assert!(rule.explanation.ends_with('.'), "{}", rule.name);
        }
    }
}
