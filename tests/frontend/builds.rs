//! Builds that come to a good end.

use std::collections::HashMap;

use buildkit_proto::moby::buildkit::v1::frontend as api;
use buildkit_proto::moby::buildkit::v1::frontend::result::Result as Refs;
use buildkit_proto::pb;
use prost::Message;

use crate::gateway::{Gateway, log, one, result};
use crate::{MOPYFILE, transpiled};

const FILENAME: (&str, &str) = ("filename", "Mopyfile.yaml");

/// The files that a definition makes, by path.
pub(crate) fn made_files(definition: &pb::Definition) -> HashMap<String, String> {
    let op = pb::Op::decode(definition.def[0].as_slice()).unwrap();
    let Some(pb::op::Op::File(file)) = op.op else { panic!("{op:?}") };
    let files = file.actions.into_iter().map(|action| match action.action {
        Some(pb::file_action::Action::Mkfile(made)) => (made.path, String::from_utf8(made.data).unwrap()),
        other => panic!("{other:?}"),
    });
    files.collect()
}

/// A ref with a definition whose one step comes from `line` of the generated file.
pub(crate) fn located(id: &str, line: i32) -> api::Ref {
    let at = Some(pb::Position { line, character: 0 });
    let location = pb::Location { source_index: 0, ranges: vec![pb::Range { start: at, end: at }] };
    let info = pb::SourceInfo { filename: "Mopyfile.yaml.Dockerfile".to_owned(), ..pb::SourceInfo::default() };
    let source = pb::Source {
        locations: [("sha256:0".to_owned(), pb::Locations { locations: vec![location] })].into(),
        infos: vec![info],
    };
    let def = pb::Definition { def: vec![vec![0x42, 0]], source: Some(source), ..pb::Definition::default() };
    api::Ref { id: id.to_owned(), def: Some(def) }
}

