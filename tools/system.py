"""What the build needs of this machine, and which of it is missing.

python3 tools/system.py        prints the Debian packages to install, one a line
"""

import importlib.util
import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

# pkg-config modules that environment.py supplies: from the interpreter itself, and from the PyPI package blosc2.
FROM_PYTHON = {"python3", "blosc2"}


class SystemLibrary(NamedTuple):
    """A system library target of Package.swift: its pkg-config module and its Debian packages, where it names them."""

    module: str | None
    packages: list[str]


def system_libraries() -> list[SystemLibrary]:
    """The libraries that Package.swift asks for; it is the one place that lists them."""
    if shutil.which("swift") is None:
        sys.exit("swift is not on PATH: install Swift 6.3 from https://www.swift.org/install/linux.")
    dump = subprocess.run(["swift", "package", "dump-package"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if dump.returncode != 0:
        sys.exit("swift cannot read Package.swift, for the reason above.")
    return [
        SystemLibrary(
            target.get("pkgConfig"),
            [name for provider in target.get("providers") or [] for names in provider.get("apt", []) for name in names],
        )
        for target in json.loads(dump.stdout)["targets"]
        if target["type"] == "system"
    ]


def has_module(module: str) -> bool:
    """Whether pkg-config knows the module."""
    pkg_config = shutil.which("pkg-config")
    return pkg_config is not None and subprocess.run([pkg_config, "--exists", module]).returncode == 0


def python_headers() -> Path:
    """The folder where the running interpreter's Python.h is, if it has one."""
    return Path(sysconfig.get_path("include"))


def missing_packages() -> list[str]:
    missing = []
    if shutil.which("pkg-config") is None:
        missing.append("pkg-config")
    if any(shutil.which(tool) is None for tool in ("ld", "strip", "objcopy")):
        missing.append("binutils")
    missing += missing_python_packages()
    for library in system_libraries():
        if library.module is None:
            missing += [package for package in library.packages if not _is_installed(package)]
        elif library.module not in FROM_PYTHON and not has_module(library.module):
            missing += library.packages
    return missing


def missing_python_packages() -> list[str]:
    """The parts that Debian splits off its Python; other builds of Python carry them."""
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    parts = {
        f"{python}-dev": (python_headers() / "Python.h").exists(),
        f"{python}-venv": importlib.util.find_spec("ensurepip") is not None,
    }
    return [package for package, present in parts.items() if not present]


def _is_installed(package: str) -> bool:
    """As dpkg has it; where there is no dpkg nobody can tell, and the compiler will."""
    dpkg = shutil.which("dpkg-query")
    if dpkg is None:
        return True
    query = [dpkg, "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(query, capture_output=True, text=True).stdout == "installed"


if __name__ == "__main__":
    print("\n".join(missing_packages()))
