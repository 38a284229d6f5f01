//! The bytecode of packages: whose it is, and what of the build is not in it.

use super::docker::{Image, context};

const PYPROJECT: &str = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\n[project]\nname = \"orders\"\nversion = \"1.0\"\n";

/// Makes a package with a module and its stub, a module that is not a Python of this version, and tests.
const BACKEND: &str = r#"
import os, zipfile

FILES = {
    "orders_pb2.py": "def total():\n    'A sum.'\n    assert False, 'asserts run'\n",
    "orders_pb2.pyi": "def total() -> int: ...\n",
    "orders/__init__.py": "",
    "orders/broken.py": "print 'of old'\n",
    "orders/tests/__init__.py": "",
    "orders-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: orders\nVersion: 1.0\n",
    "orders-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "orders-1.0.dist-info/RECORD": "",
}

def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "orders-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        for path, text in FILES.items():
            wheel.writestr(path, text)
    return name
"#;

/// Prints the compiled files, and what is left of the function.
const LOOK: &str = "
import pathlib, orders_pb2
site = pathlib.Path(orders_pb2.__file__).parent
print(sorted(str(path.relative_to(site)).replace('.cpython-313', '') for path in site.rglob('*.pyc') if 'orders' in str(path)))
try:
    print(orders_pb2.total.__doc__, orders_pb2.total())
except AssertionError as error:
    print(error)
";

#[test]
#[ignore = "needs an engine"]
fn it_is_that_of_the_modules_and_as_the_image_runs_them() {
    let directory = context(&[("orders/pyproject.toml", PYPROJECT), ("orders/backend.py", BACKEND)]);
    // one after the other, as what was compiled is kept for the next build
    for (name, envs, printed) in [
        ("plain", "{}", "['__pycache__/orders_pb2.pyc', 'orders/__pycache__/__init__.pyc']\nasserts run"),
        (
            "optimized",
            "{PYTHONOPTIMIZE: '2'}",
            "['__pycache__/orders_pb2.opt-2.pyc', 'orders/__pycache__/__init__.opt-2.pyc']\nNone None",
        ),
        (
            "elsewhere",
            "{PYTHONPYCACHEPREFIX: /tmp/x, PYTHONWARNINGS: error, PYTHONDONTWRITEBYTECODE: '1'}",
            "['__pycache__/orders_pb2.pyc', 'orders/__pycache__/__init__.pyc']\nasserts run",
        ),
    ] {
        let mopyfile = format!("python: 3.13\npip: [./orders/]\nenvs: {envs}\n");
        let image = Image::build(&format!("bytecode-{name}"), &mopyfile, directory.path());
        assert_eq!(image.python(LOOK), printed, "{name}");
    }
}
