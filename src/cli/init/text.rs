//! The Mopyfile for a layout, as text.

use super::layout::{Layout, Program};
use crate::mopyfile::keys::SCHEMA;

/// The whole file.
pub(super) fn mopyfile(layout: &Layout) -> String {
    let mut text = format!("#syntax=cmdjulian/mopy\n# yaml-language-server: $schema={SCHEMA}\n\n");
    text.push_str(&format!("# the version of Python: {}\npython: {}\n\n", layout.reason, layout.python));
    text.push_str(&requirements(layout));
    text.push('\n');
    text.push_str(&program(layout.program.as_ref()));
    text
}

/// What was found, in a few words.
pub(super) fn summary(layout: &Layout) -> String {
    let runs = match &layout.program {
        Some(Program::Main(path)) => format!("runs {path}main.py"),
        Some(Program::File(path)) => format!("runs {path}"),
        Some(Program::Django(_)) => "runs Django".to_owned(),
        Some(Program::Package(name, _)) => format!("runs python -m {name}"),
        None => "runs nothing yet".to_owned(),
    };
    let installs = if layout.pip.is_empty() { "nothing".to_owned() } else { layout.pip.join(", ") };
    format!("Python {}, installs {installs}, {runs}", layout.python)
}

fn requirements(layout: &Layout) -> String {
    let mut text = String::new();
    for lock in &layout.locks {
        let name = lock.name;
        text.push_str(&match lock.export {
            Some(command) => format!("# {name} is not read; to install the versions that it has: {command}\n"),
            None => format!("# {name} is not read\n"),
        });
    }
    if let Some(file) = &layout.hashes {
        text.push_str(&format!("# {file} has hashes, and pip then wants one for all, so that ./ cannot be an entry\n"));
    }
    if layout.pip.is_empty() {
        text.push_str("# what to install: requirements, files with them, projects\n# pip: [fastapi, ./requirements.txt, ./lib/]\n");
        return text;
    }
    text.push_str("# what to install\npip:\n");
    for entry in &layout.pip {
        text.push_str(&format!("  - {}\n", scalar(entry)));
    }
    text
}

fn program(program: Option<&Program>) -> String {
    match program {
        Some(Program::Main(path)) => {
            format!("# the application: a directory, whose main.py is what runs\nproject: {path}\n")
        }
        Some(Program::File(path)) => format!("# the application\nproject: {}\n", scalar(path)),
        Some(Program::Django(wsgi)) => format!(
            "# the application; this is Django's server for development, for others add gunicorn to pip and write\n\
             # command: [gunicorn, {}, --bind, \"0.0.0.0:8000\"]\n\
             project: ./\n\
             command: [python, manage.py, runserver, \"0.0.0.0:8000\"]\n",
            wsgi.as_deref().unwrap_or("shop.wsgi")
        ),
        Some(Program::Package(name, directory)) => {
            let project = directory.map(|path| format!("# the application\nproject: {path}\n")).unwrap_or_default();
            format!("{project}# what runs: the package's __main__.py\ncommand: [python, -m, {}]\n", scalar(name))
        }
        None => "# what runs: a directory with main.py, a file, or a command\n\
                 # project: ./app/\n\
                 # command: [python, -m, shop]\n"
            .to_owned(),
    }
}

/// A text as YAML has it.
fn scalar(text: &str) -> String {
    let is_plain =
        !text.eq_ignore_ascii_case("null") && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    // what JSON quotes, YAML reads
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
