//! Reads an existing Dockerfile.

use std::collections::HashMap;

use super::shell::Command;
use crate::mopyfile::lint::commands::SHELLS;

/// The relevant parts of a Dockerfile.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Dockerfile {
    /// The Python version in the tag of the base image of the last stage, or else of another stage: `3.11`, `3.11.4`.
    pub(crate) python: Option<String>,
    /// The command, if it does not need a shell.
    pub(crate) command: Option<Command>,
    /// The instruction with the command, if it could not be read.
    pub(crate) unread: Option<String>,
    /// Ports of `EXPOSE`.
    pub(crate) ports: Vec<u16>,
    /// apt packages of the last stage.
    pub(crate) packages: Vec<String>,
    /// Variables of the last stage.
    pub(crate) envs: Vec<(String, String)>,
    /// The directories that files of the context are copied to, which are prefixes of paths in the image.
    pub(crate) directories: Vec<String>,
}

/// An instruction: its name in upper case, and the rest.
type Instruction = (String, String);

impl Dockerfile {
    /// Reads the text of a Dockerfile.
    pub(crate) fn parse(text: &str) -> Self {
        let mut arguments: HashMap<String, String> = HashMap::new();
        let mut stages: Vec<(String, Stage)> = Vec::new();
        let mut stage = Stage::default();
        let mut alias = String::new();
        for (name, rest) in &instructions(text) {
            let expanded = expand(rest, &arguments);
            match name.as_str() {
                "ARG" => {
                    if let Some((name, value)) = expanded.split_once('=') {
                        arguments.insert(name.trim().to_owned(), value.trim().trim_matches(['"', '\'']).to_owned());
                    }
                }
                "FROM" => {
                    let words: Vec<&str> = expanded.split_whitespace().filter(|word| !word.starts_with("--")).collect();
                    let image = words.first().copied().unwrap_or_default();
                    stages.push((std::mem::take(&mut alias), std::mem::take(&mut stage)));
                    alias = words.get(2).copied().unwrap_or_default().to_owned();
                    // a stage inherits from its base
                    let above =
                        stages.iter().rfind(|(alias, _)| !alias.is_empty() && alias.eq_ignore_ascii_case(image));
                    stage = match above {
                        Some((_, above)) => above.clone(),
                        None => Stage { python: of_image(image), ..Stage::default() },
                    };
                }
                "ENV" => {
                    for (name, value) in variables(&expanded) {
                        arguments.insert(name.clone(), value.clone());
                        stage.envs.push((name, value));
                    }
                }
                _ => stage.read(name, rest, &expanded),
            }
        }
        let python = stage.python.clone().or_else(|| stages.into_iter().rev().find_map(|(_, stage)| stage.python));
        let Stage { runs, ports, packages, envs, directories, .. } = stage;
        let port = ports.first().map(u16::to_string);
        let value = |name: &str| arguments.get(name).cloned().or_else(|| port.clone().filter(|_| name == "PORT"));
        let (command, unread) = runs.read(&value);
        Self { python, command, unread, ports, packages, envs, directories }
    }
}

/// The state of a stage, including what it inherits.
#[derive(Clone, Default)]
struct Stage {
    python: Option<String>,
    runs: Runs,
    ports: Vec<u16>,
    packages: Vec<String>,
    envs: Vec<(String, String)>,
    directories: Vec<String>,
}

impl Stage {
    /// Reads an instruction, as written and with known variables replaced.
    fn read(&mut self, name: &str, written: &str, expanded: &str) {
        match name {
            "WORKDIR" => self.directories.push(expanded.trim_matches('"').to_owned()),
            "COPY" | "ADD" if !written.contains("--from") => {
                let target = expanded.split_whitespace().last().unwrap_or_default();
                self.directories.extend(target.starts_with('/').then(|| target.to_owned()));
            }
            "EXPOSE" => {
                let ports = expanded.split_whitespace().filter(|port| !port.ends_with("/udp"));
                self.ports.extend(ports.filter_map(|port| port.split('/').next()?.parse::<u16>().ok()));
            }
            "RUN" => self.packages.extend(apt_packages(written)),
            "ENTRYPOINT" => self.runs = Runs { entrypoint: Some(written.to_owned()), command: None },
            "CMD" => self.runs.command = Some(written.to_owned()),
            _ => {}
        }
    }
}

/// `ENTRYPOINT` and `CMD`, as written.
#[derive(Clone, Default)]
struct Runs {
    entrypoint: Option<String>,
    command: Option<String>,
}

