//! Finds the program to run: a command in the project's files, or an application that its Python files define.

mod framework;
mod layout;
mod source;
mod web;
mod written;

use super::directory::{Directory, file_name, parent};
use super::evidence::Evidence;
use super::evidence::pyproject::Pyproject;
use crate::cli::context::join;
use crate::mopyfile::word::{EnvironmentName, ModuleName};
use layout::Place;
use source::Module;

/// The keys of a Mopyfile that describe the application.
#[derive(Debug, Default)]
pub(super) struct DetectedApplication {
    /// `project`; `None` if the application needs the installed project, or if nothing was found.
    pub(super) project: Option<String>,
    /// `command`; empty if the project itself runs.
    pub(super) command: Vec<String>,
    /// `entrypoint`.
    pub(super) entrypoint: Vec<String>,
    /// `envs`.
    pub(super) envs: Vec<(String, String)>,
    /// `ports`.
    pub(super) ports: Vec<u16>,
    /// The path of `healthcheck`.
    pub(super) health: Option<String>,
    /// Whether the application should run with an init.
    pub(super) init: bool,
    /// The distribution of the server, if it is not one of the dependencies.
    pub(super) needs: Option<&'static str>,
    /// Remarks for the user, which become comments.
    pub(super) remarks: Vec<String>,
    /// The Python file that runs, if any.
    pub(super) file: Option<String>,
}

/// Whether the project itself is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Installed {
    /// It is always installed.
    Always,
    /// It is installed if the application needs it.
    Possible,
    /// It cannot be installed.
    Never,
}

/// Everything that is known when searching for the application.
pub(super) struct Search<'a> {
    pub(super) directory: &'a Directory,
    pub(super) evidence: &'a Evidence,
    /// The names of the project's dependencies, each with its extras.
    pub(super) dependencies: &'a [(String, Vec<String>)],
    pub(super) installed: Installed,
    modules: Vec<Module>,
}

/// The default port.
const PORT: u16 = 8000;

impl<'a> Search<'a> {
    /// Reads the Python files of `directory`.
    pub(super) fn new(
        directory: &'a Directory,
        evidence: &'a Evidence,
        dependencies: &'a [(String, Vec<String>)],
        installed: Installed,
    ) -> Self {
        Self { directory, evidence, dependencies, installed, modules: source::scan(directory) }
    }

    /// Whether one of the files imports the third-party module `name`.
    pub(super) fn imports(&self, name: &str) -> bool {
        self.modules.iter().any(|module| module.imports(name))
    }

    /// The application.
    pub(super) fn find(&self) -> DetectedApplication {
        let mut application = written::application(self)
            .or_else(|| self.django())
            .or_else(|| self.object())
            .or_else(|| self.interface())
            .or_else(|| self.factory())
            .or_else(|| self.worker())
            .or_else(|| self.installed_script())
            .or_else(|| self.package())
            .or_else(|| self.script())
            .unwrap_or_default();
        let dockerfile = &self.evidence.dockerfile;
        for (name, value) in dockerfile.envs.iter().filter(|(name, value)| is_of_application(name, value)) {
            if EnvironmentName::parse(name).is_some_and(|name| !name.looks_secret())
                && application.envs.iter().all(|(other, _)| other != name)
            {
                application.envs.push((name.clone(), value.clone()));
            }
        }
        if application.ports.is_empty() && !application.command.is_empty() {
            application.ports.clone_from(&dockerfile.ports);
        }
        if let Some(unread) = dockerfile.unread.as_ref().filter(|_| !application.is_empty()) {
            let unread: String = unread.chars().filter(|c| !c.is_control()).take(60).collect();
            application.remarks.push(format!("{} runs `{unread}`, which needs a shell or does more", dockerfile.file));
        }
        application
    }

    fn has(&self, name: &str) -> bool {
        self.dependencies.iter().any(|(other, _)| other == name)
    }

    /// Whether uvicorn is a dependency, or comes with an extra of one.
    fn has_uvicorn(&self) -> bool {
        self.dependencies.iter().any(|(name, extras)| match name.as_str() {
            "uvicorn" => true,
            "fastapi" | "litestar" => extras.iter().any(|extra| matches!(extra.as_str(), "standard" | "all")),
            _ => false,
        })
    }

