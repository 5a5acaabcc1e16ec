"""Makes a virtual environment, or brings it up to date, and does nothing where nothing changed.

    python3 tools/python_environment.py FOLDER [--group NAME]... [--editable PROJECT]...

A group is one of [dependency-groups] in pyproject.toml; `build` is what [build-system] requires.
"""

import argparse
import hashlib
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

from system import ROOT


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--group", action="append", default=[])
    parser.add_argument("--editable", action="append", default=[])
    options = parser.parse_args()
    folder = ROOT / options.folder
    if not runs(folder / "bin" / "python"):
        print(f"Making the virtual environment {options.folder}", flush=True)
        venv.create(folder, clear=True, with_pip=True)
    wanted = requirements(options.group)
    arguments = wanted + [word for project in options.editable for word in ("--editable", project)]
    projects = [ROOT / project.split("[")[0] / "pyproject.toml" for project in options.editable]
    state = hashlib.sha256("\0".join([str(folder), *arguments, *(path.read_text() for path in projects)]).encode())
    stamp = folder / f"installed-{hashlib.sha256(repr(sys.argv[1:]).encode()).hexdigest()[:8]}"
    if stamp.exists() and stamp.read_text() == state.hexdigest():
        return
    print(f"Installing into {options.folder}: {' '.join(arguments)}", flush=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    if subprocess.run([*pip, "--no-build-isolation", *arguments], cwd=ROOT).returncode != 0:
        sys.exit(f"pip could not install into {options.folder}, for the reason above.")
    stamp.write_text(state.hexdigest())


def requirements(groups: list[str]) -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    known = {"build": project["build-system"]["requires"]} | project["dependency-groups"]
    return [requirement for group in groups for requirement in known[group]]


def runs(python: Path) -> bool:
    """Whether the environment's interpreter still starts: its base may have gone, or the checkout may have moved."""
    check = "import pathlib, sys; sys.exit(pathlib.Path(sys.prefix) != pathlib.Path(sys.argv[1]))"
    try:
        return subprocess.run([python, "-c", check, python.parent.parent]).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    main()
