//! Arbitrary bytes as a Mopyfile: what the command line and the frontend do with them.

use std::collections::HashMap;

use mopy::diagnostic::{github, json, sarif, text};
use mopy::mopyfile::lookup::{self, Entry, Found};
use mopy::mopyfile::{self, file};
use mopy::{Diagnostics, Month, Platform, Rendered, Source, Span, Transpiled, transpile};

use crate::dockerfile::Dockerfile;

/// Whether `data` is not a Mopyfile, or a wrong one that is told so, or one that gives a Dockerfile.
pub(crate) fn check(data: &[u8]) {
    match file::decode("Mopyfile.yaml", data.to_vec()) {
        Ok(source) => check_source(&source),
        Err((source, found)) => {
            assert!(found.has_errors());
            check_shown(&source, &found);
        }
    }
}

/// The same for what is text.
pub(crate) fn check_source(source: &Source) {
    let small = Platform::list("linux/amd64,linux/arm/v5").unwrap();
    for platforms in [[].as_slice(), &small] {
        let Transpiled { dockerfile, diagnostics, .. } = transpile(source, None, platforms, Month::RELEASE);
        assert_eq!(dockerfile.is_none(), diagnostics.has_errors());
        check_shown(source, &diagnostics);
        if let Some(dockerfile) = dockerfile {
            check_dockerfile(source, &dockerfile);
        }
    }
    check_shown(source, &transpile(source, Some(source), &small, Month::RELEASE).diagnostics);
    let answer = || format!("{:?}", transpile(source, None, &[], Month::RELEASE));
    assert_eq!(answer(), answer(), "the same text gives the same answer");
    if let Some(mopyfile) = mopyfile::read(source, Month::RELEASE).0 {
        let paths = lookup::paths(&mopyfile);
        for entry in [Entry::File, Entry::Directory, Entry::Ignored, Entry::Absent] {
            let entries: HashMap<_, _> = paths.iter().map(|path| (path.clone(), entry)).collect();
            check_shown(source, &lookup::check(&mopyfile, &Found { entries, ..Found::default() }));
        }
    }
}

/// The text is a Dockerfile, and its lines come from places of the Mopyfile.
fn check_dockerfile(source: &Source, dockerfile: &Rendered) {
    let read = Dockerfile::read(&dockerfile.text).unwrap();
    assert!(read.structure().iter().any(|line| line == "FROM AS final"));
    assert!(dockerfile.text.ends_with('\n') && !dockerfile.text.contains(['\0', '\r']));
    for span in dockerfile.spans(0..=usize::MAX) {
        check_span(source, span);
    }
}

/// Every finding can be shown in every way.
fn check_shown(source: &Source, found: &Diagnostics) {
    check_places(source, found);
    let count = found.iter().count();
    assert_eq!(text::render(source, found, true).is_empty(), count == 0);
    let commands = github::render(source, found);
    assert_eq!(commands.lines().filter(|line| line.starts_with("::")).count(), count);
    assert_eq!(commands.matches(['\n', '\r']).count(), count, "{commands:?}");
    assert_eq!(json::render(source, found)["diagnostics"].as_array().unwrap().len(), count);
    assert_eq!(sarif::render(source, found)["runs"][0]["results"].as_array().unwrap().len(), count);
}

/// Every finding has a place, and people can be shown it.
pub(crate) fn check_places(source: &Source, found: &Diagnostics) {
    for one in found.iter() {
        check_span(source, one.span);
        if let Some((span, _)) = &one.related {
            check_span(source, *span);
        }
    }
    let plain = text::render(source, found, false);
    let unseen = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!plain.contains(unseen), "what cannot be seen steers a terminal: {plain:?}");
    assert_eq!(plain.is_empty(), found.is_empty());
}

fn check_span(source: &Source, Span { start, end }: Span) {
    assert!(start <= end && source.text().get(start..end).is_some(), "{start}..{end} is not a valid span");
    let (at, end) = (source.position(start), source.position(end));
    assert!(at <= end && source.offset(at) == start && end.line <= source.lines() + 1);
}
