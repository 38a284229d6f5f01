//! Requirements from git over ssh, with uv and with pip: keys, hosts, submodules, a subdirectory, git-lfs.

use std::collections::HashMap;
use std::fs;

use super::docker::{Image, buildx, context, docker, dockerfile};
use super::frontend::secrets::{Agent, Container};
use super::frontend::server::{Server, bridge};

/// What the file of git-lfs holds, and its SHA-256.
const MODEL: &str = "a large model\n";
const DIGEST: &str = "ff720ed6c0a86132e6d3089f44660c902c2b7cee882918cb6eb58db1497d0948";

const PYPROJECT: &str = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\n[project]\nname = \"probe\"\nversion = \"1.0\"\n";

/// Its wheel tells what is in the submodule and in the file of git-lfs.
const BACKEND: &str = "
import os, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    name, info = 'probe-1.0-py3-none-any.whl', 'probe-1.0.dist-info/'
    with zipfile.ZipFile(os.path.join(directory, name), 'w') as wheel:
        wheel.writestr('probe.py', f'VALUE, MODEL = {open(\"../../lib/value\").read()!r}, {open(\"model.bin\").read()!r}\\n')
        wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: probe\\nVersion: 1.0\\n')
        wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
        wheel.writestr(info + 'RECORD', '')
    return name
";

const SERVER: &str = r#"FROM debian:trixie-slim
RUN apt-get update && apt-get install --yes --no-install-recommends openssh-server git && mkdir -p /run/sshd
RUN useradd --create-home --shell /bin/sh git && passwd -d git && mkdir -p /home/git/.ssh
RUN git config --system user.name x && git config --system user.email x@example.org && git config --system safe.directory '*' \
 && git config --system init.defaultBranch main && git config --system protocol.file.allow always
COPY --chmod=755 git-lfs-authenticate /usr/local/bin/
COPY second.pub /home/git/.ssh/authorized_keys
COPY lib /src/lib
COPY project /src/project
RUN cd /src/lib && git init -q && git add . && git commit -qm x && git clone -q --bare . /home/git/lib.git \
 && cd /src/project && git init -q && git submodule add -q /home/git/lib.git lib && git config -f .gitmodules submodule.lib.url ../lib.git \
 && git add . && git commit -qm x && git clone -q --bare . /home/git/project.git && chown -R git:git /home/git
CMD ["/usr/sbin/sshd", "-D", "-e"]
"#;

#[test]
#[ignore = "needs an engine"]
fn a_repository_over_ssh_with_all_that_one_can_have() {
    let files = HashMap::from([("/lfs/model".to_owned(), MODEL.as_bytes().to_vec())]);
    let objects = Server::start("0.0.0.0".parse().unwrap(), files, None);
    let objects = format!("http://{}:{}/lfs/model", bridge(), objects.address().port());
    let batch = serde_json::json!({
        "transfer": "basic",
        "objects": [{"oid": DIGEST, "size": MODEL.len(), "actions": {"download": {"href": objects}}}],
    });
    let files = HashMap::from([("/lfs/objects/batch".to_owned(), batch.to_string().into_bytes())]);
    let lfs = Server::start("0.0.0.0".parse().unwrap(), files, None);
    // how forges tell over ssh where the files are
    let authenticate =
        format!("#!/bin/sh\necho '{{\"href\": \"http://{}:{}/lfs\"}}'\n", bridge(), lfs.address().port());
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{DIGEST}\nsize {}\n", MODEL.len());
    let directory = context(&[
        ("lib/value", "of the submodule"),
        ("project/.gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n"),
        ("git-lfs-authenticate", &authenticate),
        ("project/packages/probe/model.bin", &pointer),
        ("project/packages/probe/pyproject.toml", PYPROJECT),
        ("project/packages/probe/backend.py", BACKEND),
    ]);
    let (first, second) = (directory.path().join("first"), directory.path().join("second"));
    Agent::key(&first);
    Agent::key(&second);
    let server = Image::build_with("git-server", SERVER, directory.path(), &[]);
    let container = Container("mopy-test-git");
    docker(&["rm", "--force", container.0]);
    docker(&["run", "--detach", "--name", container.0, server.tag()]).expect();
    let host = container.address();
    let public = docker(&["exec", container.0, "cat", "/etc/ssh/ssh_host_ed25519_key.pub"]).expect().stdout;
    let known_hosts = directory.path().join("known_hosts");
    let known = format!("--secret=id=known_hosts,src={}", known_hosts.display());
    let agent = Agent::with(&[&first, &second]);
    let ssh = format!("--ssh=default={}", agent.socket);

    // no build of another run has this commit in a cache
    let commit =
        docker(&["exec", container.0, "git", "-C", "/home/git/project.git", "rev-parse", "main"]).expect().stdout;
    for installer in ["uv", "pip"] {
        let text = format!(
            "python: 3.13\ninstaller: {installer}\npip: ['git+ssh://git@{host}/home/git/project.git@{}#subdirectory=packages/probe']\n",
            commit.trim()
        );
        // another key than the one that the host has
        let other = public.replace("AAAAC3NzaC1lZDI1NTE5AAAAI", "AAAAC3NzaC1lZDI1NTE5AAAAJ");
        fs::write(&known_hosts, format!("{host} {other}")).unwrap();
        let forged = buildx(&dockerfile(&text), directory.path(), &["--output=type=cacheonly", &ssh, &known]);
        assert!(!forged.success && forged.stderr.contains("verification failed"), "{installer}: {}", forged.stderr);

        fs::write(&known_hosts, format!("{host} {public}")).unwrap();
        for (build_deps, model) in [("", pointer.as_str()), ("build-deps: [git-lfs]\n", MODEL)] {
            let text = dockerfile(&format!("{text}{build_deps}"));
            let image = Image::build_with("git", &text, directory.path(), &[&ssh, &known]);
            let printed = image.python("import probe; print(probe.VALUE); print(probe.MODEL)");
            assert_eq!(printed, format!("of the submodule\n{}", model.trim_end()), "{installer}: {build_deps}");
        }
    }
}
