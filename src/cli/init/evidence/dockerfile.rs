//! Reads an existing Dockerfile.

use std::collections::HashMap;

use super::shell::{Command, variable};
use crate::cli::init::directory::file_name;
use crate::mopyfile::lint::commands::SHELLS;

/// The relevant parts of a Dockerfile.
#[derive(Clone, Default)]
pub(crate) struct Dockerfile {
    /// Its path.
    pub(crate) file: &'static str,
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

impl Dockerfile {
    /// Reads the text of a Dockerfile.
    pub(crate) fn parse(text: &str) -> Self {
        let mut arguments: HashMap<String, String> = HashMap::new();
        let mut stages: Vec<Stage> = Vec::new();
        let mut stage = Stage::default();
        for (name, rest) in instructions(text) {
            let expanded = expand(&rest, &arguments);
            let found = &mut stage.found;
            match name.as_str() {
                "ARG" => {
                    if let Some((name, value)) = expanded.split_once('=') {
                        arguments.insert(name.trim().to_owned(), value.trim().trim_matches(['"', '\'']).to_owned());
                    }
                }
                "FROM" => {
                    let words: Vec<&str> = expanded.split_whitespace().filter(|word| !word.starts_with("--")).collect();
                    let image = words.first().copied().unwrap_or_default();
                    stages.push(std::mem::take(&mut stage));
                    // a stage inherits from its base
                    let mut named = stages.iter().filter(|stage| !stage.alias.is_empty());
                    let base = named.rfind(|stage| stage.alias.eq_ignore_ascii_case(image));
                    stage = base.cloned().unwrap_or_default();
                    if base.is_none() {
                        stage.found.python = of_image(image);
                    }
                    stage.alias = words.get(2).copied().unwrap_or_default().to_owned();
                }
                "ENV" => {
                    for (name, value) in variables(&expanded) {
                        arguments.insert(name.clone(), value.clone());
                        found.envs.push((name, value));
                    }
                }
                "WORKDIR" => found.directories.push(expanded.trim_matches('"').to_owned()),
                "COPY" | "ADD" if !rest.contains("--from") => {
                    let target = expanded.split_whitespace().last().unwrap_or_default();
                    found.directories.extend(target.starts_with('/').then(|| target.to_owned()));
                }
                "EXPOSE" => {
                    let ports = expanded.split_whitespace().filter(|port| !port.ends_with("/udp"));
                    found.ports.extend(ports.filter_map(|port| port.split('/').next()?.parse::<u16>().ok()));
                }
                "RUN" => found.packages.extend(apt_packages(&rest)),
                "ENTRYPOINT" => (stage.entrypoint, stage.command) = (Some(rest), None),
                "CMD" => stage.command = Some(rest),
                _ => {}
            }
        }
        let Stage { mut found, entrypoint, command, .. } = stage;
        found.python = found.python.or_else(|| stages.into_iter().rev().find_map(|stage| stage.found.python));
        if let Some(port) = found.ports.first() {
            arguments.entry("PORT".to_owned()).or_insert_with(|| port.to_string());
        }
        (found.command, found.unread) = combined(entrypoint, command, &|name| arguments.get(name).cloned());
        found
    }
}

/// The state of a stage, including what it inherits.
#[derive(Clone, Default)]
struct Stage {
    alias: String,
    found: Dockerfile,
    /// `ENTRYPOINT`, as written.
    entrypoint: Option<String>,
    /// `CMD`, as written.
    command: Option<String>,
}

/// The command of `ENTRYPOINT` and `CMD` combined, and the instruction that could not be read.
fn combined(
    entrypoint: Option<String>,
    command: Option<String>,
    value: &dyn Fn(&str) -> Option<String>,
) -> (Option<Command>, Option<String>) {
    let read_command = command.as_ref().and_then(|text| read(text, value));
    let Some(entrypoint) = entrypoint else {
        let unread = command.filter(|_| read_command.is_none()).map(|text| format!("CMD {text}"));
        return (read_command, unread);
    };
    match read(&entrypoint, value) {
        // `CMD` is not passed to a shell's command
        Some(found) if !entrypoint.trim_start().starts_with('[') => (Some(found), None),
        Some(mut found) if !is_script(&found.words) => {
            found.words.extend(read_command.map(|command| command.words).unwrap_or_default());
            (Some(found), None)
        }
        // a script that ends with `exec "$@"` runs the command
        _ => (read_command, Some(format!("ENTRYPOINT {entrypoint}"))),
    }
}

/// Whether a program is a shell script.
pub(crate) fn is_script(words: &[String]) -> bool {
    let program = words.first().map(String::as_str).unwrap_or_default();
    let name = file_name(program);
    name.ends_with(".sh") || name.contains("entrypoint") || (is_shell(program) && words.len() > 1)
}

/// Whether a program is a shell.
pub(crate) fn is_shell(program: &str) -> bool {
    SHELLS.contains(&file_name(program))
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

/// The instructions of a Dockerfile, with continued lines joined: their names in upper case, and the rest.
fn instructions(text: &str) -> Vec<(String, String)> {
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
        let (name, default, length) = variable(after).unwrap_or_default();
        expanded.push_str(known.get(name).map_or(default.unwrap_or_default(), String::as_str));
        rest = &after[length..];
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
    let version = match tag.strip_prefix("python") {
        Some(version) => version.trim_start_matches('-'),
        None if file_name(name).contains("python") => tag.rsplit_once("python").map_or(tag, |(_, version)| version),
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
    Command::parse(&format!("{text} x"), &|_| None).map(|command| command.envs).unwrap_or_default()
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

    #[test]
    fn reads_both_formats() {
        let text = "ARG V=3.12\n# c\nFROM python:${V}-slim AS base\nENV APP_ENV=prod TZ=\"Europe/Berlin\"\n\
                    RUN apt-get update && \\\n  # c\n  apt-get install -y --no-install-recommends ffmpeg libpq5 && rm -rf x\n\
                    FROM node:22 AS web\nRUN apt-get install -y nodejs\nFROM base\nWORKDIR /srv\nCOPY . /srv/app\n\
                    EXPOSE 8080/tcp 53/udp\nENTRYPOINT [\"python\"]\nCMD [\"main.py\"]\n";
        let dockerfile = Dockerfile::parse(text);
        assert_eq!(dockerfile.python.as_deref(), Some("3.12"));
        assert_eq!(Dockerfile::parse("FROM python:${V-3.11}-slim\n").python.as_deref(), Some("3.11"));
        assert_eq!(dockerfile.command.unwrap().words, ["python", "main.py"]);
        assert_eq!(dockerfile.ports, [8080]);
        assert_eq!(dockerfile.directories, ["/srv", "/srv/app"]);
        assert_eq!(dockerfile.packages, ["ffmpeg", "libpq5"]);
        assert_eq!(dockerfile.envs.len(), 2);
    }

    #[test]
    fn commands_of_a_dockerfile() {
        for (text, expected) in [
            ("CMD python main.py --port 80", Some("python main.py --port 80")),
            ("CMD [\"sh\", \"-c\", \"uvicorn main:app --port ${PORT:-80}\"]", Some("uvicorn main:app --port 80")),
            ("EXPOSE 90\nCMD gunicorn -b :$PORT x", Some("gunicorn -b :90 x")),
            (
                "CMD [\"python\", \"a.py\"]\nENTRYPOINT [\"./entrypoint.sh\"]\nCMD [\"python\", \"b.py\"]",
                Some("python b.py"),
            ),
            ("ENTRYPOINT [\"./entrypoint.sh\"]", None),
            ("CMD a | b", None),
            ("FROM a\nCMD [\"x\"]\nFROM b", None),
        ] {
            let command = Dockerfile::parse(text).command;
            assert_eq!(command.map(|command| command.words.join(" ")).as_deref(), expected, "{text}");
        }
        assert_eq!(Dockerfile::parse("CMD a | b").unread.as_deref(), Some("CMD a | b"));
    }
}
