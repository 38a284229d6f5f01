//! Keys of a Mopyfile that decide what is in an image or how it is built.

use sha2::Digest as _;

use super::docker::{Image, buildx, context, docker, dockerfile};

const SETTINGS: &str = "
import os, pathlib
BASE = pathlib.Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ['SECRET_KEY']
ALLOWED_HOSTS = ['shop.example.org']
ROOT_URLCONF = 'shop.urls'
INSTALLED_APPS = ['django.contrib.staticfiles', 'shop']
MIDDLEWARE = ['whitenoise.middleware.WhiteNoiseMiddleware', 'django.middleware.common.CommonMiddleware']
STATIC_URL = 'static/'
STATIC_ROOT = BASE / 'collected'
STORAGES = {'staticfiles': {'BACKEND': 'whitenoise.storage.CompressedManifestStaticFilesStorage'}}
";

const MANAGE: &str = "
import os, sys
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
";

/// Asks the application in its container, as the host that it is for, and as another one.
const ASK: &str = "
import json, os, threading, time, urllib.request, urllib.error
os.environ['SECRET_KEY'] = 'x'
from wsgiref.simple_server import make_server
from shop.wsgi import application
server = make_server('127.0.0.1', 8000, application)
threading.Thread(target=server.serve_forever, daemon=True).start()
manifest = json.load(open('collected/staticfiles.json'))['paths']
def ask(path, host):
    request = urllib.request.Request('http://127.0.0.1:8000' + path, headers={'Host': host})
    try:
        answer = urllib.request.urlopen(request)
        return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ''
print(ask('/static/' + manifest['style.css'], 'shop.example.org'), ask('/', '127.0.0.1')[0], ask('/', 'shop.example.org')[0])
";

#[test]
#[ignore = "needs an engine"]
fn a_django_project_collects_its_static_files() {
    let directory = context(&[
        ("site/manage.py", MANAGE),
        ("site/shop/__init__.py", ""),
        ("site/shop/settings.py", SETTINGS),
        (
            "site/shop/urls.py",
            "from django.http import HttpResponse\nfrom django.urls import path\nurlpatterns = [path('', lambda request: HttpResponse('shop'))]\n",
        ),
        (
            "site/shop/wsgi.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\nfrom django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
        ),
        ("site/shop/static/style.css", "body { color: red }\n"),
    ]);
    let mopyfile = "python: 3.13
pip: [django, whitenoise]
project: ./site/
ports: [8000]
healthcheck: {http: /, host: shop.example.org}
command: [python, manage.py, runserver]
run:
  - command: [python, manage.py, collectstatic, --noinput]
    envs: {SECRET_KEY: only-while-building}
";
    let image = Image::build("django", mopyfile, directory.path());
    assert_eq!(image.python(ASK), "(200, 'body { color: red }\\n') 400 200");
    let config = image.config().to_string();
    assert!(!config.contains("SECRET_KEY") && !config.contains("only-while-building"), "{config}");
    assert!(config.contains("headers={'Host': 'shop.example.org'}"), "{config}");
    // a command that fails
    let broken = dockerfile(&mopyfile.replace("collectstatic", "nonsense"));
    let printed = buildx(&broken, directory.path(), &["--output=type=cacheonly"]);
    assert!(!printed.success && printed.stderr.contains("Unknown command: 'nonsense'"), "{}", printed.stderr);
}

#[test]
#[ignore = "needs an engine"]
fn directories_belong_to_the_user_and_so_do_new_volumes() {
    let directory = context(&[(
        "app/main.py",
        "import os; open('/data/x', 'w'); open('/home/nonroot/y', 'w'); print(os.getcwd())",
    )]);
    let look = "import os; print([(os.stat(path).st_uid, oct(os.stat(path).st_mode)) for path in ('/data', '/var/lib/app', '/home/nonroot', '/home/nonroot/state', '/tmp')])";
    for base in ["distroless", "slim"] {
        let mopyfile = format!(
            "python: 3.13\nbase: {base}\ndirectories: [/data, /var/lib/app, state]\nproject: {{path: ./app/, target: /opt/app}}\n"
        );
        let image = Image::build(&format!("directories-{base}"), &mopyfile, directory.path());
        let owned = "(65532, '0o40755')";
        assert_eq!(image.python(look), format!("[{owned}, {owned}, {owned}, {owned}, (0, '0o41777')]"), "{base}");
        let volume = format!("mopy-test-directories-{base}");
        docker(&["volume", "rm", "--force", &volume]);
        let mount = format!("--volume={volume}:/data");
        assert_eq!(image.run(&[&mount], &[]), "/opt/app", "{base}");
        docker(&["volume", "rm", "--force", &volume]).expect();
    }
}

