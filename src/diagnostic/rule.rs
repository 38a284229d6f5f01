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
    NOT_UTF8 "not-utf8" Error "the file is not valid UTF-8"
        "A Mopyfile is a YAML file in UTF-8. mopy stops at the first byte that is not valid. Save the file as \
         UTF-8, and check that you passed the right file."
    FILE_TOO_LARGE "file-too-large" Error "the file is larger than 1 MiB"
        "A Mopyfile is usually shorter than a page. A file of more than 1 MiB is most likely a different file. Move \
         long lists of requirements to a requirements file."
    EMPTY_FILE "empty-file" Error "the file is empty"
        "A Mopyfile requires at least the Python version: `python: 3.13`."
    YAML_SYNTAX "yaml-syntax" Error "invalid YAML"
        "The YAML parser cannot read the file beyond this position, so nothing after it was checked. Common causes \
         are a tab in the indentation, a missing space after a colon, a missing quote or bracket, and an unquoted \
         value that begins with `@`, `*`, `&`, `!` or `%`."
    YAML_TOO_COMPLEX "yaml-too-complex" Error "the YAML is too complex"
        "With aliases, a few lines of YAML can expand to gigabytes. To prevent that, mopy accepts at most 20,000 \
         events, 10,000 nodes and 8 levels of nesting."
    MULTIPLE_DOCUMENTS "multiple-documents" Error "the file contains more than one YAML document"
        "A line with `---` starts another YAML document. A Mopyfile consists of one. Write one file for each image, \
         and select it with `docker build -f`."
    NOT_A_MAPPING "not-a-mapping" Error "the file is not a mapping of keys"
        "A Mopyfile consists of lines with `key: value`, usually beginning with `python: 3.13`."
    DUPLICATE_KEY "duplicate-key" Error "duplicate key"
        "YAML requires unique keys. Parsers disagree about which of two values wins, so mopy accepts neither. \
         Remove one of them."
    UNKNOWN_KEY "unknown-key" Error "unknown key"
        "If mopy ignored unknown keys, a typo would silently change the image. Correct the key, or remove it. \
         Top-level keys that begin with `x-` are ignored: use them for anchors and notes."
    WRONG_TYPE "wrong-type" Error "the value has the wrong type"
        "Each key takes a string, a number, a boolean, a list or a mapping. In YAML 1.2, only `true` and `false` \
         are booleans; `yes`, `no`, `on` and `off` are strings."
    MISSING_KEY "missing-key" Error "a required key is missing"
        "Every Mopyfile requires `python`, and every entry of `indices` requires `url`."
    API_VERSION "api-version" Error "unsupported `apiVersion`"
        "`v1` is the only version of the format. You can omit the key."
    PYTHON_VERSION "python-version" Error "unsupported Python version"
        "The version is `3`, `3.13`, `3.13.5`, or a pre-release such as `3.15-rc`, and at least 3.7. It selects the \
         tag of the official Python image, so a range such as `>=3.9` does not work."
    PYTHON_2 "python-2" Error "Python 2 is not supported"
        "Python 2 has received no security fixes since January 2020, and neither uv nor current versions of pip run \
         on it. Port the project to Python 3."
    APT_PACKAGE "apt-package" Error "invalid apt package"
        "An entry is `name`, optionally followed by `:architecture`, `=version` or `/suite`, as in `libpq-dev` or \
         `libpq-dev=15.1-1`. Options of apt-get are not supported. Other characters are refused because the entry \
         becomes an argument of a shell command."
    ENVIRONMENT_NAME "environment-name" Error "invalid name of an environment variable"
        "A name consists of letters, digits and `_`, and does not begin with a digit (POSIX, section 8.1)."
    LABEL_KEY "label-key" Error "invalid label key"
        "A label key consists of letters and digits, separated by `.`, `-`, `_` or `/`, as in \
         `org.opencontainers.image.source`."
    LABEL_CYCLE "label-cycle" Error "labels refer to each other in a cycle"
        "`${key}` in a label is replaced by the value of another label. Labels that refer to each other in a cycle \
         have no value. Replace one of the references with a value."
    INDEX_URL "index-url" Error "invalid URL of a package index"
        "An index is an `http://` or `https://` URL, such as `https://pypi.example.org/simple`."
    INDEX_DEFAULT "index-default" Error "more than one default index"
        "`default: true` replaces PyPI with this index, which only one index can do. Remove `default` from the \
         others: they are searched as well."
    CONFLICTING_CREDENTIALS "conflicting-credentials" Error "different credentials for the same host"
        "mopy writes the credentials in `indices` and `pip` to a netrc file, which has one user and one password \
         for each host. Use the same credentials for all URLs of a host."
    REQUIREMENT "requirement" Error "invalid requirement"
        "An entry of `pip` that is neither a URL nor a path is a requirement in the format of PEP 508: \
         `numpy==1.22`, `fastapi[standard]>=0.110; python_version >= \"3.9\"`, `name @ https://…`. URLs with a \
         query (`?token=…`) are not supported, because installers print them in the build log. Use the build secret \
         `netrc` instead."
    PIP_OPTION "pip-option" Error "options of pip are not supported in `pip`"
        "Entries of `pip` are packages to install. Instead of `--index-url` and `--extra-index-url`, use the key \
         `indices`. Instead of `-r` and `-e`, write the path: `./requirements.txt`, `./lib/`. Pass any other option \
         in the build secret `pip.conf`."
    INSTALLER "installer" Error "unsupported installer"
        "Packages are installed with uv. pip is used for Python 3.7 and on arm/v5, where uv does not run, and with \
         `installer: pip`. Lock files, scripts and `./pyproject.toml` require uv. To install them with pip, export \
         a requirements file, for example with `uv export --format requirements.txt`."
    INSTALLER_ENVIRONMENT "installer-environment" Error "an environment variable redirects the installer"
        "Some variables make uv or pip install to a directory other than the image's virtual environment, or not \
         install at all: `UV_SYSTEM_PYTHON`, `UV_PROJECT_ENVIRONMENT`, `PIP_TARGET`, `PIP_PREFIX`, `PIP_USER`, \
         `PIP_DRY_RUN` and others. The build would succeed, but the image would lack the packages. Remove the \
         variable from `envs` or `build-envs`."
    VERSION_CONTROL "version-control" Error "invalid URL of a git repository"
        "mopy installs from git over https, http and ssh: `git+https://host/repo.git@ref`, \
         `git+ssh://git@host/repo.git@ref`. Other version control systems and addresses such as `git@host:path` are \
         not supported."
    ABSOLUTE_PATH "absolute-path" Error "absolute path"
        "Paths are relative to the build context, the directory you pass to `docker build`. Files outside of it are \
         not part of the build. Write the path with `./`."
    ESCAPING_PATH "escaping-path" Error "the path is outside of the build context"
        "Files outside of the build context, the directory you pass to `docker build`, are not part of the build. \
         Build from a directory that contains all files: `docker build -f services/api/Mopyfile.yaml .`."
    MALFORMED_PATH "malformed-path" Error "invalid path"
        "A path begins with `./` and refers to a file or directory in the build context, such as \
         `./requirements.txt` or `./lib/`. In `pip`, brackets select extras (`./lib/[web]`), and for lock files and \
         `./pyproject.toml` also dependency groups (`./uv.lock[web,group:prod]`). For `./uv.lock`, they also select \
         workspace members (`./uv.lock[package:api]`). `workdir` is a directory in the image, absolute (`/srv`) or \
         relative to `/home/nonroot`."
    PORT "port" Error "invalid port"
        "An entry of `ports` is a number from 1 to 65535 or a range, optionally followed by `/tcp` or `/udp`: \
         `8000`, `53/udp`, `8000-8010`. It is the port on which the application listens in the container. To \
         publish it on the host, use `docker run --publish 80:8000`."
    STOP_SIGNAL "stop-signal" Error "invalid signal"
        "The signal is a name from signal(7), with or without `SIG` (`SIGINT`, `TERM`, `SIGRTMIN+3`), or a number \
         from 1 to 64. The default is `SIGTERM`."
    HEALTHCHECK "healthcheck" Error "invalid health check"
        "A health check has either `http`, the path to request, with a `port`, or `command`, a list of arguments. \
         No shell reads the command. `interval`, `timeout` and `start-period` are durations with units (`30s`, \
         `1m30s`, `500ms`), and `retries` is an integer of at least 1."
    MODULE_NAME "module-name" Error "invalid module name"
        "An entry of `imports` is the name you use in an `import` statement, such as `numpy` or `PIL.Image`. It \
         often differs from the name of the package: `opencv-python` is imported as `cv2`, and `pillow` as `PIL`."
    MULTILINE_VALUE "multiline-value" Error "the value contains a line break or NUL character"
        "A Dockerfile cannot express line breaks and NUL characters in environment variables, labels and paths. In \
         YAML, a block that begins with `|` keeps line breaks; use `>-` to fold them into spaces."
    CONTROL_CHARACTER "control-character" Error "the value contains a control character"
        "Control characters are invisible, and have no meaning in this value. They are usually the result of \
         copying from a terminal. Type the value again."
    VALUE_TOO_LONG "value-too-long" Error "the value is too long"
        "BuildKit accepts Dockerfile lines of up to 65,535 bytes, and Linux commands of up to 128 KiB. Move long \
         lists of requirements to a requirements file, and long values to a file of the project."
    EMPTY_VALUE "empty-value" Error "the value is empty"
        "A key without a value has no effect, and is usually a mistake. Write a value, or remove the key."
    FILE_NOT_FOUND "file-not-found" Error "file not found"
        "Paths are relative to the build context, the directory you pass to `docker build`. For `mopy check`, it is \
         the directory of the Mopyfile, or that of `--context`. Symbolic links that lead out of the build context \
         do not work in a build. A project directory requires a `main.py`, unless there is a `command` or \
         `entrypoint`."
    IGNORED_FILE "ignored-file" Error "the file is excluded from the build"
        "The dockerignore file excludes this path. mopy reads `Mopyfile.yaml.dockerignore` in the directory of \
         `Mopyfile.yaml`, or else `.dockerignore` in the build context. If neither exists, mopy excludes `.git`, \
         virtual environments, `__pycache__`, `.env` and the Mopyfile. To include a path again, append the line \
         `!path`: the last matching line wins."
    BROKEN_LOCK "broken-lock" Error "invalid lock file"
        "`Mopyfile.yaml.lock`, written by `mopy lock`, pins the base images and uv. After a merge conflict, take \
         the file of either branch and run `mopy lock`. To start over, run `mopy lock --upgrade`, or delete the \
         file: images are then resolved by tag."
    STALE_LOCK "stale-lock" Warning "the lock file is incomplete"
        "The Mopyfile has changed since `Mopyfile.yaml.lock` was written. Images that the lock file lacks are \
         resolved by tag, and if it lacks uv, mopy's built-in version is used. Run `mopy lock`, which adds the \
         missing entries and keeps the others. With `--locked`, `mopy transpile`, `mopy check` and `mopy llb` fail \
         instead."
    EOL_PYTHON "eol-python" Warning "this Python version no longer receives security fixes"
        "Each Python version receives security fixes for five years (PEP 602). After that, known vulnerabilities \
         remain open. Upgrade to a supported version."
    PYTHON_EOL_SOON "python-eol-soon" Warning "security fixes for this Python version end within a year"
        "Each Python version receives security fixes for five years (PEP 602), until October of the last year. This \
         warning leaves you twelve months to upgrade."
    INLINE_CREDENTIALS "inline-credentials" Warning "the Mopyfile contains a credential"
        "Everyone who can read the repository can read the credential, which is also part of the output of `mopy \
         transpile`. Use a `.netrc` file instead, for indexes, git over https and URLs: `docker build --secret \
         id=netrc,src=$HOME/.netrc …`. mopy keeps credentials in `pip` and `indices` out of the image, its history, \
         its labels and the build log, but provenance with `mode=max` contains them. Credentials in `envs`, \
         `labels`, `command`, `entrypoint` or `healthcheck` become part of the image."
    TRUSTED_INDEX "trusted-index" Warning "the certificate of an index is not verified"
        "With `trust: true`, anyone on the network between the build and the index can replace packages. Use an \
         index with a valid certificate. For a company's own certificate authority, use `ca-certificates`."
    HTTP_INDEX "http-index" Warning "unencrypted index or download"
        "Over http, anyone on the network between the build and the server can replace packages. Use https."
    UNHASHED_URL "unhashed-url" Warning "a URL without a hash"
        "The file at a URL can change, by mistake or by an attack. https verifies the server, not the file. Append \
         the hash, so that installers refuse any other file: `https://host/package.whl#sha256=…`. `sha256sum \
         package.whl` prints it."
    DEPENDENCY_CONFUSION "dependency-confusion" Warning "public packages can replace private ones"
        "pip searches PyPI and all other indexes, and takes the highest version. If someone publishes the name of \
         your private package on PyPI with a higher version, pip installs that one. uv takes a package from the \
         first of the `indices` that has its name. To stay with `installer: pip`, use one index that contains all \
         packages (`default: true`); pinned versions reduce the risk, but do not remove it."
    UNPINNED_GIT "unpinned-git" Warning "a git requirement follows a branch"
        "Branches move, so the same Mopyfile produces a different image tomorrow, and a cached build keeps the old \
         commit. Write a tag or commit after the `@`: `git+https://host/repo.git@v1.2.3`."
    DUPLICATE_REQUIREMENT "duplicate-requirement" Warning "a package is required more than once"
        "If two entries for a package disagree, nothing can be installed; if they agree, one is redundant. Names \
         are compared after normalization (PEP 503): `Foo_Bar` is `foo-bar`. Entries with different markers are \
         alternatives, and not reported."
    SECRET_ENVIRONMENT "secret-environment" Warning "an environment variable looks like a secret"
        "Environment variables of an image can be read by everybody who can pull it. Give secrets to the \
         container when it starts (`docker run --env-file`, the orchestrator's secrets). The warning goes by \
         the variable's name; where the value is no secret it can be silenced."
    ENVIRONMENT_OVERRIDE "environment-override" Warning "an environment variable breaks the build or the image"
        "`envs` also apply to the build. A `PATH` without `${PATH}` hides the build tools and the interpreter, a \
         different `HOME` hides the secret `netrc` from pip and git, and `PYTHONHOME` hides the standard library."
    LABEL_OVERRIDE "label-override" Warning "a label replaces one of mopy's own"
        "mopy sets the label `mopy.sbom` to the entries of `pip`. A different value misleads everyone who reads it. \
         Choose another key, or turn mopy's label off with `sbom: false`."
    REDUNDANT_RUNTIME_DEP "redundant-runtime-dep" Warning "the image contains a package of `runtime-deps` anyway"
        "Every image contains the C and C++ libraries, OpenSSL, zlib, certificates and time zones, and mopy copies \
         the libraries that the interpreter and the packages link against. List only programs in `runtime-deps`, \
         and libraries that packages load at run time. Without `runtime-deps`, the image is based on distroless."
    UNKNOWN_SSH_HOST "unknown-ssh-host" Warning "the ssh host key is not verified"
        "mopy includes the host keys of github.com, gitlab.com, bitbucket.org and codeberg.org. For other hosts, \
         pass the keys as a build secret: `docker build --ssh default --secret \
         id=known_hosts,src=$HOME/.ssh/known_hosts …`. Without it, the build accepts any key that the host \
         presents. mopy cannot see whether you pass the secret. If you do, suppress the warning."
    UNKNOWN_REFERENCE "unknown-reference" Warning "a reference to an unknown name"
        "In `envs`, `${NAME}` is replaced if NAME is `PATH` or a variable defined earlier. In `labels`, `${key}` is \
         replaced if it is another label. Any other reference stays as it is, including the syntax of shells and \
         Compose, such as `${NAME:-default}`. To write a literal `${` in `envs`, use `$${`."
    WHOLE_CONTEXT "whole-context" Warning "the whole build context is copied"
        "`./` is the build context. Without a dockerignore file, nearly everything in it is copied: notes, data, \
         tests, tools. With `project: ./`, all of it becomes part of the image. With `./` in `pip`, a change of any \
         file repeats the installation. Write a `.dockerignore`, or move the application to a directory of its own."
    PROJECT_CLUTTER "project-clutter" Warning "the project contains files that do not belong in an image"
        "`.git` and virtual environments (`.venv`, `venv`) are large, change often and may contain private data. \
         With `project`, they become part of the image. With `./` in `pip`, every change of them repeats the \
         installation. Add them to the dockerignore file. If a package reads its version from `.git`, as with \
         setuptools-scm, suppress the warning."
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
    UNKNOWN_IGNORE "unknown-ignore" Warning "a comment suppresses an unknown rule"
        "`# mopy: ignore=RULE` suppresses the warnings and notes of a rule in its line. Separate several rules with \
         commas. With an unknown name, the comment has no effect. Errors cannot be suppressed."
    UNREAD_BUILD_ARGUMENT "unread-build-argument" Warning "unused build argument"
        "`--build-arg` sets the arguments that `build-envs` refer to, as in `${VERSION}`, and those that BuildKit \
         itself reads: proxies, `SOURCE_DATE_EPOCH` and arguments that begin with `BUILDKIT_`. Any other argument \
         has no effect. Refer to it in `build-envs`, or omit it."
    NO_UV "no-uv" Note "pip is used, because uv does not support one of the platforms"
        "uv has no wheels for arm/v5. If you build for it, pip installs the packages on all platforms of the build, \
         so that all of them get the same packages."
    SLIM_BASE "slim-base" Note "the image is based on Debian slim instead of distroless"
        "Distroless has no shell and no package manager, so apt packages cannot be installed in it. With \
         `runtime-deps`, the image is therefore based on `debian:<release>-slim`, with the same user and layout. If \
         packages only link against the libraries, you do not have to list them: mopy copies these."
    MISSING_LIBRARY "missing-library" Note "a package links against a shared library that is not in the image"
        "The build prints `note: nothing provides libGL.so.1` for a shared library that is neither in the packages, \
         nor in the official Python image, nor in `build-deps`. Many of these libraries are optional. If an import \
         fails, add the Debian package of the library to `build-deps`: mopy copies the library to the image. If the \
         package also loads libraries at run time, as GTK does, add it to `runtime-deps`. Most Debian packages are \
         named after their library: `libGL.so.1` is in `libgl1`, `libxcb-icccm.so.4` in `libxcb-icccm4` (Debian \
         Policy, section 8.1). Exceptions: `libatk-1.0` is in `libatk1.0-0`, `libatspi` in `libatspi2.0-0`, \
         `libgdk-3` in `libgtk-3-0`, `libgeos_c` in `libgeos-c1v5`, `libglib-2.0`, `libgobject-2.0` and \
         `libgio-2.0` in `libglib2.0-0`, `libgstbase-1.0` in `libgstreamer1.0-0`, other `libgst*-1.0` in \
         `libgstreamer-plugins-base1.0-0`, `liblber` in `libldap2`, `libmpi.so.40` in `libopenmpi40`, `libnss3` and \
         `libsmime3` in `libnss3`, `libpulse-simple` in `libpulse0`, `libxml2.so.2` in `libxml2`, `libxslt` in \
         `libxslt1.1`. `libcuda.so.1` and `libnvidia-*` belong to the driver of the host, which mounts them into \
         the container."
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
