//! The command `docker`, for tests.

use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{PoisonError, RwLock};

use mopy::{Platform, Source, Transpiled};

/// What a command printed.
pub(crate) struct Printed {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Printed {
    fn from(output: Output) -> Self {
        Self {
            success: output.status.success(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Printed {
    /// Fails the test unless the command succeeded.
    pub(crate) fn expect(self) -> Self {
        assert!(self.success, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// Commands of tests run side by side, but for those of a test that measures the engine.
static TURNS: RwLock<()> = RwLock::new(());

thread_local! {
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Does `work` while no other test runs a command.
pub(crate) fn alone<T>(work: impl FnOnce() -> T) -> T {
    let _turn = TURNS.write().unwrap_or_else(PoisonError::into_inner);
    ALONE.set(true);
    let made = work();
    ALONE.set(false);
    made
}

/// What the engine says when it has removed the layers of an image whose name was given to another one, while it
/// unpacks an image that has some of the same.
const COLLECTED: &str = "ERROR: failed to prepare extraction snapshot";

/// Runs a command with `input` on its stdin.
pub(crate) fn command(command: &mut Command, input: &[u8]) -> Printed {
    let _turn = (!ALONE.get()).then(|| TURNS.read().unwrap_or_else(PoisonError::into_inner));
    let printed = Printed::from(attempt(command, input));
    if printed.success || !printed.stderr.contains(COLLECTED) { printed } else { attempt(command, input).into() }
}

/// The binary output of a command that has to succeed.
pub(crate) fn command_bytes(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let _turn = (!ALONE.get()).then(|| TURNS.read().unwrap_or_else(PoisonError::into_inner));
    let output = attempt(command, input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn attempt(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // a command that ends early does not read its input
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Runs `docker` with `arguments`.
pub(crate) fn docker(arguments: &[&str]) -> Printed {
    command(Command::new("docker").args(arguments), b"")
}

/// The Dockerfile of a Mopyfile with this text.
pub(crate) fn dockerfile(mopyfile: &str) -> String {
    dockerfile_for(mopyfile, &[])
}

/// The same for platforms.
pub(crate) fn dockerfile_for(mopyfile: &str, platforms: &[Platform]) -> String {
    let source = Source::new("Mopyfile.yaml", mopyfile);
    let Transpiled { dockerfile, diagnostics, .. } = mopy::transpile(&source, None, platforms, mopy::Month::RELEASE);
    dockerfile.unwrap_or_else(|| panic!("{}", mopy::diagnostic::text::render(&source, &diagnostics, false))).text
}

/// Builds `dockerfile` with `docker buildx build -f -`.
pub(crate) fn buildx(dockerfile: &str, context: &Path, options: &[&str]) -> Printed {
    let mut build = Command::new("docker");
    build.args(["buildx", "build", "--progress=plain", "-f", "-"]).args(options).arg(context);
    command(&mut build, dockerfile.as_bytes())
}

/// An image that was built for a test.
pub(crate) struct Image {
    tag: String,
    /// What the build printed.
    pub(crate) progress: String,
}

impl Image {
    /// Builds the image of `mopyfile` with `context`.
    pub(crate) fn build(name: &str, mopyfile: &str, context: &Path) -> Self {
        Self::build_with(name, &dockerfile(mopyfile), context, &[])
    }

    /// Builds `dockerfile` with more options.
    pub(crate) fn build_with(name: &str, dockerfile: &str, context: &Path, options: &[&str]) -> Self {
        let tag = format!("mopy-test/{name}");
        let mut all = vec!["--load", "--tag", &tag];
        all.extend(options);
        let progress = buildx(dockerfile, context, &all).expect().stderr;
        Self { tag, progress }
    }

    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// Runs it without network and returns what it prints.
    pub(crate) fn run(&self, options: &[&str], arguments: &[&str]) -> String {
        let mut all = vec!["run", "--rm", "--network=none"];
        all.extend(options);
        all.push(&self.tag);
        all.extend(arguments);
        docker(&all).expect().stdout.trim_end().to_owned()
    }

    /// Runs a Python program in it.
    pub(crate) fn python(&self, program: &str) -> String {
        self.run(&["--entrypoint", "python"], &["-c", program])
    }

    /// Its configuration.
    pub(crate) fn config(&self) -> serde_json::Value {
        let inspected = docker(&["image", "inspect", &self.tag]).expect().stdout;
        let mut images: serde_json::Value = serde_json::from_str(&inspected).unwrap();
        images[0]["Config"].take()
    }

    /// The value of one of its environment variables.
    pub(crate) fn env(&self, name: &str) -> Option<String> {
        let config = self.config();
        let envs = config["Env"].as_array().unwrap();
        let prefix = format!("{name}=");
        envs.iter().find_map(|env| env.as_str().unwrap().strip_prefix(&prefix).map(str::to_owned))
    }
}

/// Builds with nothing of an earlier build: neither its steps nor its caches.
pub(crate) fn cold(dockerfile: &str, context: &Path, options: &[&str]) {
    let place = tempfile::tempdir().unwrap();
    let own = format!("--mount=type=cache,id={}-", place.path().file_name().unwrap().display());
    let text = dockerfile.replace("--mount=type=cache,id=", &own);
    let mut all = vec!["--no-cache", "--provenance=false", "--build-arg=SOURCE_DATE_EPOCH=1700000000"];
    all.extend(options);
    buildx(&text, context, &all).expect();
}

/// The digest of the image that a cold build gives.
pub(crate) fn digest(dockerfile: &str, context: &Path) -> String {
    let directory = tempfile::tempdir().unwrap();
    let [output, metadata] = ["image.tar", "metadata.json"].map(|name| directory.path().join(name));
    let export = format!("--output=type=oci,rewrite-timestamp=true,dest={}", output.display());
    cold(dockerfile, context, &[&export, "--metadata-file", metadata.to_str().unwrap()]);
    let metadata: serde_json::Value = serde_json::from_slice(&fs::read(&metadata).unwrap()).unwrap();
    metadata["containerimage.digest"].as_str().unwrap().to_owned()
}

/// The sum of the uncompressed layers of an image, in bytes.
pub(crate) fn size(tag: &str) -> u64 {
    let history = docker(&["history", "--human=false", "--format", "{{.Size}}", tag]).expect().stdout;
    history.lines().map(|line| line.parse::<u64>().unwrap()).sum()
}

/// A step of a build in plain progress.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) cached: bool,
}

/// The steps of a Dockerfile's stages in `progress`.
pub(crate) fn steps(progress: &str) -> Vec<Step> {
    let mut steps: Vec<(String, Step)> = Vec::new();
    for line in progress.lines() {
        let Some((id, text)) = line.split_once(' ').filter(|(id, _)| id.starts_with('#')) else { continue };
        let is_step = text.starts_with('[') && !text.starts_with("[internal]");
        if is_step && steps.iter().all(|(other, _)| other != id) {
            steps.push((id.to_owned(), Step { name: text.to_owned(), cached: false }));
        } else if let Some((_, step)) = steps.iter_mut().find(|(other, _)| other == id).filter(|_| text == "CACHED") {
            step.cached = true;
        }
    }
    steps.into_iter().map(|(_, step)| step).collect()
}

/// A registry that the engine may use without encryption: that of a test.
pub(crate) fn registry() -> String {
    let format =
        "{{range $name, $config := .RegistryConfig.IndexConfigs}}{{if not $config.Secure}}{{$name}} {{end}}{{end}}";
    let registries = docker(&["info", "--format", format]).expect().stdout;
    registries.split_whitespace().next().expect("an insecure registry of the engine's").to_owned()
}

/// The directory of an example.
pub(crate) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("example").join(name)
}

/// The Mopyfile of an example.
pub(crate) fn example_mopyfile(name: &str) -> String {
    fs::read_to_string(example(name).join("Mopyfile.yaml")).unwrap()
}

/// The example `full` without its two requirements from git, which need a forge and a key.
pub(crate) fn full_without_git() -> String {
    example_mopyfile("full").split_inclusive('\n').filter(|line| !line.contains("git+")).collect()
}

/// Builds `dockerfile` for `platforms`, and gives the options that put it in the place of the images `names`.
pub(crate) fn stand_in(platforms: &str, dockerfile: &str, names: &[&str]) -> Vec<String> {
    let tag =
        format!("mopy-test/stand-in-{}", format!("{}-{platforms}", names.join("-")).replace([':', ',', '/'], "-"));
    let mut build = Command::new("docker");
    build.args(["buildx", "build", "--provenance=false", "--load", "--platform", platforms, "--tag", &tag, "-"]);
    command(&mut build, dockerfile.as_bytes()).expect();
    names.iter().map(|name| format!("--build-context={name}=docker-image://{tag}")).collect()
}

/// Copies a directory with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A directory with files.
pub(crate) fn context(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}