const PYPROJECT: &str = "[build-system]\nrequires = [\"setuptools>=77\", \"setuptools-scm>=8\"]\nbuild-backend = \"setuptools.build_meta\"\n\
                         [project]\nname = \"probe\"\ndynamic = [\"version\"]\ndependencies = [\"tabulate\"]\n[tool.setuptools_scm]\n";

#[test]
#[ignore = "needs an engine"]
fn variables_of_the_build_are_not_in_the_image() {
    let directory =
        context(&[("requirements.txt", "tabulate\n"), ("lib/pyproject.toml", PYPROJECT), ("lib/probe.py", "")]);
    let mopyfile = "python: 3.13\nbuild-envs:\n  SETUPTOOLS_SCM_PRETEND_VERSION: ${VERSION}\n  FIXED: build-only\npip: [./requirements.txt, ./lib/]\n";
    let text = dockerfile(mopyfile);
    for version in ["1.2.3", "1.2.4"] {
        let argument = format!("--build-arg=VERSION={version}");
        let image = Image::build_with("build-envs", &text, directory.path(), &[&argument]);
        assert_eq!(image.python("import importlib.metadata as m; print(m.version('probe'))"), version);
        let config = image.config().to_string();
        assert!(!config.contains("build-only") && !config.contains("PRETEND"), "{config}");
    }
}

#[test]
#[ignore = "needs an engine"]
fn vendored_wheels_are_found() {
    let make = "import sys; sys.argv = ['', 'probe', '1.0']\n";
    let wheel = super::indices::python(&[&format!("{make}{}", super::indices::WHEEL)]);
    let hash: String = sha2::Sha256::digest(&wheel).iter().map(|byte| format!("{byte:02x}")).collect();
    let direct = "probe @ file:_vendor/probe-1.0-py3-none-any.whl";
    let directory = context(&[
        ("requirements.txt", "probe==1.0\n"),
        ("direct.txt", &format!("{direct}\n")),
        ("hashed.txt", &format!("{direct} --hash=sha256:{hash}\n")),
        ("other.txt", "# nothing of it\n"),
    ]);
    for place in ["wheels", "_vendor"] {
        std::fs::create_dir(directory.path().join(place)).unwrap();
        std::fs::write(directory.path().join(place).join("probe-1.0-py3-none-any.whl"), &wheel).unwrap();
    }
    let installers = ["uv", "pip"];
    let entries = [
        "./wheels/, ./requirements.txt",
        "./wheels/, probe",
        "./_vendor/probe-1.0-py3-none-any.whl, ./direct.txt",
        "./_vendor/probe-1.0-py3-none-any.whl, ./hashed.txt",
        "./_vendor/probe-1.0-py3-none-any.whl, ./other.txt",
    ];
    for (installer, entries) in installers.iter().flat_map(|installer| entries.map(|entries| (installer, entries))) {
        let mopyfile = format!("python: 3.13\ninstaller: {installer}\npip: [{entries}]\n");
        let image = Image::build("vendored", &mopyfile, directory.path());
        assert_eq!(image.python("import probe; print(probe.VERSION)"), "1.0", "{installer}: {entries}");
    }
}

#[test]
#[ignore = "needs an engine"]
fn nothing_installed_is_an_error() {
    let directory = context(&[("requirements.txt", "six ; python_full_version == \"3.11.7\"\n")]);
    for (installer, entry, init) in [
        ("uv", "./requirements.txt", false),
        ("pip", "./requirements.txt", true),
        ("uv", "'six ; python_version < \"3\"'", true),
    ] {
        let text = dockerfile(&format!("python: 3.13\ninstaller: {installer}\ninit: {init}\npip: [{entry}]\n"));
        let printed = buildx(&text, directory.path(), &["--output=type=cacheonly"]);
        assert!(!printed.success && printed.stderr.contains("error: nothing is installed"), "{}", printed.stderr);
    }
}

