//! Arbitrary text as a value: what a Dockerfile, a shell or JSON has of it is the text, and nothing else differs from
//! the Dockerfile of a harmless value.

use std::cell::RefCell;
use std::collections::HashMap;

use mopy::mopyfile::path::{ContextPath, HOME, ImagePath};
use mopy::mopyfile::pip::{Origin, PipEntry};
use mopy::mopyfile::ssh;
use mopy::{Month, Source, transpile};

use crate::dockerfile::Dockerfile;
use crate::yaml::quoted;

/// A harmless value.
const HARMLESS: &str = "harmless";

/// What a value has to become.
type Becomes = fn(&str) -> Vec<(String, String)>;

/// A place for a value: what is before it and after it, and a harmless value with what has to stand where the
/// words of its Dockerfile have that.
struct Place {
    before: &'static str,
    after: &'static str,
    harmless: fn(&str) -> String,
    becomes: Becomes,
}

const fn place(before: &'static str, after: &'static str, becomes: Becomes) -> Place {
    Place { before, after, harmless: |_| HARMLESS.to_owned(), becomes }
}

/// Contexts in which a string does not change.
const fn literal(before: &'static str, after: &'static str) -> Place {
    place(before, after, |text| vec![(HARMLESS.to_owned(), text.to_owned())])
}

/// Where a text has a form of its own, so that another one may change words, but not what is done.
const fn structure(before: &'static str, after: &'static str, harmless: fn(&str) -> String) -> Place {
    Place { before, after, harmless, becomes: |_| Vec::new() }
}

const PLACES: &[Place] = &[
    place("python: 3.13\npip: [six]\nenvs:\n  A: first\n  E: ", "\n", |text| {
        vec![(HARMLESS.to_owned(), environment(text))]
    }),
    place("python: 3.13\nlabels:\n  o: other\n  l: ", "\nsbom: false\n", |text| {
        vec![(HARMLESS.to_owned(), label(text))]
    }),
    literal("python: 3.13\ncommand: [python, ", "]\n"),
    literal("python: 3.13\nentrypoint: [", ", x]\ninit: true\n"),
    literal("python: 3.13\nhealthcheck: {command: [python, ", "]}\n"),
    Place {
        harmless: |_| "/harmless".to_owned(),
        ..place("python: 3.13\nports: [80]\nhealthcheck: {http: ", "}\n", |text| {
            vec![(health("/harmless"), health(text))]
        })
    },
    Place { before: "python: 3.13\nsbom: false\npip: [", after: "]\n", harmless: requirement, becomes: installed },
    Place {
        before: "python: 3.9\nsbom: false\ninstaller: pip\npip: [",
        after: "]\n",
        harmless: requirement,
        becomes: installed,
    },
    structure("python: 3.13\npip: [", "]\n", requirement),
    structure("python: 3.13\npip: [six]\nindices: [{url: ", "}]\n", |text| {
        let has_user = |url: url::Url| !url.username().is_empty() || url.password().is_some();
        if url::Url::parse(text).is_ok_and(has_user) {
            "https://u:p@harmless/".to_owned()
        } else {
            "https://harmless/".to_owned()
        }
    }),
    structure("python: 3.13\npip: [six]\nindices: [{url: 'https://h', username: ", "}]\n", |_| HARMLESS.to_owned()),
    structure("python: 3.13\npip: [six]\nindices: [{url: 'https://h', username: u, password: ", "}]\n", |_| {
        HARMLESS.to_owned()
    }),
    Place {
        before: "python: 3.13\nproject: ",
        after: "\n",
        harmless: |text| if is_file(text) { "harmless.py".to_owned() } else { HARMLESS.to_owned() },
        becomes: project,
    },
    Place {
        harmless: |_| "/harmless".to_owned(),
        ..place("python: 3.13\nworkdir: ", "\n", |text| {
            let path = ImagePath::parse(text, "").unwrap();
            vec![("/harmless".to_owned(), path.as_str().to_owned())]
        })
    },
    literal("python: 3.13\nrun: [[python, ", "]]\n"),
    place("python: 3.13\nrun: [{command: [x], envs: {A: ", "}}]\n", |text| {
        vec![(format!("A={HARMLESS}"), format!("A={}", unreferenced(text)))]
    }),
    structure("python: 3.13\ndirectories: [", "]\n", |_| "/harmless".to_owned()),
    structure("python: 3.13\nproject: {path: ./x.py, target: ", "}\n", |_| "/harmless".to_owned()),
    structure("python: 3.13\nports: [80]\nhealthcheck: {http: /, host: ", "}\n", |_| HARMLESS.to_owned()),
    literal("python: 3.13\nbuild-deps: [", "]\n"),
    literal("python: 3.13\nruntime-deps: [", "]\n"),
    literal("python: 3.13\nimports: [", "]\n"),
    structure("python: 3.13\nstop-signal: ", "\n", |_| "INT".to_owned()),
    structure("python: 3.13\nports: [", "]\n", |_| "80".to_owned()),
    place("python: 3.13\npip: [six]\nenvs: {", ": x}\n", |text| vec![("harmless=x".to_owned(), format!("{text}=x"))]),
    place("python: 3.13\nsbom: false\nlabels: {", ": x}\n", |text| {
        vec![("harmless=x".to_owned(), format!("{text}=x"))]
    }),
    // of `3`, only the image knows the minor version
    structure("python: ", "\npip: [six]\n", |text| if text == "3" { text } else { "3.13" }.to_owned()),
    structure("python: 3.13\nx-", ": x\n", |_| HARMLESS.to_owned()),
    structure("python: 3.13\nhealthcheck: {command: [x], timeout: ", "}\n", |_| "1s".to_owned()),
];

