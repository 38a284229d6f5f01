//! A company with a certificate authority of its own: its certificate is trusted while building, by all that
//! fetches something, and in the image when the Mopyfile says so.

use std::fs;
use std::sync::OnceLock;

use super::docker::{Image, buildx, context, docker, dockerfile};
use super::frontend::options::{BACKEND, PYPROJECT};
use super::frontend::secrets::Container;
use super::indices::WHEEL;
use super::left::Left;

/// No cache knows whether a secret is there, or is another one.
const AFRESH: &str = "--no-cache-filter=base,builder,runtime";

const HOST: &str = "packages.example.org";

/// An index, a repository of git and one of apt, over https with a certificate that nobody knows.
const SERVER: &str = r#"FROM python:3.13-trixie
WORKDIR /www
RUN mkdir /tls && cd /tls \
 && openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=Company -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.pem \
 && openssl req -newkey rsa:2048 -nodes -subj /CN=Server -keyout key.pem -out request.pem \
 && printf '%s\n' subjectAltName=DNS:packages.example.org authorityKeyIdentifier=keyid > names \
 && openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -days 30 -extfile names -out cert.pem
COPY . /src
RUN mkdir -p simple/probe && python /src/wheel.py probe 1.0 > simple/probe/probe-1.0-py3-none-any.whl
RUN cd /src/probe && git init -q -b main && git add . && git -c user.name=x -c user.email=x@example.org commit -qm x \
 && git clone -q --bare . /www/probe.git && git -C /www/probe.git update-server-info
RUN mkdir -p apt tool/DEBIAN tool/opt && touch tool/opt/company-tool \
 && printf '%s\n' 'Package: company-tool' 'Version: 1.0' 'Architecture: all' 'Maintainer: x <x@example.org>' 'Description: x' > tool/DEBIAN/control \
 && dpkg-deb --build tool apt/tool.deb && cd apt \
 && { dpkg-deb --field tool.deb; echo Filename: ./tool.deb; echo "Size: $(stat -c %s tool.deb)"; echo "SHA256: $(sha256sum tool.deb | cut -d ' ' -f 1)"; } > Packages
CMD ["python", "/src/serve.py"]
"#;

