//! Packages that try to leave more in the image than what they install.

use super::docker::{Image, context};
use super::indices::python;

/// Everything in an image that could only be there because code of a package ran, and what has rights of its own.
const LOOK: &str = "
import os, stat
found = []
for root, directories, files in os.walk('/'):
    directories[:] = [name for name in directories if os.path.join(root, name) not in ('/proc', '/sys', '/dev')]
    for name in files + directories:
        path = os.path.join(root, name)
        mode = os.lstat(path).st_mode
        if 'OWNED' in name and not path.startswith('/opt/venv/'):
            found.append(path)
        if mode & (stat.S_ISUID | stat.S_ISGID) and (stat.S_ISREG(mode) or path.startswith('/opt')):
            found.append(path)
print(sorted(found))
";

/// Writes where steps of the build look, puts itself in the place of the programs that they run, and leaves a program
/// with the rights of root.
const SETUP: &str = r#"
import os, shutil
from setuptools import setup

for place in ('/', '/libraries', '/python', '/packages', '/interpreter', '/runtime', '/project', '/project/etc', '/src', '/tmp',
              '/home/nonroot', '/usr/local/lib', '/usr/local/lib/python3.13', '/usr/local/bin', '/usr/lib/x86_64-linux-gnu',
              '/var/lib/dpkg/status.d', '/etc', '/etc/ssl/certs', '/usr/share/terminfo', '/usr/share/zoneinfo'):
    os.makedirs(place, exist_ok=True)
    open(place + '/OWNED', 'w').close()
for program in ('/usr/bin/find', '/usr/bin/chmod', '/usr/bin/readelf', '/usr/bin/install', '/usr/bin/awk'):
    if os.path.exists(program) and not os.path.exists(program + '.OWNED'):
        shutil.copy(os.path.realpath(program), program + '.OWNED')
        os.remove(program)
        with open(program, 'w') as script:
            script.write(f'#!/bin/sh\ntouch /OWNED /opt/OWNED; exec {program}.OWNED "$@"\n')
        os.chmod(program, 0o755)
os.makedirs('/opt/venv/bin', exist_ok=True)
shutil.copy('/bin/sh', '/opt/venv/bin/rootsh')
os.chmod('/opt/venv/bin/rootsh', 0o6755)
os.makedirs('/opt/venv/shared', exist_ok=True)
os.chmod('/opt/venv/shared', 0o2777)
setup(name='hostile', version='1', py_modules=['hostile'])
"#;

#[test]
#[ignore = "needs an engine"]
fn a_build_script_reaches_nothing_but_the_virtual_environment() {
    let directory = context(&[
        ("lib/setup.py", SETUP),
        ("lib/hostile.py", "VALUE = 1\n"),
        ("requirements.txt", "tabulate\n"),
        ("app/main.py", "print(1)\n"),
    ]);
    // in one call with everything else, and in a layer of its own
    for (name, mopyfile) in [
        ("hostile", "python: 3.13\npip: [./lib/, tabulate]\nproject: app\n"),
        ("hostile-project", "python: 3.13\npip: [./lib/, ./requirements.txt]\nproject: app\n"),
        ("hostile-pip", "python: 3.13\ninstaller: pip\npip: [./lib/]\nproject: app\n"),
        ("hostile-slim", "python: 3.13\nbase: slim\npip: [./lib/]\nproject: app\n"),
    ] {
        let image = Image::build(name, mopyfile, directory.path());
        let program = "import hostile, os; print(hostile.VALUE, os.path.exists('/opt/venv/bin/rootsh'))";
        assert!(image.python(program).starts_with("1 "), "{name}");
        let found = image.run(&["--user=0:0", "--entrypoint=python"], &["-c", LOOK]);
        assert_eq!(found, "[]", "{name}");
    }
}

/// Makes a wheel without any build script: its library names another one, by its path in the virtual environment, as one
/// that audits what is loaded, and that writes files as soon as somebody has the loader look at the first one.
const AUDIT: &str = r#"
import io, subprocess, sys, zipfile

SITE = '/opt/venv/lib/python3.13/site-packages/audited/'
AUDITOR = '''
#include <stdio.h>
unsigned int la_version(unsigned int version) { return version; }
__attribute__((constructor)) static void run(void) {
    const char *places[] = {"/OWNED", "/opt/OWNED", "/tmp/OWNED", "/python/OWNED", "/packages/OWNED", "/libraries/OWNED"};
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        FILE *file = fopen(places[i], "w");
        if (file) fclose(file);
    }
}
'''
open('/auditor.c', 'w').write(AUDITOR)
subprocess.run(['gcc', '-shared', '-fPIC', '-o', '/auditor.so', '/auditor.c'], check=True)
subprocess.run(['gcc', '-shared', '-fPIC', '-Wl,--audit=' + SITE + 'auditor.so', '-o', '/native.so', '-x', 'c', '/dev/null'], check=True)
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, 'w') as wheel:
    info = 'audited-1.0.dist-info/'
    wheel.writestr('audited/__init__.py', 'VALUE = 1\n')
    wheel.write('/auditor.so', 'audited/auditor.so')
    wheel.write('/native.so', 'audited/native.so')
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\nName: audited\nVersion: 1.0\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
    wheel.writestr(info + 'RECORD', '')
sys.stdout.buffer.write(buffer.getvalue())
"#;

#[test]
#[ignore = "needs an engine"]
fn a_wheel_is_never_executed() {
    let directory = context(&[]);
    std::fs::write(directory.path().join("audited-1.0-py3-none-any.whl"), python(&[AUDIT])).unwrap();
    let image = Image::build("audited", "python: 3.13\npip: [./audited-1.0-py3-none-any.whl]\n", directory.path());
    assert_eq!(image.python("import audited; print(audited.VALUE)"), "1");
    assert_eq!(image.run(&["--user=0:0", "--entrypoint=python"], &["-c", LOOK]), "[]");
    // who has libraries loaded to look at them does execute it
    let careless = format!(
        "FROM {} AS image\nFROM python:3.13-trixie\nCOPY --from=image /opt/venv/ /opt/venv/\n\
         RUN ldd /opt/venv/lib/python3.13/site-packages/audited/native.so; ls /OWNED\n",
        image.tag()
    );
    Image::build_with("careless", &careless, directory.path(), &[]);
}
