"""Puts the binary `$MOPY_BINARY` into the wheel, and the platform of its name into the wheel's tag."""

import os
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# the Linux binaries are static: they depend on no C library, and run on glibc as on musl
PLATFORMS = {
    "mopy-darwin-amd64": "macosx_10_12_x86_64",
    "mopy-darwin-arm64": "macosx_11_0_arm64",
    "mopy-linux-386": "manylinux_2_17_i686.manylinux2014_i686.musllinux_1_1_i686",
    "mopy-linux-amd64": "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
    "mopy-linux-arm-v6": "linux_armv6l",
    "mopy-linux-arm-v7": "manylinux_2_17_armv7l.manylinux2014_armv7l.musllinux_1_1_armv7l",
    "mopy-linux-arm64": "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "mopy-windows-amd64": "win_amd64",
}


class Binary(BuildHookInterface):
    def initialize(self, version, build_data):
        binary = Path(os.environ["MOPY_BINARY"])
        build_data["shared_scripts"][str(binary)] = f"mopy{binary.suffix}"
        build_data["tag"] = f"py3-none-{PLATFORMS[binary.stem]}"
        build_data["pure_python"] = False