const SERVE: &str = "
import http.server, ssl
http.server.SimpleHTTPRequestHandler.protocol_version = 'HTTP/1.1'
server = http.server.ThreadingHTTPServer(('', 443), http.server.SimpleHTTPRequestHandler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('/tls/cert.pem', '/tls/key.pem')
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
";

/// The server, and what a build needs to reach it and to trust it.
struct Company {
    _container: Container,
    directory: tempfile::TempDir,
    /// The option that names its address.
    host: String,
    /// The option that gives its certificate to a build.
    secret: String,
    /// A line of the certificate.
    line: String,
}

impl Company {
    fn start(container: &'static str) -> Self {
        let directory = context(&[
            ("wheel.py", WHEEL),
            ("serve.py", SERVE),
            ("probe/pyproject.toml", PYPROJECT),
            ("probe/backend.py", BACKEND),
        ]);
        static SERVER_IMAGE: OnceLock<Image> = OnceLock::new();
        let server = SERVER_IMAGE.get_or_init(|| Image::build_with("tls-server", SERVER, directory.path(), &[]));
        docker(&["rm", "--force", container]);
        docker(&["run", "--detach", "--name", container, server.tag()]).expect();
        let started = Container(container);
        let pem = docker(&["exec", container, "cat", "/tls/ca.pem"]).expect().stdout;
        fs::write(directory.path().join("ca.pem"), &pem).unwrap();
        Self {
            host: format!("--add-host={HOST}:{}", started.address()),
            secret: format!("--secret=id=ca.pem,src={}", directory.path().join("ca.pem").display()),
            line: pem.lines().nth(5).unwrap().to_owned(),
            _container: started,
            directory,
        }
    }

    /// The log of a build without the certificate, which has to fail.
    fn refused(&self, dockerfile: &str) -> String {
        let printed = buildx(dockerfile, self.directory.path(), &["--output=type=cacheonly", AFRESH, &self.host]);
        assert!(!printed.success, "{}", printed.stderr);
        printed.stderr
    }

    fn build(&self, name: &str, dockerfile: &str) -> Image {
        Image::build_with(name, dockerfile, self.directory.path(), &[AFRESH, &self.host, &self.secret])
    }

    /// What a program in an image prints that reaches the server.
    fn python(&self, image: &Image, program: &str) -> String {
        let run = ["run", "--rm", &self.host, "--entrypoint", "python", image.tag(), "-c", program];
        let printed = docker(&run);
        printed.stdout + &printed.stderr
    }
}

#[test]
#[ignore = "needs an engine"]
fn installers_and_git_trust_the_certificate_while_building() {
    let company = Company::start("mopy-test-ca-build");
    for installer in ["uv", "pip"] {
        for (entry, imports) in [("probe", "VERSION"), (&format!("git+https://{HOST}/probe.git@main"), "FACTS")] {
            let text = dockerfile(&format!(
                "python: 3.13\nca-certificates: build\ninstaller: {installer}\nindices: [{{url: 'https://{HOST}/simple'}}]\npip: ['{entry}', six]\n"
            ));
            let log = company.refused(&text);
            assert!(log.contains("secret ca.pem: not found"), "{log}");
            let left = Left::by(&text, &[&company.host, &company.secret, "--provenance=mode=max"], &[]);
            assert!(left.has("slsa.dev/provenance") && !left.has(&company.line), "{installer}: {entry}");
            let image = company.build("ca-build", &text);
            assert_eq!(image.python(&format!("import probe; print(bool(probe.{imports}))")), "True");
        }
        // nobody asked for it
        let text = dockerfile(&format!(
            "python: 3.13\ninstaller: {installer}\nindices: [{{url: 'https://{HOST}/simple'}}]\npip: [probe, six]\n"
        ));
        assert!(!text.contains("ca.pem"), "{text}");
        let log = company.refused(&text);
        assert!(log.to_lowercase().contains("certificate"), "{log}");
    }
}

/// Reaches the server with the standard library, and with the HTTP client that has certificates of its own.
const REACH: &str = "
import urllib.request, requests
try:
    print(urllib.request.urlopen('https://packages.example.org/').status)
except OSError as error:
    print(error)
try:
    print(requests.get('https://packages.example.org/').status_code)
except OSError as error:
    print(error)
print(urllib.request.urlopen('https://pypi.org/simple/six/').status)
";

#[test]
#[ignore = "needs an engine"]
fn an_image_trusts_the_certificate_if_it_shall() {
    let company = Company::start("mopy-test-ca-image");
    for base in ["distroless", "slim"] {
        let text = format!("python: 3.13\nbase: {base}\npip: [requests]\n");
        let without = company.build("ca-without", &dockerfile(&text));
        let printed = company.python(&without, REACH);
        assert_eq!(printed.matches("CERTIFICATE_VERIFY_FAILED").count(), 2, "{base}: {printed}");

        let text = dockerfile(&format!("{text}ca-certificates: image\n"));
        let image = company.build("ca-image", &text);
        assert_eq!(company.python(&image, REACH), "200\n200\n200\n", "{base}");
        assert!(Left::by(&text, &[&company.host, &company.secret], &[]).has(&company.line), "{base}");
        let log = company.refused(&text);
        assert!(log.contains("secret ca.pem: not found"), "{log}");
    }
}

#[test]
#[ignore = "needs an engine"]
fn apt_trusts_the_certificate() {
    let company = Company::start("mopy-test-ca-apt");
    // one with OpenSSL, one with GnuTLS
    for (version, official, slim, local) in [
        ("3.13", "python:3.13-trixie", "debian:trixie-slim", "debian:trixie-slim"),
        ("3.9.2", "python:3.9.2", "debian:buster-slim", "debian:bullseye-slim"),
    ] {
        let sources = format!("deb [trusted=yes] https://{HOST}/apt ./");
        let with_mirror = |name: &str, from: &str| {
            let text = format!(
                "FROM {from}\nENV SSL_CERT_FILE=\nRUN rm -f /etc/apt/sources.list /etc/apt/sources.list.d/* && echo '{sources}' > /etc/apt/sources.list\n"
            );
            Image::build_with(name, &text, company.directory.path(), &[])
        };
        let (official_mirror, slim_mirror) = (with_mirror("ca-mirror", official), with_mirror("ca-mirror-slim", local));
        for key in ["build-deps", "runtime-deps"] {
            let text = dockerfile(&format!("python: {version}\nca-certificates: build\n{key}: [company-tool]\n"));
            let text = text.replace(&format!("{slim} "), &format!("{} ", slim_mirror.tag()));
            let text = text.replace(&format!("{official} "), &format!("{} ", official_mirror.tag()));
            company.refused(&text);
            let image = company.build("ca-apt", &text);
            if key == "runtime-deps" {
                assert_eq!(image.python("import os; print(os.path.exists('/opt/company-tool'))"), "True");
            }
            let left = Left::by(&text, &[&company.host, &company.secret], &[]);
            assert!(!left.has(&company.line), "{version}: {key}");
        }
    }
}

#[test]
#[ignore = "needs an engine"]
fn secrets_without_certificates_are_refused() {
    let key = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\nMHcC\n";
    for (pem, message) in [
        ("0\u{82}", "error: the secret ca.pem contains no certificate"),
        (key, "error: the secret ca.pem contains a private key"),
    ] {
        let directory = context(&[("ca.pem", pem)]);
        let secret = format!("--secret=id=ca.pem,src={}", directory.path().join("ca.pem").display());
        for place in ["build", "image"] {
            let text = dockerfile(&format!("python: 3.13\nca-certificates: {place}\npip: [six]\n"));
            let printed =
                buildx(&text, directory.path(), &["--no-cache-filter=base", "--output=type=cacheonly", &secret]);
            assert!(!printed.success && printed.stderr.contains(message), "{}", printed.stderr);
        }
    }
}
