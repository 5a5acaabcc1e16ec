"""Settings: from the environment, in code, and for a while."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

__all__ = ["Settings", "parse_bytes", "settings"]

_UNITS = {"": 1, "b": 1} | {
    prefix + unit: base**power
    for power, prefix in enumerate("kmgtp", 1)
    for unit, base in (("", 1000), ("b", 1000), ("ib", 1024))
}


def parse_bytes(text: str | int) -> int:
    """Bytes of ``"16MB"``, ``"100 MiB"``, ``"200B"`` or an int; `ValueError` for anything else."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-zA-Z]*)\s*", text) if isinstance(text, str) else None
    unit = _UNITS.get(found[2].lower()) if found else None
    if found is None or unit is None:
        raise ValueError(f"{text!r} is no number of bytes such as 4096, '16MB' or '100 MiB'")
    return int(float(found[1]) * unit)


class Settings:
    """How arrays run, in this process.

    `threads`: workers of a computation, 0: one per CPU that the process may use (``TENSOGRAM_THREADS``).
    `auto_chunk_bytes`: bytes of an automatic block (``TENSOGRAM_AUTO_CHUNK_BYTES``).
    `memory_limit`: bytes of blocks in flight, 0: a share of the machine's memory (``TENSOGRAM_MEMORY_LIMIT``).
    `cache_bytes`: bytes of decoded source blocks kept for other tasks of a computation (``TENSOGRAM_CACHE_BYTES``).

    Bytes are ints or strings such as ``"64 MiB"``. Set an attribute, or several for a while:

    >>> with settings(threads=2, auto_chunk_bytes="16 MiB"):
    ...     settings.threads
    2
    """

    threads: int
    auto_chunk_bytes: int
    memory_limit: int
    cache_bytes: int

    _DEFAULTS = {"threads": 0, "auto_chunk_bytes": 128 << 20, "memory_limit": 0, "cache_bytes": 128 << 20}

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self.__dict__.update(self._DEFAULTS)
        for name in self._DEFAULTS:
            given = environment.get(f"TENSOGRAM_{name.upper()}")
            # The engine reads TENSOGRAM_THREADS itself, together with the rest of the package.
            if given and name != "threads":
                setattr(self, name, given)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._DEFAULTS:
            hint = "; blocks run on threads of their own, not under a dask scheduler" if name == "scheduler" else ""
            raise TypeError(f"{name!r} is no setting of tensogram.chunked: there are {', '.join(self._DEFAULTS)}{hint}")
        amount = parse_bytes(value)
        least = int(name == "auto_chunk_bytes")
        if amount < least:
            raise ValueError(f"{name}={value!r}: {least} or more is needed")
        self.__dict__[name] = amount

    @contextmanager
    def __call__(self, **values: Any) -> Iterator[Settings]:
        """Other settings while the context lasts."""
        before = dict(self.__dict__)
        try:
            for name, value in values.items():
                setattr(self, name, value)
            yield self
        finally:
            self.__dict__.update(before)

    def overridden(self, values: Mapping[str, Any]) -> Settings:
        """These settings with some others, for one call."""
        made = Settings({})
        made.__dict__.update(self.__dict__)
        for name, value in values.items():
            setattr(made, name, value)
        return made

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={getattr(self, name)}' for name in self._DEFAULTS)})"


settings = Settings()
