//! Writes the Mopyfile, with comments for guesses and open tasks.

use super::application::DetectedApplication;
use super::dependencies::{Dependencies, Workspace};
use super::python::Choice;
use crate::mopyfile::keys::SCHEMA;

/// The contents of the file.
pub(super) struct Proposal {
    pub(super) python: Choice,
    pub(super) dependencies: Dependencies,
    pub(super) application: DetectedApplication,
    pub(super) workspace: Option<Workspace>,
}

/// The maximum length of a line with a trailing comment.
const WIDTH: usize = 100;

impl Proposal {
    /// The whole file.
    pub(super) fn text(&self) -> String {
        let Self { python, dependencies, application, .. } = self;
        let mut text = format!("#syntax=cmdjulian/mopy\n# yaml-language-server: $schema={SCHEMA}\n\n");
        text += &commented(&format!("python: {}", python.version), Some(&python.reason));
        text += &list("build-deps", &dependencies.build_deps);
        if !dependencies.runtime_deps.is_empty() {
            text += "base: slim\n";
        }
        text += &list("runtime-deps", &dependencies.runtime_deps);
        if !application.envs.is_empty() {
            text += "envs:\n";
            for (name, value) in &application.envs {
                text += &format!("  {name}: {}\n", scalar(value));
            }
        }
        text += &remarks(&dependencies.remarks);
        match dependencies.pip.as_slice() {
            [] if application.is_empty() => text += "# pip: [fastapi, ./requirements.txt, ./lib/]\n",
            [] => {}
            entries => {
                text += "pip:\n";
                for (entry, comment) in entries {
                    text += &commented(&format!("  - {}", scalar(&self.placed(entry))), *comment);
                }
            }
        }
        if application.is_empty() {
            text += "# nothing to run was found: add a directory with main.py, a file, or a command\n\
                     # project: ./app/\n# command: [python, -m, shop]\n";
            return text;
        }
        if let Some(project) = &application.project {
            text += &format!("project: {}\n", scalar(&self.placed(project)));
        }
        text += &remarks(&application.remarks);
        text += &list("entrypoint", &application.entrypoint);
        text += &list("command", &application.command);
        if application.init {
            text += "init: true\n";
        }
        if !application.ports.is_empty() {
            let ports: Vec<String> = application.ports.iter().map(u16::to_string).collect();
            text += &format!("ports: [{}]\n", ports.join(", "));
        }
        if let Some(path) = &application.health {
            text += &format!("healthcheck:\n  http: {}\n", scalar(path));
        }
        text
    }

    /// A short summary of the findings.
    pub(super) fn summary(&self) -> String {
        let Self { python, dependencies, application, .. } = self;
        let entries: Vec<String> = dependencies.pip.iter().map(|(entry, _)| self.placed(entry)).collect();
        let installs = if entries.is_empty() { "nothing".to_owned() } else { entries.join(", ") };
        let runs = if !application.entrypoint.is_empty() {
            application.entrypoint.join(" ")
        } else if !application.command.is_empty() {
            application.command.join(" ")
        } else {
            match application.project.as_deref() {
                Some(project) if project.ends_with('/') => format!("{}main.py", self.placed(project)),
                Some(project) => self.placed(project),
                None => "nothing yet".to_owned(),
            }
        };
        format!("Python {}, installs {installs}, runs {runs}", python.version)
    }

    /// Translates a path of the project to a path of the build context.
    fn placed(&self, path: &str) -> String {
        match &self.workspace {
            // the lock file belongs to the workspace
            Some(workspace) if path.starts_with("./") && !path.starts_with("./uv.lock") => {
                format!("./{}/{}", workspace.member, path.trim_start_matches("./"))
            }
            _ => path.to_owned(),
        }
    }
}

/// A line with a trailing comment, or with the comment above it if the line would be too long.
fn commented(line: &str, comment: Option<&str>) -> String {
    match comment {
        None => format!("{line}\n"),
        Some(comment) if line.len() + comment.len() + 4 <= WIDTH => format!("{line}  # {comment}\n"),
        Some(comment) => format!("{}# {comment}\n{line}\n", " ".repeat(line.len() - line.trim_start().len())),
    }
}

fn remarks(remarks: &[String]) -> String {
    remarks.iter().map(|remark| format!("# {}\n", remark.replace(char::is_control, " "))).collect()
}

/// A list in flow style; empty if there are no items.
fn list(key: &str, items: &[impl AsRef<str>]) -> String {
    let items: Vec<String> = items.iter().map(|item| scalar(item.as_ref())).collect();
    if items.is_empty() { String::new() } else { format!("{key}: [{}]\n", items.join(", ")) }
}

/// A string as a YAML scalar.
fn scalar(text: &str) -> String {
    let reserved = ["null", "true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word));
    let is_number = text.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok();
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphanumeric() || "./-_".contains(c))
        && text != "-"
        && text != "."
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=".contains(c));
    // JSON strings are valid YAML
    if is_plain && !reserved && !is_number { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::scalar;

    #[test]
    fn empty_words_are_quoted() {
        assert_eq!(scalar(""), "\"\"");
    }
}
