//! Recognizes web frameworks.

use super::Module;

/// The kind of server that an application needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameworkKind {
    /// An ASGI server, such as uvicorn.
    Asgi,
    /// A WSGI server, such as gunicorn.
    Wsgi,
    /// Sanic's own server.
    Sanic,
}

/// An application, or a factory function that creates one.
pub(super) struct Object<'m> {
    /// The module that defines it.
    pub(super) module: &'m Module,
    /// Its name in the module.
    pub(super) name: String,
    /// The server that it needs.
    pub(super) kind: FrameworkKind,
}

/// The modules of frameworks, and the classes of their applications.
const FRAMEWORKS: [(&str, &str, FrameworkKind); 14] = [
    ("fastapi", "FastAPI", FrameworkKind::Asgi),
    ("starlette", "Starlette", FrameworkKind::Asgi),
    ("litestar", "Litestar", FrameworkKind::Asgi),
    ("quart", "Quart", FrameworkKind::Asgi),
    ("blacksheep", "Application", FrameworkKind::Asgi),
    ("falcon.asgi", "App", FrameworkKind::Asgi),
    ("flask", "Flask", FrameworkKind::Wsgi),
    ("apiflask", "APIFlask", FrameworkKind::Wsgi),
    ("flask_openapi3", "OpenAPI", FrameworkKind::Wsgi),
    ("bottle", "Bottle", FrameworkKind::Wsgi),
    ("falcon", "App", FrameworkKind::Wsgi),
    ("falcon", "API", FrameworkKind::Wsgi),
    ("sanic", "Sanic", FrameworkKind::Sanic),
    ("connexion", "AsyncApp", FrameworkKind::Asgi),
];

/// Common names of application factories.
const FACTORIES: [&str; 8] = [
    "create_app",
    "make_app",
    "get_app",
    "build_app",
    "create_application",
    "get_application",
    "init_app",
    "app_factory",
];

/// Common names of main files, the most likely first.
const FILES: [&str; 14] = [
    "main",
    "app",
    "asgi",
    "wsgi",
    "server",
    "api",
    "application",
    "run",
    "web",
    "start",
    "bot",
    "cli",
    "__init__",
    "__main__",
];

/// A framework whose programs run as a file.
pub(super) struct Interface {
    /// The name of its module, and of its distribution.
    pub(super) name: &'static str,
    /// The call that such a file contains, besides importing the module.
    call: &'static str,
    /// The default port.
    pub(super) port: u16,
    /// The variable that makes it listen on all addresses.
    pub(super) env: Option<(&'static str, &'static str)>,
    /// The path of its health check.
    pub(super) health: Option<&'static str>,
}

const INTERFACES: [Interface; 6] = [
    Interface { name: "streamlit", call: "", port: 8501, env: None, health: Some("/_stcore/health") },
    Interface {
        name: "gradio",
        call: ".launch",
        port: 7860,
        env: Some(("GRADIO_SERVER_NAME", "0.0.0.0")),
        health: None,
    },
    Interface { name: "dash", call: "Dash", port: 8050, env: Some(("HOST", "0.0.0.0")), health: None },
    Interface { name: "nicegui", call: "ui.run", port: 8080, env: None, health: None },
    Interface { name: "aiohttp", call: "run_app", port: 8080, env: None, health: None },
    Interface { name: "tornado", call: ".listen", port: 8888, env: None, health: None },
];

/// The order in which modules are examined.
fn rank(module: &Module) -> (usize, usize, &str) {
    let file = module.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".py");
    let known = FILES.iter().position(|name| *name == file).unwrap_or(FILES.len());
    (module.path.matches('/').count() / 3, known * 2 + module.path.matches('/').count(), &module.path)
}

fn ranked(modules: &[Module]) -> Vec<&Module> {
    let mut ranked: Vec<&Module> = modules.iter().collect();
    ranked.sort_by_key(|module| rank(module));
    ranked
}

/// The most likely application object. `names` are the modules at the top level of the project.
pub(super) fn objects<'m>(modules: &'m [Module], names: &[String]) -> Option<Object<'m>> {
    let made = factories(modules).map(|object| object.kind);
    ranked(modules).into_iter().find_map(|module| {
        module.objects.iter().find_map(|(name, call)| {
            let known = FRAMEWORKS.iter().find(|(import, class, _)| call == class && module.imports(import));
            let is_made = FACTORIES.contains(&call.as_str());
            let served = match call.as_str() {
                "get_asgi_application" if names.iter().any(|name| name == "manage.py") => Some(FrameworkKind::Asgi),
                _ => None,
            };
            let kind = known.map(|(_, _, kind)| *kind).or(made.filter(|_| is_made)).or(served)?;
            Some(Object { module, name: name.clone(), kind })
        })
    })
}

/// The most likely application factory.
pub(super) fn factories(modules: &[Module]) -> Option<Object<'_>> {
    ranked(modules).into_iter().find_map(|module| {
        module.functions.iter().filter(|(name, _)| FACTORIES.contains(&name.as_str())).find_map(|(name, calls)| {
            let makes = |class: &str| calls.iter().any(|call| call.rsplit('.').next() == Some(class));
            let (_, _, kind) = FRAMEWORKS.iter().find(|(import, class, _)| makes(class) && module.imports(import))?;
            Some(Object { module, name: name.clone(), kind: *kind })
        })
    })
}

/// The most likely file of an interface framework.
pub(super) fn interface(modules: &[Module]) -> Option<(&Module, &'static Interface)> {
    let is_page = |module: &Module| module.path.split('/').any(|part| part == "pages");
    INTERFACES.iter().find_map(|interface| {
        let mut all = ranked(modules);
        // Streamlit's default names for the main page
        all.sort_by_key(|module| !matches!(module.path.as_str(), "streamlit_app.py" | "Home.py" | "home.py"));
        let uses = |module: &&Module| {
            let calls = &module.calls;
            let called = match interface.call {
                "" => calls.iter().any(|call| call.starts_with("st.") || call.starts_with("streamlit.")),
                end => calls.iter().any(|call| call.ends_with(end)),
            };
            module.imports(interface.name) && called && !is_page(module)
        };
        all.into_iter().find(uses).map(|module| (module, interface))
    })
}

/// The most likely script: at the top level or in a source directory, with preference for files with a main block.
pub(super) fn script(modules: &[Module]) -> Option<&Module> {
    let near = |module: &&Module| {
        let directory = super::super::directory::parent(&module.path);
        matches!(directory, "" | "src" | "app")
            && !module.path.ends_with("__init__.py")
            && !module.path.ends_with("manage.py")
    };
    let all: Vec<&Module> = ranked(modules).into_iter().filter(near).collect();
    let named = |module: &&&Module| {
        let file = module.path.rsplit('/').next().unwrap_or_default();
        FILES.iter().any(|name| file.strip_suffix(".py") == Some(name))
    };
    let top = |module: &&&Module| !module.path.contains('/');
    let only = |found: Vec<&&'_ Module>| match found.as_slice() {
        [one] => Some(one.path.clone()),
        _ => None,
    };
    let path = all
        .iter()
        .find(|module| module.path.ends_with("main.py"))
        .or_else(|| all.iter().filter(named).find(|module| module.is_main))
        .or_else(|| all.iter().find(named))
        .map(|module| module.path.clone())
        .or_else(|| only(all.iter().filter(top).filter(|module| module.is_main).collect()))
        .or_else(|| only(all.iter().filter(top).collect()));
    let path = path?;
    all.into_iter().find(|module| module.path == path)
}
