//! Applications of web frameworks, and their servers.

use super::framework::{self, FrameworkKind, Object};
use super::{DetectedApplication, Module, Search, layout, words};
use crate::cli::init::directory::{below, file_name, parent};
use crate::mopyfile::word::ModuleName;

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
        let is_manage = |module: &&Module| file_name(&module.path) == "manage.py" && module.imports("django");
        let manage = self.modules.iter().find(is_manage)?;
        let root = parent(&manage.path);
        let is_settings = |text: &&String| text.contains("settings") && ModuleName::parse(text).is_some();
        // prefer the package of the settings, if there are several
        let package = manage.strings.iter().find(is_settings).and_then(|settings| settings.split('.').next());
        let server = |name: &str, call: &str| {
            let defines = |module: &&Module| module.objects.iter().any(|(_, called)| called == call);
            let found = self.modules.iter().filter(defines).filter(|module| module.path.ends_with(name));
            let paths: Vec<&str> = found.filter_map(|module| below(&module.path, root)).collect();
            let own = paths.iter().find(|path| package.is_some() && path.split('/').next() == package);
            own.or(paths.first()).map(|path| path.trim_end_matches(".py").replace('/', "."))
        };
        let wsgi = server("wsgi.py", "get_wsgi_application");
        let asgi = server("asgi.py", "get_asgi_application").map(|module| format!("{module}:application"));
        let port = self.port(None);
        let mut application = DetectedApplication {
            project: Some(layout::directory(root)),
            ports: vec![port],
            ..DetectedApplication::default()
        };
        match (wsgi, asgi) {
            (Some(wsgi), asgi) if asgi.is_none() || self.has("gunicorn") || !self.has("uvicorn") => {
                self.serve_wsgi(&mut application, &wsgi, port, false);
            }
            (_, Some(asgi)) => self.serve_asgi(&mut application, &asgi, port, false),
            _ => application.command = words(&["python", "manage.py", "runserver", &format!("0.0.0.0:{port}")]),
        }
        Some(application)
    }

    /// An application object of a web framework.
    pub(super) fn object(&self) -> Option<DetectedApplication> {
        let object = framework::objects(&self.modules, self.directory.is_file("manage.py"))?;
        Some(self.served(&object, self.port(Some(object.module)), false))
    }

    /// An application factory of a web framework.
    pub(super) fn factory(&self) -> Option<DetectedApplication> {
        Some(self.served(&framework::factories(&self.modules)?, self.port(None), true))
    }

    fn served(&self, object: &Object<'_>, port: u16, factory: bool) -> DetectedApplication {
        let Object { module, name, kind } = object;
        let (place, mut application) = self.placed(module);
        let target = format!("{}:{name}", place.dotted);
        match kind {
            FrameworkKind::Asgi => self.serve_asgi(&mut application, &target, port, factory),
            FrameworkKind::Wsgi => self.serve_wsgi(&mut application, &target, port, factory),
            FrameworkKind::Sanic => {
                application.command = words(&["sanic", &target, "--host=0.0.0.0", &format!("--port={port}")]);
                if factory {
                    application.command.insert(2, "--factory".to_owned());
                }
            }
        }
        application.ports = vec![port];
        application.health = self.health(module, if factory { "app" } else { name });
        application
    }

    fn serve_asgi(&self, application: &mut DetectedApplication, target: &str, port: u16, factory: bool) {
        let text = port.to_string();
        let has_uvicorn = self.has_uvicorn();
        if !has_uvicorn && self.has("hypercorn") {
            let call = if factory { "()" } else { "" };
            application.command =
                words(&["hypercorn", &format!("{target}{call}"), "--bind", &format!("0.0.0.0:{port}")]);
            return;
        }
        application.command = if !has_uvicorn && self.has("granian") {
            words(&["granian", "--interface", "asgi", target, "--host", "0.0.0.0", "--port", &text])
        } else {
            application.needs = (!has_uvicorn).then_some("uvicorn");
            words(&["uvicorn", target, "--host", "0.0.0.0", "--port", &text])
        };
        application.command.extend(factory.then(|| "--factory".to_owned()));
    }

    fn serve_wsgi(&self, application: &mut DetectedApplication, target: &str, port: u16, factory: bool) {
        let bound = format!("0.0.0.0:{port}");
        if self.has("waitress") && !self.has("gunicorn") {
            let target = if target.contains(':') { target.to_owned() } else { format!("{target}:application") };
            application.command = words(&["waitress-serve", &format!("--listen={bound}"), &target]);
            if factory {
                application.command.insert(2, "--call".to_owned());
            }
            return;
        }
        let call = if factory { "()" } else { "" };
        application.command = words(&["gunicorn", &format!("{target}{call}"), "--bind", &bound]);
        application.needs = (!self.has("gunicorn")).then_some("gunicorn");
    }

    /// The health check route of the application `name` in `module`.
    pub(super) fn health(&self, module: &Module, name: &str) -> Option<String> {
        let own = module.routes.iter().filter(|(object, _)| object == name || object == "app");
        let mut paths: Vec<&str> = own.map(|(_, path)| path.as_str()).collect();
        if paths.is_empty() {
            // an application that is defined in another module usually has its routes in the same file
            let defines = |other: &&Module| other.objects.iter().any(|(object, _)| object == name);
            let routes = self.modules.iter().filter(defines).flat_map(|other| &other.routes);
            paths.extend(routes.filter(|(object, _)| object == name).map(|(_, path)| path.as_str()));
        }
        HEALTH.iter().find(|path| paths.contains(path)).map(|path| (*path).to_owned())
    }
}