    /// The module in the file `path`.
    fn module(&self, path: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.path == path)
    }

    /// The port of a program: that of the Dockerfile, or the one in its source file.
    fn port(&self, module: Option<&Module>) -> u16 {
        let exposed = self.evidence.dockerfile.ports.first().copied();
        // the image's user cannot listen on privileged ports everywhere
        exposed.or_else(|| module?.port).filter(|port| *port >= 1024).unwrap_or(PORT)
    }

    /// A Streamlit, Gradio, Dash, NiceGUI or aiohttp program, which runs as a file.
    fn interface(&self) -> Option<DetectedApplication> {
        let (module, interface) = framework::interface(&self.modules)?;
        let (place, mut application) = self.placed(module);
        let mut port = interface.port;
        if interface.name == "streamlit" {
            application.command = words(&[
                "streamlit",
                "run",
                &place.path,
                "--server.address=0.0.0.0",
                &format!("--server.port={port}"),
                "--server.headless=true",
            ]);
        } else {
            port = module.port.unwrap_or(port);
            application.run_file(&place.path);
        }
        application.envs.extend(interface.env.map(|(name, value)| (name.to_owned(), value.to_owned())));
        application.ports = vec![port];
        application.health = interface.health.map(str::to_owned);
        application.needs = (!self.has(interface.name)).then_some(interface.name);
        Some(application)
    }

    /// A Celery worker.
    fn worker(&self) -> Option<DetectedApplication> {
        let is_celery =
            |module: &&Module| module.imports("celery") && module.objects.iter().any(|(_, call)| call == "Celery");
        let (place, mut application) = self.placed(self.modules.iter().find(is_celery)?);
        application.command = words(&["celery", "-A", &place.dotted, "worker", "--loglevel=info"]);
        Some(application)
    }

    /// A command that the project installs.
    fn installed_script(&self) -> Option<DetectedApplication> {
        if self.installed == Installed::Never {
            return None;
        }
        let Pyproject { scripts, name, .. } = &self.evidence.pyproject;
        let script = scripts.iter().find(|script| Some(*script) == name.as_ref()).or(scripts.first())?;
        let mut application = DetectedApplication { entrypoint: words(&[script]), ..DetectedApplication::default() };
        let others: Vec<&str> = scripts.iter().filter(|other| *other != script).map(String::as_str).collect();
        if !others.is_empty() {
            application.remarks.push(format!("other commands of the project: {}", others.join(", ")));
        }
        Some(application)
    }

    /// A package with a `__main__.py`.
    fn package(&self) -> Option<DetectedApplication> {
        let mut mains = self.modules.iter().filter(|module| module.path.ends_with("/__main__.py"));
        let (main, None) = (mains.next()?, mains.next()) else { return None };
        let directory = parent(&main.path);
        let name =
            Some(file_name(directory)).filter(|name| !name.contains('.') && ModuleName::parse(name).is_some())?;
        let root = parent(directory);
        let installs = self.installed == Installed::Always && matches!(root, "" | "src");
        Some(DetectedApplication {
            project: (!installs).then(|| layout::directory(root)),
            command: words(&["python", "-m", name]),
            ..DetectedApplication::default()
        })
    }

    /// A script.
    fn script(&self) -> Option<DetectedApplication> {
        let (place, mut application) = self.placed(framework::script(&self.modules)?);
        if place.dotted.contains('.') {
            application.command = words(&["python", "-m", &place.dotted]);
            return Some(application);
        }
        if place.path == "main.py" {
            application.project = Some(layout::directory(&place.root));
        }
        application.run_file(&place.path);
        Some(application)
    }

    /// The location of `module`, and the application that runs it, with the directory or file to copy.
    fn placed(&self, module: &Module) -> (Place, DetectedApplication) {
        let place = self.place(module);
        let top = place.dotted.split('.').next().unwrap_or_default();
        let is_package = place.dotted.contains('.') || module.path.ends_with("/__init__.py");
        let name = self.evidence.pyproject.name.as_deref().unwrap_or_default();
        let own = name.replace(['-', '.'], "_").eq_ignore_ascii_case(top);
        let in_place =
            is_package && own && self.installed == Installed::Always && matches!(place.root.as_str(), "" | "src");
        let project = if in_place && !self.has_data() {
            None
        } else if place.is_alone {
            Some(format!("./{}", module.path))
        } else {
            Some(layout::directory(&place.root))
        };
        let file = Some(module.path.clone());
        (place, DetectedApplication { project, file, ..DetectedApplication::default() })
    }
}

impl DetectedApplication {
    /// Runs the file `path` of the project, with a command unless mopy runs it by default.
    fn run_file(&mut self, path: &str) {
        if path != "main.py" && self.project.as_deref().is_none_or(|project| project.ends_with('/')) {
            self.command = words(&["python", path]);
        }
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.project.is_none() && self.command.is_empty() && self.entrypoint.is_empty()
    }
}

/// Whether a variable of a Dockerfile is for the application, not for build tools.
fn is_of_application(name: &str, value: &str) -> bool {
    const TOOLS: [&str; 22] = [
        "PYTHON",
        "PIP",
        "POETRY",
        "UV_",
        "PDM_",
        "PIPENV",
        "WORKON",
        "VIRTUAL_ENV",
        "PATH",
        "HOME",
        "LANG",
        "LC_",
        "DEBIAN",
        "GUNICORN",
        "WORKERS",
        "USER",
        "APP_HOME",
        "APP_DIR",
        "WORKDIR",
        "SHELL",
        "LD_",
        "VENV",
    ];
    let is_plain = !value.contains(['$', '\n']) && !value.starts_with('/');
    is_plain && !TOOLS.iter().any(|start| name.starts_with(start))
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The path of the module `dotted` below `root`, if it exists.
fn module_file(directory: &Directory, root: &str, dotted: &str) -> Option<String> {
    let path = join(root, &dotted.replace('.', "/"));
    [format!("{path}.py"), join(&path, "__init__.py")].into_iter().find(|path| directory.is_file(path))
}
