"""Build hook: puts the extension module into the wheel, or, for an editable install, beside the sources."""

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ExtensionBuildHook(BuildHookInterface[Any]):
    """Builds with tools/extension.py; one module serves CPython 3.11 and everything later (abi3)."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if version == "editable":
            folder = root / "python" / "tensogram" / "src" / "tensogram"
        else:
            folder = root / ".build" / "wheel"
            build_data["force_include"][str(folder)] = "tensogram"
        built = subprocess.run([sys.executable, str(root / "tools" / "extension.py"), str(folder)])
        if built.returncode != 0:
            sys.exit(built.returncode)
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{platform}"
