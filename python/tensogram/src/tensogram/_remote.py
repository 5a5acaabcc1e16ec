"""What counts as a remote file."""

_SCHEMES = ("http", "https", "s3", "s3a", "gs", "az", "azure")


def is_remote_url(source: str) -> bool:
    """Whether `source` names an object on a server: an http, https, s3, s3a, gs, az or azure URL, in any case.

    >>> is_remote_url("https://example.org/forecast.tgm"), is_remote_url("forecast.tgm")
    (True, False)
    """
    if not isinstance(source, str):
        raise TypeError(f"is_remote_url takes a str, not {type(source).__name__}")
    scheme, separator, _ = source.partition("://")
    return bool(separator) and scheme.lower() in _SCHEMES
