//! `mopy llb` where no engine answers.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::Stdio;

use super::{BAD, GOOD, Place, Ran};

/// An address at which nobody listens.
const NOBODY: &str = "unix:///nowhere/docker.sock";

fn run(place: &Place, line: &str) -> Ran {
    Ran::new(place.command(line).env("DOCKER_HOST", NOBODY).output().unwrap())
}

#[test]
fn help_has_examples() {
    let ran = run(&Place::empty(), "llb --help");
    ran.gives(0, "mopy llb > app.llb", "").gives(0, "BUILDKIT_HOST", "").gives(0, "--platform <PLATFORM>", "");
}

#[test]
fn without_an_engine_it_says_how_to_start_one() {
    let place = Place::new(GOOD);
    let ran = run(&place, "llb");
    ran.gives(2, "", "error: no BuildKit answers at `unix:///nowhere/docker.sock`: no such file or directory\n");
    ran.gives(2, "", "help: start Docker (`sudo systemctl start docker`) or BuildKit (`sudo buildkitd`)");
    run(&place, "llb --format json -o x.json").gives(2, "", "no BuildKit answers");
    // the flag of the first mopy
    run(&place, "-buildkit=false -llb=true -filename=Mopyfile.yaml").gives(2, "", "no BuildKit answers");
    assert_eq!(place.names(), ["Mopyfile.yaml"], "nothing is left behind");
}

#[test]
fn an_address_without_a_way_to_it() {
    let place = Place::new(GOOD);
    let ran = Ran::new(place.command("llb").env("BUILDKIT_HOST", "docker-container://b").output().unwrap());
    ran.gives(2, "", "`BUILDKIT_HOST` names `docker-container://b`").gives(2, "", "write `unix:///");
}

#[test]
fn problems_come_before_any_engine() {
    run(&Place::new(BAD), "llb").gives(1, "", "error[unknown-key]");
    let missing = "python: 3\nproject: ./nowhere.py\n";
    run(&Place::new(missing), "llb").gives(1, "", "nowhere.py").gives(1, "", "Mopyfile.yaml:2:");
    let place = Place::new(missing);
    place.write("app/nowhere.py", "");
    run(&place, "llb --context app").gives(2, "", "no BuildKit answers");
    run(&place, "llb --context gone").gives(2, "", "the context `gone` is no directory");
    run(&Place::empty(), "llb").gives(2, "", "cannot read `Mopyfile.yaml`");
}

#[test]
fn warnings_are_shown_as_check_shows_them() {
    let place = Place::new(super::DOUBTFUL);
    let checked = place.run("check");
    let ran = run(&place, "llb");
    assert!(ran.stderr.starts_with(&checked.stderr) && checked.stderr.contains("warning["), "{ran:#?}");
}

#[test]
fn one_platform_at_a_time() {
    let place = Place::new(GOOD);
    run(&place, "llb --platform linux/amd64,linux/arm64").gives(2, "", "LLB is of one platform at a time");
    run(&place, "llb --platform plan9/amd64").gives(2, "", "plan9/amd64");
}

#[test]
fn standard_input_and_links_are_mopyfiles_too() {
    let place = Place::new(GOOD);
    let mut command = place.command("llb -f -");
    let input = File::open(place.path("Mopyfile.yaml")).unwrap();
    Ran::new(command.env("DOCKER_HOST", NOBODY).stdin(input).output().unwrap()).gives(2, "", "no BuildKit answers");
    fs::rename(place.path("Mopyfile.yaml"), place.path("real.yaml")).unwrap();
    symlink("real.yaml", place.path("Mopyfile.yaml")).unwrap();
    run(&place, "llb").gives(2, "", "no BuildKit answers");
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_no_bytes() {
    // this end of a new terminal is one, too
    let terminal = || Stdio::from(File::options().read(true).write(true).open("/dev/ptmx").unwrap());
    let place = Place::new(GOOD);
    let mut command = place.command("llb");
    let ran = Ran::new(command.env("DOCKER_HOST", NOBODY).stdout(terminal()).output().unwrap());
    ran.gives(2, "", "standard output is a terminal").gives(2, "", "mopy llb > app.llb");
    for line in ["llb --format json", "llb -o x.llb"] {
        let mut command = place.command(line);
        let ran = Ran::new(command.env("DOCKER_HOST", NOBODY).stdout(terminal()).output().unwrap());
        ran.gives(2, "", "no BuildKit answers");
    }
}
