//! Every scalar of every Mopyfile that is accepted, in turn replaced by what builders, shells, YAML and templates read
//! as something else: it is refused at a place of the file, or it is a value and changes no instruction.

use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use mopy::mopyfile::document::{self, Kind, Node};
use mopy::{Month, Source, Transpiled, transpile};

use crate::dockerfile::Dockerfile;
use crate::mopyfiles;
use crate::reader;
use crate::yaml::quoted;

const HARMLESS: &str = "harmless";

/// Values of scalars.
const VALUES: &[&str] = &[
    "",
    " ",
    "'",
    "\"",
    "it's \"q\" 'x'",
    "\\",
    "a\\",
    "a \\\n RUN id",
    "$(id)",
    "`id`",
    "${PATH}",
    "${",
    "$${x}",
    "a\nUSER root",
    "a\r\nUSER root",
    "a\rb",
    "a\0b",
    "# check=skip=all",
    "#",
    "<<EOF",
    "EOF\nEOF",
    "--mount=type=bind,from=alpine",
    "-x",
    "a; id & id | id > /x",
    "*?[a]{b,c}!~",
    "~",
    "[\"a\"]",
    "{{ tag }}{% if x %}{# x #}",
    "%s%n",
    "\u{202e}txt.exe",
    "a\u{301}\u{200b}",
    "\u{a0}a\u{2028}b\u{85}",
    "\u{feff}a",
    "\u{fffd}🐍",
    "\u{1b}[31m\u{9b}31m\u{7f}",
    "../../x",
    "/",
    "null",
    "0x10",
    "<<",
];

/// The same as texts of YAML, which need not be scalars.
const TEXTS: &[&str] = &[
    "~",
    "*alias",
    "&anchor a",
    "!!binary aa==",
    "!tag a",
    "\"\\ud800\"",
    "\"\\udfff\\ud800\"",
    "\"\\x00\\x1b\"",
    "[",
    "}",
    "{a: b}",
    "'",
    "\"",
    "|",
    "- a",
    "? a",
    "@a",
    "%a",
    "a: b",
    "a #b",
    "---",
    "...",
    "\t",
    "\r",
    "\u{feff}",
    "\u{85}",
    "\0",
];

/// Those that decide what there is: a directory that is called `...`, and a list without the one entry that it had.
const DECIDING: &[&str] = &["...", "\t", "\r"];

/// A scalar of a Mopyfile.
struct Scalar {
    range: Range<usize>,
    /// The value that it is read as, if it is a string or a number.
    text: Option<String>,
}

/// What is done; nothing where the text is refused, which is said at places of it.
fn structure(text: &str) -> Option<Vec<String>> {
    let source = Source::new("Mopyfile.yaml", text);
    let Transpiled { dockerfile, diagnostics, .. } = transpile(&source, None, &[], Month::RELEASE);
    assert_eq!(dockerfile.is_none(), diagnostics.has_errors());
    if dockerfile.is_none() {
        reader::check_places(&source, &diagnostics);
    }
    Some(Dockerfile::read(&dockerfile?.text).unwrap().structure())
}

/// Each scalar once: what an alias brings has the place of its anchor.
fn scalars(text: &str) -> Vec<Scalar> {
    fn walk(node: &Node, found: &mut Vec<Scalar>) {
        match &node.kind {
            Kind::List(items) => items.iter().for_each(|item| walk(item, found)),
            Kind::Map(entries) => {
                for (key, value) in entries {
                    walk(key, found);
                    walk(value, found);
                }
            }
            kind => {
                let text = matches!(kind, Kind::Text(_) | Kind::Number(_)).then(|| node.scalar().unwrap().to_owned());
                found.push(Scalar { range: node.span.range(), text });
            }
        }
    }
    let mut found = Vec::new();
    walk(&document::parse(&Source::new("Mopyfile.yaml", text)).unwrap(), &mut found);
    found.retain(|scalar| !scalar.range.is_empty());
    found.sort_by_key(|scalar| scalar.range.start);
    found.dedup_by_key(|scalar| scalar.range.start);
    found
}

fn replaced(text: &str, scalar: &Scalar, by: &str) -> String {
    [&text[..scalar.range.start], by, &text[scalar.range.end..]].concat()
}

/// Whether a scalar is the text of a block, which has no quotes.
fn is_block(text: &str, scalar: &Scalar) -> bool {
    text[..scalar.range.start].trim_end().ends_with(['|', '>', '-', '+'])
        && text[..scalar.range.start].trim_end_matches(' ').ends_with('\n')
}

/// Replaces each scalar of each Mopyfile: by all of the values, or by one of `share` and by the others elsewhere.
fn replace_all(share: usize) {
    // without byte order marks
    let without = |(name, text)| (name, Source::new("", text).text().to_owned());
    let mopyfiles: Vec<(String, String)> = mopyfiles::accepted().into_iter().map(without).collect();
    // more than a line of a Dockerfile can have
    let long = "long".repeat(20_000);
    let values: Vec<&str> = VALUES.iter().copied().chain([long.as_str()]).collect();
    let next = AtomicUsize::new(0);
    let accepted = AtomicUsize::new(0);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((name, text)) = mopyfiles.get(index) else { break };
            let original = structure(text).unwrap();
            for (number, scalar) in scalars(text).iter().enumerate() {
                let place = format!("{name}: {:?}", &text[scalar.range.clone()]);
                let of_share =
                    |count: usize| (0..count).filter(move |value| (value + number + index).is_multiple_of(share));
                if let Some(written) = scalar.text.as_deref().filter(|_| !is_block(text, scalar)) {
                    let same = structure(&replaced(text, scalar, &quoted(written)));
                    assert_eq!(same.as_ref(), Some(&original), "{place} is another in quotes");
                }
                let harmless = structure(&replaced(text, scalar, &quoted(HARMLESS)));
                let harmless = harmless.as_ref().unwrap_or(&original);
                for value in of_share(values.len()).map(|value| values[value]) {
                    if let Some(found) = structure(&replaced(text, scalar, &quoted(value))) {
                        assert_eq!(&found, harmless, "{place} as {value:.99?}");
                        accepted.fetch_add(1, Ordering::Relaxed);
                    }
                }
                for value in of_share(TEXTS.len()).map(|value| TEXTS[value]) {
                    if let Some(found) = structure(&replaced(text, scalar, value)) {
                        let decides = DECIDING.contains(&value) || found == original;
                        assert!(decides || &found == harmless, "{place} as {value:?}: {found:#?}");
                    }
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(work);
        }
    });
    let accepted = accepted.into_inner();
    assert!(accepted > 4_000 / share, "{accepted}");
}

#[test]
fn hostile_scalars_are_values() {
    replace_all(8);
}

#[test]
#[ignore = "takes a minute: see .ci/fuzz"]
fn all_hostile_scalars_are_values() {
    replace_all(1);
}
