"""Which reader serves a URL, and what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensogram._remote.errors import of_exception, remote_error
from tensogram._remote.options import file_system_options

if TYPE_CHECKING:
    from tensogram._remote.reader import Reader

# Protocols as fsspec names them, and the extra of this package that brings their file systems.
_PROTOCOLS = {"azure": "az"}
_EXTRAS = {"gs": "gs", "gcs": "gs", "az": "az", "abfs": "az", "abfss": "az"}


def open_reader(url: str, options: dict[str, object]) -> Reader:
    """A reader of the object at `url` as it is now. See `RemoteObject.open`."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise remote_error(url, "this is no URL")
    protocol = _PROTOCOLS.get(scheme.lower(), scheme.lower())
    location = f"{protocol}://{rest}"
    arguments = file_system_options(protocol, options)
    try:
        if protocol in ("http", "https"):
            from tensogram._remote.http import HTTPReader

            return HTTPReader(url, location, arguments)
        if protocol in ("s3", "s3a"):
            from tensogram._remote.s3 import S3Reader

            return S3Reader(url, location, arguments)
        from tensogram._remote.filesystem import FileSystemReader

        return FileSystemReader(url, location, arguments)
    except ImportError as error:
        extra = _EXTRAS.get(protocol, "remote")
        raise ImportError(f"reading {url} needs more packages: pip install 'tensogram[{extra}]' ({error})") from error
    except Exception as error:
        raise of_exception(url, error) from error