#[test]
#[ignore = "needs an engine"]
fn dependencies_of_a_pyproject_are_installed() {
    let poetry = "[tool.poetry]\nname = \"shop\"\nversion = \"1\"\ndescription = \"dynamic\"\nreadme = \"README.md\"\nauthors = []\n\
                  [tool.poetry.dependencies]\npython = \"^3.9\"\ntabulate = \"*\"\n[build-system]\nrequires = [\"poetry-core\"]\nbuild-backend = \"poetry.core.masonry.api\"\n";
    let optional = "[project]\nname = \"shop\"\nversion = \"1\"\ndynamic = [\"optional-dependencies\"]\ndependencies = [\"tabulate\"]\n\
                    [tool.setuptools.dynamic]\noptional-dependencies.dev = {file = [\"dev.txt\"]}\n[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n";
    for (name, text) in [("poetry", poetry), ("optional", optional)] {
        let directory = context(&[("pyproject.toml", text)]);
        let image =
            Image::build(&format!("pyproject-{name}"), "python: 3.13\npip: [./pyproject.toml]\n", directory.path());
        assert_eq!(image.python("import tabulate; print(1)"), "1", "{name}");
    }
    let dynamic = "[project]\nname = \"shop\"\nversion = \"1\"\ndynamic = [\"dependencies\"]\n";
    let directory = context(&[("pyproject.toml", dynamic)]);
    let text = dockerfile("python: 3.13\npip: [./pyproject.toml]\n");
    let printed = buildx(&text, directory.path(), &["--output=type=cacheonly"]);
    assert!(!printed.success && printed.stderr.contains("are dynamic"), "{}", printed.stderr);
}

/// What takes minutes: `.ci/full` runs it.
mod slow {
    use mopy::{Month, Source, transpile};

    use super::{buildx, context, dockerfile};

    /// Variables of uv and pip that change where, whether or how something is installed.
    const VARIABLES: [(&str, &str); 35] = [
        ("UV_SYSTEM_PYTHON", "1"),
        ("UV_PYTHON", "/usr/local/bin/python"),
        ("UV_PROJECT_ENVIRONMENT", "/x"),
        ("UV_BREAK_SYSTEM_PACKAGES", "1"),
        ("UV_MANAGED_PYTHON", "1"),
        ("UV_WORKING_DIR", "/tmp"),
        ("UV_PROJECT", "/tmp"),
        ("UV_NO_SYNC", "1"),
        ("UV_REQUIRE_HASHES", "1"),
        ("UV_OFFLINE", "1"),
        ("UV_NO_INDEX", "1"),
        ("UV_CONSTRAINT", "/nowhere.txt"),
        ("UV_OVERRIDE", "/nowhere.txt"),
        ("UV_EXCLUDE_NEWER", "2000-01-01"),
        ("UV_RESOLUTION", "lowest"),
        ("UV_COMPILE_BYTECODE", "1"),
        ("UV_LINK_MODE", "symlink"),
        ("UV_CACHE_DIR", "/x"),
        ("UV_CONFIG_FILE", "/nowhere.toml"),
        ("UV_NO_BUILD", "1"),
        ("VIRTUAL_ENV", "/x"),
        ("PIP_TARGET", "/x"),
        ("PIP_PREFIX", "/x"),
        ("PIP_ROOT", "/x"),
        ("PIP_USER", "1"),
        ("PIP_PYTHON", "/usr/local/bin/python"),
        ("PIP_REQUIRE_VIRTUALENV", "1"),
        ("PIP_DRY_RUN", "1"),
        ("PIP_CONSTRAINT", "/nowhere.txt"),
        ("PIP_REQUIRE_HASHES", "1"),
        ("PIP_NO_INDEX", "1"),
        ("PIP_NO_DEPS", "1"),
        ("PIP_ONLY_BINARY", ":all:"),
        ("PIP_CONFIG_FILE", "/dev/null"),
        ("PIP_LOG", "/x.log"),
    ];

    /// Each is refused, or ends the build, or the package is where the image looks for it.
    #[test]
    #[ignore = "needs an engine"]
    fn nothing_is_installed_where_the_image_does_not_look() {
        let directory = context(&[]);
        for (name, value) in VARIABLES {
            let installer = if name.starts_with("PIP_") { "pip" } else { "uv" };
            let mopyfile = format!(
                "python: 3.13\ninstaller: {installer}\nbuild-envs: {{{name}: '{value}'}}\npip: [six]\nimports: [six]\n"
            );
            let source = Source::new("Mopyfile.yaml", &mopyfile);
            let found = transpile(&source, None, &[], Month::RELEASE).diagnostics;
            if found.errors().any(|problem| problem.rule.name == "installer-environment") {
                println!("{name}: an error at its line");
                continue;
            }
            let printed = buildx(&dockerfile(&mopyfile), directory.path(), &["--output=type=cacheonly"]);
            if printed.success {
                println!("{name}: no effect on where packages are");
            } else {
                assert!(!printed.stderr.contains("No module named 'six'"), "{name}: {}", printed.stderr);
                println!("{name}: the installer ends the build");
            }
        }
    }
}
