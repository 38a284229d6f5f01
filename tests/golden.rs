//! Golden files: what mopy makes of each Mopyfile in `example/`, `tests/accept/`, `tests/warn/`, `tests/reject/` and
//! `tests/context/` stands beside it. `SNAPSHOTS=overwrite cargo test --test golden` writes it anew.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use mopy::{Diagnostics, Source, diagnostic};

datatest_stable::harness! {
    { test = example, root = "example", pattern = r"^[^/]+/Mopyfile\.yaml$" },
    { test = accept, root = "tests/accept", pattern = r"^[^/]+/Mopyfile\.yaml$" },
    { test = warn, root = "tests/warn", pattern = r"^[^/]+/Mopyfile\.yaml$" },
    { test = reject, root = "tests/reject", pattern = r"^[^/]+/Mopyfile\.yaml$" },
    { test = context, root = "tests/context", pattern = r"^[^/]+/Mopyfile\.yaml$" },
}

/// The text of the Dockerfile; what it warns about is the matter of the example's reader.
fn example(path: &Path, text: String) -> datatest_stable::Result<()> {
    let source = Source::new("Mopyfile.yaml", text);
    let transpiled = mopy::transpile(&source, &[], mopy::Month::RELEASE).map_err(|found| shown(&source, &found))?;
    compare(&path.with_file_name("Dockerfile"), &transpiled.dockerfile.text)
}

/// The text of the Dockerfile, and the warnings.
fn accept(path: &Path, text: String) -> datatest_stable::Result<()> {
    let source = Source::new("Mopyfile.yaml", text);
    let transpiled = mopy::transpile(&source, &[], mopy::Month::RELEASE).map_err(|found| shown(&source, &found))?;
    compare(&path.with_file_name("Dockerfile"), &transpiled.dockerfile.text)?;
    compare(&path.with_file_name("diagnostics.txt"), &shown(&source, &transpiled.diagnostics))
}

/// The warnings.
fn warn(path: &Path, text: String) -> datatest_stable::Result<()> {
    let source = Source::new("Mopyfile.yaml", text);
    let transpiled = mopy::transpile(&source, &[], mopy::Month::RELEASE).map_err(|found| shown(&source, &found))?;
    compare(&path.with_file_name("diagnostics.txt"), &shown(&source, &transpiled.diagnostics))
}

/// The problems.
fn reject(path: &Path, text: String) -> datatest_stable::Result<()> {
    let source = Source::new("Mopyfile.yaml", text);
    let found = mopy::transpile(&source, &[], mopy::Month::RELEASE).err().ok_or("the Mopyfile has no problem")?;
    compare(&path.with_file_name("diagnostics.txt"), &shown(&source, &found))
}

/// What `mopy check` says about the Mopyfile and the files beside it, to people and to programs.
fn context(path: &Path) -> datatest_stable::Result<()> {
    let check = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mopy"));
        command.args(["check", "--format", format]).env_clear();
        command.current_dir(path.parent().unwrap_or(path)).output()
    };
    let (text, json) = (check("text")?, check("json")?);
    compare(&path.with_file_name("diagnostics.txt"), &String::from_utf8(text.stderr)?)?;
    compare(&path.with_file_name("diagnostics.json"), &String::from_utf8(json.stdout)?)
}

fn shown(source: &Source, diagnostics: &Diagnostics) -> String {
    diagnostic::text::render(source, diagnostics, false)
}

/// Compares with `file`, which is not there when nothing is expected, or writes it.
fn compare(file: &Path, text: &str) -> datatest_stable::Result<()> {
    if env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        if !text.is_empty() {
            fs::write(file, text)?;
        } else if file.exists() {
            fs::remove_file(file)?;
        }
        return Ok(());
    }
    let expected = if file.exists() { fs::read_to_string(file)? } else { String::new() };
    if expected == text {
        return Ok(());
    }
    let name = file.display().to_string();
    let diff = similar::TextDiff::from_lines(expected.as_str(), text);
    let diff = diff.unified_diff().header(&name, "now").to_string();
    Err(format!("{name} differs; `SNAPSHOTS=overwrite cargo test --test golden` writes it anew\n{diff}").into())
}
