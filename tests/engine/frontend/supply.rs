//! What says what an image is made of: the SBOM that a scanner finds in it, its provenance, its labels.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{FRONTEND, HELLO, build, built};
use crate::docker::{Image, context, docker, dockerfile};

/// A scanner of the two databases that scanners read in distroless images, so that no version of one decides:
/// `status.d`, a file for each Debian package, and `dist-info`, a directory for each Python package.
const SCANNER: &str = r#"FROM python:3.13-slim-trixie
COPY <<'EOF' /scan.py
import email, json, os, pathlib
root = pathlib.Path(os.environ["BUILDKIT_SCAN_SOURCE"])
places = [("deb/debian", root.glob("var/lib/dpkg/status.d/*")), ("pypi", root.rglob("*.dist-info/METADATA"))]
packages = []
for kind, files in places:
    for file in sorted(file for file in files if file.suffix != ".md5sums"):
        fields = email.message_from_string(file.read_text())
        name, version = fields["Package"] or fields["Name"], fields["Version"]
        purl = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": f"pkg:{kind}/{name}@{version}"}
        packages.append({"name": name, "versionInfo": version, "SPDXID": f"SPDXRef-{len(packages)}", "externalRefs": [purl]})
document = {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "found-by-scanner", "packages": packages}
statement = {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document", "predicate": document}
with open(os.path.join(os.environ["BUILDKIT_SCAN_DESTINATION"], "scan.spdx.json"), "w") as file:
    json.dump(statement, file)
EOF
ENTRYPOINT ["python", "/scan.py"]
"#;

/// Builds the scanner, and says how to use it.
pub(super) fn scanner() -> String {
    Image::build_with("scanner", SCANNER, context(&[]).path(), &["--provenance=false"]);
    "--attest=type=sbom,generator=mopy-test/scanner".to_owned()
}

/// What is attested of an image that is built from the Mopyfile in `context`: the predicate of the SBOM and that of the provenance.
fn attested(context: &Path) -> (Value, Value) {
    let layout = tempfile::tempdir().unwrap();
    let output = format!("--output=type=oci,tar=false,dest={}", layout.path().display());
    let file = context.join("Mopyfile.yaml");
    let scanner = scanner();
    build(&["--provenance=mode=max", &scanner, &output, "-f", file.to_str().unwrap(), context.to_str().unwrap()], b"")
        .expect();
    let blobs = fs::read_dir(layout.path().join("blobs/sha256")).unwrap();
    let blobs = blobs.map(|entry| entry.unwrap().path()).filter(|path| path.metadata().unwrap().len() < 1 << 20);
    let statements: Vec<Value> =
        blobs.filter_map(|path| serde_json::from_slice(&fs::read(path).unwrap()).ok()).collect();
    let of = |kind: &str| {
        let found =
            statements.iter().find(|found| found["predicateType"].as_str().is_some_and(|text| text.contains(kind)));
        found.unwrap_or_else(|| panic!("no {kind}"))["predicate"].clone()
    };
    (of("spdx.dev"), of("slsa.dev/provenance"))
}

/// The package URLs of an SBOM.
fn found(sbom: &Value) -> Vec<&str> {
    let packages = sbom["packages"].as_array().unwrap();
    packages.iter().map(|package| package["externalRefs"][0]["referenceLocator"].as_str().unwrap()).collect()
}

#[test]
#[ignore = "needs an engine"]
fn an_sbom_has_python_packages_and_carried_libraries() {
    let mopyfile = "#syntax=cmdjulian/mopy\npython: 3.13\ninit: true\npip: [psycopg2, tabulate]\n";
    let directory = context(&[("Mopyfile.yaml", mopyfile)]);
    let (sbom, _) = attested(directory.path());
    assert_eq!(sbom["name"], "found-by-scanner");
    let found = found(&sbom);
    // what psycopg2 is linked to, what the interpreter is, and what the base brings along
    for name in [
        "pypi/psycopg2",
        "pypi/tabulate",
        "deb/debian/libpq5",
        "deb/debian/libsqlite3-0",
        "pypi/dumb-init",
        "deb/debian/libc6",
    ] {
        let prefix = format!("pkg:{name}@");
        let versions: Vec<_> = found.iter().filter_map(|purl| purl.strip_prefix(&prefix)).collect();
        assert!(
            matches!(versions.as_slice(), [version] if version.starts_with(|first: char| first.is_ascii_digit())),
            "{name}: {found:?}"
        );
    }
    // nothing is installed that no package says is its own
    let missing = Image::build_with("sbom", &dockerfile(mopyfile), directory.path(), &[]).python(UNKNOWN);
    assert_eq!(missing, "[]");
}

/// Prints the files that `dist-info` does not list.
const UNKNOWN: &str = "
import importlib.metadata, os, sysconfig
site = sysconfig.get_path('purelib')
owned = {file.parts[0] for found in importlib.metadata.distributions(path=[site]) for file in found.files}
print(sorted(name for name in os.listdir(site) if name not in owned and name != '__pycache__'))
";

#[test]
#[ignore = "needs an engine"]
fn provenance_names_the_frontend_and_the_mopyfile() {
    let directory = context(&[("Mopyfile.yaml", HELLO), ("hello.py", "")]);
    let (_, provenance) = attested(directory.path());
    let invocation = &provenance["invocation"];
    assert_eq!(invocation["configSource"]["entryPoint"], "Mopyfile.yaml");
    assert_eq!(invocation["parameters"]["args"]["source"], FRONTEND);
    let materials: HashMap<&str, &Value> = provenance["materials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| (found["uri"].as_str().unwrap(), &found["digest"]))
        .collect();
    for name in ["cmdjulian/mopy@", "python@3.13-trixie?", "gcr.io/distroless/cc-debian13@nonroot?"] {
        let digest =
            materials.iter().find_map(|(uri, digest)| uri.starts_with(&format!("pkg:docker/{name}")).then_some(digest));
        assert!(digest.is_some_and(|digest| digest["sha256"].is_string()), "{name}: {materials:?}");
    }
    // the steps point at the Mopyfile, whose text is there
    let files =
        provenance["metadata"]["https://mobyproject.org/buildkit@v1#metadata"]["source"]["infos"].as_array().unwrap();
    assert!(files.iter().any(|file| file["filename"] == "Mopyfile.yaml"), "{files:?}");
}

#[test]
#[ignore = "needs an engine"]
fn the_frontend_has_the_labels_of_the_standard() {
    built();
    let labels = docker(&["image", "inspect", "--format", "{{json .Config.Labels}}", FRONTEND]).expect().stdout;
    let labels: Value = serde_json::from_str(&labels).unwrap();
    for (name, value) in [
        ("title", "mopy"),
        ("licenses", env!("CARGO_PKG_LICENSE")),
        ("source", env!("CARGO_PKG_REPOSITORY")),
        ("description", env!("CARGO_PKG_DESCRIPTION")),
    ] {
        assert_eq!(labels[format!("org.opencontainers.image.{name}")], value);
    }
}
