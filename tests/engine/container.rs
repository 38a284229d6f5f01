//! What an image says about its containers: their first process, ports, health, working directory, signal.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::docker::{Image, context, docker};

/// A container that runs until it is dropped.
struct Container {
    name: String,
}

impl Container {
    fn start(name: &str, image: &Image, options: &[&str], arguments: &[&str]) -> Self {
        let container = Self { name: format!("mopy-test-{name}") };
        docker(&["rm", "--force", &container.name]);
        let mut run = vec!["run", "--detach", "--name", &container.name, "--network=none"];
        run.extend(options);
        run.push(image.tag());
        run.extend(arguments);
        docker(&run).expect();
        container
    }

    /// What a Python program prints in it.
    fn python(&self, program: &str) -> String {
        docker(&["exec", &self.name, "python", "-c", program]).expect().stdout.trim_end().to_owned()
    }

    fn state(&self) -> Value {
        serde_json::from_str(&docker(&["inspect", "--format", "{{json .State}}", &self.name]).expect().stdout).unwrap()
    }

    fn logs(&self) -> String {
        let printed = docker(&["logs", &self.name]).expect();
        printed.stdout + &printed.stderr
    }

    /// Waits until its logs hold `words`.
    fn says(&self, words: &str) {
        wait(|| self.logs().contains(words), || self.logs());
    }

    /// Waits until its health is `health`, and gives what the last check printed.
    fn becomes(&self, health: &str) -> String {
        wait(|| self.state()["Health"]["Status"] == health, || format!("{}\n{}", self.state(), self.logs()));
        let log = self.state()["Health"]["Log"].take();
        log.as_array().unwrap().last().unwrap()["Output"].as_str().unwrap().to_owned()
    }

    /// Stops it, and gives the exit code and how long that took.
    fn stop(&self, patience: &str) -> (i64, Duration) {
        let start = Instant::now();
        docker(&["stop", "--time", patience, &self.name]).expect();
        (self.state()["ExitCode"].as_i64().unwrap(), start.elapsed())
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        docker(&["rm", "--force", &self.name]);
    }
}

