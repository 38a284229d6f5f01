//! The Mopyfiles of the repository, for more than one test.

use std::fs;
use std::path::Path;

/// Every Mopyfile that is accepted, with its directory.
pub(crate) fn accepted() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for parent in ["example", "tests/accept"] {
        let paths = fs::read_dir(root.join(parent)).unwrap().map(|entry| entry.unwrap().path());
        for directory in paths.filter(|path| path.is_dir()) {
            let text = fs::read_to_string(directory.join("Mopyfile.yaml")).unwrap();
            found.push((directory.display().to_string(), text));
        }
    }
    found.sort();
    found
}
