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
