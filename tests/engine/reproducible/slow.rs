//! Packages that are compiled from C, Cython and Fortran.

use std::fs;
use std::path::Path;

use crate::docker::{cold, dockerfile, example, full_without_git};

/// Installers unpack a source distribution in a directory with a random name, and gfortran writes the names of source
/// files into what it compiles. Nothing else differs.
#[test]
#[ignore = "needs an engine"]
fn two_cold_builds_of_the_example_full_differ_in_the_directory_of_its_fortran() {
    let text = dockerfile(&full_without_git());
    let [one, two] = [(); 2].map(|()| {
        let directory = tempfile::tempdir().unwrap();
        cold(&text, &example("full"), &[&format!("--output=type=local,dest={}", directory.path().display())]);
        directory
    });
    let mut differences = Vec::new();
    let files = compare(one.path(), two.path(), Path::new(""), &mut differences);
    println!("{files} files, of which differ: {differences:?}");
    assert!(files > 1000, "{files}");
    for path in differences {
        let packages = "opt/venv/lib/python3.9/site-packages/slycot";
        let found = path.strip_prefix(packages).unwrap_or_else(|| panic!("{path}"));
        // the record has the digest of the other one
        assert!(found.starts_with("/_wrapper") || found.ends_with(".dist-info/RECORD"), "{path}");
    }
}

/// Counts the files below two directories, and lists those that are not the same.
fn compare(one: &Path, two: &Path, below: &Path, differences: &mut Vec<String>) -> usize {
    let names = |root: &Path| {
        let mut names: Vec<_> =
            fs::read_dir(root.join(below)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(one), names(two), "{}", below.display());
    let mut files = 0;
    for name in names(one) {
        let path = below.join(name);
        let [first, second] = [one, two].map(|root| root.join(&path));
        if first.is_symlink() || second.is_symlink() {
            assert_eq!(fs::read_link(&first).unwrap(), fs::read_link(&second).unwrap(), "{}", path.display());
        } else if first.is_dir() {
            files += compare(one, two, &path, differences);
        } else {
            files += 1;
            if fs::read(&first).unwrap() != fs::read(&second).unwrap() {
                differences.push(path.display().to_string());
            }
        }
    }
    files
}
