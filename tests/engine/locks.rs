//! Lock files, scripts and project files, and the layouts of projects: `layouts/` has one of each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use super::cache::run_again;
use super::docker::{Image, Printed, Step, buildx, command, context, digest, docker, dockerfile, example, steps};

fn layout(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/layouts").join(name)
}

fn mopyfile(directory: &Path) -> String {
    fs::read_to_string(directory.join("Mopyfile.yaml")).unwrap()
}

/// A copy of a layout, to be changed.
fn layout_to_change(name: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    command(Command::new("cp").arg("-r").arg(layout(name).join(".")).arg(directory.path()), b"").expect();
    directory
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replace(from, to)).unwrap();
}

/// Builds without an image, and fails with all of `words`.
fn fails(mopyfile: &str, context: &Path, words: &[&str]) -> Printed {
    let printed = buildx(&dockerfile(mopyfile), context, &["--output=type=cacheonly"]);
    assert!(!printed.success);
    for word in words {
        assert!(printed.stderr.contains(word), "`{word}` is not in\n{}", printed.stderr);
    }
    printed
}

/// The digests of the layers of an image.
fn layers(image: &Image) -> Vec<String> {
    let printed = docker(&["image", "inspect", "--format", "{{json .RootFS.Layers}}", image.tag()]).expect();
    serde_json::from_str(&printed.stdout).unwrap()
}

#[test]
#[ignore = "needs an engine"]
fn every_layout_runs() {
    for (name, printed) in [
        ("flat", "flat tabulate ['tabulate']"),
        ("package", "package ['idna', 'six', 'tabulate']"),
        ("src", "src ['idna', 'shop', 'six', 'tabulate'] /opt/venv/lib/python3.13/site-packages/shop/__init__.py"),
        ("django", "System check identified no issues (0 silenced)."),
        ("workspace", "workspace ['api', 'core', 'six', 'tabulate'] core"),
        ("beside", "beside ['lib', 'six', 'tabulate'] /opt/venv/lib/python3.13/site-packages/lib/__init__.py"),
        ("script", "script ['tabulate']"),
    ] {
        let directory = layout(name);
        let image = Image::build(&format!("layout-{name}"), &mopyfile(&directory), &directory);
        assert_eq!(image.run(&[], &[]), printed);
        assert_eq!(image.run(&["--read-only", "--user", "12345:0"], &[]), printed);
    }
}

/// Prints files that do not belong there, and those that are not as `RECORD` says.
const INSTALLED: &str = "
import base64, csv, hashlib, importlib.metadata, pathlib, sys
bad = [str(path) for path in pathlib.Path('/opt/venv').rglob('*') if path.name.startswith('uv_') or path.name == '.lock']
for found in importlib.metadata.distributions():
    for file in found.files:
        path = file.locate()
        data = path.read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()
        if file.hash and file.hash.value != digest:
            bad.append(str(path))
source = pathlib.Path('/opt/venv/lib/python3.13/site-packages/shop/__init__.py')
compiled = source.parent / '__pycache__/__init__.cpython-313.pyc'
print(bad, int.from_bytes(compiled.read_bytes()[4:8], 'little'))
";

#[test]
#[ignore = "needs an engine"]
fn a_locked_package_is_whole() {
    let directory = layout("src");
    let image = Image::build("locks-whole", &mopyfile(&directory), &directory);
    // 1: checked by hash, and not checked at all (PEP 552)
    assert_eq!(image.python(INSTALLED), "[] 1");
    // other entries of `pip` are also installed, and a lock file does not undo their changes
    let mopyfile = "python: 3.13\npip: [./uv.lock, docopt, 'idna==3.4']\ncommand: [shop]\n";
    let image = Image::build("locks-and-more", mopyfile, directory.as_path());
    let printed = image.run(&[], &[]);
    assert!(printed.starts_with("src ['docopt', 'idna', 'shop', 'tabulate']"), "{printed}");
    assert_eq!(image.python("import idna; print(idna.__version__)"), "3.4");
}

#[test]
#[ignore = "needs an engine"]
fn a_lock_file_out_of_date_is_explained() {
    let directory = layout_to_change("src");
    replace(&directory.path().join("pyproject.toml"), "[\"tabulate\"]", "[\"tabulate\", \"docopt\"]");
    let mopyfile = mopyfile(directory.path());
    let words = ["The lockfile at `uv.lock` needs to be updated, but `--locked` was provided", "run `uv lock`"];
    fails(&mopyfile, directory.path(), &words);
    replace(&directory.path().join("Mopyfile.yaml"), "net,group:prod", "nope");
    let mopyfile = self::mopyfile(directory.path());
    fails(&mopyfile, directory.path(), &["Extra `nope` is not defined"]);
    let old = mopyfile.replace("[nope]", "").replace("3.13", "3.9.2");
    fails(&old, directory.path(), &["incompatible with the project's Python requirement: `>=3.11`"]);
}

