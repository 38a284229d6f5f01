//! Reads the settings of containers: the init, ports, the working directory, the stop signal.

use serde_json::{Value, json};

use super::Draft;
use crate::diagnostic::{Rule, Severity};
use crate::mopyfile::document::Node;
use crate::mopyfile::keys::Key;
use crate::mopyfile::path::ImagePath;
use crate::mopyfile::port::Port;
use crate::mopyfile::schema;
use crate::mopyfile::signal::{self, Signal};
use crate::mopyfile::{Invalid, similar};
use crate::redact::excerpt;

/// Invalid port.
pub static PORT: Rule = Rule {
    name: "port",
    severity: Severity::Error,
    summary: "invalid port",
    explanation: "An entry of `ports` is a number from 1 to 65535 or a range, optionally followed by `/tcp` or `/udp`: \
         `8000`, `53/udp`, `8000-8010`. It is the port on which the application listens in the container. To \
         publish it on the host, use `docker run --publish 80:8000`.",
};

/// Invalid signal.
pub static STOP_SIGNAL: Rule = Rule {
    name: "stop-signal",
    severity: Severity::Error,
    summary: "invalid signal",
    explanation: "The signal is a name from signal(7), with or without `SIG` (`SIGINT`, `TERM`, `SIGRTMIN+3`), or a number \
         from 1 to 64. The default is `SIGTERM`.",
};

pub(in crate::mopyfile) static INIT_KEY: Key = Key {
    name: "init",
    about: "Run dumb-init, a minimal init, as PID 1.",
    schema: || json!({"type": "boolean", "default": false, "examples": [true]}),
    read: |draft, _, node| draft.mopyfile.init = draft.boolean("init", node).and_then(|init| init.then_some(node.span)),
};

pub(in crate::mopyfile) static PORTS_KEY: Key =
    Key { name: "ports", about: "Ports that the application listens on.", schema: ports_schema, read: Draft::ports };

pub(in crate::mopyfile) static WORKDIR_KEY: Key = Key {
    name: "workdir",
    about: "The working directory in the image, absolute or relative to /home/nonroot.",
    schema: directory_schema,
    read: Draft::workdir,
};

pub(in crate::mopyfile) static STOP_SIGNAL_KEY: Key = Key {
    name: "stop-signal",
    about: "The signal that `docker stop` sends to the container.",
    schema: stop_signal_schema,
    read: |draft, _, node| {
        let example = "a signal: `stop-signal: SIGINT`, or remove it";
        draft.mopyfile.stop_signal = draft.parsed("`stop-signal`", node, example, signal);
    },
};

fn ports_schema() -> Value {
    let port = schema::number(&format!("^{number}(-{number})?(/(tcp|udp))?$", number = schema::NUMBER));
    json!({"type": ["array", "null"], "items": port, "examples": [[8000, "53/udp"]]})
}

pub(super) fn directory_schema() -> Value {
    let mut schema = schema::scalar_but(schema::NO_CONTROL, r"^(~|\s*$)");
    schema["examples"] = json!(["/srv", "data"]);
    schema
}

fn stop_signal_schema() -> Value {
    let names = signal::NAMES.join("|");
    let real_time = r"RTMIN(\+([1-9]|1[0-5]))?|RTMAX(-([1-9]|1[0-4]))?";
    json!({
        "type": ["integer", "string"],
        "minimum": 1,
        "maximum": 64,
        "pattern": format!("^((SIG)?({names}|{real_time})|[1-9]|[1-5][0-9]|6[0-4])$"),
        "examples": ["SIGINT"],
    })
}

fn port(text: &str) -> Result<Port, Invalid> {
    Port::parse(text).map_err(|help| Invalid::new(&PORT, format!("`{}` is not a port", excerpt(text)), help))
}

fn signal(text: &str) -> Result<Signal, Invalid> {
    Signal::parse(text).ok_or_else(|| {
        let upper = text.to_uppercase();
        let help = similar(upper.strip_prefix("SIG").unwrap_or(&upper), &signal::NAMES).map_or_else(
            || "write a name such as `SIGINT` or `SIGRTMIN+3`, or a number from 1 to 64".to_owned(),
            |name| format!("did you mean `SIG{name}`?"),
        );
        Invalid::new(&STOP_SIGNAL, format!("`{}` is not a Linux signal", excerpt(text)), help)
    })
}

impl Draft {
    /// Duplicate ports are ignored.
    fn ports(&mut self, _: &Node, node: &Node) {
        for port in self.entries("ports", node, "[8000]", "a port such as `8000` or `53/udp`", port) {
            if self.mopyfile.ports.iter().all(|other| other.value != port.value) {
                self.mopyfile.ports.push(port);
            }
        }
    }

    fn workdir(&mut self, _: &Node, node: &Node) {
        let example = "a directory: `workdir: /srv`, or remove it";
        let help = "write a directory in the image: `workdir: /srv`, or remove it";
        self.mopyfile.workdir = self.parsed("`workdir`", node, example, |text| ImagePath::parse(text, help));
    }
}
