"""Files on servers and in object stores: what counts as one, and what the core asks of it.

Nothing that importing tensogram does not need is imported here.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tensogram._remote.reader import Reader

_SCHEMES = ("http", "https", "s3", "s3a", "gs", "az", "azure")
# What else is opened as a URL: the other names of these stores, and fsspec's store in memory.
_MORE_SCHEMES = ("gcs", "abfs", "abfss", "memory")


def is_remote_url(source: str) -> bool:
    """Whether `source` names an object on a server: an http, https, s3, s3a, gs, az or azure URL, in any case.

    >>> is_remote_url("https://example.org/forecast.tgm"), is_remote_url("forecast.tgm")
    (True, False)
    """
    if not isinstance(source, str):
        raise TypeError(f"is_remote_url takes a str, not {type(source).__name__}")
    return _scheme(source) in _SCHEMES


def is_remote_source(source: str) -> bool:
    """Whether `TensogramFile.open` takes `source` for a URL rather than for a path."""
    return _scheme(source) in _SCHEMES + _MORE_SCHEMES


def _scheme(source: str) -> str:
    scheme, separator, _ = source.partition("://")
    return scheme.lower() if separator else ""


class RemoteObject:
    """An object by its URL, and the options of the file system that reads it. Opening it asks the server."""

    def __init__(self, url: str, options: object) -> None:
        self.url = url
        self.options = _checked(options)
        # What tells the object from a later one, as of the last `open`; None where the server tells nothing.
        self.version: str | None = None

    def open(self) -> "Reader":
        """A reader of the object as it is now: `size` in bytes, `head` with the first of them, and `fetch(ranges)`.

        Raises `OSError` for what cannot be read, and `ImportError` that tells what to install.
        """
        from tensogram._remote.opening import open_reader

        reader = open_reader(self.url, self.options)
        self.version = None if reader.version is None else f"{reader.version}, {reader.size} bytes"
        return reader


def backend_version() -> str | None:
    """The version of fsspec; None where that is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("fsspec")
    except PackageNotFoundError:
        return None


def reopen(url: str, options: dict[str, object], bidirectional: bool) -> object:
    """What unpickling a remote file calls."""
    from tensogram._native import TensogramFile

    return TensogramFile.open_remote(url, options, bidirectional=bidirectional)


def _checked(options: object) -> dict[str, object]:
    """A copy of the storage options. All must have a text, which is how they are told in files and on command lines."""
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise TypeError(f"storage_options must be a dict, not {type(options).__name__}")
    for key, value in options.items():
        if not isinstance(key, str):
            raise TypeError(f"the keys of storage_options must be str, not {type(key).__name__}")
        try:
            str(value)
        except Exception as error:
            raise ValueError(f"the storage option {key!r} is not convertible to string: {error}") from error
    return dict(options)
