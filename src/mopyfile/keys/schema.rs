//! The JSON Schemas of values: what each key takes, as far as a schema can say it.

use serde_json::{Value, json};

use crate::mopyfile::signal;

// `\x0a` is what the regular expressions of all languages know; none of them looks around, which some lack
pub(super) const ONE_LINE: &str = r"^[^\x00\x0a\x0d]*$";
const NO_CONTROL: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";

/// A value that is not a list, a mapping or nothing: YAML's numbers and booleans are texts to mopy.
pub(super) fn scalar(pattern: &str) -> Value {
    json!({"type": ["string", "number", "boolean"], "pattern": pattern})
}

/// A scalar like `pattern`, and not like `other`.
fn scalar_but(pattern: &str, other: &str) -> Value {
    let mut schema = scalar(pattern);
    // the keyword `pattern` alone holds for all that is no text
    schema["not"] = json!({"type": "string", "pattern": other});
    schema
}

pub(super) fn apt_packages(example: &[&str]) -> Value {
    let form = r"^[a-z0-9][a-z0-9+.-]+(:[A-Za-z0-9-]+)?(=[A-Za-z0-9+.~:-]+)?(/[A-Za-z0-9_-]+)?$";
    json!({"type": ["array", "null"], "items": scalar_but(form, "-$"), "examples": [example]})
}

pub(super) fn indices() -> Value {
    let url = "https://pypi.example.org/simple";
    json!({
        "type": ["array", "null"],
        "items": {
            "type": "object",
            "properties": {
                "url": described("URL of the index.", json!(url), index_url()),
                "username": described("User; better in the secret `netrc`.", json!("jane"), scalar(NO_CONTROL)),
                "password": described("Password; better in the secret `netrc`.", json!("…"), scalar(NO_CONTROL)),
                "trust": described("Do not check the certificate.", json!(true), switch()),
                "default": described("Replace PyPI by this index.", json!(true), switch()),
            },
            "required": ["url"],
            "dependencies": {"password": ["username"]},
            "additionalProperties": false,
        },
        "examples": [[{"url": url, "default": true}]],
    })
}

fn described(about: &str, example: Value, mut schema: Value) -> Value {
    schema["description"] = about.into();
    schema["examples"] = json!([example]);
    schema
}

/// Browsers, and the URL crate with them, want neither slashes nor exactly two of them.
fn index_url() -> Value {
    json!({"type": "string", "pattern": r"^\s*[Hh][Tt][Tt][Pp][Ss]?:[/\\]*[^/\\?#]"})
}

fn switch() -> Value {
    json!({"type": "boolean", "default": false})
}

pub(super) fn pip() -> Value {
    // nothing, an option, an absolute path, a path that begins with `..`
    let other = r"^\s*($|-|[/\\]|~/|~\s*$|[A-Za-z]:[/\\]|(\./+)*\.\.(/|\s*$))";
    let mut entry = scalar_but(r"^[^\x00-\x08\x0a-\x1f\x7f-\x9f]*$", other);
    entry["minimum"] = json!(0);
    let examples = json!([
        ["fastapi[standard]>=0.110", "numpy==2.3.1; python_version >= \"3.11\""],
        ["./requirements.txt", "./constraints.txt"],
        ["./uv.lock"],
        ["./", "git+https://github.com/psf/requests.git@v2.32.4"],
    ]);
    json!({"type": ["array", "null"], "items": entry, "examples": examples})
}

pub(super) fn project() -> Value {
    // nothing, an absolute path, a path that begins with `..`
    let other = r"^(\s*$|[/\\]|~/|~$|[A-Za-z]:|(\./+)*\.\.(/|$))";
    let path = || scalar_but(NO_CONTROL, other);
    let target = described("Where it goes in the image.", json!("/opt/app"), workdir());
    json!({
        "anyOf": [path(), {
            "type": "object",
            "properties": {
                "path": described("A directory or a Python file.", json!("./"), path()),
                "target": target,
            },
            "required": ["path"],
            "additionalProperties": false,
        }],
        "examples": ["./app/", "./main.py", "./", {"path": "./", "target": "/opt/app"}],
    })
}