fn wait(until: impl Fn() -> bool, or: impl Fn() -> String) {
    let start = Instant::now();
    while !until() {
        assert!(start.elapsed() < Duration::from_secs(60), "{}", or());
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
#[ignore = "needs an engine"]
fn the_configuration_is_the_one_of_the_mopyfile() {
    let directory = context(&[("app/main.py", "import os; open('here', 'w'); print(os.getcwd())")]);
    for (name, base) in [("distroless", "distroless"), ("slim", "slim")] {
        let mopyfile = format!(
            "python: 3.13
base: {base}
project: app
ports: [8000, 53/udp, 8000/tcp, 9000-9002]
workdir: /srv/it's $HOME/data
stop-signal: RTMIN+3
healthcheck: {{http: '/a?b=\"$c\"', interval: 1m30s, timeout: 500ms, start-period: 2h, retries: 7}}
"
        );
        let image = Image::build(&format!("configuration-{name}"), &mopyfile, directory.path());
        let config = image.config();
        assert_eq!(
            config["ExposedPorts"],
            json!({"8000/tcp": {}, "53/udp": {}, "9000/tcp": {}, "9001/tcp": {}, "9002/tcp": {}})
        );
        assert_eq!(config["WorkingDir"], "/srv/it's $HOME/data");
        assert_eq!(config["StopSignal"], "SIGRTMIN+3");
        let check = &config["Healthcheck"];
        assert_eq!(check["Interval"], 90_000_000_000_u64);
        assert_eq!(check["Timeout"], 500_000_000);
        assert_eq!(check["StartPeriod"], 7_200_000_000_000_u64);
        assert_eq!(check["Retries"], 7);
        let test = check["Test"].as_array().unwrap();
        assert_eq!(test[..4], [json!("CMD"), json!("python"), json!("-I"), json!("-c")]);
        assert_eq!(test.len(), 5);
        let program = test[4].as_str().unwrap();
        assert!(program.contains(r#"('127.0.0.1', 8000, timeout=0.45); c.request('GET', '/a?b="$c"');"#), "{program}");
        // it can write into the directory that was made for it
        assert_eq!(image.run(&[], &[]), "/srv/it's $HOME/data");
    }
}

#[test]
#[ignore = "needs an engine"]
fn an_init_is_the_first_process() {
    let directory = context(&[("main.py", "import time; print('up'); time.sleep(600)")]);
    let init = "import importlib.metadata as m; print(open('/proc/1/cmdline').read().split('\\0')[:2], m.version('dumb-init'))";
    // on Debian 11 and 13, and with the arguments of an entrypoint and of a command
    for (name, mopyfile) in [
        ("init", "python: 3.13\nproject: main.py\ninit: true\n"),
        ("init-command", "python: 3.13\nproject: main.py\ninit: true\ncommand: [python, main.py]\n"),
        ("init-slim", "python: 3.13\nbase: slim\nproject: main.py\ninit: true\n"),
        ("init-old", "python: 3.9.2\nproject: main.py\ninit: true\n"),
    ] {
        let image = Image::build(name, mopyfile, directory.path());
        let container = Container::start(name, &image, &["--read-only", "--user", "12345:0"], &[]);
        container.says("up");
        assert_eq!(container.python(init), "['dumb-init', '--'] 1.2.5.post1", "{name}");
        let (code, took) = container.stop("60");
        // 128 and the number of SIGTERM
        assert_eq!(code, 143, "{name}");
        assert!(took < Duration::from_secs(30), "{name}: {took:?}");
    }
    let image = Image::build("no-init", "python: 3.13\nproject: main.py\n", directory.path());
    let container = Container::start("no-init", &image, &[], &[]);
    container.says("up");
    // without one, it has to be killed
    assert_eq!(container.stop("1").0, 137);
}

#[test]
#[ignore = "needs an engine"]
fn the_stop_signal_reaches_the_program() {
    let main = "
import time
try:
    print('up')
    time.sleep(600)
except KeyboardInterrupt:
    print('interrupted')
";
    let directory = context(&[("main.py", main)]);
    for (name, init) in [("signal", false), ("signal-init", true)] {
        let mopyfile = format!("python: 3.13\nproject: main.py\nstop-signal: INT\ninit: {init}\n");
        let image = Image::build(name, &mopyfile, directory.path());
        let container = Container::start(name, &image, &[], &[]);
        container.says("up");
        assert_eq!(container.stop("60").0, 0, "{}", container.logs());
        assert_eq!(container.logs(), "up\ninterrupted\n");
    }
}

/// Answers with the status in a file.
const SERVER: &str = "
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(self.path)
        self.send_response(int(open('/tmp/status').read()) if self.path == '/health?deep=1' else 404)
        self.end_headers()
open('/tmp/status', 'w').write('200')
http.server.HTTPServer(('', 8000), Handler).serve_forever()
";

#[test]
#[ignore = "needs an engine"]
fn health_follows_the_answers() {
    // the check does not take the project's modules for those of the standard library
    let directory = context(&[("app/main.py", SERVER), ("app/http.py", "raise SystemExit('not me')\n")]);
    let mopyfile = "python: 3.13
project: app
command: [python, -I, main.py]
ports: [53/udp, 8000]
healthcheck: {http: '/health?deep=1', interval: 500ms, timeout: 5s, retries: 1}
";
    let image = Image::build("health", mopyfile, directory.path());
    // a proxy is for other hosts
    let options = ["--env", "http_proxy=http://127.0.0.1:9", "--read-only", "--tmpfs", "/tmp", "--user", "12345:0"];
    let container = Container::start("health", &image, &options, &[]);
    assert_eq!(container.becomes("healthy"), "");
    let status = |code: u16| container.python(&format!("open('/tmp/status', 'w').write('{code}')"));
    status(503);
    assert_eq!(container.becomes("unhealthy"), "503 Service Unavailable\n");
    status(302);
    container.becomes("healthy");
    status(400);
    container.becomes("unhealthy");
    drop(container);

    let nobody =
        Container::start("health", &image, &["--entrypoint", "python"], &["-c", "import time; time.sleep(600)"]);
    let last_line = |printed: String| printed.trim_end().rsplit('\n').next().map(str::to_owned).unwrap();
    assert_eq!(last_line(nobody.becomes("unhealthy")), "ConnectionRefusedError: [Errno 111] Connection refused");
    drop(nobody);

    let silent = "import socket, time; server = socket.create_server(('', 8000)); time.sleep(600)";
    let silent = Container::start("health", &image, &["--entrypoint", "python"], &["-c", silent]);
    assert_eq!(
        last_line(silent.becomes("unhealthy")),
        "TimeoutError: timed out",
        "it says so itself before Docker does"
    );
}

#[test]
#[ignore = "needs an engine"]
fn health_follows_a_command() {
    let check = "import os, sys\nsys.exit(None if os.path.exists('/tmp/fine') else 'it\\'s \"bad\" $HOME')\n";
    let directory = context(&[]);
    let command = serde_json::to_string(&["python", "-c", check]).unwrap();
    let mopyfile = format!("python: 3.13\nhealthcheck: {{command: {command}, interval: 500ms, retries: 1}}\n");
    let image = Image::build("health-command", &mopyfile, directory.path());
    let container = Container::start("health-command", &image, &[], &["python", "-c", "import time; time.sleep(600)"]);
    assert_eq!(container.becomes("unhealthy"), "it's \"bad\" $HOME\n");
    container.python("open('/tmp/fine', 'w')");
    container.becomes("healthy");
}
