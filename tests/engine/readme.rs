//! The commands of docker in the README and in `docs`, and those of mopy that run docker, as they are written; the
//! others are in `tests/readme.rs`.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::docker::{command, context};
use super::frontend::secrets::Agent;

const NETRC: &str = "machine h login l password p\n";

/// The README and the pages of `docs`, each with its commands.
fn pages() -> Vec<(String, Vec<String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = [root.join("README.md")].into_iter().chain(docs).collect();
    files[1..].sort();
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), commands(&fs::read_to_string(file).unwrap()))).collect()
}

fn commands(text: &str) -> Vec<String> {
    let blocks = text.split("```bash\n").skip(1).filter_map(|block| block.split("```").next());
    blocks.flat_map(str::lines).filter(|line| is_for_an_engine(line)).map(str::to_owned).collect()
}

fn is_for_an_engine(line: &str) -> bool {
    ["docker ", "mopy llb", "mopy lock"].iter().any(|start| line.starts_with(start))
}

#[test]
#[ignore = "needs an engine"]
fn commands_of_docker_work_in_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mopyfile = fs::read_to_string(root.join("example/hello-world/Mopyfile.yaml")).unwrap();
    let program = fs::read_to_string(root.join("example/hello-world/hello.py")).unwrap();
    let home = std::env::var("HOME").unwrap();
    let config = std::env::var("DOCKER_CONFIG").unwrap_or_else(|_| format!("{home}/.docker"));
    let bin = Path::new(env!("CARGO_BIN_EXE_mopy")).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path))).unwrap();
    let mut ran = 0;
    for (page, commands) in pages() {
        let directory =
            context(&[("Mopyfile.yaml", &mopyfile), ("hello.py", &program), (".netrc", NETRC), ("company.pem", "")]);
        let key = directory.path().join("id");
        Agent::key(&key);
        let agent = Agent::start(&key);
        for line in commands {
            // what builds mopy itself is for its own checkout
            let place = if line.contains("cmdjulian/mopy .") { root } else { directory.path() };
            let mut shell = Command::new("sh");
            shell.args(["-ec", &line]).current_dir(place);
            shell
                .env("NETRC", NETRC)
                .env("HOME", directory.path())
                .env("PATH", &path)
                .env("DOCKER_CONFIG", &config)
                .env("SSH_AUTH_SOCK", &agent.socket);
            let printed = command(&mut shell, b"");
            assert!(printed.success, "{page}: {line}\n{}", printed.stderr);
            if line.ends_with("Ada") {
                assert_eq!(printed.stdout, "Hello, Ada!\n");
            }
            if line.ends_with("> Dockerfile") {
                let text = fs::read_to_string(directory.path().join("Dockerfile")).unwrap();
                assert_eq!(text, fs::read_to_string(root.join("example/hello-world/Dockerfile")).unwrap(), "{page}");
            }
            ran += 1;
        }
    }
    assert!(ran >= 12, "{ran}");
}
