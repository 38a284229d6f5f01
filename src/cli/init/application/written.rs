//! Commands in an existing Dockerfile or Procfile.

use super::web::health;
use super::{DetectedApplication, Module, PORT, Place, Search, layout, module_file, words};
use crate::cli::init::directory::{is_module, join, parent};
use crate::cli::init::evidence::dockerfile::{is_script, is_shell};
use crate::cli::init::evidence::shell::Command;

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
    let of_dockerfile = search.evidence.dockerfile.as_ref().and_then(|(_, dockerfile)| dockerfile.command.as_ref());
    [of_dockerfile, search.evidence.procfile.as_ref()].into_iter().flatten().find_map(|command| read(search, command))
}

fn read(search: &Search<'_>, command: &Command) -> Option<DetectedApplication> {
    let mut application = DetectedApplication::default();
    let mut command = command.clone();
    command.words = unwrapped(command.words, &mut application);
    if is_script(&command.words) {
        command = of_script(search, &command.words)?;
        command.words = unwrapped(command.words, &mut application);
    }
    let program = command.words.first()?.clone();
    if is_shell(&program) || is_script(&command.words) || MISSING.contains(&program.as_str()) {
        return None;
    }
    let prefixes = search
        .evidence
        .dockerfile
        .as_ref()
        .map(|(_, dockerfile)| dockerfile.directories.as_slice())
        .unwrap_or_default();
    command.words[1..].iter_mut().for_each(|word| *word = relative(word, prefixes));
    if let Some(file) = program.strip_prefix("./").or(Some(&program)).filter(|file| file.ends_with(".py")) {
        command.words.splice(..1, words(&["python", file]));
    }
    let place = place(search, &command)?;
    application.project = place.project;
    application.uses_installed = application.project.is_none();
    application.file.clone_from(&place.file);
    application.remarks.extend(
        command.before.iter().map(|before| format!("not run at the start, because there is no shell: {before}")),
    );
    application.envs = command.envs;
    let module = place.file.and_then(|file| search.modules.iter().find(|module| module.path == file));
    let uses_port = is_server(&command.words);
    application.ports = port(&command.words).or_else(|| uses_port.then(|| search.port(module))).into_iter().collect();
    application.health = module.filter(|_| uses_port).and_then(|module| {
        let name = target(&command.words).and_then(|target| Some(target.split_once(':')?.1.to_owned()));
        health(&search.modules, module, name.as_deref().unwrap_or("app"))
    });
    if let Some(server) = ["uvicorn", "gunicorn", "hypercorn", "granian", "waitress"]
        .into_iter()
        .find(|server| *server == command.words[0].trim_end_matches("-serve"))
        && !search.has(server)
        && !(server == "uvicorn" && (search.has_standard("fastapi") || search.has_standard("litestar")))
    {
        application.needs.push(server);
    }
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
        word.starts_with("--host")
            || word == "-h"
            || word.starts_with("--bind")
            || word == "-b"
            || word.starts_with("--uds")
    });
    let takes_host = matches!(words.first().map(String::as_str), Some("uvicorn"))
        || matches!(words.as_slice(), [flask, .., run] if flask == "flask" && run == "run");
    if takes_host && !has_host {
        words.extend(["--host".to_owned(), "0.0.0.0".to_owned()]);
    }
    let reload = words.iter().position(|word| word == "--reload" || word == "--debug");
    reload.map(|at| words.remove(at));
    words
}

/// The command without tools that only start the program.
fn unwrapped(mut words: Vec<String>, application: &mut DetectedApplication) -> Vec<String> {
    for _ in 0..4 {
        if let Some(program) = words.first_mut() {
            let name = program.rsplit('/').next().unwrap_or_default();
            let bare = if name.starts_with("python") && name[6..].chars().all(|c| c.is_ascii_digit() || c == '.') {
                "python"
            } else {
                name
            };
            if program.starts_with('/') || bare == "python" {
                *program = bare.to_owned();
            }
        }
        let Some(runner) = RUNNERS
            .iter()
            .find(|runner| words.len() > runner.len() && words.iter().zip(**runner).all(|(word, part)| word == part))
        else {
            break;
        };
        application.init |= runner.len() == 1;
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
    let path = words.iter().find(|word| word.ends_with(".sh"))?;
    let name = path.rsplit('/').next()?;
    let found = [name.to_owned(), join("scripts", name), join("bin", name), join("docker", name)];
    let text = found
        .iter()
        .find_map(|path| search.directory.text_if_readable(path))
        .filter(|text| text.len() <= MAX_SCRIPT)?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    Command::parse(&lines.join("\n"), &|name| (name == "PORT").then(|| PORT.to_string()))
}

/// Translates a path in the Dockerfile's image to a path in the project.
fn relative(word: &str, prefixes: &[String]) -> String {
    for prefix in prefixes
        .iter()
        .rev()
        .map(|prefix| prefix.trim_end_matches('/'))
        .filter(|prefix| prefix.starts_with('/') && prefix.len() > 1)
    {
        if word == prefix {
            return ".".to_owned();
        }
        if let Some(rest) = word.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')) {
            return rest.to_owned();
        }
    }
    word.to_owned()
}

