//! The text and what builders read in it.

use super::docker::{Image, buildx, context, dockerfile};
use super::mopyfiles;

#[test]
#[ignore = "needs an engine"]
fn the_engine_has_nothing_to_complain_about() {
    let directory = context(&[]);
    let all = mopyfiles::accepted();
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

/// A Mopyfile whose values are full of what builders and shells read as something else.
pub(crate) struct Hostile {
    project: &'static str,
    pub(crate) mopyfile: String,
    pub(crate) context: tempfile::TempDir,
}

/// With every character that some reader takes for something else.
const PROJECT: &str = "it's a \"dir\" $HOME \\ # [x] * ? ü {a} !";

const MARKER: &str = "tabulate; python_version >= \"3\" and platform_machine != 'it is $HOME `x` \\ # ü <<EOF'";

const COMMAND: [&str; 10] = ["python", "main.py", "two\nlines\n\n", "$HOME", "it's", "\"q\"", "\\", "# x", "ü🐍", ""];

impl Hostile {
    /// With the application in the directory `project`.
    pub(crate) fn new(project: &'static str) -> Self {
        let json = |text: &str| serde_json::to_string(text).unwrap();
        let main = "import json, sys, os; print(json.dumps([sys.argv[1:], os.getcwd()]))";
        let context = context(&[(&format!("{project}/main.py"), main)]);
        let mut mopyfile = format!("python: 3.13\nproject: {}\npip: [{}]\n", json(project), json(MARKER));
        mopyfile += &format!("command: {}\n", serde_json::to_string(&COMMAND).unwrap());
        mopyfile += "envs:\n";
        for (i, value) in HOSTILE.iter().enumerate() {
            mopyfile += &format!("  E{i}: {}\n", yaml(value));
        }
        mopyfile += "  API_TOKEN: x\n  REFERENCE: \"<${E3}> ${PATH}\"\nlabels:\n";
        for (i, value) in HOSTILE.iter().enumerate() {
            mopyfile += &format!("  l{i}: {}\n", json(value));
        }
        Self { project, mopyfile, context }
    }

    /// Whether all of the values are in the configuration of the image.
    pub(crate) fn check(&self, config: &serde_json::Value) {
        let env = |name: &str| {
            let envs = config["Env"].as_array().unwrap().iter().map(|env| env.as_str().unwrap());
            envs.filter_map(|env| env.strip_prefix(&format!("{name}="))).next_back().map(str::to_owned)
        };
        for (i, value) in HOSTILE.iter().enumerate() {
            assert_eq!(env(&format!("E{i}")).as_deref(), Some(*value), "E{i}");
            assert_eq!(config["Labels"][format!("l{i}")], *value, "l{i}");
        }
        let reference = env("REFERENCE").unwrap();
        assert!(reference.starts_with(&format!("<{}> /opt/venv/bin:/usr/local", HOSTILE[3])), "{reference}");
        assert_eq!(config["Cmd"], serde_json::json!(COMMAND));
        assert_eq!(config["WorkingDir"], format!("/home/nonroot/{}", self.project));
        let sbom = config["Labels"]["mopy.sbom"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Vec<String>>(sbom).unwrap(), [MARKER]);
    }
}

#[test]
#[ignore = "needs an engine"]
fn hostile_values_arrive_as_they_are() {
    let hostile = Hostile::new(PROJECT);
    let image = Image::build("hostile", &hostile.mopyfile, hostile.context.path());
    hostile.check(&image.config());
    let expected = serde_json::json!([&COMMAND[2..], format!("/home/nonroot/{PROJECT}")]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&image.run(&[], &[])).unwrap(), expected);
    assert_eq!(image.python("import tabulate; print(1)"), "1", "the marker is true, so it was installed");
}