impl Runs {
    /// The command of both instructions combined, or the instruction that could not be read.
    fn read(self, value: &dyn Fn(&str) -> Option<String>) -> (Option<Command>, Option<String>) {
        let command = self.command.as_deref().map(|text| (read(text, value), format!("CMD {text}")));
        let Some(entrypoint) = self.entrypoint else {
            return match command {
                Some((None, text)) => (None, Some(text)),
                Some((command, _)) => (command, None),
                None => (None, None),
            };
        };
        let is_shell = !entrypoint.trim_start().starts_with('[');
        match read(&entrypoint, value) {
            // `CMD` is not passed to a shell's command
            Some(entrypoint) if is_shell => (Some(entrypoint), None),
            Some(mut entrypoint) if !is_script(&entrypoint.words) => {
                let more = command.and_then(|(command, _)| command).map(|command| command.words).unwrap_or_default();
                entrypoint.words.extend(more);
                (Some(entrypoint), None)
            }
            // a script that ends with `exec "$@"` runs the command
            _ => match command {
                Some((Some(command), _)) => (Some(command), Some(format!("ENTRYPOINT {entrypoint}"))),
                _ => (None, Some(format!("ENTRYPOINT {entrypoint}"))),
            },
        }
    }
}

/// Whether a program is a shell script.
pub(crate) fn is_script(words: &[String]) -> bool {
    let program = words.first().map(String::as_str).unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    name.ends_with(".sh") || name.contains("entrypoint") || (is_shell(program) && words.len() > 1)
}

/// Whether a program is a shell.
pub(crate) fn is_shell(program: &str) -> bool {
    SHELLS.contains(&program.rsplit('/').next().unwrap_or_default())
}

/// Reads the exec form or the shell form. `["sh", "-c", "…"]` also counts as shell form.
fn read(text: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<Command> {
    let text = text.trim();
    let command = match serde_json::from_str::<Vec<String>>(text) {
        Ok(words) => Command { words, ..Command::default() },
        Err(_) => Command::parse(text, value)?,
    };
    match command.words.as_slice() {
        [shell, option, line, ..] if is_shell(shell) && option.starts_with('-') && option.ends_with('c') => {
            Command::parse(line, value)
        }
        [] => None,
        _ => Some(command),
    }
}

/// The instructions of a Dockerfile, with continued lines joined.
fn instructions(text: &str) -> Vec<Instruction> {
    let mut instructions = Vec::new();
    let mut joined = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if trimmed.starts_with('#') || (trimmed.is_empty() && !joined.is_empty()) {
            continue;
        }
        if let Some(begun) = trimmed.strip_suffix('\\').or_else(|| trimmed.strip_suffix('`')) {
            joined.push_str(begun);
            joined.push(' ');
            continue;
        }
        joined.push_str(trimmed);
        let whole = std::mem::take(&mut joined);
        if let Some((name, rest)) = whole.split_once(char::is_whitespace) {
            let name = name.to_ascii_uppercase();
            // the lines of a here-document are not instructions
            if let Some((_, mark)) = rest.split_once("<<").filter(|_| matches!(name.as_str(), "RUN" | "COPY" | "ADD")) {
                let mark = mark
                    .trim_start_matches('-')
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .trim_matches(['"', '\'']);
                let body: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != mark).collect();
                instructions.push((name, body.join(" ; ")));
            } else {
                instructions.push((name, rest.trim().to_owned()));
            }
        }
    }
    instructions
}

/// Replaces known variables in `text`.
fn expand(text: &str, known: &HashMap<String, String>) -> String {
    const MAX_LENGTH: usize = 64 << 10;
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let (name, default, end) = match after.strip_prefix('{').and_then(|inside| Some((inside, inside.find('}')?))) {
            Some((inside, end)) => {
                let (name, default) = inside[..end].split_once(":-").unwrap_or((&inside[..end], ""));
                (name, default, end + 2)
            }
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                (&after[..end], "", end)
            }
        };
        expanded.push_str(known.get(name).map_or(default, String::as_str));
        rest = &after[end..];
        if expanded.len() > MAX_LENGTH {
            break;
        }
    }
    expanded.push_str(rest);
    expanded
}

/// The Python version in an image name: `python:3.11-slim`, `ghcr.io/astral-sh/uv:python3.12-bookworm-slim`.
fn of_image(image: &str) -> Option<String> {
    let image = image.split('@').next().unwrap_or_default();
    let (name, tag) = image.rsplit_once(':')?;
    let last = name.rsplit('/').next().unwrap_or_default();
    let version = match tag.strip_prefix("python") {
        Some(version) => version.trim_start_matches('-'),
        None if last.contains("python") => tag.rsplit_once("python").map_or(tag, |(_, version)| version),
        None => tag.split_once("-python").map(|(_, version)| version.trim_start_matches('-'))?,
    };
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    Some(version[..end].to_owned()).filter(|version| version.contains('.'))
}

