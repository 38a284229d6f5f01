//! Finds the program to run: a command in the project's files, or an application that its Python files define.

mod framework;
mod layout;
mod source;
mod web;
mod written;

use super::directory::{Directory, is_module, join};
use super::evidence::Evidence;
use crate::mopyfile::word::EnvironmentName;
use layout::Place;
use source::Module;

/// The keys of a Mopyfile that describe the application.
#[derive(Debug, Default)]
pub(super) struct DetectedApplication {
    /// `project`.
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
    /// Distributions that the command needs.
    pub(super) needs: Vec<&'static str>,
    /// Whether the application needs the installed project.
    pub(super) uses_installed: bool,
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
        if let Some((file, dockerfile)) = &self.evidence.dockerfile {
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
                application.remarks.push(format!("{file} runs `{unread}`, which needs a shell or does more"));
            }
        }
        application
    }

    fn has(&self, name: &str) -> bool {
        self.dependencies.iter().any(|(other, _)| other == name)
    }

    /// Whether `name` is a dependency with an extra that contains a server.
    fn has_standard(&self, name: &str) -> bool {
        let brings = |extra: &String| matches!(extra.as_str(), "standard" | "all");
        self.dependencies.iter().any(|(other, extras)| other == name && extras.iter().any(brings))
    }

    /// The port of a program: that of the Dockerfile, or the one in its source file.
    fn port(&self, module: Option<&Module>) -> u16 {
        let exposed = self.evidence.dockerfile.as_ref().and_then(|(_, dockerfile)| dockerfile.ports.first().copied());
        // the image's user cannot listen on privileged ports everywhere
        exposed.or_else(|| module.and_then(|module| module.port)).filter(|port| *port >= 1024).unwrap_or(PORT)
    }

    /// A Streamlit, Gradio, Dash, NiceGUI or aiohttp program, which runs as a file.
    fn interface(&self) -> Option<DetectedApplication> {
        let (module, interface) = framework::interface(&self.modules)?;
        let place = Place::of(module, &self.modules, self.directory);
        let mut application = self.placed(module, &place);
        let path = place.path(&module.path);
        let port = if interface.name == "streamlit" { interface.port } else { module.port.unwrap_or(interface.port) };
        match interface.name {
            "streamlit" => {
                application.command = words(&[
                    "streamlit",
                    "run",
                    &path,
                    "--server.address=0.0.0.0",
                    &format!("--server.port={port}"),
                    "--server.headless=true",
                ]);
            }
            _ => application.run_file(&path),
        }
        application.envs.extend(interface.env.map(|(name, value)| (name.to_owned(), value.to_owned())));
        application.ports = vec![port];
        application.health = interface.health.map(str::to_owned);
        application.needs.extend((!self.has(interface.name)).then_some(interface.name));
        Some(application)
    }

    /// A Celery worker.
    fn worker(&self) -> Option<DetectedApplication> {
        let is_celery =
            |module: &&Module| module.imports("celery") && module.objects.iter().any(|(_, call)| call == "Celery");
        let module = self.modules.iter().find(is_celery)?;
        let place = Place::of(module, &self.modules, self.directory);
        let mut application = self.placed(module, &place);
        application.command = words(&["celery", "-A", &place.dotted, "worker", "--loglevel=info"]);
        Some(application)
    }

    /// A command that the project installs.
    fn installed_script(&self) -> Option<DetectedApplication> {
        if self.installed == Installed::Never {
            return None;
        }
        let scripts = &self.evidence.pyproject.scripts;
        let named = |(name, _): &&(String, String)| Some(name.as_str()) == self.evidence.pyproject.name.as_deref();
        let (name, _) = scripts.iter().find(named).or(scripts.first())?;
        let others: Vec<&str> = scripts.iter().map(|(other, _)| other.as_str()).filter(|other| other != name).collect();
        let mut application =
            DetectedApplication { entrypoint: words(&[name]), uses_installed: true, ..DetectedApplication::default() };
        if !others.is_empty() {
            application.remarks.push(format!("other commands of the project: {}", others.join(", ")));
        }
        Some(application)
    }

    /// A package with a `__main__.py`.
    fn package(&self) -> Option<DetectedApplication> {
        let mut mains = self.modules.iter().filter(|module| module.path.ends_with("/__main__.py"));
        let (main, None) = (mains.next()?, mains.next()) else { return None };
        let directory = super::directory::parent(&main.path);
        let name = directory.rsplit('/').next().filter(|name| is_module(name))?;
        let root = super::directory::parent(directory);
        let installs = self.installed == Installed::Always && matches!(root, "" | "src");
        Some(DetectedApplication {
            project: (!installs).then(|| layout::directory(root)),
            command: words(&["python", "-m", name]),
            uses_installed: installs,
            ..DetectedApplication::default()
        })
    }

    /// A script.
    fn script(&self) -> Option<DetectedApplication> {
        let module = framework::script(&self.modules)?;
        let place = Place::of(module, &self.modules, self.directory);
        if place.dotted.contains('.') {
            let mut application = self.placed(module, &place);
            application.command = words(&["python", "-m", &place.dotted]);
            return Some(application);
        }
        let mut application = self.placed(module, &place);
        let path = place.path(&module.path);
        if path == "main.py" {
            application.project = Some(layout::directory(&place.root));
        }
        application.run_file(&path);
        Some(application)
    }

    /// The application that runs `module`, with the directory or file to copy.
    fn placed(&self, module: &Module, place: &Place) -> DetectedApplication {
        let top = place.dotted.split('.').next().unwrap_or_default();
        let is_package = place.dotted.contains('.') || module.path.ends_with("/__init__.py");
        let own = self
            .evidence
            .pyproject
            .name
            .as_deref()
            .is_some_and(|name| name.replace(['-', '.'], "_").eq_ignore_ascii_case(top));
        let in_place =
            is_package && own && self.installed == Installed::Always && matches!(place.root.as_str(), "" | "src");
        let project = if in_place && !layout::has_data(self.directory) {
            None
        } else if place.is_alone {
            Some(format!("./{}", module.path))
        } else {
            Some(layout::directory(&place.root))
        };
        DetectedApplication {
            uses_installed: project.is_none(),
            project,
            file: Some(module.path.clone()),
            ..DetectedApplication::default()
        }
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
