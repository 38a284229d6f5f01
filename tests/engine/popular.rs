//! Popular packages: their images build, and all of them import there.

use std::fs;
use std::path::Path;

use super::docker::{Image, context, size};

/// Builds the image of `tests/popular/<name>`, which itself tries the imports, and tries them again as another
/// user on a root that nothing can be written to.
fn import(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/popular").join(name).join("Mopyfile.yaml");
    let text = fs::read_to_string(path).unwrap();
    let (mopyfile, _) = mopy::mopyfile::read(&mopy::Source::new("Mopyfile.yaml", &text), mopy::Month::RELEASE);
    let mopyfile = mopyfile.unwrap();
    let modules: Vec<String> = mopyfile.imports.iter().map(|module| module.value.as_str().to_owned()).collect();
    let image = Image::build(&format!("popular-{name}"), &text, context(&[]).path());
    // matplotlib does not import without a place for its font cache
    let options = ["--user=12345:0", "--read-only", "--tmpfs=/tmp", "--entrypoint=python"];
    let program = "import importlib, sys; print(*(importlib.import_module(name).__name__ for name in sys.argv[1:]))";
    let mut arguments = vec!["-c", program];
    arguments.extend(modules.iter().map(String::as_str));
    assert_eq!(image.run(&options, &arguments), modules.join(" "));
    let megabytes = size(image.tag()) as f64 / 1e6;
    println!("{name}, {megabytes:.0} MB: {} packages given, which import as {}", mopyfile.pip.len(), modules.join(" "));
}

/// numpy, scipy, pandas and the like: wheels that bundle libraries.
#[test]
#[ignore = "needs an engine"]
fn science() {
    import("science");
}

/// Web frameworks, clients, serialisation, cryptography: wheels with code in C, C++ and Rust.
#[test]
#[ignore = "needs an engine"]
fn services() {
    import("services");
}

/// psycopg2, pycairo, python-ldap and the like, compiled against Debian's libraries.
#[test]
#[ignore = "needs an engine"]
fn libraries() {
    import("libraries");
}

/// Packages compiled from C++, Fortran and Rust.
#[test]
#[ignore = "needs an engine"]
fn compilers() {
    import("compilers");
}
