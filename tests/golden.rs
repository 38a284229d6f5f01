//! Golden files: what mopy makes of each Mopyfile in `example/`, `tests/accept/`, `tests/warn/`, `tests/reject/` and
//! `tests/context/` is in the same directory, and `docs/rules.md` is generated from the table of rules.
//! `SNAPSHOTS=overwrite cargo test --test golden` writes them anew.

#[path = "golden/difference.rs"]
mod difference;

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use mopy::diagnostic::{Severity, rule};
use mopy::{Diagnostics, Month, Source, Transpiled, diagnostic};

datatest_stable::harness! {
    { test = example, root = "example", pattern = r"^[^/]+/Mopyfile\.yaml$" },
    { test = accept, root = "tests/accept", pattern = r"^[^/]+/Mopyfile\.yaml$" },
    { test = warn, root = "tests/warn", pattern = r"^[^/]+/Mopyfile\.yaml$" },
    { test = formats, root = "tests/formats", pattern = r"^[^/]+/Mopyfile\.yaml$" },
    { test = schema, root = "example", pattern = r"^mopyfile\.schema\.json$" },
    { test = reject, root = "tests/reject", pattern = r"^[^/]+/Mopyfile\.yaml$" },
    { test = context, root = "tests/context", pattern = r"^[^/]+/Mopyfile\.yaml$" },
    { test = init, root = "tests/init", pattern = r"^[^/]+/Mopyfile\.yaml$" },
    { test = rules, root = "docs", pattern = r"^rules\.md$" },
}

fn transpile(source: &Source) -> Transpiled {
    mopy::transpile(source, None, &[], Month::RELEASE)
}

/// With the lock next to `path`, if there is one.
fn locked(path: &Path, source: &Source) -> Transpiled {
    let lock = fs::read_to_string(path.with_file_name("Mopyfile.yaml.lock")).ok();
    let lock = lock.map(|text| Source::new("Mopyfile.yaml.lock", text));
    mopy::transpile(source, lock.as_ref(), &[], Month::RELEASE)
}

/// The text of the Dockerfile; what it warns about is the matter of the example's reader.
fn example(path: &Path, text: String) -> datatest_stable::Result<()> {
    let source = Source::new("Mopyfile.yaml", text);
    let transpiled = transpile(&source);
    let name = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    let lines = transpiled.dockerfile.as_ref().map_or(0, |dockerfile| dockerfile.text.lines().count());
    if lines > budget(name) {
        return Err(format!("the Dockerfile has {lines} lines; the budget is {}", budget(name)).into());
    }
    compare(&path.with_file_name("Dockerfile"), dockerfile(&source, &transpiled)?)
}

/// The most lines that the Dockerfile of an example may have, comments and blank ones included.
fn budget(example: &str) -> usize {
    match example {
        "minimal" => 45,
        "hello-world" => 50,
        "uv.lock" => 90,
        "full" => 130,
        _ => 80,
    }
}

/// Each instruction goes on to its last line, and no further: a part of the template that is omitted can take the end
/// of a command with it.
fn dockerfile<'a>(source: &Source, transpiled: &'a Transpiled) -> datatest_stable::Result<&'a str> {
    let dockerfile = transpiled.dockerfile.as_ref().ok_or_else(|| shown(source, &transpiled.diagnostics))?;
    let text = dockerfile.text.as_str();
    let mut lines = text.lines().zip(text.lines().skip(1));
    if let Some((line, _)) = lines.find(|(line, next)| line.ends_with('\\') && next.trim().is_empty()) {
        return Err(format!("nothing follows the line `{line}`").into());
    }
    Ok(text)
}

/// The text of the Dockerfile, as its difference from that of the example which is nearest to it, and the warnings.
fn accept(path: &Path, text: String) -> datatest_stable::Result<()> {
    let source = Source::new("Mopyfile.yaml", text);
    let transpiled = locked(path, &source);
    let text = dockerfile(&source, &transpiled)?;
    let file = path.with_file_name("Dockerfile.diff");
    let kept = fs::read_to_string(&file).unwrap_or_default();
    if is_overwriting() {
        let differences =
            EXAMPLES.map(|name| Ok(format!("{name}\n{}", difference::encode(&example_text(name)?, text))));
        let differences: Vec<String> = differences.into_iter().collect::<datatest_stable::Result<_>>()?;
        let least = differences.iter().min_by_key(|difference| difference.lines().count());
        compare(&file, least.map_or("", String::as_str))?;
    } else {
        let (name, difference) = kept.split_once('\n').unwrap_or_default();
        let expected = difference::decode(&example_text(name)?, difference)
            .ok_or_else(|| format!("{} is not a difference from the Dockerfile of {name}", file.display()))?;
        same(&file, &expected, text)?;
    }
    compare(&path.with_file_name("diagnostics.txt"), &shown(&source, &transpiled.diagnostics))
}

