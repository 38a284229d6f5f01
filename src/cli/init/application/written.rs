//! Commands in an existing Dockerfile or Procfile.

use super::{DetectedApplication, PORT, Search, layout, module_file, words};
use crate::cli::context::join;
use crate::cli::init::directory::file_name;
use crate::cli::init::evidence::dockerfile::{is_script, is_shell};
use crate::cli::init::evidence::shell::Command;
use crate::mopyfile::word::ModuleName;

/// Prefixes of commands that only start the program.
const RUNNERS: [&[&str]; 8] = [
    &["uv", "run"],
    &["poetry", "run"],
    &["pipenv", "run"],
    &["pdm", "run"],
    &["rye", "run"],
    &["hatch", "run"],
    &["tini"],
    &["dumb-init"],
];

/// Servers that are given a module.
const SERVERS: [&str; 7] = ["uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "waitress-serve", "sanic"];

/// Programs that exist in common base images, but not in the final image.
const MISSING: [&str; 12] = [
    "curl",
    "wget",
    "nginx",
    "supervisord",
    "make",
    "npm",
    "node",
    "cron",
    "service",
    "conda",
    "micromamba",
    "systemctl",
];

/// The maximum size of a shell script.
const MAX_SCRIPT: usize = 4096;

/// The application that a Dockerfile or a Procfile runs.
pub(super) fn application(search: &Search<'_>) -> Option<DetectedApplication> {
    let commands = [&search.evidence.dockerfile.command, &search.evidence.procfile];
    commands.into_iter().flatten().find_map(|command| read(search, command))
}

fn read(search: &Search<'_>, command: &Command) -> Option<DetectedApplication> {
    let mut application = DetectedApplication::default();
    let mut command = command.clone();
    command.words = unwrapped(command.words, &mut application.init);
    if is_script(&command.words) {
        command = of_script(search, &command.words)?;
        command.words = unwrapped(command.words, &mut application.init);
    }
    let program = command.words.first()?.clone();
    if is_shell(&program) || is_script(&command.words) || MISSING.contains(&program.as_str()) {
        return None;
    }
    let prefixes = &search.evidence.dockerfile.directories;
    command.words[1..].iter_mut().for_each(|word| *word = relative(word, prefixes));
    if let Some(file) = program.strip_prefix("./").or(Some(&program)).filter(|file| file.ends_with(".py")) {
        command.words.splice(..1, words(&["python", file]));
    }
    (application.project, application.file) = find_program(search, &command)?;
    application.remarks.extend(
        command.before.iter().map(|before| format!("not run at the start, because there is no shell: {before}")),
    );
    application.envs = command.envs;
    let module = application.file.as_deref().and_then(|file| search.module(file));
    let uses_port = is_server(&command.words);
    application.ports = port(&command.words).or_else(|| uses_port.then(|| search.port(module))).into_iter().collect();
    application.health = module.filter(|_| uses_port).and_then(|module| {
        let target = target(&command.words).and_then(|target| target.split_once(':'));
        search.health(module, target.map_or("app", |(_, name)| name))
    });
    let server = command.words[0].trim_end_matches("-serve");
    application.needs = ["uvicorn", "gunicorn", "hypercorn", "granian", "waitress"]
        .into_iter()
        .find(|known| *known == server && !search.has(server) && !(server == "uvicorn" && search.has_uvicorn()));
    application.command = listening(command.words);
    Some(application)
}

/// Makes a server that listens on the loopback address listen on all addresses, so that it is reachable from outside
/// the container.
fn listening(mut words: Vec<String>) -> Vec<String> {
    for word in &mut words {
        for host in ["127.0.0.1", "localhost"] {
            if word == host || word.strip_prefix(host).is_some_and(|rest| rest.starts_with(':')) {
                *word = word.replacen(host, "0.0.0.0", 1);
            }
        }
    }
    let has_host = words.iter().any(|word| {
        word == "-h" || word == "-b" || ["--host", "--bind", "--uds"].iter().any(|option| word.starts_with(option))
    });
    let takes_host = matches!(words.first().map(String::as_str), Some("uvicorn"))
        || matches!(words.as_slice(), [flask, .., run] if flask == "flask" && run == "run");
    if takes_host && !has_host {
        words.extend(["--host".to_owned(), "0.0.0.0".to_owned()]);
    }
    if let Some(at) = words.iter().position(|word| word == "--reload" || word == "--debug") {
        words.remove(at);
    }
    words
}

/// The command without tools that only start the program. Sets `init` if one of them is an init.
fn unwrapped(mut words: Vec<String>, init: &mut bool) -> Vec<String> {
    for _ in 0..4 {
        if let Some(program) = words.first_mut() {
            let name = file_name(program);
            let version = name.strip_prefix("python");
            if version.is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.')) {
                *program = "python".to_owned();
            } else if program.starts_with('/') {
                *program = name.to_owned();
            }
        }
        let Some(runner) = RUNNERS
            .iter()
            .find(|runner| words.len() > runner.len() && words.iter().zip(**runner).all(|(word, part)| word == part))
        else {
            break;
        };
        *init |= runner.len() == 1;
        words.drain(..runner.len());
        // the options of the runner
        while let Some(option) = words.first().filter(|word| word.starts_with('-')).cloned() {
            words.remove(0);
            let takes_value = matches!(
                option.as_str(),
                "--with"
                    | "--extra"
                    | "--group"
                    | "--package"
                    | "--python"
                    | "-p"
                    | "--env-file"
                    | "--directory"
                    | "--project"
            );
            if takes_value && !words.is_empty() {
                words.remove(0);
            }
            if option == "--" {
                break;
            }
        }
    }
    words
}

