//! Requirements that need credentials: an index with a password, a repository over ssh.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::build_and_run;
use super::options::{BACKEND, PYPROJECT};
use super::server::{Files, Server, bridge};
use crate::docker::{Image, Printed, context, docker};

/// A wheel of the probe, made by a Python.
fn wheel() -> Vec<u8> {
    let program = format!(
        "{BACKEND}\nimport sys, tempfile\nd = tempfile.mkdtemp()\nsys.stdout.buffer.write(open(d + '/' + build_wheel(d), 'rb').read())"
    );
    let output =
        Command::new("docker").args(["run", "--rm", "python:3.13-trixie", "python", "-c", &program]).output().unwrap();
    assert!(output.status.success());
    output.stdout
}

/// The Mopyfile with a variable of its own: BuildKit gives a build the result of an equal step that another
/// has just finished, even without cache.
fn attempt(mopyfile: &str, number: u32) -> String {
    format!("{mopyfile}envs: {{ATTEMPT: {number}}}\n")
}

#[test]
#[ignore = "needs an engine"]
fn an_index_with_a_password() {
    let page = "<a href=\"probe-1.0-py3-none-any.whl\">probe-1.0-py3-none-any.whl</a>";
    let files: Files = HashMap::from([
        ("/simple/probe/".to_owned(), page.as_bytes().to_vec()),
        ("/simple/probe/probe-1.0-py3-none-any.whl".to_owned(), wheel()),
    ]);
    // ada:s3cr3t
    let server = Server::start("0.0.0.0".parse().unwrap(), files, Some("Basic YWRhOnMzY3IzdA=="));
    let host = bridge();
    let port = server.address().port();
    let text = format!(
        "#syntax=cmdjulian/mopy\npython: 3.13\ninstaller: pip\nindices:\n  - {{url: 'http://{host}:{port}/simple', default: true, trust: true}}\n\
         pip: [probe]\ncommand: [python, -c, 'import probe; print(\"installed\")']\n"
    );
    let directory =
        context(&[("Mopyfile.yaml", &text), ("netrc", &format!("machine {host}\nlogin ada\npassword s3cr3t\n"))]);
    let secret = format!("--secret=id=netrc,src={}", directory.path().join("netrc").display());
    assert_eq!(build_and_run("index", directory.path(), &["--no-cache", &secret]), "installed");
    let history = docker(&["history", "--no-trunc", "mopy-test/index"]).expect().stdout;
    assert!(!history.contains("s3cr3t"), "{history}");

    fs::write(directory.path().join("Mopyfile.yaml"), attempt(&text, 2)).unwrap();
    let refused = super::build(
        &[
            "--no-cache",
            "--output=type=cacheonly",
            "-f",
            directory.path().join("Mopyfile.yaml").to_str().unwrap(),
            directory.path().to_str().unwrap(),
        ],
        b"",
    );
    assert!(!refused.success, "access requires the secret");
}

/// An ssh agent with keys, ended with the test.
pub(crate) struct Agent {
    pub(crate) socket: String,
    pid: String,
}

impl Agent {
    /// Makes a key.
    pub(crate) fn key(key: &Path) {
        let made =
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", key.to_str().unwrap()]).status();
        assert!(made.unwrap().success());
    }

    pub(crate) fn start(key: &Path) -> Self {
        Self::with(&[key])
    }

    /// Has `keys` in their order.
    pub(crate) fn with(keys: &[&Path]) -> Self {
        let printed: Printed = Command::new("ssh-agent").arg("-s").output().unwrap().into();
        let value = |name: &str| {
            let after = printed.stdout.split(&format!("{name}=")).nth(1).unwrap();
            after.split(';').next().unwrap().to_owned()
        };
        let agent = Self { socket: value("SSH_AUTH_SOCK"), pid: value("SSH_AGENT_PID") };
        for key in keys {
            let mut add = Command::new("ssh-add");
            add.arg(key).env("SSH_AUTH_SOCK", &agent.socket).stderr(Stdio::null());
            assert!(add.status().unwrap().success());
        }
        agent
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(&self.pid).status();
    }
}

