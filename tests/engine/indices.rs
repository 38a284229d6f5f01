//! Private package indexes, reached by uv and by pip: which one a package comes from, and that what opens
//! them stays out of images, attestations and logs.

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use mopy::plan::uv;

use super::docker::{Image, Printed, buildx, context, dockerfile};
use super::frontend::server::{Files, Server, bridge};
use super::left::Left;

/// `ada:s3cr3t-word`, as it goes over the wire.
const AUTHORIZATION: &str = "Basic YWRhOnMzY3IzdC13b3Jk";

const PASSWORD: &str = "s3cr3t-word";

const INSTALLERS: [&str; 2] = ["uv", "pip"];

/// Writes a wheel whose module knows its version.
pub(crate) const WHEEL: &str = "
import io, sys, zipfile
name, version = sys.argv[1:]
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, 'w') as wheel:
    info = f'{name}-{version}.dist-info/'
    wheel.writestr(f'{name}.py', f'VERSION = {version!r}\\n')
    wheel.writestr(info + 'METADATA', f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(info + 'RECORD', '')
sys.stdout.buffer.write(buffer.getvalue())
";

/// What a Python in a container writes to its stdout.
pub(crate) fn python(arguments: &[&str]) -> Vec<u8> {
    let mut docker = Command::new("docker");
    let output = docker.args(["run", "--rm", "python:3.13-trixie", "python", "-c"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// An index of wheels, each with its name, its file's name and its content.
fn index(wheels: Vec<(&str, String, Vec<u8>)>) -> Files {
    let mut files = HashMap::new();
    for (name, file, content) in wheels {
        files.insert(format!("/simple/{name}/"), format!("<a href=\"{file}\">{file}</a>").into_bytes());
        files.insert(format!("/simple/{name}/{file}"), content);
    }
    files
}

fn wheel<'n>(name: &'n str, version: &str) -> (&'n str, String, Vec<u8>) {
    (name, format!("{name}-{version}-py3-none-any.whl"), python(&[WHEEL, name, version]))
}

/// The wheel of uv, from PyPI.
fn uv_wheel() -> (&'static str, String, Vec<u8>) {
    let program = "
import glob, subprocess, sys
subprocess.run(['pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest=/x', 'uv==' + sys.argv[1]], check=True, stdout=2)
path, = glob.glob('/x/*')
sys.stdout.buffer.write(path.removeprefix('/x/').encode() + b'\\n' + open(path, 'rb').read())";
    let output = python(&[program, &uv::VERSION.to_string()]);
    let end = output.iter().position(|byte| *byte == b'\n').unwrap();
    ("uv", String::from_utf8(output[..end].to_vec()).unwrap(), output[end + 1..].to_vec())
}

/// A server for the steps of builds, and the URL of its index.
fn serve(files: Files, authorization: Option<&'static str>) -> String {
    url(&Server::start("0.0.0.0".parse().unwrap(), files, authorization))
}

fn url(server: &Server) -> String {
    format!("http://{}:{}/simple", bridge(), server.address().port())
}

fn netrc() -> String {
    format!("machine {}\nlogin ada\npassword {PASSWORD}\n", bridge())
}

/// A Mopyfile that takes `pip` from `indices`.
fn mopyfile(installer: &str, indices: &[&str], pip: &str) -> String {
    let mut text = format!("python: 3.13\ninstaller: {installer}\nindices:\n");
    for index in indices {
        writeln!(text, "  - {{trust: true, url: {index}}}").unwrap();
    }
    text + &format!("pip: {pip}\n")
}

#[test]
#[ignore = "needs an engine"]
fn a_password_opens_an_index_and_is_found_nowhere() {
    let url = serve(index(vec![wheel("probe", "1.0")]), Some(AUTHORIZATION));
    let files = context(&[("netrc", &netrc())]);
    let by_file = format!("--secret=id=netrc,src={}", files.path().join("netrc").display());
    for installer in INSTALLERS {
        let text = dockerfile(&mopyfile(installer, &[&url], "[probe]"));
        for (secret, environment) in [(by_file.as_str(), None), ("--secret=id=netrc,env=NETRC", Some(netrc()))] {
            let environment: Vec<_> = environment.iter().map(|netrc| ("NETRC", netrc.as_str())).collect();
            let left = Left::by(&text, &["--no-cache-filter=builder", "--provenance=mode=max", secret], &environment);
            // what is there is found
            assert!(left.has("VERSION = '1.0'") && left.has("slsa.dev/provenance") && left.has(&url), "{installer}");
            for hidden in [PASSWORD, AUTHORIZATION.trim_start_matches("Basic ")] {
                assert!(!left.has(hidden), "{installer} {secret}");
            }
        }
        let image = Image::build_with("private", &text, files.path(), &[&by_file]);
        assert_eq!(image.python("import probe; print(probe.VERSION)"), "1.0");
    }
}

/// As long as AWS makes them.
fn token() -> String {
    format!("hunter2token{}", "x".repeat(1_500))
}

#[test]
#[ignore = "needs an engine"]
fn credentials_of_a_mopyfile_stay_in_the_builder() {
    let token = token();
    let expected = base64::engine::general_purpose::STANDARD.encode(format!("ada:{token}"));
    let authorization: &'static str = Box::leak(format!("Basic {expected}").into_boxed_str());
    let files = index(vec![wheel("probe", "1.0"), wheel("other", "2.0")]);
    let server = Server::start("0.0.0.0".parse().unwrap(), files, Some(authorization));
    let url = url(&server);
    let (scheme, address) = url.split_once("://").unwrap();
    let files = context(&[]);
    for installer in INSTALLERS {
        let text = |password: &str, last: &str| {
            dockerfile(&format!(
                "python: 3.13\ninstaller: {installer}\nindices:\n  - {{url: '{url}', username: ada, password: {password}, trust: true}}\n\
                 pip:\n  - {scheme}://ada:{password}@{address}/other/other-2.0-py3-none-any.whl\n  - {last}\n"
            ))
        };
        let refused = buildx(&text("hunter2wrong", "probe"), files.path(), &["--output=type=cacheonly"]);
        assert!(!refused.success, "{}", refused.stderr);
        let missing = buildx(&text(&token, "third"), files.path(), &["--output=type=cacheonly"]);
        assert!(!missing.success && missing.stderr.contains("third"), "{}", missing.stderr);
        let left = Left::by(&text(&token, "probe"), &["--provenance=mode=min"], &[]);
        assert!(left.has("VERSION = '1.0'") && left.has("VERSION = '2.0'"), "{installer}");
        assert!(left.has("slsa.dev/provenance"), "{installer}");
        for hidden in ["hunter2", expected.as_str()] {
            assert!(!left.has(hidden), "{installer}: {hidden}\n{}", left.log);
        }
        // a token can be where a user does
        for log in [&left.log, &refused.stderr, &missing.stderr] {
            assert!(!log.contains("ada:") && !log.contains("ada@") && !log.contains("hunter2"), "{installer}: {log}");
        }
    }
}

/// A token alone is the user, and the password is empty; others have what has to be in quotes in a netrc file.
#[test]
#[ignore = "needs an engine"]
fn installers_read_all_kinds_of_credentials() {
    for (login, password) in [("tokenalone", ""), ("ada", "it's a \"pass\\word\" # x"), ("a@b", "p:/@?%41")] {
        let expected = base64::engine::general_purpose::STANDARD.encode(format!("{login}:{password}"));
        let authorization: &'static str = Box::leak(format!("Basic {expected}").into_boxed_str());
        let server = Server::start("0.0.0.0".parse().unwrap(), index(vec![wheel("probe", "1.0")]), Some(authorization));
        let url = url(&server);
        for installer in INSTALLERS {
            let password = if password.is_empty() {
                String::new()
            } else {
                format!(", password: {}", serde_json::to_string(password).unwrap())
            };
            let text = format!(
                "python: 3.13\ninstaller: {installer}\nindices:\n  - {{url: '{url}', username: {login}{password}, trust: true}}\npip: [probe]\n"
            );
            let image = Image::build("kinds-of-credentials", &text, context(&[]).path());
            assert_eq!(image.python("import probe; print(probe.VERSION)"), "1.0", "{installer}: {login}");
        }
    }
}

#[test]
#[ignore = "needs an engine"]
fn the_first_index_that_has_a_name_is_the_only_one() {
    // PyPI has a tabulate, and both servers a probe
    let private = serve(index(vec![wheel("probe", "1.0"), wheel("tabulate", "0.1")]), None);
    let public = serve(index(vec![wheel("probe", "2.0"), wheel("other", "3.0"), uv_wheel()]), None);
    let files = context(&[]);
    let program = "
import importlib.metadata as metadata
print(*(metadata.version(name) for name in ('probe', 'tabulate', 'other', 'six')))";
    for (installer, versions) in [("uv", "1.0 0.1 3.0 1.17.0"), ("pip", "2.0 0.9.0 3.0 1.17.0")] {
        let pip = "[probe, tabulate<0.10, other, six==1.17.0]";
        let text = dockerfile(&mopyfile(installer, &[&private, &public], pip));
        let image = Image::build_with("indices", &text, files.path(), &[]);
        assert_eq!(image.python(program), versions, "{installer}");
    }
    // the default replaces PyPI at the end, wherever it is listed
    let default =
        mopyfile("uv", &[&public, &private], "[probe, tabulate, other]").replacen("trust", "default: true, trust", 1);
    let image = Image::build_with("indices", &dockerfile(&default), files.path(), &[]);
    let program = program.replace(", 'six'", "");
    assert_eq!(image.python(&program), "1.0 0.1 3.0");
    let only_on_pypi = dockerfile(&default.replace("other]", "six]"));
    let printed = buildx(&only_on_pypi, files.path(), &["--output=type=cacheonly"]);
    assert!(!printed.success && printed.stderr.contains("six was not found"), "{}", printed.stderr);
}

/// The log of a build that has to fail.
fn refused(text: &str, options: &[&str]) -> String {
    let directory = context(&[]);
    let options = [&["--output=type=cacheonly"], options].concat();
    let Printed { success, stderr, .. } = buildx(&dockerfile(text), directory.path(), &options);
    assert!(!success, "{stderr}");
    stderr
}

#[test]
#[ignore = "needs an engine"]
fn an_index_that_refuses_ends_the_build() {
    let files = context(&[("netrc", &netrc().replace(PASSWORD, "another"))]);
    let wrong = format!("--secret=id=netrc,src={}", files.path().join("netrc").display());
    let any: std::net::IpAddr = "0.0.0.0".parse().unwrap();
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let server = Server::refusing(any, HashMap::new(), Some(AUTHORIZATION), status);
        for installer in INSTALLERS {
            // PyPI has a package of this name
            let text = mopyfile(installer, &[&url(&server)], "[tabulate]");
            for options in [&[][..], &[wrong.as_str()]] {
                let log = refused(&text, options);
                assert!(log.contains(&status[..3]), "{installer}: {log}");
            }
            // in the place of PyPI
            refused(&text.replace("trust", "default: true, trust"), &[]);
        }
    }
}

#[test]
#[ignore = "needs an engine"]
fn an_index_without_uv_is_told_apart() {
    let url = serve(index(vec![wheel("probe", "1.0")]), None);
    let text = mopyfile("uv", &[&url], "[probe]").replace("trust", "default: true, trust");
    let log = refused(&text, &[]);
    assert!(log.contains(&format!("No matching distribution found for uv=={}", uv::VERSION)), "{log}");
    let directory = context(&[]);
    let text = dockerfile(&text.replace("installer: uv", "installer: pip"));
    let image = Image::build_with("without-uv", &text, directory.path(), &[]);
    assert_eq!(image.python("import probe; print(probe.VERSION)"), "1.0");
}

/// An option that gives a file of a directory to a build as a secret.
fn secret(directory: &Path, name: &str) -> String {
    format!("--secret=id={name},src={}", directory.join(name).display())
}

#[test]
#[ignore = "needs an engine"]
fn settings_of_the_installers_are_secrets_too() {
    let url = serve(index(vec![wheel("probe", "1.0"), uv_wheel()]), Some(AUTHORIZATION));
    let url = url.replace("http://", &format!("http://ada:{PASSWORD}@"));
    let files = context(&[
        ("uv.toml", &format!("[[index]]\nurl = \"{url}\"\ndefault = true\n")),
        ("pip.conf", &format!("[global]\nindex-url = {url}\ntrusted-host = {}\n", bridge())),
    ]);
    let (uv_toml, pip_conf) = (secret(files.path(), "uv.toml"), secret(files.path(), "pip.conf"));
    for (installer, options) in [("uv", &[pip_conf.as_str(), &uv_toml][..]), ("pip", &[pip_conf.as_str()])] {
        let port = url.rsplit(':').next().unwrap().trim_end_matches("/simple");
        let text = format!("python: 3.13\ninstaller: {installer}\nenvs: {{ATTEMPT: {port}}}\npip: [probe==1.0]\n");
        let left = Left::by(&dockerfile(&text), options, &[]);
        assert!(left.has("VERSION = '1.0'") && !left.has(PASSWORD), "{installer}");
    }
}
