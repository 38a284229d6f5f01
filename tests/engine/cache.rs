//! What a change re-runs.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use super::docker::{Image, Step, alone, context, dockerfile, steps};

/// The commands that were run.
pub(crate) fn run_again(steps: &[Step]) -> Vec<&str> {
    steps.iter().filter(|step| !step.cached && step.name.contains("] RUN")).map(|step| step.name.as_str()).collect()
}

#[test]
#[ignore = "needs an engine"]
fn a_change_of_the_project_installs_nothing() {
    let directory = context(&[("app/main.py", "print(1)\n")]);
    let text = dockerfile("python: 3.13\npip: [tabulate]\nproject: app\n");
    let build = |name| Image::build_with(name, &text, directory.path(), &[]);
    // a step that another build runs at the same time is shown as that one has it
    alone(|| {
        assert_eq!(build("cache-1").run(&[], &[]), "1");
        // an engine that has run the tests before knows other contents
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        fs::write(directory.path().join("app/main.py"), format!("print({now})\n")).unwrap();
        let image = build("cache-2");
        assert_eq!(image.run(&[], &[]), now.to_string());
        let steps = steps(&image.progress);
        assert!(steps.iter().any(|step| step.cached && step.name.contains("uv pip install")), "{steps:?}");
        assert!(run_again(&steps).is_empty(), "{steps:?}");
        let copied: Vec<&Step> = steps.iter().filter(|step| !step.cached && step.name.contains("] COPY")).collect();
        assert_eq!(copied.len(), 1, "{steps:?}");
    });
}

#[test]
#[ignore = "needs an engine"]
fn a_change_of_the_labels_copies_nothing() {
    let directory = context(&[("app/main.py", "print(1)\n")]);
    let build = |label: &str| {
        let mopyfile = format!("python: 3.13\npip: [tabulate]\nproject: app\nlabels: {{a: {label}}}\n");
        Image::build("cache-labels", &mopyfile, directory.path())
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos().to_string();
    alone(|| {
        build("one");
        let image = build(&format!("n{now}"));
        let steps = steps(&image.progress);
        let again: Vec<&Step> = steps
            .iter()
            .filter(|step| !step.cached && (step.name.contains("] RUN") || step.name.contains("] COPY")))
            .collect();
        assert!(again.is_empty(), "{again:?}");
        assert_eq!(image.config()["Labels"]["a"], format!("n{now}"));
    });
}

const PYPROJECT: &str = "[project]\nname = \"probe\"\nversion = \"1.0\"\ndependencies = [\"tabulate\", \"six\"]\n\
                         [build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n";

#[test]
#[ignore = "needs an engine"]
fn a_change_of_a_local_project_leaves_its_dependencies_alone() {
    let directory = context(&[
        ("requirements.txt", "tabulate==0.9.0\n"),
        ("lib/pyproject.toml", PYPROJECT),
        ("lib/probe/__init__.py", "VALUE = 1\n"),
    ]);
    let text = dockerfile("python: 3.13\npip: [./requirements.txt, ./lib/]\n");
    alone(|| {
        Image::build_with("cache-project", &text, directory.path(), &[]);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        fs::write(directory.path().join("lib/probe/__init__.py"), format!("VALUE = {now}\n")).unwrap();
        let image = Image::build_with("cache-project", &text, directory.path(), &[]);
        let program = "import probe, six, tabulate, importlib.metadata as m; print(probe.VALUE, m.version('tabulate'), probe.__cached__)";
        let cached = "/opt/venv/lib/python3.13/site-packages/probe/__pycache__/__init__.cpython-313.pyc";
        assert_eq!(image.python(program), format!("{now} 0.9.0 {cached}"));
        let steps = steps(&image.progress);
        let again: Vec<&str> = run_again(&steps).iter().map(|name| name.split([' ', ']']).next().unwrap()).collect();
        assert_eq!(again, ["[project", "[application", "[libraries"], "{steps:?}");
        // the layers of the dependencies are those of the first build
        let copied = steps.iter().find(|step| step.name.contains("COPY --from=packages /opt/venv/")).unwrap();
        assert!(copied.cached, "{steps:?}");
    });
}

/// pip and uv keep what they built of a source distribution, whatever it was built with.
#[test]
#[ignore = "needs an engine"]
fn a_wheel_built_in_another_environment_is_not_used() {
    let directory = context(&[("requirements.txt", "--no-binary wrapt\nwrapt==1.17.3\n")]);
    let program = "import importlib.util; print(importlib.util.find_spec('wrapt._wrappers') is not None)";
    for installer in ["uv", "pip"] {
        for extensions in ["false", "true"] {
            let mopyfile = format!(
                "python: 3.13\ninstaller: {installer}\nenvs: {{WRAPT_INSTALL_EXTENSIONS: '{extensions}'}}\npip: [./requirements.txt]\n"
            );
            let image = Image::build("cache-environment", &mopyfile, directory.path());
            assert_eq!(image.python(program), if extensions == "true" { "True" } else { "False" }, "{installer}");
        }
    }
}