/// The files to copy, and the file that runs.
struct Written {
    project: Option<String>,
    file: Option<String>,
}

/// Finds the program of a command in the project.
fn place(search: &Search<'_>, command: &Command) -> Option<Written> {
    let directory = search.directory;
    let root_of = |option: &[&str]| {
        let at = command.words.iter().position(|word| option.contains(&word.as_str()))?;
        command.words.get(at + 1).map(|path| path.trim_start_matches("./").trim_end_matches('/').to_owned())
    };
    let given = root_of(&["--app-dir", "--chdir"]);
    let cd = command.directory.as_ref().map(|path| path.trim_start_matches("./").trim_end_matches('/').to_owned());
    let mut roots: Vec<String> = cd
        .filter(|path| directory.is_directory(path))
        .into_iter()
        .chain([String::new(), "src".to_owned(), "app".to_owned()])
        .collect();
    roots.extend(
        directory.names("").into_iter().filter(|name| !name.starts_with('.') && directory.is_directory(name)).take(50),
    );
    if let Some(target) = target(&command.words) {
        let dotted = target.split(':').next().unwrap_or_default();
        if let Some(below) = given.filter(|below| module_file(directory, below, dotted).is_some()) {
            return Some(Written { project: Some("./".to_owned()), file: module_file(directory, &below, dotted) });
        }
        let (root, file) = roots.iter().find_map(|root| Some((root.clone(), module_file(directory, root, dotted)?)))?;
        let module = search.modules.iter().find(|module| module.path == file);
        return Some(Written { project: Some(copied(search, command, &root, module)), file: Some(file) });
    }
    if let Some(file) = command.words.iter().find(|word| word.ends_with(".py")) {
        let (root, path) =
            roots.iter().map(|root| (root, join(root, file))).find(|(_, path)| directory.is_file(path))?;
        let module = search.modules.iter().find(|module| module.path == path);
        // a script in a subdirectory still runs from the top level
        return Some(Written { project: Some(copied(search, command, root, module)), file: Some(path) });
    }
    let is_installed = search.evidence.pyproject.scripts.iter().any(|(name, _)| *name == command.words[0]);
    if is_installed {
        return Some(Written { project: None, file: None });
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
    configured.then(|| Written { project: Some("./".to_owned()), file: None })
}

fn copied(search: &Search<'_>, command: &Command, root: &str, module: Option<&Module>) -> String {
    match module {
        Some(module)
            if command.before.is_empty()
                && root.is_empty()
                && parent(&module.path).is_empty()
                && Place::of(module, &search.modules, search.directory).is_alone =>
        {
            format!("./{}", module.path)
        }
        _ => layout::directory(root),
    }
}

/// The module that a server is given (`shop.main:app`, `shop.wsgi`), or that of `python -m`.
fn target(words: &[String]) -> Option<&str> {
    let program = words.first()?.as_str();
    let arguments = || words.iter().skip(1).map(String::as_str);
    let is_target = |word: &&str| {
        let module = word.split(':').next().unwrap_or_default();
        !module.is_empty() && module.split('.').all(is_module)
    };
    match program {
        "python" => {
            let at = words.iter().position(|word| word == "-m")?;
            let module = words.get(at + 1)?.as_str();
            match module {
                "uvicorn" | "gunicorn" | "hypercorn" | "flask" | "streamlit" | "celery" => target(&words[at + 1..]),
                module => Some(module),
            }
        }
        "uvicorn" | "gunicorn" | "hypercorn" | "granian" | "daphne" | "waitress-serve" | "sanic" => {
            let colon = arguments().filter(|word| !word.starts_with('-') && word.contains(':')).find(is_target);
            colon
                .or_else(|| arguments().filter(|word| !word.starts_with('-') && word.contains('.')).find(is_target))
                .or_else(|| {
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
    let program = words.first().map(String::as_str).unwrap_or_default();
    let program = if program == "python" && words.get(1).is_some_and(|word| word == "-m") {
        words.get(2).map_or("", String::as_str)
    } else {
        program
    };
    matches!(
        program,
        "uvicorn"
            | "gunicorn"
            | "hypercorn"
            | "granian"
            | "daphne"
            | "waitress-serve"
            | "sanic"
            | "flask"
            | "streamlit"
            | "fastapi"
    )
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
    use super::{DetectedApplication, listening, port, relative, target, unwrapped};

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
            assert_eq!(unwrapped(words(line), &mut DetectedApplication::default()), words(expected), "{line}");
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