/// The variables of an `ENV`, in both of its forms.
fn variables(text: &str) -> Vec<(String, String)> {
    let first = text.split_whitespace().next().unwrap_or_default();
    if !first.contains('=') {
        let pair = text.split_once(char::is_whitespace);
        return pair.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).into_iter().collect();
    }
    let words = Command::parse(&format!("{text} x"), &|_| None).map(|command| command.envs);
    words.unwrap_or_default()
}

/// The packages that a `RUN` installs with apt.
fn apt_packages(text: &str) -> Vec<String> {
    let commands = text.split(['&', ';', '|']).filter_map(|command| {
        let (_, rest) = command.split_once("apt-get").or_else(|| command.split_once("apt "))?;
        let words: Vec<&str> = rest.split_whitespace().collect();
        words.contains(&"install").then_some(words)
    });
    let is_package = |word: &&str| {
        *word != "install"
            && word.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c))
    };
    commands.flat_map(|words| words.into_iter().filter(is_package).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Dockerfile, of_image};

    #[test]
    fn versions_of_images() {
        for (image, version) in [
            ("python:3.11-slim", Some("3.11")),
            ("python:3.11.4-slim-bullseye@sha256:00", Some("3.11.4")),
            ("docker.io/library/python:3.9", Some("3.9")),
            ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", Some("3.12")),
            ("tiangolo/uvicorn-gunicorn-fastapi:python3.10", Some("3.10")),
            ("mcr.microsoft.com/devcontainers/python:1-3.11", None),
            ("bitnami/python:3.12.1-debian", Some("3.12.1")),
            ("ghcr.io/x/uv:0.5-python3.13-alpine", Some("3.13")),
            ("python:3", None),
            ("python", None),
            ("debian:12.1", None),
        ] {
            assert_eq!(of_image(image).as_deref(), version, "{image}");
        }
    }

    fn words(text: &str) -> Option<Vec<String>> {
        Dockerfile::parse(text).command.map(|command| command.words)
    }

    #[test]
    fn reads_both_formats() {
        let text = "ARG V=3.12\n# c\nFROM python:${V}-slim AS base\nENV APP_ENV=prod TZ=\"Europe/Berlin\"\n\
                    RUN apt-get update && \\\n  # c\n  apt-get install -y --no-install-recommends ffmpeg libpq5 && rm -rf x\n\
                    FROM node:22 AS web\nRUN apt-get install -y nodejs\nFROM base\nWORKDIR /srv\nCOPY . /srv/app\n\
                    EXPOSE 8080/tcp 53/udp\nENTRYPOINT [\"python\"]\nCMD [\"main.py\"]\n";
        let dockerfile = Dockerfile::parse(text);
        assert_eq!(dockerfile.python.as_deref(), Some("3.12"));
        assert_eq!(
            dockerfile.command.map(|command| command.words),
            Some(vec!["python".to_owned(), "main.py".to_owned()])
        );
        assert_eq!(
            (dockerfile.ports, dockerfile.directories),
            (vec![8080], vec!["/srv".to_owned(), "/srv/app".to_owned()])
        );
        assert_eq!(dockerfile.packages, ["ffmpeg", "libpq5"]);
        assert_eq!(dockerfile.envs.len(), 2);
    }

    #[test]
    fn commands_of_a_dockerfile() {
        for (text, expected) in [
            ("CMD python main.py --port 80", Some(&["python", "main.py", "--port", "80"][..])),
            (
                "CMD [\"sh\", \"-c\", \"uvicorn main:app --port ${PORT:-80}\"]",
                Some(&["uvicorn", "main:app", "--port", "80"]),
            ),
            ("EXPOSE 90\nCMD gunicorn -b :$PORT x", Some(&["gunicorn", "-b", ":90", "x"])),
            (
                "CMD [\"python\", \"a.py\"]\nENTRYPOINT [\"./entrypoint.sh\"]\nCMD [\"python\", \"b.py\"]",
                Some(&["python", "b.py"]),
            ),
            ("ENTRYPOINT [\"./entrypoint.sh\"]", None),
            ("CMD a | b", None),
            ("FROM a\nCMD [\"x\"]\nFROM b", None),
        ] {
            let expected = expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
            assert_eq!(words(text), expected, "{text}");
        }
        assert_eq!(Dockerfile::parse("CMD a | b").unread.as_deref(), Some("CMD a | b"));
    }
}
