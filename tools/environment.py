"""The environment of `swift build`, so that it finds Python's headers and libblosc2.

    eval "$(tools/environment)"; swift build

Both come from the interpreter that runs this script, as pkg-config modules written to .build/pkgconfig.
"""

import importlib.metadata
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from system import ROOT, has_module, missing_packages, python_headers, system_libraries

MODULES = ROOT / ".build" / "pkgconfig"


def build_environment() -> dict[str, str]:
    """The variables to set, once everything that `swift build` needs is there; else exits with what is missing."""
    if missing := missing_packages():
        sys.exit(f"Missing for the build: {' '.join(missing)}. Install with: apt-get install {' '.join(missing)}")
    MODULES.mkdir(parents=True, exist_ok=True)
    _write(MODULES / "python3.pc", _module("python3", flags=f"-I{python_headers()}"))
    if any(library.module == "blosc2" for library in system_libraries()):
        _provide_blosc2()
    inherited = os.environ.get("PKG_CONFIG_PATH", "").split(os.pathsep)
    paths = [str(MODULES), *(path for path in inherited if path and path != str(MODULES))]
    return {"PKG_CONFIG_PATH": os.pathsep.join(paths)}


def _provide_blosc2() -> None:
    """Debian 12 has no libblosc2; the wheel of the PyPI package `blosc2` carries headers and a static library."""
    module = MODULES / "blosc2.pc"
    module.unlink(missing_ok=True)
    if has_module("blosc2"):
        return
    package = importlib.util.find_spec("blosc2")
    if package is None or package.origin is None:
        sys.exit(f"libblosc2 is missing: pkg-config does not know it, nor is the package blosc2 in {sys.prefix}.")
    library = MODULES / f"blosc2-{importlib.metadata.version('blosc2')}"
    if not library.exists():
        unfinished = library.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(Path(package.origin).parent / "include", unfinished)
        _isolate(Path(package.origin).parent / "lib" / "libblosc2.a", unfinished / "libblosc2.a")
        unfinished.rename(library)
    _write(module, _module("blosc2", flags=f"-I{library}", libraries=f"-L{library} -lblosc2"))


def _isolate(archive: Path, result: Path) -> None:
    """Hides what the archive carries of other libraries: its zstd must not mix with the system's, calls would cross."""
    joined = result.with_suffix(".o")
    keep = ["--wildcard", "--keep-global-symbol=blosc*", "--keep-global-symbol=b2nd*"]
    subprocess.run(["ld", "--relocatable", "--whole-archive", archive, "-o", joined], check=True)
    subprocess.run(["objcopy", *keep, joined], check=True)
    subprocess.run(["ar", "rcs", result, joined], check=True)
    joined.unlink()


def _module(name: str, *, flags: str, libraries: str = "") -> str:
    return f"Name: {name}\nDescription: {name} for Tensogram\nVersion: 1\nCflags: {flags}\nLibs: {libraries}\n"


def _write(path: Path, text: str) -> None:
    """Leaves a file that says the same untouched, so that nothing is rebuilt."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


if __name__ == "__main__":
    for name, value in build_environment().items():
        print(f"export {name}={shlex.quote(value)}")