/// Two packages, each for those who ask for it; the first one's hash begins with `{hash}`.
const PYLOCK: &str = r#"lock-version = "1.0"
created-by = "a test"
requires-python = ">=3.9"
extras = ["net"]
dependency-groups = ["prod"]

[[packages]]
name = "six"
version = "1.17.0"
marker = "'prod' in dependency_groups"
index = "https://pypi.org/simple"
wheels = [{ url = "https://files.pythonhosted.org/packages/b7/ce/149a00dd41f10bc29e5921b496af8b574d8413afcd5e30dfa0ed46c2cc5e/six-1.17.0-py2.py3-none-any.whl", hashes = { sha256 = "{hash}f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274" } }]

[[packages]]
name = "tabulate"
version = "0.9.0"
marker = "'net' in extras"
index = "https://pypi.org/simple"
wheels = [{ url = "https://files.pythonhosted.org/packages/40/44/4a5f08c96eb108af5cb50b41f76142f0afa346dfa99d5296fe7202a11854/tabulate-0.9.0-py3-none-any.whl", hashes = { sha256 = "024ca478df22e9340661486f85298cff5f6dcdba14f3813e8830015b9ed1948f" } }]
"#;

const NAMES: &str = "import importlib.metadata as m; print(sorted(f'{d.name} {d.version}' for d in m.distributions()))";

#[test]
#[ignore = "needs an engine"]
fn lock_files_of_pep_751() {
    let lock = PYLOCK.replace("{hash}", "4721");
    let directory = context(&[("pylock.toml", &lock), ("locks/pylock.b.toml", &lock)]);
    let build = |name: &str, mopyfile: &str| Image::build(name, mopyfile, directory.path()).python(NAMES);
    assert_eq!(build("pylock-none", "python: 3.13\npip: [./pylock.toml]\n"), "[]");
    let all = "python: 3.13\npip: ['./pylock.toml[net]', './locks/pylock.b.toml[group:prod]', tabulate]\n";
    assert_eq!(build("pylock-all", all), "['six 1.17.0', 'tabulate 0.9.0']");
    fs::write(directory.path().join("pylock.toml"), PYLOCK.replace("{hash}", "0000")).unwrap();
    let words = ["Hash mismatch for `six==1.17.0`"];
    fails("python: 3.13\npip: ['./pylock.toml[group:prod]']\nenvs: {UV_NO_CACHE: '1'}\n", directory.path(), &words);
}

#[test]
#[ignore = "needs an engine"]
fn requirements_files_with_hashes() {
    let requirements = "-r more/other.txt\n-c constraints.txt\n\
        six==1.17.0 ; python_version > '3' --hash=sha256:{hash}f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\n\
        docopt ; python_version < '3'\n";
    let directory = context(&[
        ("requirements.txt", &requirements.replace("{hash}", "4721")),
        ("more/other.txt", "tabulate\n"),
        ("constraints.txt", "tabulate<0.10\n"),
        (
            "lib/pyproject.toml",
            "[project]\nname = 'lib'\nversion = '1'\n[project.optional-dependencies]\nnet = ['idna==3.4']\n",
        ),
        ("lib/lib.py", ""),
    ]);
    let mopyfile =
        "python: 3.13\npip: [./requirements.txt, ./more/other.txt, ./constraints.txt, 'click==8.1.7', './lib/[net]']\n";
    let image = Image::build("hashes", mopyfile, directory.path());
    let expected = "['click 8.1.7', 'idna 3.4', 'lib 1', 'six 1.17.0', 'tabulate 0.9.0']";
    assert_eq!(image.python(NAMES), expected);
    fs::write(directory.path().join("requirements.txt"), requirements.replace("{hash}", "0000")).unwrap();
    let mopyfile = format!("{mopyfile}envs: {{UV_NO_CACHE: '1'}}\n");
    fails(&mopyfile, directory.path(), &["Hash mismatch for `six==1.17.0`"]);
}

#[test]
#[ignore = "needs an engine"]
fn scripts_without_metadata_are_explained() {
    let directory = context(&[("it's one.py", "# /// script\n# x\nprint(1)\n"), ("two.py", "print(2)\n")]);
    fails("python: 3.13\npip: [./two.py]\n", directory.path(), &["`./two.py` does not contain inline script metadata"]);
    let words = ["An opening tag (`# /// script`) was found without a closing tag (`# ///`)"];
    fails("python: 3.13\npip: [\"./it's one.py\"]\n", directory.path(), &words);
}