/// The last command of a shell script in the project.
fn of_script(search: &Search<'_>, words: &[String]) -> Option<Command> {
    let name = file_name(words.iter().find(|word| word.ends_with(".sh"))?);
    let text = ["", "scripts", "bin", "docker"]
        .into_iter()
        .find_map(|parent| search.directory.text_if_readable(&join(parent, name)))
        .filter(|text| text.len() <= MAX_SCRIPT)?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    Command::parse(&lines.join("\n"), &|name| (name == "PORT").then(|| PORT.to_string()))
}

/// Translates a path in the Dockerfile's image to a path in the project.
fn relative(word: &str, prefixes: &[String]) -> String {
    let prefixes = prefixes.iter().rev().map(|prefix| prefix.trim_end_matches('/'));
    let mut rests = prefixes.filter(|prefix| prefix.starts_with('/')).filter_map(|prefix| word.strip_prefix(prefix));
    let path = rests.find_map(|rest| if rest.is_empty() { Some(".") } else { rest.strip_prefix('/') });
    path.unwrap_or(word).to_owned()
}

/// Finds the program of a command in the project: the directory or file to copy, unless the project is installed, and
/// the file that runs.
fn find_program(search: &Search<'_>, command: &Command) -> Option<(Option<String>, Option<String>)> {
    let directory = search.directory;
    let trimmed = |path: &String| path.trim_start_matches("./").trim_end_matches('/').to_owned();
    let option = command.words.iter().position(|word| word == "--app-dir" || word == "--chdir");
    let given = option.and_then(|at| command.words.get(at + 1)).map(trimmed);
    let cd = command.directory.as_ref().map(trimmed);
    let mut roots: Vec<String> = cd
        .filter(|path| directory.is_directory(path))
        .into_iter()
        .chain([String::new(), "src".to_owned(), "app".to_owned()])
        .collect();
    roots.extend(
        directory.names("").into_iter().filter(|name| !name.starts_with('.') && directory.is_directory(name)).take(50),
    );
    let dotted = target(&command.words).and_then(|target| target.split(':').next());
    if let (Some(dotted), Some(given)) = (dotted, given)
        && let Some(file) = module_file(directory, &given, dotted)
    {
        return Some((Some("./".to_owned()), Some(file)));
    }
    let script = command.words.iter().find(|word| word.ends_with(".py"));
    if dotted.is_some() || script.is_some() {
        let (root, file) = roots.iter().find_map(|root| {
            let file = match dotted {
                Some(dotted) => module_file(directory, root, dotted),
                // a script in a subdirectory still runs from the top level
                None => Some(join(root, script?)).filter(|path| directory.is_file(path)),
            };
            Some((root, file?))
        })?;
        let is_alone = command.before.is_empty()
            && root.is_empty()
            && search.module(&file).is_some_and(|module| search.place(module).is_alone);
        let project = if is_alone { format!("./{file}") } else { layout::directory(root) };
        return Some((Some(project), Some(file)));
    }
    if search.evidence.pyproject.scripts.contains(&command.words[0]) {
        return Some((None, None));
    }
    let known = [
        "python",
        "streamlit",
        "celery",
        "flask",
        "gunicorn",
        "fastapi",
        "alembic",
        "daphne",
        "jupyter",
        "mlflow",
        "dagster",
        "airflow",
        "prefect",
        "chainlit",
        "scrapy",
        "rq",
        "dramatiq",
        "arq",
    ];
    let configured = known.contains(&command.words[0].as_str()) && !search.modules.is_empty();
    configured.then(|| (Some("./".to_owned()), None))
}

