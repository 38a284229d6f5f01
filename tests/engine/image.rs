//! What an image promises.

use super::docker::{Image, buildx, context, docker, dockerfile, dockerfile_for, example, example_mopyfile, size};

#[test]
#[ignore = "needs an engine"]
fn packages_find_the_libraries_that_only_the_builder_had() {
    let directory = context(&[]);
    for (name, mopyfile, program) in [
        ("psycopg2", "python: 3.13\npip: [psycopg2]\n", "import psycopg2; print(psycopg2.__libpq_version__ > 0)"),
        (
            "pycairo",
            "python: 3.13\nbuild-deps: [libcairo2-dev, pkg-config]\npip: [pycairo]\n",
            "import cairo; print(cairo.ImageSurface(cairo.FORMAT_A8, 1, 1).get_width() == 1)",
        ),
    ] {
        let image = Image::build(name, mopyfile, directory.path());
        assert_eq!(image.python(program), "True");
        let status = "import os; print(sorted(os.listdir('/var/lib/dpkg/status.d')))";
        let packages = image.python(status);
        let library = if name == "psycopg2" { "'libpq5'" } else { "'libcairo2'" };
        assert!(packages.contains(library), "{packages}");
    }
}

#[test]
#[ignore = "needs an engine"]
fn the_standard_library_is_whole() {
    let directory = context(&[]);
    for version in ["3.13", "3.14", "3.9.2"] {
        let image = Image::build(&format!("stdlib-{version}"), &format!("python: {version}\n"), directory.path());
        let program = "import curses; curses.setupterm('xterm'); import ssl, sqlite3, lzma, bz2, zlib, ctypes, readline, curses, dbm.gnu, uuid, zoneinfo, sys; \
                       zoneinfo.ZoneInfo('Europe/Berlin'); ssl.create_default_context(); print(sys.version_info[:2])";
        let expected = version.splitn(3, '.').take(2).collect::<Vec<_>>().join(", ");
        assert_eq!(image.python(program), format!("({expected})"));
    }
}

/// Walks what is below the interpreter and the packages; prints what may be written, and what is not root's.
const WRITABLE: &str = "
import os
bad = []
for top in ('/usr/local', '/opt/venv'):
    for root, _, files in os.walk(top):
        for path in [root] + [os.path.join(root, name) for name in files]:
            if os.path.islink(path):
                continue
            if os.access(path, os.W_OK) or os.stat(path).st_uid != 0:
                bad.append(path)
print(bad)
";

#[test]
#[ignore = "needs an engine"]
fn the_user_owns_nothing_but_the_project() {
    let directory =
        context(&[("app/main.py", "import os; open('x', 'w'); print(os.getuid(), os.getgid(), os.getcwd())")]);
    for (name, mopyfile) in [
        ("owner-distroless", "python: 3.13\npip: [tabulate]\nproject: app\n"),
        ("owner-slim", "python: 3.13\nbase: slim\npip: [tabulate]\nproject: app\n"),
    ] {
        let image = Image::build(name, mopyfile, directory.path());
        assert_eq!(image.run(&[], &[]), "65532 65532 /home/nonroot/app");
        for user in ["65532:65532", "12345:0"] {
            let printed = image.run(&["--entrypoint", "python", "--user", user], &["-c", WRITABLE]);
            assert_eq!(printed, "[]", "{name} as {user}");
        }
        let program = "import os, tempfile; tempfile.TemporaryFile(); open(os.path.expanduser('~/x'), 'w'); print(os.environ['HOME'])";
        assert_eq!(image.python(program), "/home/nonroot");
        assert_eq!(image.config()["User"], "65532:65532");
    }
}

