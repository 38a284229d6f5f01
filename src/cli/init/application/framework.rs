//! Recognizes web frameworks.

use super::Module;
use crate::cli::init::directory::{file_name, parent};

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

/// The modules in the order in which they are examined.
fn ranked(modules: &[Module]) -> Vec<&Module> {
    let mut ranked: Vec<&Module> = modules.iter().collect();
    ranked.sort_by_key(|&module| {
        let file = file_name(&module.path).trim_end_matches(".py");
        let known = FILES.iter().position(|name| *name == file).unwrap_or(FILES.len());
        let depth = module.path.matches('/').count();
        (depth / 3, known * 2 + depth, module.path.as_str())
    });
    ranked
}

/// The most likely application object. `has_manage` says whether there is a `manage.py` at the top level.
pub(super) fn objects(modules: &[Module], has_manage: bool) -> Option<Object<'_>> {
    let made = factories(modules).map(|object| object.kind);
    ranked(modules).into_iter().find_map(|module| {
        module.objects.iter().find_map(|(name, call)| {
            let known = FRAMEWORKS.iter().find(|(import, class, _)| call == class && module.imports(import));
            let made = made.filter(|_| FACTORIES.contains(&call.as_str()));
            let served = (has_manage && call == "get_asgi_application").then_some(FrameworkKind::Asgi);
            let kind = known.map(|(_, _, kind)| *kind).or(made).or(served)?;
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
    INTERFACES.iter().find_map(|interface| {
        let mut all = ranked(modules);
        // Streamlit's default names for the main page
        all.sort_by_key(|module| !matches!(module.path.as_str(), "streamlit_app.py" | "Home.py" | "home.py"));
        let uses = |module: &&Module| {
            let is_call = |call: &String| match interface.call {
                "" => call.starts_with("st.") || call.starts_with("streamlit."),
                end => call.ends_with(end),
            };
            let is_page = module.path.split('/').any(|part| part == "pages");
            module.imports(interface.name) && module.calls.iter().any(is_call) && !is_page
        };
        all.into_iter().find(uses).map(|module| (module, interface))
    })
}

/// The most likely script: at the top level or in a source directory, with preference for files with a main block.
pub(super) fn script(modules: &[Module]) -> Option<&Module> {
    let near = |module: &&Module| {
        matches!(parent(&module.path), "" | "src" | "app")
            && !["__init__.py", "manage.py"].contains(&file_name(&module.path))
    };
    let all: Vec<&Module> = ranked(modules).into_iter().filter(near).collect();
    let is_named = |module: &Module| FILES.iter().any(|name| file_name(&module.path).strip_suffix(".py") == Some(name));
    let find = |wanted: &dyn Fn(&Module) -> bool| all.iter().copied().find(|module| wanted(module));
    let only_at_the_top = |wanted: &dyn Fn(&Module) -> bool| {
        let mut found = all.iter().copied().filter(|module| !module.path.contains('/') && wanted(module));
        found.next().filter(|_| found.next().is_none())
    };
    find(&|module| file_name(&module.path) == "main.py")
        .or_else(|| find(&|module| is_named(module) && module.is_main))
        .or_else(|| find(&is_named))
        .or_else(|| only_at_the_top(&|module| module.is_main))
        .or_else(|| only_at_the_top(&|_| true))
}