/// Examples that others are compared with.
const EXAMPLES: [&str; 8] =
    ["base-image", "full", "hello-world", "minimal", "requirements.txt", "script", "uv.lock", "web"];

/// The Dockerfile of an example, as it is made now: its own test compares it with the file.
fn example_text(name: &str) -> datatest_stable::Result<String> {
    let path = Path::new("example").join(name).join("Mopyfile.yaml");
    let source =
        Source::new("Mopyfile.yaml", fs::read_to_string(&path).map_err(|_| format!("there is no example `{name}`"))?);
    Ok(dockerfile(&source, &transpile(&source))?.to_owned())
}

/// The warnings, as text and as JSON.
fn warn(path: &Path, text: String) -> datatest_stable::Result<()> {
    let source = Source::new("Mopyfile.yaml", text);
    let found = transpile(&source).diagnostics;
    if found.has_errors() {
        return Err(shown(&source, &found).into());
    }
    diagnostics(path, &source, &found)
}

/// The problems, as text and as JSON.
fn reject(path: &Path, text: String) -> datatest_stable::Result<()> {
    let source = Source::new("Mopyfile.yaml", text);
    let found = transpile(&source).diagnostics;
    if !found.has_errors() {
        return Err("the Mopyfile has no problem".into());
    }
    diagnostics(path, &source, &found)
}

/// The page that [`rule::Rule::url`] links to. Its examples are in `tests/rules`, and `tests/rules.rs` tests them.
fn rules(path: &Path, _: String) -> datatest_stable::Result<()> {
    let mut page = "<!-- Generated from src/diagnostic/rule.rs: SNAPSHOTS=overwrite cargo test --test golden -->\n\n\
        # Rules\n\n\
        Every message includes the name of a rule, as in `warning[unpinned-git]`. `mopy explain RULE` prints \
        a rule's section of this page.\n\n\
        - An **error** stops the build.\n\
        - A **warning** points out a risk or a likely mistake. It does not stop the build. `mopy check --strict` \
        treats it as an error.\n\
        - A **note** is for information. `--strict` does not treat it as an error.\n\n\
        To suppress a warning or note, add the comment `# mopy: ignore=RULE` to the end of the line that it points to. \
        Separate multiple rules with commas. Errors cannot be suppressed.\n\n\
        Most examples omit `#syntax=cmdjulian/mopy` and `python: 3.13`.\n"
        .to_owned();
    for (severity, heading) in [(Severity::Error, "Errors"), (Severity::Warning, "Warnings"), (Severity::Note, "Notes")]
    {
        write!(page, "\n**{heading}**\n\n| rule | description |\n|---|---|\n")?;
        let mut rules: Vec<_> = rule::ALL.iter().filter(|rule| rule.severity == severity).collect();
        rules.sort_unstable_by_key(|rule| rule.name);
        for rule in rules {
            writeln!(page, "| [{name}](#{name}) | {} |", rule.summary, name = rule.name)?;
        }
    }
    for rule in rule::ALL {
        let severity = match rule.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        write!(page, "\n## {}\n\n**{severity}**: {}.\n\n{}\n", rule.name, rule.summary, rule.explanation)?;
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/rules/{}.yaml", rule.name));
        if let Some((bad, good)) = fs::read_to_string(examples).unwrap_or_default().split_once("# Good\n") {
            let bad = bad.trim_start_matches("# Bad\n");
            write!(page, "\n**Bad**\n\n```yaml\n{bad}```\n\n**Good**\n\n```yaml\n{good}```\n")?;
        }
        if [&rule::UNREAD_BUILD_ARGUMENT, &rule::MISSING_LIBRARY].contains(rule) {
            page.push_str(
                "\nThis message does not point to a line of the Mopyfile, so a comment cannot suppress it.\n",
            );
        } else if rule.severity != Severity::Error {
            writeln!(
                page,
                "\nTo suppress this {severity}, add `# mopy: ignore={}` to the end of the line that it points to.",
                rule.name
            )?;
        }
    }
    compare(path, &page)
}

