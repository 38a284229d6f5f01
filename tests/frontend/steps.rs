//! Every step of the protocol, and BuildKit failing at it: the frontend ends, and says why where there is somebody to
//! say it to.

use buildkit_proto::moby::buildkit::v1::frontend::result::Result as Refs;

use crate::builds::located;
use crate::gateway::{DIRECTORY, Fault, Gateway, result, run};
use crate::transpiled;

/// What a build has that cannot make one of its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// An image: the call was for something that can be done without.
    Image,
    /// A reason why there is none.
    Reason,
    /// Nothing: there is nobody to tell.
    Nothing,
}

/// It names files, and there is a warning about it.
const MOPYFILE: &str = "python: 3.8\npip: [./requirements.txt]\nproject: ./app/\n";

/// A call, how many of its kind come before it, and what is left of the build when it fails.
pub(crate) const STEPS: &[(&str, usize, Left)] = &[
    ("Ping", 0, Left::Nothing),
    ("Inputs", 0, Left::Reason),
    // the Mopyfile, and the ignore file and the lock next to it
    ("Solve dockerfile", 0, Left::Reason),
    ("Solve mopy-lock", 0, Left::Reason),
    ("ReadFile Mopyfile.yaml", 0, Left::Reason),
    ("ReadFile Mopyfile.yaml.dockerignore", 0, Left::Reason),
    ("ReadFile Mopyfile.yaml.lock", 0, Left::Reason),
    ("ReadDir ", 0, Left::Image),
    // the ignore file of the context
    ("Solve context-.dockerignore", 0, Left::Reason),
    ("ReadFile .dockerignore", 0, Left::Reason),
    // the files that the Mopyfile names
    ("Solve mopy-lookup", 0, Left::Image),
    ("StatFile app", 0, Left::Image),
    ("StatFile app/.env", 0, Left::Image),
    ("StatFile app/.git", 0, Left::Image),
    ("StatFile app/.venv/pyvenv.cfg", 0, Left::Image),
    ("StatFile app/main.py", 0, Left::Image),
    ("StatFile app/venv/pyvenv.cfg", 0, Left::Image),
    ("StatFile requirements.txt", 0, Left::Image),
    ("Nested", 0, Left::Reason),
    ("Warn", 0, Left::Image),
    // the steps with places of the Mopyfile
    ("Solve steps", 0, Left::Image),
    ("Return", 0, Left::Nothing),
];

/// The same where a file is missing, which is looked for a second time, as the last one of those that are not there.
pub(crate) const STEPS_WITHOUT_A_FILE: &[(&str, usize, Left)] = &[
    ("Solve mopy-lookup", 1, Left::Image),
    ("StatFile requirements.txt", 1, Left::Image),
    // the first one is for the lock, the next four are for what is in `app`
    ("ReadDir ", 5, Left::Reason),
    ("Return", 0, Left::Nothing),
];

/// One that takes a build through all of the steps.
pub(crate) fn gateway(has_file: bool) -> Gateway {
    let (_, line) = transpiled(MOPYFILE);
    let mut tree = vec![("app", DIRECTORY, false), ("app/main.py", 0, false)];
    tree.extend(has_file.then_some(("requirements.txt", 0, false)));
    let gateway = Gateway { tree: Some(tree), ..Gateway::with_file("Mopyfile.yaml", MOPYFILE) };
    gateway.nested(move |_| Ok(result(Refs::Ref(located("nested", line)))))
}

/// Each step with each of `faults`.
pub(crate) fn faults(faults: &[Fault]) -> impl Iterator<Item = (Gateway, Left, String)> {
    let steps = STEPS.iter().map(|step| (step, true)).chain(STEPS_WITHOUT_A_FILE.iter().map(|step| (step, false)));
    steps.flat_map(move |((call, answered, left), has_file)| {
        faults.iter().map(move |fault| {
            let gateway = Gateway { fault: Some((call, *answered, *fault)), ..gateway(has_file) };
            let left = if *fault == Fault::Fails { *left } else { Left::Nothing };
            (gateway, left, format!("{call} {answered} {fault:?}"))
        })
    })
}

#[tokio::test]
async fn the_steps_are_all_of_a_build() {
    let (_, log) = run(gateway(true), &[("filename", "Mopyfile.yaml")]).await;
    log.result();
    assert_eq!(log.calls.len(), STEPS.len(), "{:?}", log.calls);
    let (_, log) = run(gateway(false), &[("filename", "Mopyfile.yaml")]).await;
    assert!(log.error().message.contains("file-not-found"), "{}", log.error().message);
    let count = |name| log.calls.iter().filter(|call| **call == name).count();
    assert_eq!((count("StatFile"), count("ReadDir")), (12, 12));
}

#[tokio::test]
async fn at_every_step_something_goes_wrong() {
    for (gateway, left, step) in faults(&[Fault::Fails, Fault::Ends, Fault::Garbles]) {
        let (outcome, log) = run(gateway, &[("filename", "Mopyfile.yaml")]).await;
        assert!(log.is_faulty, "{step} is never reached");
        assert_eq!(outcome.is_err(), left == Left::Nothing, "{step}: {outcome:?}");
        let returned = log.returned.map(|returned| if returned.error.is_none() { Left::Image } else { Left::Reason });
        assert_eq!(returned.unwrap_or(Left::Nothing), left, "{step}");
    }
}
