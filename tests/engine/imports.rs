//! Modules that the image is tried with while it is built.

use super::docker::{Image, alone, buildx, context, docker, dockerfile};

#[test]
#[ignore = "needs an engine"]
fn a_trial_leaves_nothing_in_the_image() {
    // it writes where it can while it is imported
    let shop = "import os, sys, socket\nassert os.getuid() == 65532 and os.environ['A'] == 'b' and sys.argv[0] == '-c'\n\
                open('trace', 'w'); open('/tmp/trace', 'w')\n";
    let directory = context(&[("app/shop.py", shop)]);
    for base in ["distroless", "slim"] {
        let mopyfile = format!(
            "python: 3.13\nbase: {base}\nenvs: {{A: b}}\npip: [tabulate]\nproject: app\ncommand: [python, -m, shop]\nlabels: {{a: b}}\n"
        );
        let tried = format!("{mopyfile}imports: [tabulate, ssl, os.path, shop]\n");
        // a build without cache, in between, would make other layers of the same files
        let (plain, tried) = alone(|| {
            let plain = Image::build(&format!("untried-{base}"), &mopyfile, directory.path());
            (plain, Image::build(&format!("tried-{base}"), &tried, directory.path()))
        });
        assert!(tried.progress.contains("importlib.import_module"), "{}", tried.progress);
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
fn failing_imports_fail_the_build() {
    let directory = context(&[
        ("app/leaves.py", "raise SystemExit('usage: leaves')\n"),
        ("app/opens.py", "import ctypes; ctypes.CDLL('libnowhere.so.7')\n"),
        ("app/crashes.py", "import ctypes; ctypes.string_at(0)\n"),
    ]);
    let text =
        |imports: &str| dockerfile(&format!("python: 3.13\nproject: app\ncommand: [python]\nimports: [{imports}]\n"));
    for (module, words) in [
        ("nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("leaves", "usage: leaves"),
        ("opens", "OSError: libnowhere.so.7: cannot open shared object file: No such file or directory"),
        ("crashes", "exit code: 139"),
    ] {
        let printed = buildx(&text(&format!("ssl, {module}")), directory.path(), &["--output=type=cacheonly"]);
        assert!(!printed.success && printed.stderr.contains(words), "`{words}` is not in\n{}", printed.stderr);
    }
}

#[test]
#[ignore = "needs an engine"]
fn a_missing_library_is_named_and_then_there() {
    let directory = context(&[]);
    let mopyfile = "python: 3.13\npip: [opencv-python==5.0.0.93]\nimports: [cv2]\n";
    let options = ["--output=type=cacheonly", "--no-cache-filter=libraries"];
    let printed = buildx(&dockerfile(mopyfile), directory.path(), &options);
    assert!(!printed.success);
    for words in ["note: nothing provides libGL.so.1", "cannot open shared object file"] {
        assert!(printed.stderr.contains(words), "`{words}` is not in\n{}", printed.stderr);
    }
    let mopyfile = format!("{mopyfile}build-deps: [libgl1, libglib2.0-0]\n");
    let image = Image::build("opencv", &mopyfile, directory.path());
    assert!(!image.progress.contains("note: nothing provides libGL"), "{}", image.progress);
    assert_eq!(
        image.python("import cv2, numpy; print(cv2.flip(numpy.eye(2), 0).tolist())"),
        "[[0.0, 1.0], [1.0, 0.0]]"
    );
}

/// Links a library without a path to one of another package, which it loads first, and one to libraries that are nowhere.
const SETUP: &str = r#"
import os, subprocess
from setuptools import setup
from setuptools.command.build_py import build_py

def link(path, *libraries):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    name = "-Wl,-soname," + os.path.basename(path)
    subprocess.run(["gcc", "-shared", "-Wl,--no-as-needed", name, "-o", path, "-x", "c", "/dev/null", "-x", "none", *libraries], check=True)

class Build(build_py):
    def run(self):
        super().run()
        link(self.build_lib + "/neighbour/lib/libneighbour.so.1")
        link(self.build_lib + "/preloads/native.so", self.build_lib + "/neighbour/lib/libneighbour.so.1")
        missing = ["libNowhere_2.so.7", "libnowhere.so", "libgstnowhere-1.0.so.0", "libcuda.so.1"]
        for name in missing:
            link("missing/" + name)
        link(self.build_lib + "/preloads/optional.so", *("missing/" + name for name in missing))
        link(self.build_lib + "/other.so", "missing/libNowhere_2.so.7")

setup(name="preloads", version="1", packages=["neighbour", "preloads"], cmdclass={"build_py": Build}, has_ext_modules=lambda: True)
"#;

#[test]
#[ignore = "needs an engine"]
fn libraries_that_nothing_provides_are_named() {
    let preloads = "import ctypes, os, neighbour\n\
                    ctypes.CDLL(os.path.dirname(neighbour.__file__) + '/lib/libneighbour.so.1', ctypes.RTLD_GLOBAL)\n\
                    ctypes.CDLL(os.path.dirname(__file__) + '/native.so')\n";
    let directory = context(&[("setup.py", SETUP), ("neighbour/__init__.py", ""), ("preloads/__init__.py", preloads)]);
    let mopyfile = "python: 3.13\npip: [./]\nimports: [preloads]\n";
    let options = ["--output=type=cacheonly", "--no-cache-filter=libraries"];
    let progress = buildx(&dockerfile(mopyfile), directory.path(), &options).expect().stderr;
    let notes = progress.lines().filter_map(|line| Some(line.split_once(" note: nothing provides ")?.1));
    let mut notes: Vec<&str> = notes.collect();
    notes.sort_unstable();
    assert_eq!(notes, ["libNowhere_2.so.7", "libcuda.so.1", "libgstnowhere-1.0.so.0", "libnowhere.so"]);
}
