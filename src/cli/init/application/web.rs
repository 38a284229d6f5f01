//! Applications of web frameworks, and their servers.

use super::framework::{self, FrameworkKind, Object};
use super::layout::{self, Place};
use super::{DetectedApplication, Module, Search, words};
use crate::cli::init::directory::{is_module, parent};

/// Common routes for health checks.
const HEALTH: [&str; 14] = [
    "/health",
    "/healthz",
    "/health/",
    "/healthz/",
    "/healthcheck",
    "/health-check",
    "/livez",
    "/health/live",
    "/api/health",
    "/api/healthz",
    "/api/v1/health",
    "/-/health",
    "/ping",
    "/up",
];

impl Search<'_> {
    /// A Django project, whose settings are named in `manage.py`.
    pub(super) fn django(&self) -> Option<DetectedApplication> {
        let manage = self
            .modules
            .iter()
            .find(|module| module.path.rsplit('/').next() == Some("manage.py") && module.imports("django"))?;
        let root = parent(&manage.path);
        let settings = manage.strings.iter().find(|text| text.contains("settings") && text.split('.').all(is_module));
        let inside = |path: &str| {
            if root.is_empty() {
                Some(path.to_owned())
            } else {
                Some(path.strip_prefix(root)?.strip_prefix('/')?.to_owned())
            }
        };
        let server = |name: &str, call: &str| {
            let mut found =
                self.modules.iter().filter(|module| module.objects.iter().any(|(_, called)| called == call));
            let all: Vec<String> = found
                .by_ref()
                .filter(|module| module.path.ends_with(name))
                .filter_map(|module| inside(&module.path))
                .collect();
            // prefer the package of the settings, if there are several
            let package = settings.map(|settings| settings.split('.').next().unwrap_or_default());
            let own = all.iter().find(|path| package.is_some_and(|package| path.split('/').next() == Some(package)));
            own.or(all.first()).map(|path| path.trim_end_matches(".py").replace('/', "."))
        };
        let wsgi = server("wsgi.py", "get_wsgi_application");
        let asgi = server("asgi.py", "get_asgi_application");
        let port = self.port(None);
        let mut application = DetectedApplication {
            project: Some(layout::directory(root)),
            ports: vec![port],
            ..DetectedApplication::default()
        };
        match (wsgi, asgi) {
            (_, Some(asgi)) if self.has("uvicorn") && !self.has("gunicorn") => {
                self.serve_asgi(&mut application, &format!("{asgi}:application"), port, false)
            }
            (Some(wsgi), _) => self.serve_wsgi(&mut application, &wsgi, port, false),
            (None, Some(asgi)) => self.serve_asgi(&mut application, &format!("{asgi}:application"), port, false),
            (None, None) => {
                application.command = words(&["python", "manage.py", "runserver", &format!("0.0.0.0:{port}")])
            }
        }
        Some(application)
    }

    /// An application object of a web framework.
    pub(super) fn object(&self) -> Option<DetectedApplication> {
        let Object { module, name, kind } = framework::objects(&self.modules, &self.directory.names(""))?;
        let place = Place::of(module, &self.modules, self.directory);
        let mut application = self.placed(module, &place);
        let port = self.port(Some(module));
        let target = format!("{}:{name}", place.dotted);
        match kind {
            FrameworkKind::Asgi => self.serve_asgi(&mut application, &target, port, false),
            FrameworkKind::Wsgi => self.serve_wsgi(&mut application, &target, port, false),
            FrameworkKind::Sanic => {
                application.command = words(&["sanic", &target, "--host=0.0.0.0", &format!("--port={port}")]);
            }
        }
        application.ports = vec![port];
        application.health = health(&self.modules, module, &name);
        Some(application)
    }

    /// An application factory of a web framework.
    pub(super) fn factory(&self) -> Option<DetectedApplication> {
        let Object { module, name, kind } = framework::factories(&self.modules)?;
        let place = Place::of(module, &self.modules, self.directory);
        let mut application = self.placed(module, &place);
        let port = self.port(None);
        let target = format!("{}:{name}", place.dotted);
        match kind {
            FrameworkKind::Asgi => self.serve_asgi(&mut application, &target, port, true),
            FrameworkKind::Wsgi => self.serve_wsgi(&mut application, &target, port, true),
            FrameworkKind::Sanic => {
                application.command =
                    words(&["sanic", &target, "--factory", "--host=0.0.0.0", &format!("--port={port}")]);
            }
        }
        application.ports = vec![port];
        application.health = health(&self.modules, module, "app");
        Some(application)
    }

    fn serve_asgi(&self, application: &mut DetectedApplication, target: &str, port: u16, factory: bool) {
        let text = port.to_string();
        let bound = format!("0.0.0.0:{port}");
        let has_uvicorn = self.has("uvicorn") || self.has_standard("fastapi") || self.has_standard("litestar");
        let (server, mut command) = match () {
            () if !has_uvicorn && self.has("hypercorn") => {
                ("hypercorn", words(&["hypercorn", target, "--bind", &bound]))
            }
            () if !has_uvicorn && self.has("granian") => {
                ("granian", words(&["granian", "--interface", "asgi", target, "--host", "0.0.0.0", "--port", &text]))
            }
            () => ("uvicorn", words(&["uvicorn", target, "--host", "0.0.0.0", "--port", &text])),
        };
        match server {
            "hypercorn" if factory => command[1].push_str("()"),
            _ if factory => command.push("--factory".to_owned()),
            _ => {}
        }
        application.command = command;
        application.needs.extend((server == "uvicorn" && !has_uvicorn).then_some("uvicorn"));
    }

    fn serve_wsgi(&self, application: &mut DetectedApplication, target: &str, port: u16, factory: bool) {
        let bound = format!("0.0.0.0:{port}");
        let call = if factory { "()" } else { "" };
        if self.has("waitress") && !self.has("gunicorn") {
            let target = if target.contains(':') { target.to_owned() } else { format!("{target}:application") };
            let listen = format!("--listen={bound}");
            application.command = match factory {
                true => words(&["waitress-serve", &listen, "--call", &target]),
                false => words(&["waitress-serve", &listen, &target]),
            };
            return;
        }
        application.command = words(&["gunicorn", &format!("{target}{call}"), "--bind", &bound]);
        application.needs.extend((!self.has("gunicorn")).then_some("gunicorn"));
    }
}

/// The health check route of the application `name` in `module`.
pub(super) fn health(modules: &[Module], module: &Module, name: &str) -> Option<String> {
    let own = module.routes.iter().filter(|(registered, _)| registered == name || registered == "app");
    let paths: Vec<&str> = own.map(|(_, path)| path.as_str()).collect();
    // an application that is defined in another module usually has its routes in the same file
    let elsewhere =
        modules.iter().filter(|other| paths.is_empty() && other.objects.iter().any(|(object, _)| object == name));
    let all: Vec<&str> = elsewhere
        .flat_map(|other| other.routes.iter().filter(|(registered, _)| registered == name))
        .map(|(_, path)| path.as_str())
        .chain(paths.iter().copied())
        .collect();
    HEALTH.iter().find(|path| all.contains(path)).map(|path| (*path).to_owned())
}
