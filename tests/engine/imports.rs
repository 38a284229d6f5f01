//! Modules that the image is tried with while it is built.

use super::docker::{Image, buildx, context, docker, dockerfile};

#[test]
#[ignore = "needs an engine"]
fn a_trial_leaves_nothing_in_the_image() {
    // it writes where it can while it is imported
    let shop = "import os, sys, socket\nassert os.getuid() == 65532 and os.environ['A'] == 'b' and sys.argv == ['']\n\
                open('trace', 'w'); open('/tmp/trace', 'w')\n";
    let directory = context(&[("app/shop.py", shop)]);
    for base in ["distroless", "slim"] {
        let mopyfile = format!(
            "python: 3.13\nbase: {base}\nenvs: {{A: b}}\npip: [tabulate]\nproject: app\ncommand: [python, -m, shop]\nlabels: {{a: b}}\n"
        );
        let plain = Image::build(&format!("untried-{base}"), &mopyfile, directory.path());
        let tried = format!("{mopyfile}imports: [tabulate, ssl, os.path, shop]\n");
        let tried = Image::build(&format!("tried-{base}"), &tried, directory.path());
        assert!(tried.progress.contains("/imports.py"), "{}", tried.progress);
        assert_eq!(tried.config(), plain.config());
        let layers = |image: &Image| {
            let printed = docker(&["image", "inspect", "--format", "{{json .RootFS.Layers}}", image.tag()]).expect();
            serde_json::from_str::<Vec<String>>(&printed.stdout).unwrap()
        };
        let (tried_layers, plain_layers) = (layers(&tried), layers(&plain));
        let (last, others) = tried_layers.split_last().unwrap();
        assert_eq!(others, plain_layers);
        // the digest of an archive without files
        assert_eq!(last, "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
        assert_eq!(tried.python("import os; print([n for n in os.listdir('/') if n.startswith('import')])"), "[]");
    }
}

#[test]
#[ignore = "needs an engine"]
fn what_does_not_import_fails_the_build() {
    let directory = context(&[
        ("app/leaves.py", "raise SystemExit('usage: leaves')\n"),
        ("app/opens.py", "import ctypes; ctypes.CDLL('libnowhere.so.7')\n"),
        ("app/crashes.py", "import ctypes; ctypes.string_at(0)\n"),
    ]);
    let text =
        |imports: &str| dockerfile(&format!("python: 3.13\nproject: app\ncommand: [python]\nimports: [{imports}]\n"));
    let printed = buildx(&text("ssl, nowhere, leaves, opens"), directory.path(), &["--output=type=cacheonly"]);
    assert!(!printed.success);
    for words in [
        "import nowhere: ModuleNotFoundError: No module named 'nowhere'",
        "import leaves: SystemExit: usage: leaves",
        "import opens: OSError: libnowhere.so.7: cannot open shared object file: No such file or directory",
        "name the Debian package of libnowhere.so.7 in build-deps or, where it is opened without being linked to, in runtime-deps",
        "process \"python /imports.py ssl nowhere leaves opens\" did not complete successfully: exit code: 1",
    ] {
        assert!(printed.stderr.contains(words), "`{words}` is not in\n{}", printed.stderr);
    }
    assert!(!printed.stderr.contains("import ssl:"), "{}", printed.stderr);
    // a program that dies shows where
    let printed = buildx(&text("crashes"), directory.path(), &["--output=type=cacheonly"]);
    assert!(!printed.success);
    assert!(printed.stderr.contains("app/crashes.py\", line 1 in <module>"), "{}", printed.stderr);
}

#[test]
#[ignore = "needs an engine"]
fn a_missing_library_is_named_and_then_there() {
    let directory = context(&[]);
    let mopyfile = "python: 3.13\npip: [opencv-python==5.0.0.93]\nimports: [cv2]\n";
    let printed = buildx(&dockerfile(mopyfile), directory.path(), &["--output=type=cacheonly"]);
    assert!(!printed.success);
    assert!(printed.stderr.contains("name the Debian package of libxcb.so.1 in build-deps"), "{}", printed.stderr);
    let mopyfile = format!("{mopyfile}build-deps: [libxcb1, libgl1, libglib2.0-0t64]\n");
    let image = Image::build("opencv", &mopyfile, directory.path());
    assert_eq!(
        image.python("import cv2, numpy; print(cv2.flip(numpy.eye(2), 0).tolist())"),
        "[[0.0, 1.0], [1.0, 0.0]]"
    );
}