#[test]
#[ignore = "needs an engine"]
fn a_change_of_the_code_installs_no_dependency_again() {
    // an engine that has run the tests before knows other contents
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    for (name, file) in [("src", "src/shop/__init__.py"), ("flat", "main.py"), ("script", "report.py")] {
        let directory = layout_to_change(name);
        let file = directory.path().join(file);
        // steps of other tests are not these
        let mopyfile = mopyfile(directory.path()).replace("3.13", "3.14") + "envs: {CODE: changes}\n";
        let build = |name: &str| Image::build(name, &mopyfile, directory.path());
        let before = layers(&build(&format!("locks-{name}-1")));
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text + &format!("\n\nNUMBER = {now}\n")).unwrap();
        let image = build(&format!("locks-{name}-2"));
        let steps = steps(&image.progress);
        let again = run_again(&steps);
        let allowed = |step: &str| {
            ["[project ", "[application ", "[libraries ", "[scripts "].iter().any(|stage| step.starts_with(stage))
        };
        assert!(again.iter().all(|step| allowed(step)), "{again:?}");
        let syncs: Vec<&Step> = steps.iter().filter(|step| step.name.contains("[builder ")).collect();
        assert!(!syncs.is_empty() && syncs.iter().all(|step| step.cached), "{steps:?}");
        let after = layers(&image);
        let changed: Vec<usize> = (0..after.len()).filter(|i| before[*i] != after[*i]).collect();
        assert_eq!((before.len(), changed.len()), (after.len(), 1), "{name}: {before:?} {after:?}");
        let found = image.python(&format!(
            "import pathlib; found = [*pathlib.Path('/opt/venv').rglob('*.py'), *pathlib.Path('/home').rglob('*.py')]; \
             print(sum('{now}' in path.read_text() for path in found))"
        ));
        assert_eq!(found, "1");
    }
}

#[test]
#[ignore = "needs an engine"]
fn two_cold_builds_of_a_lock_file_are_the_same_image() {
    let (one, two) = (layout_to_change("src"), layout_to_change("src"));
    let text = dockerfile(&mopyfile(one.path()).replace("pip: [", "pip: [docopt, "));
    assert_eq!(digest(&text, one.path()), digest(&text, two.path()));
}

const LIBRARY: &str = "[project]\nname = 'lib'\nversion = '1'\n[build-system]\nrequires = ['setuptools']\nbuild-backend = 'setuptools.build_meta'\n";

#[test]
#[ignore = "needs an engine"]
fn nothing_in_the_image_leads_back_to_the_build() {
    let directory = context(&[
        ("requirements.txt", "-e ./lib\n"),
        ("lib/pyproject.toml", LIBRARY),
        ("lib/lib.py", "print('here')"),
    ]);
    let mopyfile = "python: 3.13\npip: [./requirements.txt, ./lib/]\nimports: [lib]\n";
    let image = Image::build("editable", mopyfile, directory.path());
    assert_eq!(image.python("import lib; print(lib.__file__.startswith('/opt/venv/'))"), "here\nTrue");
    // pip knows no other way, and the directory is there for it
    fs::write(directory.path().join("lib/requirements.txt"), "-e ./lib\n").unwrap();
    let mopyfile = "python: 3.13\ninstaller: pip\npip: [./lib/requirements.txt]\n";
    let text = dockerfile(mopyfile).replace("COPY lib/requirements.txt lib/requirements.txt", "COPY lib/ lib/");
    assert!(text.contains("COPY lib/ lib/"), "{text}");
    let printed = buildx(&text, directory.path(), &["--output=type=cacheonly"]);
    let words = "error: editable requirements (-e) are not supported with pip";
    assert!(!printed.success && printed.stderr.contains(words), "{}", printed.stderr);
}

#[test]
#[ignore = "needs an engine"]
fn dynamic_dependencies_and_local_packages_fail() {
    let dynamic = format!("{LIBRARY}[tool.setuptools.dynamic]\ndependencies = {{file = ['requirements.in']}}\n")
        .replace("version = '1'", "version = '1'\ndynamic = [\n  'dependencies',\n]");
    let directory = context(&[("pyproject.toml", &dynamic), ("requirements.in", "six\n")]);
    let words = ["error: the dependencies of ./pyproject.toml are dynamic"];
    fails("python: 3.13\npip: [./pyproject.toml]\n", directory.path(), &words);
    let lock = "lock-version = '1.0'\ncreated-by = 'a test'\n[[packages]]\nname = 'shop'\ndirectory = { path = '.', editable = true }\n";
    fs::write(directory.path().join("pylock.toml"), lock).unwrap();
    fails("python: 3.13\npip: [./pylock.toml]\n", directory.path(), &["shop"]);
}

/// A `uv.toml` next to a lock is read before the project is there; what it asks for shows that.
#[test]
#[ignore = "needs an engine"]
fn settings_next_to_a_lock_are_read() {
    let directory = tempfile::tempdir().unwrap();
    for file in ["uv.lock", "pyproject.toml"] {
        fs::copy(example("uv.lock").join(file), directory.path().join(file)).unwrap();
    }
    fs::write(directory.path().join("uv.toml"), "required-version = '<0.1'\n").unwrap();
    let printed = buildx(&dockerfile("python: 3.13\npip: [./uv.lock]\n"), directory.path(), &["--target=builder"]);
    assert!(!printed.success && printed.stderr.contains("Required uv version `<0.1`"), "{}", printed.stderr);
}
