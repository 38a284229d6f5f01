//! `mopy llb`, with a Docker that these tests play.

use std::fs::{self, File};
use std::process::Stdio;

use super::{BAD, GOOD, Place, Ran};

/// What it prints for LLB: bytes that are not text.
const LLB: &[u8] = b"\n\x04\x80\xffllb\0";

/// A directory for PATH whose `docker` prints LLB, says something, and keeps its arguments and its input.
fn docker(end: &str) -> Place {
    let place = Place::empty();
    place.write("llb", LLB);
    let here = place.path("").display().to_string();
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" > {here}/arguments\n/bin/cat > {here}/input\necho '#1 said by docker' >&2\n{end}\n"
    );
    place.write("docker", script.replace("LLB", &format!("/bin/cat {here}/llb")));
    #[cfg(unix)]
    fs::set_permissions(place.path("docker"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    place
}

fn run(place: &Place, docker: &Place, line: &str) -> (i32, Vec<u8>, String) {
    let output = place.command(line).env("PATH", docker.path("")).output().unwrap();
    (output.status.code().unwrap(), output.stdout, String::from_utf8(output.stderr).unwrap())
}

fn without(place: &Place, line: &str) -> Ran {
    Ran::new(place.command(line).env("PATH", "/nowhere").output().unwrap())
}

#[test]
fn help_has_examples() {
    let ran = without(&Place::empty(), "llb --help");
    ran.gives(0, "mopy llb > app.llb", "").gives(0, "docker buildx build", "").gives(0, "--platform <PLATFORM>", "");
}

#[cfg(unix)]
#[test]
fn docker_output_is_passed_on() {
    let docker = docker("LLB");
    let place = Place::new(format!("#syntax=cmdjulian/mopy\n{GOOD}"));
    let ran = run(&place, &docker, "llb");
    assert_eq!(ran, (0, LLB.to_vec(), "#1 said by docker\n".to_owned()));
    assert_eq!(docker.read("arguments"), "buildx\nbuild\n--call=mopy.llb\n--file=Mopyfile.yaml\n--\n.\n");
    assert_eq!(docker.read("input"), "");

    place.write("app/x", "");
    let ran = run(&place, &docker, "llb -f Mopyfile.yaml --context app --platform linux/arm64 -o app.llb");
    assert_eq!(ran, (0, vec![], "#1 said by docker\n".to_owned()));
    let arguments = "buildx\nbuild\n--call=mopy.llb\n--file=Mopyfile.yaml\n--platform=linux/arm64\n--\napp\n";
    assert_eq!(docker.read("arguments"), arguments);
    assert_eq!(fs::read(place.path("app.llb")).unwrap(), LLB);
    assert_eq!(place.names(), ["Mopyfile.yaml", "app", "app.llb"], "no other files are left");

    // the flag of the first mopy
    let ran = run(&place, &docker, "-buildkit=false -llb=true -filename=Mopyfile.yaml");
    assert_eq!((ran.0, ran.1), (0, LLB.to_vec()));
}

#[cfg(unix)]
#[test]
fn standard_input_without_a_syntax_line() {
    let (docker, place) = (docker("LLB"), Place::new(GOOD));
    let mut command = place.command("llb -f -");
    let input = File::open(place.path("Mopyfile.yaml")).unwrap();
    let output = command.env("PATH", docker.path("")).stdin(input).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), LLB));
    assert_eq!(docker.read("input"), GOOD);
    let arguments = "buildx\nbuild\n--call=mopy.llb\n--file=-\n--build-arg=BUILDKIT_SYNTAX=cmdjulian/mopy\n--\n.\n";
    assert_eq!(docker.read("arguments"), arguments);
}

#[cfg(unix)]
#[test]
fn a_build_that_fails() {
    let place = Place::new(GOOD);
    place.write("old.llb", "old");
    let (code, stdout, stderr) = run(&place, &docker("LLB; exit 3"), "llb -o old.llb");
    assert_eq!((code, stdout), (2, vec![]));
    assert_eq!(stderr, "#1 said by docker\nerror: `docker buildx build` failed (exit status: 3)\n");
    let (code, _, stderr) = run(&place, &docker("true"), "llb -o old.llb");
    assert_eq!((code, place.read("old.llb").as_str()), (2, "old"));
    assert!(stderr.contains("error: `docker buildx build` printed no LLB\n  help: update Docker"), "{stderr}");
}

#[test]
fn without_docker() {
    let place = Place::new(GOOD);
    let message = "error: `docker` is not installed\n  help: install Docker with Buildx: https://docs.docker.com/";
    without(&place, "llb").gives(2, "", message);
    without(&place, "llb -o app.llb").gives(2, "", message);
    without(&place, "-buildkit=false -llb=true -filename=Mopyfile.yaml").gives(2, "", message);
    assert_eq!(place.names(), ["Mopyfile.yaml"], "no other files are left");
}

#[test]
fn errors_come_before_docker() {
    without(&Place::new(BAD), "llb").gives(1, "", "error[unknown-key]");
    let missing = "python: 3\nproject: ./nowhere.py\n";
    without(&Place::new(missing), "llb").gives(1, "", "nowhere.py").gives(1, "", "Mopyfile.yaml:2:");
    let place = Place::new(missing);
    place.write("app/nowhere.py", "");
    without(&place, "llb --context app").gives(2, "", "`docker` is not installed");
    without(&place, "llb --context gone").gives(2, "", "the build context `gone` is not a directory");
    without(&Place::empty(), "llb").gives(2, "", "cannot read `Mopyfile.yaml`");
}

#[test]
fn warnings_are_shown_as_check_shows_them() {
    let place = Place::new(super::DOUBTFUL);
    let checked = place.run("check");
    let ran = without(&place, "llb");
    assert!(ran.stderr.starts_with(&checked.stderr) && checked.stderr.contains("warning["), "{ran:#?}");
}

#[test]
fn one_platform_at_a_time() {
    let place = Place::new(GOOD);
    without(&place, "llb --platform linux/amd64,linux/arm64").gives(2, "", "LLB is for a single platform");
    without(&place, "llb --platform plan9/amd64").gives(2, "", "plan9/amd64");
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_no_bytes() {
    // this end of a new terminal is also a terminal
    let terminal = || Stdio::from(File::options().read(true).write(true).open("/dev/ptmx").unwrap());
    let (place, docker) = (Place::new(GOOD), docker("LLB"));
    let run = |line: &str| {
        let mut command = place.command(line);
        Ran::new(command.env("PATH", docker.path("")).stdout(terminal()).output().unwrap())
    };
    run("llb").gives(2, "", "error: refusing to write binary LLB to a terminal\n  help: ").gives(2, "", "-o app.llb");
    run("llb -o x.llb").gives(0, "", "#1 said by docker");
}
