//! The same Mopyfile gives the same image, byte for byte, when nothing of an earlier build is there.

use std::path::Path;

use super::docker::{context, digest, dockerfile, example, example_mopyfile};

#[track_caller]
fn twice(text: &str, context: &Path) {
    let digest = || digest(text, context);
    assert_eq!(digest(), digest(), "{text}");
}

#[test]
#[ignore = "needs an engine"]
fn two_cold_builds_are_the_same_image() {
    let directory = context(&[("app/main.py", "print('Hello')\n")]);
    let distroless = dockerfile("python: 3.13\npip: [tabulate, requests]\nproject: app\nlabels: {a: b}\n");
    let slim = dockerfile("python: 3.13\nruntime-deps: [libmagic1t64]\nproject: app\n");
    let tried = dockerfile("python: 3.13\ninit: true\nworkdir: /srv/data\nimports: [ssl]\n");
    for text in [distroless, slim, tried] {
        twice(&text, directory.path());
    }
}

#[test]
#[ignore = "needs an engine"]
fn two_cold_builds_of_the_example_web_are_the_same_image() {
    twice(&dockerfile(&example_mopyfile("web")), &example("web"));
}

/// What takes minutes: `.ci/full` runs it.
mod slow;