fn returned_ref(log: &crate::gateway::Log) -> &str {
    match &log.result().result {
        Some(Refs::Ref(one)) => &one.id,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_text_goes_to_the_dockerfile_frontend() {
    let log = log(Gateway::with_file("Mopyfile.yaml", MOPYFILE), &[FILENAME]).await;
    let [nested] = log.nested.as_slice() else { panic!("one nested build") };
    assert_eq!(nested.frontend, "dockerfile.v0");
    assert_eq!(nested.frontend_opt["filename"], "Mopyfile.yaml.Dockerfile");
    let files = made_files(&nested.frontend_inputs["dockerfile"]);
    assert_eq!(files, HashMap::from([("/Mopyfile.yaml.Dockerfile".to_owned(), transpiled(MOPYFILE).0)]));
    assert_eq!(returned_ref(&log), "nested");
    assert_eq!(log.calls.last(), Some(&"Return"));
}

#[tokio::test]
async fn the_ignore_file_of_the_mopyfile_goes_along() {
    let gateway = Gateway::with_file("Mopyfile.yaml", MOPYFILE).file("Mopyfile.yaml.dockerignore", "");
    let log = log(gateway, &[FILENAME]).await;
    let files = made_files(&log.nested[0].frontend_inputs["dockerfile"]);
    assert_eq!(files["/Mopyfile.yaml.Dockerfile.dockerignore"], "", "an empty one also counts");
}

#[tokio::test]
async fn steps_point_at_the_mopyfile() {
    let (_, line) = transpiled(MOPYFILE);
    let gateway =
        Gateway::with_file("Mopyfile.yaml", MOPYFILE).nested(move |_| Ok(result(Refs::Ref(located("nested", line)))));
    let log = log(gateway, &[FILENAME]).await;
    let [_, _, _, last] = log.definitions.as_slice() else {
        panic!("the Mopyfile, its lock, what to ignore, and the build")
    };
    let source = last.source.as_ref().unwrap();
    let location = &source.locations["sha256:0"].locations[0];
    let info = &source.infos[usize::try_from(location.source_index).unwrap()];
    assert_eq!((info.filename.as_str(), info.data.as_slice()), ("Mopyfile.yaml", MOPYFILE.as_bytes()));
    assert_eq!(location.ranges[0].start.unwrap().line, 2);
    assert!(location.ranges[0].end.is_some());
    assert_eq!(last.def, [[0x42, 0]], "with a field that this version does not know");
    assert_eq!(returned_ref(&log), "solved-4");
}

#[tokio::test]
async fn where_steps_cannot_be_changed_they_stay() {
    let gateway = Gateway {
        resolves: false,
        ..Gateway::with_file("Mopyfile.yaml", MOPYFILE).nested(|_| Ok(result(Refs::Ref(located("nested", 1)))))
    };
    assert_eq!(returned_ref(&log(gateway, &[FILENAME]).await), "nested");
}

#[tokio::test]
async fn platforms_and_empty_file_systems() {
    let gateway = Gateway::with_file("Mopyfile.yaml", MOPYFILE).nested(|_| {
        let empty = api::Ref { id: String::new(), def: None };
        let refs = [("linux/386", empty), ("linux/amd64", located("a", 1)), ("linux/arm64", located("b", 1))];
        Ok(result(Refs::Refs(api::RefMap { refs: refs.map(|(key, value)| (key.to_owned(), value)).into() })))
    });
    let log = log(gateway, &[FILENAME, ("platform", "linux/amd64,linux/arm64,linux/386")]).await;
    let Some(Refs::Refs(map)) = &log.result().result else { panic!("the form of the result has changed") };
    assert_eq!(map.refs["linux/amd64"].id, "solved-4");
    assert_eq!(map.refs["linux/arm64"].id, "solved-5");
    assert_eq!(map.refs["linux/386"].id, "");
    // without one, BuildKit's decoder makes a null pointer of the entry and the daemon ends
    assert!(map.refs["linux/386"].def.is_some());
}

#[tokio::test]
async fn every_form_of_a_result_is_kept() {
    for form in [
        Refs::Ref(api::Ref { id: "r".to_owned(), def: None }),
        Refs::Ref(api::Ref::default()),
        Refs::Refs(api::RefMap { refs: [("p".to_owned(), api::Ref { id: "r".to_owned(), def: None })].into() }),
    ] {
        let expected = form.clone();
        let gateway = Gateway::with_file("Mopyfile.yaml", MOPYFILE).nested(move |_| Ok(result(form.clone())));
        assert_eq!(log(gateway, &[FILENAME]).await.result().result, Some(expected));
    }
}

#[tokio::test]
async fn metadata_and_attestations_come_through() {
    let attestation = api::Attestation {
        kind: 1,
        metadata: HashMap::from([("k".to_owned(), vec![0, 0xff])]),
        r#ref: Some(api::Ref { id: "sbom".to_owned(), def: None }),
        path: "/sbom.json".to_owned(),
        in_toto_predicate_type: "t".to_owned(),
        in_toto_subjects: vec![api::InTotoSubject { kind: 1, digest: vec!["d".to_owned()], name: "n".to_owned() }],
    };
    let list = api::Attestations { attestation: vec![attestation] };
    let mut response = one("nested");
    let inner = response.result.as_mut().unwrap();
    inner.metadata = HashMap::from([
        ("containerimage.config".to_owned(), b"{}\xff".to_vec()),
        ("refs.platforms".to_owned(), Vec::new()),
    ]);
    inner.attestations = HashMap::from([("linux/amd64".to_owned(), list), ("empty".to_owned(), Default::default())]);
    let (metadata, mut attestations) = (inner.metadata.clone(), inner.attestations.clone());
    attestations.remove("empty");
    let gateway = Gateway::with_file("Mopyfile.yaml", MOPYFILE).nested(move |_| Ok(response.clone()));
    let log = log(gateway, &[FILENAME]).await;
    assert_eq!(log.result().metadata, metadata);
    assert_eq!(log.result().attestations, attestations);
}

#[tokio::test]
async fn steps_of_attestations_point_at_the_mopyfile_too() {
    let (_, line) = transpiled(MOPYFILE);
    let gateway = Gateway::with_file("Mopyfile.yaml", MOPYFILE).nested(move |_| {
        let mut response = result(Refs::Ref(located("nested", line)));
        let attestation = |r#ref| api::Attestation { r#ref, path: "/sbom.json".to_owned(), ..Default::default() };
        let list = vec![attestation(Some(located("sbom", line))), attestation(None)];
        let attestations = api::Attestations { attestation: list };
        response.result.as_mut().unwrap().attestations = [("linux/amd64".to_owned(), attestations)].into();
        Ok(response)
    });
    let log = log(gateway, &[FILENAME]).await;
    let [_, _, _, image, sbom] = log.definitions.as_slice() else {
        panic!("the Mopyfile, its lock, what to ignore, the build, its attestation")
    };
    assert_eq!(image.source, sbom.source);
    let [attested, alone] = log.result().attestations["linux/amd64"].attestation.as_slice() else {
        panic!("two of them")
    };
    assert_eq!((attested.r#ref.as_ref().unwrap().id.as_str(), attested.path.as_str()), ("solved-5", "/sbom.json"));
    assert_eq!(alone.r#ref, None);
}

#[tokio::test]
async fn warnings_and_notes_are_shown_unless_they_are_suppressed() {
    let mopyfile = "python: 3.8\nruntime-deps: [ffmpeg]\nsbom: false\n";
    let rules = async |mopyfile: &str| {
        let warned = log(Gateway::with_file("Mopyfile.yaml", mopyfile), &[FILENAME]).await.warnings;
        let rule = |short: &[u8]| String::from_utf8_lossy(short).split(':').next().unwrap().to_owned();
        warned.iter().map(|warning| rule(&warning.short)).collect::<Vec<_>>()
    };
    assert_eq!(rules(mopyfile).await, ["eol-python", "slim-base"]);
    assert_eq!(rules(&mopyfile.replace("\nsbom", " # mopy: ignore=slim-base\nsbom")).await, ["eol-python"]);
    assert!(rules(&mopyfile.replace('\n', " # mopy: ignore=slim-base,eol-python\n")).await.is_empty());
}

#[tokio::test]
async fn an_argument_that_nothing_reads_is_a_warning() {
    let options = [FILENAME, ("build-arg:COLOUR", "blue"), ("build-arg:HTTP_PROXY", "x")];
    let warned = log(Gateway::with_file("Mopyfile.yaml", MOPYFILE), &options).await;
    let [warning] = warned.warnings.as_slice() else { panic!("{:?}", warned.warnings) };
    assert_eq!(String::from_utf8_lossy(&warning.short), "unread-build-argument: unused build argument `COLOUR`");
    assert!(warning.url.ends_with("/rules.md#unread-build-argument"), "{}", warning.url);
    let op = pb::Op::decode(warned.definitions[0].def[1].as_slice()).unwrap();
    assert_eq!(warning.digest, op.inputs[0].digest, "the step that has loaded the Mopyfile");
    assert!(warning.ranges.iter().all(|range| range.start.is_some() && range.end.is_some()));

    let old = Gateway { caps: vec![], ..Gateway::with_file("Mopyfile.yaml", MOPYFILE) };
    let silent = log(old, &options).await;
    assert!(!silent.calls.contains(&"Inputs") && !silent.calls.contains(&"Warn"), "{:?}", silent.calls);
}