/// The module that a server is given (`shop.main:app`, `shop.wsgi`), or that of `python -m`.
fn target(words: &[String]) -> Option<&str> {
    let program = words.first()?.as_str();
    let arguments = || words.iter().skip(1).map(String::as_str);
    let is_target = |word: &&str| ModuleName::parse(word.split(':').next().unwrap_or_default()).is_some();
    match program {
        "python" => {
            let at = words.iter().position(|word| word == "-m")?;
            let module = words.get(at + 1)?.as_str();
            match module {
                "uvicorn" | "gunicorn" | "hypercorn" | "flask" | "streamlit" | "celery" => target(&words[at + 1..]),
                module => Some(module),
            }
        }
        _ if SERVERS.contains(&program) => {
            let with =
                |sign: char| arguments().filter(|word| !word.starts_with('-') && word.contains(sign)).find(is_target);
            with(':').or_else(|| with('.')).or_else(|| {
                // `gunicorn app`, where the last argument is not the value of an option
                let last = words.last()?.as_str();
                let before = words.get(words.len().checked_sub(2)?)?;
                (is_target(&last) && (!before.starts_with('-') || before.contains('='))).then_some(last)
            })
        }
        "celery" | "flask" => {
            let at = words.iter().position(|word| word == "-A" || word == "--app")?;
            words.get(at + 1).map(String::as_str).filter(|word| is_target(word))
        }
        _ => None,
    }
}

fn is_server(words: &[String]) -> bool {
    let program = match words {
        [python, option, program, ..] if python == "python" && option == "-m" => program.as_str(),
        _ => words.first().map_or("", String::as_str),
    };
    SERVERS.contains(&program) || matches!(program, "flask" | "streamlit" | "fastapi")
}

/// The port in the options of a command.
fn port(words: &[String]) -> Option<u16> {
    let last = |text: &str| text.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
    words.iter().zip(words.iter().skip(1).map(Some).chain([None])).find_map(|(word, next)| match word.split_once('=') {
        Some((option, value)) if option.contains("port") || option.contains("bind") || option.contains("listen") => {
            last(value)
        }
        _ if matches!(word.as_str(), "--port" | "-p" | "--bind" | "-b" | "--server.port" | "--listen") => last(next?),
        _ => word.strip_prefix("0.0.0.0:").and_then(|port| port.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::{listening, port, relative, target, unwrapped};

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn runners_are_removed() {
        for (line, expected) in [
            ("uv run --no-sync --extra web uvicorn a:b", "uvicorn a:b"),
            ("poetry run python3 x.py", "python x.py"),
            ("/usr/bin/tini -g -- /opt/venv/bin/python3.11 x.py", "python x.py"),
            ("pythonic x", "pythonic x"),
        ] {
            assert_eq!(unwrapped(words(line), &mut false), words(expected), "{line}");
        }
    }

    #[test]
    fn parts_of_commands() {
        for (line, module, number) in [
            ("uvicorn app.main:app --port 80", Some("app.main:app"), Some(80)),
            ("gunicorn -w 4 -b 0.0.0.0:5000 shop.wsgi", Some("shop.wsgi"), Some(5000)),
            ("gunicorn --bind=:8080 app", Some("app"), Some(8080)),
            ("gunicorn --workers 2", None, None),
            ("python -m shop", Some("shop"), None),
            ("python -m uvicorn a:b", Some("a:b"), None),
            ("celery -A shop worker", Some("shop"), None),
            ("streamlit run x.py --server.port=8501", None, Some(8501)),
            ("python manage.py runserver 0.0.0.0:8000", None, Some(8000)),
        ] {
            assert_eq!((target(&words(line)), port(&words(line))), (module, number), "{line}");
        }
        assert_eq!(listening(words("uvicorn a:b --reload")), words("uvicorn a:b --host 0.0.0.0"));
        assert_eq!(listening(words("gunicorn -b 127.0.0.1:80 a")), words("gunicorn -b 0.0.0.0:80 a"));
        let prefixes = ["/srv".to_owned(), "/srv/app/".to_owned()];
        assert_eq!([relative("/srv/app/x.py", &prefixes), relative("/etc/x", &prefixes)], ["x.py", "/etc/x"]);
    }
}
