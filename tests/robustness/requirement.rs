//! Arbitrary text as an entry of `pip`.

use mopy::mopyfile::pip::PipEntry;
use mopy::{Month, Source, Transpiled, transpile};

use crate::yaml::quoted;

/// Whether it is refused, or a requirement that can be asked everything; by itself and in a Mopyfile.
pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let parsed = PipEntry::parse(&text);
    if let Ok(requirement) = &parsed {
        check_requirement(requirement);
    }
    let source = Source::new("Mopyfile.yaml", format!("python: 3.13\npip: [{}]\n", quoted(&text)));
    let Transpiled { mopyfile, dockerfile, .. } = transpile(&source, None, &[], Month::RELEASE);
    assert_eq!(dockerfile.is_some(), parsed.is_ok(), "{parsed:?}");
    if let Ok(requirement) = parsed {
        assert_eq!(mopyfile.unwrap().pip[0].value, requirement);
    }
}

fn check_requirement(requirement: &PipEntry) {
    assert_eq!(PipEntry::parse(&requirement.text).as_ref(), Ok(requirement), "its text is itself");
    let public = PipEntry::parse(&requirement.public).unwrap();
    assert_eq!((&public.origin, &public.credentials), (&requirement.origin, &None), "only the credentials are removed");
    let host = requirement.git().and_then(|git| git.ssh_host());
    assert!(host.is_none_or(|host| !host.is_empty()));
    assert_eq!(requirement.locked_project().is_some(), requirement.sources().len() == 2);
    for source in requirement.sources() {
        let path = source.path.as_str();
        assert!(!path.starts_with('/') && path.split('/').all(|part| part != ".." && part != "."), "{path}");
    }
    let _ = (requirement.is_floating(), requirement.without_uv(), requirement.git().map(|git| git.is_pinned()));
}