fn diagnostics(path: &Path, source: &Source, found: &Diagnostics) -> datatest_stable::Result<()> {
    compare(&path.with_file_name("diagnostics.txt"), &shown(source, found))?;
    compare(&path.with_file_name("diagnostics.json"), &format!("{:#}\n", diagnostic::json::render(source, found)))
}

/// What `mopy check` says about the Mopyfile and the files next to it, to people and to programs.
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

/// The files that `mopy init` writes for the project next to the Mopyfile, and its output. `mopy check` accepts them.
fn init(path: &Path) -> datatest_stable::Result<()> {
    let case = path.parent().unwrap_or(path);
    let place = tempfile::tempdir()?;
    let project = place.path().join("project");
    copy(&case.join("project"), &project)?;
    let below = fs::read_to_string(case.join("directory")).unwrap_or_default();
    let directory = project.join(below.trim());
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_mopy")).args(arguments).env_clear().current_dir(&directory).output()
    };
    let said = String::from_utf8(run(&["init"])?.stderr)?;
    compare(path, &fs::read_to_string(directory.join("Mopyfile.yaml"))?)?;
    compare(&case.join("output.txt"), &said)?;
    let up = "../".repeat(below.trim().split('/').filter(|part| !part.is_empty()).count());
    let context = format!("./{up}");
    let found = run(&["check", "--context", &context, "--format", "json"])?;
    let found: serde_json::Value = serde_json::from_slice(&found.stdout)?;
    // how long a Python is maintained goes by the clock
    let about_time = |found: &serde_json::Value| {
        found["rule"].as_str().is_some_and(|rule| matches!(rule, "python-eol-soon" | "eol-python"))
    };
    let allowed = fs::read_to_string(case.join("found")).unwrap_or_default();
    let others = found["diagnostics"].as_array().into_iter().flatten().filter(|found| !about_time(found));
    let others: Vec<_> =
        others.filter(|found| !found["rule"].as_str().is_some_and(|rule| allowed.contains(rule))).collect();
    if !others.is_empty() {
        return Err(format!("mopy finds fault with it: {others:#?}").into());
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?
        } else {
            fs::copy(entry.path(), target).map(drop)?
        }
    }
    Ok(())
}

fn shown(source: &Source, diagnostics: &Diagnostics) -> String {
    diagnostic::text::render(source, diagnostics, false)
}

/// What programs get. Of SARIF it is the results: the rest is the same for all Mopyfiles.
fn formats(path: &Path, text: String) -> datatest_stable::Result<()> {
    let source = Source::new("app, 50%/Mopyfile.yaml", text);
    let found = transpile(&source).diagnostics;
    compare(&path.with_file_name("github.txt"), &diagnostic::github::render(&source, &found))?;
    let mut sarif = diagnostic::sarif::render(&source, &found);
    let results = sarif["runs"][0]["results"].as_array_mut().ok_or("there are no results")?;
    for result in results.iter_mut().filter_map(serde_json::Value::as_object_mut) {
        // it changes with every new rule
        result.remove("ruleIndex").ok_or("a result has no index of its rule")?;
    }
    compare(&path.with_file_name("sarif.json"), &format!("{:#}\n", sarif["runs"][0]["results"]))
}

/// The JSON Schema.
fn schema(path: &Path, _: String) -> datatest_stable::Result<()> {
    compare(path, &format!("{:#}\n", mopy::mopyfile::keys::schema()))
}

/// Compares with `file`, which is not there when nothing is expected, or writes it.
fn compare(file: &Path, text: &str) -> datatest_stable::Result<()> {
    if is_overwriting() {
        if !text.is_empty() {
            fs::write(file, text)?;
        } else if file.exists() {
            fs::remove_file(file)?;
        }
        return Ok(());
    }
    same(file, &if file.exists() { fs::read_to_string(file)? } else { String::new() }, text)
}

fn is_overwriting() -> bool {
    env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite")
}

/// Compares with what `file` says.
fn same(file: &Path, expected: &str, text: &str) -> datatest_stable::Result<()> {
    if expected == text {
        return Ok(());
    }
    let name = file.display().to_string();
    let diff = similar::TextDiff::from_lines(expected, text);
    let diff = diff.unified_diff().header(&name, "now").to_string();
    Err(format!("{name} differs; `SNAPSHOTS=overwrite cargo test --test golden` writes it anew\n{diff}").into())
}
