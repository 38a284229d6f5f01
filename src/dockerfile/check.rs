//! The health check, and the test of `imports`.

use std::fmt::{self, Display, Formatter};

use super::word::{Comment, ExecForm, JsonString, Mark, Name, PythonString};
use crate::mopyfile::healthcheck::{Healthcheck, Probe};
use crate::mopyfile::word::ModuleName;
use crate::source::Spanned;

/// A health check with a request or a command.
pub(super) struct Check {
    pub(super) options: Mark<CheckOptions>,
    pub(super) request: Option<Request>,
    pub(super) command: Option<ExecForm>,
}

pub(super) struct Request {
    pub(super) port: Name,
    pub(super) path: PythonString,
    pub(super) host: Option<PythonString>,
    /// In seconds.
    pub(super) timeout: Name,
}

impl Check {
    pub(super) fn new(check: &Spanned<Healthcheck>) -> Self {
        let (request, command) = match &check.value.probe {
            Probe::Http { path, port, host } => {
                let request = Request {
                    port: Name::new(&port.to_string()),
                    path: PythonString::new(path),
                    host: host.as_deref().map(PythonString::new),
                    timeout: Name::new(&check.value.patience().as_secs_f64().to_string()),
                };
                (Some(request), None)
            }
            Probe::Command(command) => (None, Some(ExecForm::new(command))),
        };
        Self { options: Mark::of(check, CheckOptions::new), request, command }
    }
}

/// The options of `HEALTHCHECK`, each after a space.
pub(super) struct CheckOptions(Vec<(&'static str, Name)>);

impl CheckOptions {
    fn new(check: &Healthcheck) -> Self {
        let Healthcheck { interval, timeout, start_period, .. } = check;
        let durations = [("interval", interval), ("timeout", timeout), ("start-period", start_period)];
        let durations =
            durations.into_iter().map(|(name, duration)| (name, duration.as_ref().map(ToString::to_string)));
        let retries = ("retries", check.retries.map(|retries| retries.to_string()));
        let given = durations.chain([retries]).filter_map(|(name, value)| Some((name, Name::new(&value?))));
        Self(given.collect())
    }
}

impl Display for CheckOptions {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, value)| write!(f, " --{name}={value}"))
    }
}

/// Modules to import in the image.
pub(super) struct Imports {
    pub(super) title: Comment,
    pub(super) modules: Vec<Mark<JsonString>>,
}

impl Imports {
    pub(super) fn new(modules: &[Spanned<ModuleName>]) -> Self {
        let module = |module: &Spanned<_>| Mark::of(module, |name: &ModuleName| JsonString::new(name.as_str()));
        Self { title: Comment::count(modules.len(), "module"), modules: modules.iter().map(module).collect() }
    }
}
