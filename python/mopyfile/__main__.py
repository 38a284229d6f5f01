"""Runs the `mopy` of the same wheel."""

import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

PROGRAM = "mopy.exe" if os.name == "nt" else "mopy"


def program() -> str:
    """The installed program: where the wheel's RECORD has it, or, after `pip install --target`, next to the package."""
    recorded = (file.locate() for file in distribution("mopyfile").files or () if file.name == PROGRAM)
    for path in (*recorded, Path(__file__).parent.parent / "bin" / PROGRAM):
        if os.path.isfile(path):
            return os.path.abspath(path)
    sys.exit(f"error: `{PROGRAM}` of the package `mopyfile` is missing\n  help: reinstall the package")


if __name__ == "__main__":
    command = [program(), *sys.argv[1:]]
    # Windows has no `exec`: the shell would not wait
    if os.name == "nt":
        sys.exit(subprocess.run(command).returncode)
    os.execv(command[0], command)