const SSH_SERVER: &str = r#"FROM debian:trixie-slim
RUN apt-get update && apt-get install --yes --no-install-recommends openssh-server git && mkdir -p /run/sshd
RUN useradd --create-home --shell /bin/sh git && passwd -d git && mkdir -p /home/git/.ssh
COPY id.pub /home/git/.ssh/authorized_keys
COPY probe /src
RUN chown -R git:git /home/git && git config --system user.name x && git config --system user.email x@example.org \
 && git config --system safe.directory '*' && git init -q -b main /src && git -C /src add . && git -C /src commit -qm x \
 && git clone -q --bare /src /home/git/probe.git && chown -R git:git /home/git/probe.git
CMD ["/usr/sbin/sshd", "-D", "-e"]
"#;

/// A container, removed with the test.
pub(crate) struct Container(pub(crate) &'static str);

impl Container {
    /// Its address in the network of the steps of builds.
    pub(crate) fn address(&self) -> String {
        let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        docker(&["inspect", "--format", format, self.0]).expect().stdout.trim().to_owned()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "--force", self.0]);
    }
}

#[test]
#[ignore = "needs an engine"]
fn git_over_ssh() {
    let directory = context(&[("probe/pyproject.toml", PYPROJECT), ("probe/backend.py", BACKEND)]);
    let key = directory.path().join("id");
    Agent::key(&key);
    let server = Image::build_with("ssh-server", SSH_SERVER, directory.path(), &[]);
    let container = Container("mopy-test-ssh");
    docker(&["rm", "--force", container.0]);
    docker(&["run", "--detach", "--name", container.0, server.tag()]).expect();
    let host = container.address();
    let public = docker(&["exec", container.0, "cat", "/etc/ssh/ssh_host_ed25519_key.pub"]).expect().stdout;
    let known_hosts = directory.path().join("known_hosts");
    fs::write(&known_hosts, format!("{host} {public}")).unwrap();

    let text = format!(
        "#syntax=cmdjulian/mopy\npython: 3.13\npip:\n  - git+ssh://git@{host}/home/git/probe.git@main\n\
         command: [python, -c, 'import probe; print(\"over ssh\")']\n"
    );
    let file = directory.path().join("Mopyfile.yaml");
    fs::write(&file, attempt(&text, 1)).unwrap();
    let agent = Agent::start(&key);
    let ssh = format!("--ssh=default={}", agent.socket);
    let known = format!("--secret=id=known_hosts,src={}", known_hosts.display());
    assert_eq!(build_and_run("ssh-known", directory.path(), &["--no-cache", &ssh, &known]), "over ssh");
    // without the secret the host key is not verified, and mopy warns
    fs::write(&file, attempt(&text, 2)).unwrap();
    assert_eq!(build_and_run("ssh-unseen", directory.path(), &["--no-cache", &ssh]), "over ssh");

    // another key than the one that is known
    let other = public.replace("AAAAC3NzaC1lZDI1NTE5AAAAI", "AAAAC3NzaC1lZDI1NTE5AAAAJ");
    fs::write(&known_hosts, format!("{host} {other}")).unwrap();
    fs::write(&file, attempt(&text, 3)).unwrap();
    let build = |options: &[&str]| {
        let named =
            ["--no-cache", "--output=type=cacheonly", "-f", file.to_str().unwrap(), directory.path().to_str().unwrap()];
        super::build(&[&named[..], options].concat(), b"")
    };
    let forged = build(&[&ssh, &known]);
    assert!(!forged.success && forged.stderr.contains("verification failed"), "{}", forged.stderr);
    fs::write(&file, attempt(&text, 4)).unwrap();
    let alone = build(&[]);
    assert!(!alone.success && alone.stderr.contains("ssh"), "{}", alone.stderr);
}
