//! Commands that cannot run in the image: they use shell syntax or missing programs.

use crate::diagnostic::{Diagnostics, Rule, Severity};
use crate::mopyfile::Mopyfile;
use crate::mopyfile::base::Base;
use crate::mopyfile::path::{ContextPath, SourcePath};
use crate::redact::excerpt;
use crate::source::Spanned;

/// A command uses shell syntax.
pub static SHELL_SYNTAX: Rule = Rule {
    name: "shell-syntax",
    severity: Severity::Warning,
    summary: "a command uses shell syntax",
    explanation: "Commands are lists of arguments and run without a shell, even with `base: slim`. `$PORT`, `&&`, `|` \
         and `>` are passed to the program as plain text, and `command: [python app.py]` runs a program called `python \
         app.py`. Omit `CMD` and `CMD-SHELL`, which Compose and Dockerfiles use in health checks. Write each argument \
         as a separate item. Let the program read environment variables itself: gunicorn reads `$PORT` and \
         `$WEB_CONCURRENCY`, uvicorn reads `$UVICORN_PORT` and `$UVICORN_WORKERS`. Move commands that prepare the \
         image, such as `collectstatic`, to `run`, and commands that run at every start, such as migrations, into a \
         Python script.",
};

/// A command runs a program that is not in the image.
pub static MISSING_PROGRAM: Rule = Rule {
    name: "missing-program",
    severity: Severity::Warning,
    summary: "a command runs a program that is not in the image",
    explanation: "In a distroless image, the only programs are Python and the commands that your packages install. \
         There is no shell and no `env`, so scripts that begin with `#!/bin/sh` or `#!/usr/bin/env` cannot be run \
         directly: write `[python, start.py]`. Neither base image contains `curl`, `wget`, `git` or installers such as \
         `uv`, `pip` and `poetry`. Packages are already installed, so start programs directly: write `[gunicorn, …]` \
         instead of `[uv, run, gunicorn, …]`. For health checks, use `http`, which needs no extra program. Otherwise, \
         set `base: slim` to get a shell, or add the Debian package of the program to `runtime-deps`.",
};

/// The help for a script that needs a shell.
const SCRIPT: &str = "use a Python script, `[python, run.py]`, or set `base: slim`";

/// The names of shells.
pub(crate) const SHELLS: [&str; 5] = ["ash", "bash", "dash", "sh", "zsh"];

/// Programs in Debian that distroless does not contain, except for shells.
const DEBIAN_PROGRAMS: [&str; 28] = [
    "[", "awk", "basename", "cat", "chmod", "chown", "cp", "cut", "date", "dirname", "echo", "env", "false", "find",
    "grep", "head", "ls", "mkdir", "mv", "nice", "printf", "rm", "sed", "sleep", "tail", "test", "timeout", "true",
];

/// Programs that no base image contains, and their apt packages.
const APT_PROGRAMS: [(&str, &str); 12] = [
    ("cron", "cron"),
    ("curl", "curl"),
    ("git", "git"),
    ("gosu", "gosu"),
    ("make", "make"),
    ("nc", "netcat-openbsd"),
    ("nginx", "nginx"),
    ("su-exec", "su-exec"),
    ("sudo", "sudo"),
    ("tini", "tini"),
    ("wget", "wget"),
    ("xvfb-run", "xvfb"),
];

/// Programs that install packages, which happens during the build.
const INSTALLERS: [&str; 9] = ["conda", "hatch", "pdm", "pip", "pip3", "pipenv", "poetry", "rye", "uv"];

/// The part of a script in which Linux looks for its interpreter (`BINPRM_BUF_SIZE`).
pub(crate) const FIRST_LINE: usize = 256;

/// Commands that run a script in the project directory, with its path in the context. The first line of the script decides
/// whether it can run in an image without a shell.
pub(crate) fn scripts(mopyfile: &Mopyfile) -> impl Iterator<Item = (&Spanned<String>, ContextPath)> {
    let directory = match &mopyfile.project {
        Some(Spanned { value: SourcePath { path, directory: true }, .. }) if mopyfile.workdir.is_none() => Some(path),
        _ => None,
    };
    let has_shell = base(mopyfile).has_apt;
    let programs = mopyfile.words.iter().filter_map(|words| program(mopyfile, words));
    programs.filter(move |_| !has_shell).filter_map(move |program| {
        let path = program.value.trim_start_matches("./");
        let is_relative = program.value.contains('/') && !path.starts_with('/');
        // reported regardless of their contents
        let is_known = [".py", ".sh"].iter().any(|extension| path.ends_with(extension));
        let path = ContextPath::parse(&format!("{}/{path}", directory?)).ok()?;
        (is_relative && !is_known).then_some((program, path))
    })
}

/// Reports the script `program`, which begins with `text`, if its interpreter is not in the image.
pub(crate) fn script(program: &Spanned<String>, text: &str, found: &mut Diagnostics) {
    let Some(line) = text.strip_prefix("#!").and_then(|rest| rest.lines().next()) else { return };
    let mut words = line.split_whitespace();
    let interpreter = words.next().unwrap_or_default();
    if interpreter.starts_with("/opt/venv/") || interpreter.starts_with("/usr/local/bin/python") {
        return;
    }
    let is_python = line.contains("python");
    let help = if is_python { format!("write `[python, {}]`", excerpt(&program.value)) } else { SCRIPT.to_owned() };
    let message = format!("`{}` needs `{}`, which is not in the image", excerpt(&program.value), excerpt(interpreter));
    found.report(&MISSING_PROGRAM, program.span, message, help);
}

