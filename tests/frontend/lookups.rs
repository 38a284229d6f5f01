//! The files that a Mopyfile refers to are checked in the build context.

use buildkit_proto::fsutil::types::Stat;
use prost::Message;

use crate::MOPYFILE;
use crate::builds::made_files;
use crate::contexts::source;
use crate::gateway::{DIRECTORY, Gateway, LINK, Log, log};

type Tree = Vec<(&'static str, u32, bool)>;

/// A build of a directory `app`, next to other files.
async fn build(tree: Tree, ignore: Option<&str>, options: &[(&str, &str)]) -> Log {
    let text = format!("{MOPYFILE}pip: [./requirements.txt]\nproject: ./app/\n");
    let mut gateway = Gateway { tree: Some(tree), ..Gateway::with_file("Mopyfile.yaml", &text) };
    if let Some(ignore) = ignore {
        gateway = gateway.file(".dockerignore", ignore);
    }
    let all = [&[("filename", "Mopyfile.yaml"), ("local-sessionid:context", "other")], options].concat();
    log(gateway, &all).await
}

fn whole() -> Tree {
    vec![("requirements.txt", 0, false), ("app", DIRECTORY, false), ("app/main.py", 0, false)]
}

/// The ignore file that the nested build is given.
fn given(log: &Log) -> Option<String> {
    let files = made_files(&log.nested[0].frontend_inputs["dockerfile"]);
    files.get("/Mopyfile.yaml.Dockerfile.dockerignore").cloned()
}

#[tokio::test]
async fn nothing_is_looked_for_when_nothing_is_named() {
    let gateway = Gateway { tree: Some(Vec::new()), ..Gateway::with_file("Mopyfile.yaml", MOPYFILE) };
    let log = log(gateway, &[("filename", "Mopyfile.yaml")]).await;
    log.result();
    assert_eq!(log.definitions.len(), 3, "the Mopyfile, its lock, and what the Dockerfile frontend asks for as well");
    assert!(!log.calls.contains(&"StatFile"), "{:?}", log.calls);
    assert_eq!(given(&log), None);
}

#[tokio::test]
async fn an_ignore_file_that_cannot_be_read_matters_where_something_is_named() {
    let broken = |rest: &str| {
        let mut gateway = Gateway::with_file("Mopyfile.yaml", &format!("{MOPYFILE}{rest}"));
        gateway.files.insert(".dockerignore".to_owned(), Err("no access allowed to dir".to_owned()));
        log(gateway, &[("filename", "Mopyfile.yaml")])
    };
    broken("").await.result();
    assert_eq!(broken("project: ./app/\n").await.error().message, "no access allowed to dir");
}

#[tokio::test]
async fn existing_files_are_not_reported() {
    let log = build(whole(), Some("*.log\n"), &[]).await;
    log.result();
    assert!(log.warnings.is_empty());
    let (identifier, attrs) = source(&log.definitions[2]);
    assert_eq!((identifier.as_str(), attrs["local.followpaths"].as_str()), ("local://context", "[\".dockerignore\"]"));
    assert_eq!(
        (attrs["local.sharedkeyhint"].as_str(), attrs["local.session"].as_str()),
        ("context-.dockerignore", "other")
    );
    let (_, attrs) = source(&log.definitions[3]);
    assert_eq!(attrs["local.excludepatterns"], "[\"*.log\"]");
    assert!(attrs["local.includepattern"].starts_with("[\"app\",\"!app/*\",\"app/.env\","), "{attrs:?}");
    assert_eq!(given(&log), None, "the context has its own");
    assert_eq!(log.definitions.len(), 4, "nothing has to be looked at twice");
}

#[tokio::test]
async fn missing_files_are_errors_at_their_line() {
    let log = build(vec![("app", DIRECTORY, false)], None, &[]).await;
    let message = &log.error().message;
    assert!(message.contains("Mopyfile.yaml:3:7: [file-not-found] `./requirements.txt`"), "{message}");
    assert!(message.contains("Mopyfile.yaml:4:10: [file-not-found] `./app` has no `main.py`"), "{message}");
}

#[tokio::test]
async fn missing_files_are_reported_with_other_errors() {
    let text = "python: 2.7\npip: [numpy=1]\nproject: ./app/\n";
    let gateway = Gateway { tree: Some(Vec::new()), ..Gateway::with_file("Mopyfile.yaml", text) };
    let log = log(gateway, &[("filename", "Mopyfile.yaml")]).await;
    let message = &log.error().message;
    for rule in
        ["Mopyfile.yaml:1:9: [python-2]", "Mopyfile.yaml:2:7: [requirement]", "Mopyfile.yaml:3:10: [file-not-found]"]
    {
        assert!(message.contains(rule), "{message}");
    }
    assert!(log.nested.is_empty(), "there is nothing to build");
}

#[tokio::test]
async fn ignored_files_are_different_errors() {
    let tree = vec![("requirements.txt", 0, true), ("app", DIRECTORY, false), ("app/main.py", 0, false)];
    let log = build(tree, Some("requirements.txt\n"), &[]).await;
    let message = &log.error().message;
    assert!(message.contains("[ignored-file]") && !message.contains("file-not-found"), "{message}");
}

#[tokio::test]
async fn symbolic_links_are_left_to_the_build() {
    let tree = vec![("requirements.txt", LINK, false), ("app", LINK, false)];
    build(tree, Some("x\n"), &[]).await.result();
}

/// BuildKit stores the metadata of a listed directory in a file.
#[tokio::test]
async fn the_copied_directory_is_listed_if_buildkit_can() {
    let link = Stat { path: "app/x".to_owned(), mode: LINK, linkname: "/etc/x".to_owned(), ..Stat::default() };
    let message = link.encode_to_vec();
    let listing = [&u32::try_from(message.len()).unwrap().to_le_bytes(), message.as_slice()].concat();
    let app = Stat { path: "app".to_owned(), mode: DIRECTORY, ..Stat::default() }.encode_to_vec();
    let listing = [&u32::try_from(app.len()).unwrap().to_le_bytes(), app.as_slice(), &listing].concat();
    for llb in [vec!["source.local.metadatatransfer"], Vec::new()] {
        let text = format!("{MOPYFILE}project: ./app/\n");
        let gateway = Gateway { tree: Some(whole()), llb: llb.clone(), ..Gateway::with_file("Mopyfile.yaml", &text) };
        let gateway = gateway.file(".dockerignore", "*.log\n").file(".fsutil-metadata", &listing);
        let log = log(gateway, &[("filename", "Mopyfile.yaml")]).await;
        log.result();
        let listed =
            log.definitions.iter().map(source).find(|(_, attrs)| attrs["local.sharedkeyhint"] == "mopy-listing");
        assert_eq!(listed.is_some(), !llb.is_empty());
        assert_eq!(log.warnings.len(), llb.len());
        let (Some((_, attrs)), [warning]) = (listed, log.warnings.as_slice()) else { continue };
        assert_eq!(attrs["local.metadatatransfer"], "true");
        assert_eq!(
            (attrs["local.followpaths"].as_str(), attrs["local.excludepatterns"].as_str()),
            ("[\"app\"]", "[\"*.log\"]")
        );
        assert!(String::from_utf8_lossy(&warning.short).contains("`app/x` links to `/etc/x`"), "{warning:?}");
    }
}

#[tokio::test]
async fn a_context_that_cannot_be_read_is_left_to_the_build() {
    let text = format!("{MOPYFILE}project: ./app/\n");
    log(Gateway::with_file("Mopyfile.yaml", &text), &[("filename", "Mopyfile.yaml")]).await.result();
}

#[tokio::test]
async fn without_an_ignore_file_there_is_a_default() {
    let log = build(whole(), None, &[]).await;
    let text = given(&log).unwrap();
    assert!(text.contains("**/.git\n") && text.contains("**/Mopyfile*\n"), "{text}");
}

#[tokio::test]
async fn an_empty_ignore_file_is_one() {
    let log = build(whole(), Some(""), &[]).await;
    log.result();
    assert_eq!(given(&log), None);
}

#[tokio::test]
async fn a_remote_context_has_its_files_in_a_directory() {
    let tree = vec![("sub/requirements.txt", 0, false), ("sub/app", DIRECTORY, false), ("sub/app/main.py", 0, false)];
    let options = [("context", "https://h/a.git"), ("contextsubdir", "sub")];
    let fine = build(tree.clone(), None, &options).await;
    fine.result();
    assert_eq!(given(&fine), None, "no ignore patterns apply to a repository");
    let log = build(tree[..1].to_vec(), None, &options).await;
    assert!(log.error().message.contains("`./app` does not exist in the build context"), "{}", log.error().message);
}

#[tokio::test]
async fn a_check_looks_too_and_other_questions_do_not() {
    let check = build(Vec::new(), None, &[("requestid", "frontend.lint")]).await;
    assert!(check.metadata("result.txt").contains("file-not-found"), "{}", check.metadata("result.txt"));
    let targets = build(Vec::new(), None, &[("requestid", "frontend.targets")]).await;
    assert!(targets.calls.iter().all(|call| *call != "StatFile"));
}
