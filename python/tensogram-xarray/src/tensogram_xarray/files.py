"""Files on disk and behind URLs: what they are called, whether they changed, and open handles.

Arrays hold no handles. Handles live in a bounded cache of the process, keyed by path; each belongs
to the file as it was when the handle was opened, and a file that changed since gets a new one.
"""

from __future__ import annotations

import errno
import itertools
import os
import stat
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import tensogram
from tensogram_xarray.decoded import decoded_objects
from tensogram_xarray.memory import is_fsspec_url

StorageOptions = Mapping[str, Any]

_MOST_OPEN_FILES = 64
_FILE_URL = "file:"


class FileIdentity(NamedTuple):
    """What tells whether a path still leads to the same, unchanged file."""

    device: int
    inode: int
    size: int
    modified: int


# Of a local file; or what a server says that tells an object from a later one, None where it says nothing.
Identity = FileIdentity | str | None


@dataclass
class OpenFile:
    """A handle, the file it is on, and the messages that were found to be still the same."""

    handle: Any
    identity: Identity
    known: set[tuple[int, str]] = field(default_factory=set)
    used: int = 0


class _OpenFiles:
    """The process's open handles, safe to use from many threads; a handle that is there is found without a lock."""

    def __init__(self) -> None:
        self.start_anew()

    def start_anew(self) -> None:
        """Forgets everything; a forked child does, for a thread that is gone may hold the lock."""
        self._lock = threading.Lock()
        self._files: dict[Any, OpenFile] = {}
        self._uses = itertools.count()

    def find(self, path: str, options: StorageOptions | None) -> OpenFile | None:
        """The handle on the file as it is now, None if there is none. `OSError` where the file is gone."""
        return self._find(*_key_and_identity(path, options))

    def get(self, path: str, options: StorageOptions | None, *, anew: bool = False) -> OpenFile:
        """A handle on the file as it is now. `OSError` with the path if it cannot be opened.

        Of a remote file it may be as it was when somebody opened it, unless it is opened `anew`.
        """
        key, identity = _key_and_identity(path, options)
        known = None if anew else self._find(key, identity)
        if known is not None:
            return known
        handle = _open(path, options)
        opened = OpenFile(handle, identity or _remote_identity(handle), used=next(self._uses))
        with self._lock:
            self._files[key] = opened
            while len(self._files) > _MOST_OPEN_FILES:
                del self._files[min(self._files, key=lambda key: self._files[key].used)]
        return opened

    def _find(self, key: Any, identity: FileIdentity | None) -> OpenFile | None:
        known = self._files.get(key)
        if known is None or (identity is not None and known.identity != identity):
            return None
        known.used = next(self._uses)
        return known

    def release(self, path: str) -> list[Any]:
        """Drops the handles on a file and returns them."""
        with self._lock:
            keys = [key for key in self._files if key[1] == path]
            return [self._files.pop(key).handle for key in keys]


open_files = _OpenFiles()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=open_files.start_anew)


def _key_and_identity(path: str, options: StorageOptions | None) -> tuple[Any, FileIdentity | None]:
    """Under what a handle is kept, and what a local file is now. Handles stay with the core they came from."""
    if is_remote(path):
        return (tensogram.TensogramFile, path, repr(sorted((options or {}).items()))), None
    return (tensogram.TensogramFile, path, ""), identify(path)


def is_remote(path: str) -> bool:
    return bool(tensogram.is_remote_url(path))


def path_of(filename_or_obj: Any) -> str | None:
    """The absolute path or the URL that the caller's argument means; None if it means no file here.

    Links are not resolved.
    """
    if not isinstance(filename_or_obj, str | os.PathLike):
        return None
    path = os.fsdecode(filename_or_obj)
    if is_remote(path):
        return path
    if path[: len(_FILE_URL)].lower() == _FILE_URL:
        url = urlsplit(path)
        if url.netloc in {"", "localhost"}:
            return unquote(url.path)
    return None if is_fsspec_url(path) else absolute(path)


def absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 (resolve() follows links)


def identify(path: str) -> FileIdentity:
    """The identity of a regular file. Raises the `OSError` that fits for anything else."""
    status = os.stat(path)  # noqa: PTH116 (once a read: a Path costs more than the call)
    if not stat.S_ISREG(status.st_mode):
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, "is a directory, not a .tgm file", path)
        raise OSError(errno.EINVAL, "is no regular file", path)
    return FileIdentity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _open(path: str, options: StorageOptions | None) -> Any:
    files: Any = tensogram.TensogramFile
    if not is_remote(path):
        return files.open(path)
    if not hasattr(files, "open_remote"):
        raise OSError(errno.EOPNOTSUPP, "is remote, which this version of tensogram cannot read", path)
    return files.open_remote(path, options or {})


def _remote_identity(handle: Any) -> str | None:
    version = getattr(handle, "remote_version", None)
    return None if version is None else version()


def release(path: str) -> None:
    """Lets go of all that is kept of a file; a later read opens it again."""
    for handle in open_files.release(path):
        decoded_objects.forget(handle)