/// The base image, as far as the Mopyfile determines it.
pub(super) fn base(mopyfile: &Mopyfile) -> &'static Base {
    let wanted = mopyfile.base.map_or(Base::standard(), |base| base.value);
    Base::choose(wanted, mopyfile.runtime_deps.iter().any(|package| !wanted.has(package.value.as_str())), &[])
}

/// The program of a command, unless the command contains the arguments of the entrypoint.
fn program<'a>(mopyfile: &Mopyfile, words: &'a Spanned<Vec<Spanned<String>>>) -> Option<&'a Spanned<String>> {
    let command = mopyfile.command.as_ref().filter(|_| mopyfile.entrypoint.is_some());
    words.value.first().filter(|_| command.is_none_or(|command| command.span != words.span))
}

pub(super) fn commands(mopyfile: &Mopyfile, found: &mut Diagnostics) {
    let base = base(mopyfile);
    for words in &mopyfile.words {
        let program = program(mopyfile, words);
        let words = words.value.as_slice();
        if let Some(program) = program
            && let Some((rule, message, help)) = unable(mopyfile, base, &program.value, words)
        {
            found.report(rule, program.span, message, help);
            continue;
        }
        let shell = program.is_some_and(|program| is_shell(&program.value));
        for (at, word) in words.iter().enumerate() {
            // the argument of `-c` is code for the program
            let is_code = at > 0 && words[at - 1].value.starts_with('-') && words[at - 1].value.ends_with('c');
            if !is_code
                && !shell
                && let Some((message, help)) = shell_syntax(&word.value)
            {
                found.report(&SHELL_SYNTAX, word.span, message, help);
            }
        }
    }
}

/// The rule, message and help for the program `text`, the first of `words`, if it cannot run.
fn unable(
    mopyfile: &Mopyfile,
    base: &Base,
    text: &str,
    words: &[Spanned<String>],
) -> Option<(&'static Rule, String, String)> {
    let name = text.rsplit('/').next().unwrap_or_default();
    if matches!(text, "CMD" | "CMD-SHELL") {
        let message = format!("`{text}` is not a program: it belongs to Compose and Dockerfiles");
        let help = "write only the program and its arguments: `[python, check.py]`";
        return Some((&SHELL_SYNTAX, message, help.to_owned()));
    }
    let shown_words: Vec<String> = text.split_whitespace().map(|word| format!("{word:?}")).collect();
    if shown_words.len() > 1 {
        let message = format!("`{}` is a single argument, not a program and its arguments", excerpt(text));
        let help = format!("write each argument as a separate item: `[{}]`", excerpt(&shown_words.join(", ")));
        return Some((&SHELL_SYNTAX, message, help));
    }
    let is_installed = |name: &str| {
        let mut packages = mopyfile.pip.iter().filter_map(|entry| entry.value.package.as_ref());
        packages.any(|package| package.name.as_ref() == name)
    };
    let by_apt = |name: &str| mopyfile.runtime_deps.iter().any(|package| package.value.name() == name);
    let mut problem = "is not in the image";
    let help = if !base.has_apt
        && (is_shell(text) || (DEBIAN_PROGRAMS.contains(&name) && (text == name || text.starts_with('/'))))
    {
        let program = if words.get(1).is_some_and(|word| word.value.ends_with("-c")) {
            "write the program and its arguments as a list"
        } else {
            "run Python instead: `[python, run.py]`"
        };
        format!("{program}, or set `base: slim`")
    } else if name.ends_with(".sh") && !base.has_apt {
        problem = "needs a shell, which is not in the image";
        SCRIPT.to_owned()
    } else if name.ends_with(".py") && (!base.has_apt || !text.contains('/')) {
        problem = "cannot run without an interpreter";
        format!("write `[python, {}]`", excerpt(text.trim_start_matches("./")))
    } else if let Some((_, package)) =
        APT_PROGRAMS.iter().find(|(program, package)| *program == name && !by_apt(package))
    {
        let instead = match name {
            "curl" | "wget" => "use `healthcheck: {http: /health}`, ",
            "tini" => "use `init: true`, ",
            _ => "remove it, ",
        };
        format!("{instead}or add it: `runtime-deps: [{package}]`")
    } else if INSTALLERS.contains(&name) && !is_installed(name) {
        let run = words.iter().position(|word| word.value == "run").and_then(|at| words.get(at + 1));
        let run =
            run.map_or_else(|| "the program itself".to_owned(), |program| format!("`{}`", excerpt(&program.value)));
        format!("start with {run}, or add `{name}` to `pip`")
    } else {
        return None;
    };
    Some((&MISSING_PROGRAM, format!("`{}` {problem}", excerpt(text)), help))
}

fn is_shell(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or_default();
    SHELLS.contains(&name) && (program == name || program.starts_with('/'))
}

/// The message and help for shell syntax in an argument.
fn shell_syntax(word: &str) -> Option<(String, &'static str)> {
    if matches!(word, "&&" | "||" | "|" | ";" | "&" | ">" | ">>" | "<" | "2>&1" | "2>/dev/null") {
        return Some((
            format!("`{word}` has no special meaning: commands run without a shell"),
            "start a single program; move other commands to `run` or to a Python script",
        ));
    }
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('$') {
        let inside = after.strip_prefix('{').unwrap_or(after);
        let end =
            inside.find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_').unwrap_or(inside.len());
        let name = &inside[..end];
        let is_name = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_') && !before.ends_with('\\');
        if is_name && (inside.len() == after.len() || inside[end..].starts_with(['}', ':', '-'])) {
            return Some((
                format!("`${}` is not expanded: commands run without a shell", excerpt(name)),
                "write the value, or let the program read the variable",
            ));
        }
        rest = after;
    }
    None
}