#[test]
#[ignore = "needs an engine"]
fn nothing_of_the_build_is_left() {
    let directory = context(&[]);
    let program = "
import importlib.util, os, sys, sysconfig
found = [name for name in ('pip', 'setuptools', 'ensurepip', 'wheel', 'test', 'idlelib') if importlib.util.find_spec(name)]
found += [path for path in ('/usr/bin/gcc', '/root/.cache', '/usr/local/bin/pip', '/src', '/usr/local/include/python3.13') if os.path.exists(path)]
stdlib = sysconfig.get_path('stdlib')
cached = importlib.util.cache_from_source(os.path.join(stdlib, 'argparse.py'))
flags = int.from_bytes(open(cached, 'rb').read(8)[4:], 'little')
print(found, flags, os.environ['PATH'].split(':')[0], sys.prefix)
";
    for (name, mopyfile) in [
        ("left-distroless", "python: 3.13\npip: [tabulate]\n"),
        ("left-slim", "python: 3.13\nruntime-deps: [libmagic1t64]\npip: [tabulate]\n"),
    ] {
        let image = Image::build(name, mopyfile, directory.path());
        // 1: checked by hash, and not checked at all (PEP 552)
        assert_eq!(image.python(program), "[] 1 /opt/venv/bin /opt/venv", "{name}");
        assert!(image.run(&["--entrypoint", "tabulate"], &["--help"]).contains("Usage"), "console scripts work");
    }
}

#[test]
#[ignore = "needs an engine"]
fn runtime_packages_are_in_the_image() {
    let directory = context(&[]);
    let mopyfile = "python: 3.13\nruntime-deps: [libmagic1t64]\npip: [python-magic]\n";
    let image = Image::build("runtime-deps", mopyfile, directory.path());
    let program = "import magic; print(magic.from_buffer('#!/bin/sh\\n', mime=True))";
    assert_eq!(image.python(program), "text/x-shellscript");
    assert_eq!(image.run(&["--entrypoint", "id"], &["-u"]), "65532");
}

#[test]
#[ignore = "needs an engine"]
fn a_platform_without_distroless_ends_in_slim() {
    let text = dockerfile_for("python: 3.13\n", &["linux/386".parse().unwrap()]);
    // the engine has images of its own platform only
    let directory = context(&[]);
    let image = Image::build_with("platform-slim", &text, directory.path(), &[]);
    assert_eq!(image.python("import os; print(os.path.exists('/bin/sh'))"), "True");
}

#[test]
#[ignore = "needs an engine"]
fn hello_world_is_small() {
    let image = Image::build("small", &example_mopyfile("hello-world"), &example("hello-world"));
    let (ours, slim) = (size(image.tag()), size("python:3.13-slim"));
    let percent = 100.0 * ours as f64 / slim as f64;
    println!("hello-world: {ours} bytes, python:3.13-slim: {slim} bytes, {percent:.0} %");
    assert!(percent <= 60.0, "{percent}");
}

#[test]
#[ignore = "needs an engine"]
fn credentials_do_not_reach_the_image() {
    let directory = context(&[]);
    let mopyfile = "python: 3.13\nindices:\n  - {url: 'https://pypi.org/simple', username: ada, password: s3cr3t-word}\npip: [tabulate]\n";
    let image = Image::build("credentials", mopyfile, directory.path());
    let history = docker(&["history", "--no-trunc", image.tag()]).expect().stdout;
    let inspected = docker(&["image", "inspect", image.tag()]).expect().stdout;
    for text in [history, inspected] {
        assert!(!text.contains("s3cr3t-word"), "{text}");
    }
    let program = "
import os
print([path for top in ('/opt', '/usr/local', '/home', '/var', '/etc', '/tmp') for root, _, files in os.walk(top)
       for path in (os.path.join(root, name) for name in files) if os.access(path, os.R_OK) and b's3cr3t-word' in open(path, 'rb').read()])";
    assert_eq!(image.python(program), "[]");
}

/// The stand-in of python:3.9.2 is based on bullseye; here it is buster, which is no longer on the mirrors.
#[test]
#[ignore = "needs an engine"]
fn packages_of_a_release_that_has_left_the_mirrors_come_from_the_archive() {
    let directory = context(&[]);
    let pretend = "FROM python:3.9.2\nRUN rm -f /etc/apt/sources.list.d/* && printf 'deb http://deb.debian.org/debian %s main\\n' buster buster-updates > /etc/apt/sources.list\n";
    let base = Image::build_with("buster", pretend, directory.path(), &[]);
    let text = dockerfile("python: 3.9.2\nbuild-deps: [hello]\npip: [six]\n").replace("python:3.9.2", base.tag());
    let printed = buildx(&text, directory.path(), &["--output=type=cacheonly"]);
    // where the archive cannot be reached, the build says so
    assert!(printed.success || printed.stderr.contains("http://archive.debian.org/debian"), "{}", printed.stderr);
}