pub(super) fn run() -> Value {
    let step = json!({
        "type": "object",
        "properties": {
            "command": described("Command in exec form.", json!(["python", "manage.py", "migrate"]), words()),
            "envs": described(
                "Variables that only such commands need; they are not in the image's configuration.",
                json!({"SECRET_KEY": "unused"}),
                json!({
                    "type": ["object", "null"],
                    "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
                    "additionalProperties": scalar(ONE_LINE),
                }),
            ),
        },
        "required": ["command"],
        "additionalProperties": false,
    });
    json!({
        "type": ["array", "null"],
        "items": {"anyOf": [words(), step]},
        "examples": [[["python", "manage.py", "collectstatic", "--noinput"]]],
    })
}

pub(super) fn arguments(example: &[&str]) -> Value {
    let mut schema = words();
    schema["examples"] = json!([example]);
    schema
}

fn words() -> Value {
    json!({"type": "array", "minItems": 1, "items": scalar(r"^[^\x00]*$")})
}

pub(super) fn ports() -> Value {
    let port = number(&format!("^{NUMBER}(-{NUMBER})?(/(tcp|udp))?$"));
    json!({"type": ["array", "null"], "items": port, "examples": [[8000, "53/udp"]]})
}

pub(super) fn healthcheck() -> Value {
    let whole = || number(&format!("^{NUMBER}$"));
    let path = json!({"type": "string", "pattern": "^/[!-~]*$"});
    let command = json!(["python", "-m", "shop.check"]);
    json!({
        "type": "object",
        "properties": {
            "http": described(
                "Path of a request to the container, which is healthy when the status is below 400.",
                json!("/health"),
                path,
            ),
            "port": described("Port of the request; the first TCP port of `ports` if left out.", json!(8000), whole()),
            "host": described(
                "Header `Host` of the request; 127.0.0.1 if left out.",
                json!("shop.example.org"),
                json!({"type": "string", "pattern": r"^[A-Za-z0-9._~:\[\]-]+$"}),
            ),
            "command": described(
                "Command in exec form; the container is healthy when it exits with 0.",
                command.clone(),
                words(),
            ),
            "interval": described("Time between two checks; 30s if left out.", json!("1m30s"), duration()),
            "timeout": described("Longest time of a check; 30s if left out.", json!("5s"), duration()),
            "retries": described(
                "Failures in a row that make the container unhealthy; 3 if left out.",
                json!(5),
                whole(),
            ),
            "start-period": described(
                "Time at the start in which failures do not count; none if left out.",
                json!("20s"),
                duration(),
            ),
        },
        "oneOf": [
            {"required": ["http"], "not": {"required": ["command"]}},
            {"required": ["command"], "not": {"anyOf": [{"required": ["http"]}, {"required": ["port"]}, {"required": ["host"]}]}},
        ],
        "additionalProperties": false,
        "examples": [{"http": "/health", "port": 8000}, {"command": command}],
    })
}

fn duration() -> Value {
    json!({"type": "string", "pattern": "^([0-9]+(h|m|s|ms))+$", "not": {"pattern": "^[0hms]*$"}})
}

pub(super) fn workdir() -> Value {
    let mut schema = scalar_but(NO_CONTROL, r"^(~|\s*$)");
    schema["examples"] = json!(["/srv", "data"]);
    schema
}

pub(super) fn stop_signal() -> Value {
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

pub(super) fn imports() -> Value {
    let identifier = "[A-Za-z_][A-Za-z0-9_]*";
    // `true` is a word like others
    let module = json!({"type": ["string", "boolean"], "pattern": format!(r"^{identifier}(\.{identifier})*$")});
    json!({"type": ["array", "null"], "items": module, "examples": [["numpy", "PIL.Image"]]})
}

/// A number from 1 to 65535, as a regular expression.
const NUMBER: &str = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6([0-4][0-9]{3}|5([0-4][0-9]{2}|5([0-2][0-9]|3[0-5]))))";

fn number(pattern: &str) -> Value {
    json!({"type": ["integer", "string"], "minimum": 1, "maximum": 65535, "pattern": pattern})
}