/// The first byte selects the context of the rest.
pub(crate) fn check(data: &[u8]) {
    let Some((place, text)) = data.split_first() else { return };
    let place = &PLACES[usize::from(*place) % PLACES.len()];
    check_at(place, &String::from_utf8_lossy(text));
}

fn check_at(place: &Place, text: &str) {
    let Some(mut read) = read(place, text) else { return };
    let harmless = (place.harmless)(text);
    let becomes = (place.becomes)(text);
    let mut expected = known(place, &harmless);
    // the name of a variable may look like that of a secret: that is a directive, and no instruction
    expected.directives.clone_from(&read.directives);
    assert!(read.directives.iter().all(|line| line == "# check=skip=SecretsUsedInArgOrEnv"), "{:?}", read.directives);
    for instruction in read.instructions.iter_mut().chain(&mut expected.instructions) {
        // a cache depends on what a package can be built with
        instruction.flags.iter_mut().for_each(|flag| *flag = without_cache_id(flag));
        instruction.words.retain(|word| !word.starts_with("NETRC_ENTRIES="));
    }
    assert_eq!(read.structure(), expected.structure(), "{text:?} is more than a value");
    if becomes.is_empty() {
        return;
    }
    for word in expected.instructions.iter_mut().flat_map(|instruction| &mut instruction.words) {
        if let Some((_, value)) = becomes.iter().find(|(harmless, _)| harmless == word) {
            value.clone_into(word);
        } else if let Some((name, old)) = word.clone().split_once('=')
            && let Some((_, value)) = becomes.iter().find(|(harmless, _)| harmless == old)
        {
            *word = format!("{name}={value}");
        }
    }
    for (read, expected) in read.instructions.iter().zip(&expected.instructions) {
        assert_eq!(read, expected, "{text:?} is not read back");
    }
}

fn without_cache_id(flag: &str) -> String {
    match flag.strip_prefix("--mount=type=cache,id=").and_then(|rest| rest.split_once(',')) {
        Some((_, rest)) => format!("--mount=type=cache,{rest}"),
        None => flag.to_owned(),
    }
}

/// The program that asks a container for its health at a path.
fn health(path: &str) -> String {
    let path = path.replace('\\', "\\\\").replace('\'', "\\'");
    format!(
        "import http.client; c = http.client.HTTPConnection('127.0.0.1', 80, timeout=27); c.request('GET', '{path}'); \
         r = c.getresponse(); exit(f'{{r.status}} {{r.reason}}' if r.status >= 400 else 0)"
    )
}

/// What the Dockerfile for a value is read as; nothing where the value is refused.
fn read(place: &Place, text: &str) -> Option<Dockerfile> {
    let mopyfile = format!("{}{}{}", place.before, quoted(text), place.after);
    let rendered = transpile(&Source::new("Mopyfile.yaml", mopyfile), None, &[], Month::RELEASE).dockerfile?;
    Some(Dockerfile::read(&rendered.text).unwrap())
}

/// The same for one of the harmless values, which are read once.
fn known(place: &Place, harmless: &str) -> Dockerfile {
    thread_local! { static KNOWN: RefCell<HashMap<String, Dockerfile>> = RefCell::default(); }
    KNOWN.with_borrow_mut(|known| {
        let key = format!("{}{harmless}", place.before);
        known.entry(key).or_insert_with(|| read(place, harmless).unwrap()).clone()
    })
}

/// A value of `envs`, as the README says it is read.
fn environment(text: &str) -> String {
    let mut value = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("$${") {
            value += "${";
            rest = after;
        } else if let Some(after) = rest.strip_prefix("${A}") {
            value += "first";
            rest = after;
        } else if let Some(after) = rest.strip_prefix("${PATH}") {
            value += "/usr/bin";
            rest = after;
        } else {
            value.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    value
}

/// A value of the variables of `run`, where only `PATH` is known.
fn unreferenced(text: &str) -> String {
    environment(&text.replace("${A}", "\0")).replace('\0', "${A}")
}

/// A value of `labels`.
fn label(text: &str) -> String {
    let mut value = String::new();
    let mut rest = text;
    while let Some((before, (name, after))) =
        rest.split_once("${").and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        value += before;
        value += &if name == "o" { "other".to_owned() } else { format!("${{{name}}}") };
        rest = after;
    }
    value + rest
}

