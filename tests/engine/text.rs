//! The text and what builders read in it.

use std::fs;
use std::path::Path;

use super::docker::{Image, buildx, context, dockerfile};

/// Every Mopyfile that is accepted.
fn mopyfiles() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for parent in ["example", "tests/accept"] {
        for entry in fs::read_dir(root.join(parent)).unwrap() {
            let directory = entry.unwrap().path();
            let text = fs::read_to_string(directory.join("Mopyfile.yaml")).unwrap();
            found.push((directory.display().to_string(), text));
        }
    }
    found.sort();
    found
}

#[test]
#[ignore = "needs an engine"]
fn the_engine_has_nothing_to_complain_about() {
    let directory = context(&[]);
    let all = mopyfiles();
    assert!(all.len() >= 6);
    // the names of the other bases are not those of local images
    let local = ["python:3.13-trixie", "python:3.14-trixie", "python:3.9.2", "python:3-trixie"];
    let mut checked = 0;
    for (name, mopyfile) in all {
        let text = dockerfile(&mopyfile);
        if !local.iter().any(|image| text.contains(&format!("FROM {image} AS interpreter"))) {
            continue;
        }
        let printed = buildx(&text, directory.path(), &["--check"]);
        assert!(
            printed.success && printed.stdout.contains("no warnings found"),
            "{name}: {}{}",
            printed.stdout,
            printed.stderr
        );
        checked += 1;
    }
    println!("{checked} Dockerfiles without a warning");
    assert!(checked >= 6);
}

const HOSTILE: &[&str] = &[
    "plain",
    "",
    " spaces  around ",
    "it's \"quoted\" 'twice'",
    "$HOME ${HOME} $(id) `id` $$ $ \\$HOME",
    "back\\slash \\\\ \\n end\\",
    "# no comment # here",
    "ünïcödé 🐍 \u{2028} \u{a0}",
    "tab\there",
    "a=b c=d",
    "<<EOF",
    "[\"json\"]",
    "{{ askama }} {% if %}",
    "%s %d & | ; > /tmp/x < !",
];

fn yaml(text: &str) -> String {
    // JSON is YAML, but a lone surrogate or the like cannot come up here
    serde_json::to_string(text).unwrap().replace("${", "$${")
}

#[test]
#[ignore = "needs an engine"]
fn hostile_values_arrive_as_they_are() {
    let project = "it's a \"dir\" $HOME \\ # [x] * ? ü {a}";
    let main = "import json, sys, os; print(json.dumps([sys.argv[1:], os.getcwd()]))";
    let directory = context(&[(&format!("{project}/main.py"), main)]);
    let marker = "tabulate; python_version >= \"3\" and platform_machine != 'it is $HOME `x` \\ # ü <<EOF'";
    let command = ["python", "main.py", "two\nlines\n\n", "$HOME", "it's", "\"q\"", "\\", "# x", "ü🐍", ""];
    let mut mopyfile = String::from("python: 3.13\n");
    mopyfile += &format!("project: {}\n", serde_json::to_string(project).unwrap());
    mopyfile += &format!("pip: [{}]\n", serde_json::to_string(marker).unwrap());
    mopyfile += &format!("command: {}\n", serde_json::to_string(&command).unwrap());
    mopyfile += "envs:\n";
    for (i, value) in HOSTILE.iter().enumerate() {
        mopyfile += &format!("  E{i}: {}\n", yaml(value));
    }
    mopyfile += "  API_TOKEN: x\n  REFERENCE: \"<${E3}> ${PATH}\"\n";
    mopyfile += "labels:\n";
    for (i, value) in HOSTILE.iter().enumerate() {
        mopyfile += &format!("  l{i}: {}\n", serde_json::to_string(value).unwrap());
    }
    let image = Image::build("hostile", &mopyfile, directory.path());

    for (i, value) in HOSTILE.iter().enumerate() {
        assert_eq!(image.env(&format!("E{i}")).as_deref(), Some(*value), "E{i}");
        assert_eq!(image.config()["Labels"][format!("l{i}")], *value, "l{i}");
    }
    let reference = image.env("REFERENCE").unwrap();
    assert!(reference.starts_with(&format!("<{}> /opt/venv/bin:/usr/local", HOSTILE[3])), "{reference}");
    assert_eq!(image.config()["Cmd"], serde_json::json!(command));
    let sbom = image.config()["Labels"]["mopy.sbom"].as_str().unwrap().to_owned();
    assert_eq!(serde_json::from_str::<Vec<String>>(&sbom).unwrap(), [marker]);
    let printed = image.run(&[], &[]);
    let expected = serde_json::json!([&command[2..], format!("/home/nonroot/{project}")]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).unwrap(), expected);
    assert_eq!(image.python("import tabulate; print(1)"), "1", "the marker is true, so it was installed");
}