/// A harmless entry of `pip` of the same kind, which decides what is copied and what the installer is given.
fn requirement(text: &str) -> String {
    let Ok(requirement) = PipEntry::parse(text) else { return HARMLESS.to_owned() };
    let is_marked = requirement.package.as_ref().is_some_and(|package| !package.marker.is_true());
    // nothing may be left of it
    let marker = if is_marked { "; os_name == 'harmless'" } else { "" };
    let Origin::Context(kind, _) = requirement.origin else {
        let harmless = if requirement.origin == Origin::Index { HARMLESS.to_owned() } else { address(&requirement) };
        return if is_marked && !harmless.starts_with(HARMLESS) {
            format!("harmless @ {harmless} {marker}")
        } else {
            format!("{harmless}{marker}")
        };
    };
    let is_alike = |path: &&str| matches!(PipEntry::parse(path).map(|harmless| harmless.origin), Ok(Origin::Context(other, _)) if other == kind);
    HARMLESS_PATHS.into_iter().find(is_alike).expect(kind.noun).to_owned()
}

/// One for each kind.
const HARMLESS_PATHS: [&str; 12] = [
    "./harmless/poetry.lock",
    "./harmless/pdm.lock",
    "./harmless/Pipfile.lock",
    "./harmless/wheels/",
    "./harmless/",
    "./harmless.whl",
    "./harmless.txt",
    "./constraints-harmless.txt",
    "./harmless/uv.lock",
    "./pylock.harmless.toml",
    "./harmless.py",
    "./harmless/pyproject.toml",
];

/// An address with credentials where the other has some.
fn address(requirement: &PipEntry) -> String {
    let user = if requirement.credentials.is_some() { "u:p@" } else { "" };
    match requirement.git().map(|git| git.ssh_host()) {
        Some(Some(host)) if ssh::is_known_host(host) => format!("git+ssh://{user}github.com/harmless.git"),
        Some(Some(_)) => format!("git+ssh://{user}harmless/harmless.git"),
        _ => format!("https://{user}harmless/harmless.whl"),
    }
}

/// What an entry of `pip` becomes; nothing for paths, which have several parts.
fn installed(text: &str) -> Vec<(String, String)> {
    let parsed = PipEntry::parse(text).unwrap();
    match parsed.origin {
        Origin::Context(..) => Vec::new(),
        _ => vec![(PipEntry::parse(&requirement(text)).unwrap().public, parsed.public)],
    }
}

fn is_file(text: &str) -> bool {
    ContextPath::parse(text).is_ok_and(|path| path.as_str().ends_with(".py")) && !text.ends_with('/')
}

/// The project: what is copied, where to, the working directory, what runs.
fn project(text: &str) -> Vec<(String, String)> {
    let path = ContextPath::parse(text).unwrap();
    let target = format!("{HOME}/{}", path.file_name().unwrap_or("app"));
    if is_file(text) {
        return vec![("harmless.py".to_owned(), copied(&path.to_string())), (format!("{HOME}/harmless.py"), target)];
    }
    let source = if path.as_str().is_empty() { "./".to_owned() } else { format!("{path}/") };
    vec![
        ("harmless/".to_owned(), copied(&source)),
        (format!("{HOME}/harmless/"), format!("{target}/")),
        (format!("{HOME}/harmless/main.py"), format!("{target}/main.py")),
        (format!("{HOME}/harmless"), target),
    ]
}

/// A source of `COPY`: a plain path has no `./` before it, unless it would be an option then.
fn copied(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._/:@".contains(c);
    let rest = path.strip_prefix("./").filter(|rest| !rest.is_empty() && !rest.starts_with('-'));
    rest.filter(|rest| rest.chars().all(is_plain)).unwrap_or(path).to_owned()
}

#[test]
fn every_place_takes_a_harmless_value() {
    for place in PLACES {
        known(place, &(place.harmless)(HARMLESS));
    }
}

/// What the reader of Dockerfiles would see, were there no quotes.
#[test]
fn values_are_compared() {
    let value = |text: &str| {
        let read = read(&PLACES[2], text).unwrap();
        read.words("CMD").next().unwrap()[1].clone()
    };
    assert_eq!(value("it's $HOME\n"), "it's $HOME\n");
    assert_eq!(environment("$$${A}${A}${B}$${A}"), "$${A}first${B}${A}");
    assert_eq!(label("${o}$${x}${"), "other$${x}${");
}
