"""What goes wrong with a remote object, in one sentence with its URL."""

from __future__ import annotations

import errno
from http import HTTPStatus

_BY_STATUS = {
    HTTPStatus.UNAUTHORIZED: (PermissionError, errno.EACCES, "access is not allowed"),
    HTTPStatus.FORBIDDEN: (PermissionError, errno.EACCES, "access is not allowed"),
    HTTPStatus.NOT_FOUND: (FileNotFoundError, errno.ENOENT, "not found"),
    HTTPStatus.GONE: (FileNotFoundError, errno.ENOENT, "not found"),
}


def remote_error(url: str, reason: str, kind: type[OSError] = OSError, number: int = errno.EIO) -> OSError:
    """An error of class `kind` with errno `number`."""
    error = kind(f"RemoteError: {reason}: {url}")
    error.errno = number
    return error


def changed(url: str) -> OSError:
    return remote_error(url, "the object was changed or replaced since it was opened", number=errno.ESTALE)


def of_status(url: str, status: int, phrase: str | None) -> OSError:
    """What an HTTP status other than success means."""
    if status == HTTPStatus.PRECONDITION_FAILED:
        return changed(url)
    kind, number, reason = _BY_STATUS.get(status, (OSError, errno.EIO, "the server failed"))  # type: ignore[call-overload]
    return remote_error(url, f"{reason} ({status} {phrase or ''})".replace(" )", ")"), kind, number)


def of_exception(url: str, error: BaseException) -> OSError:
    """What a file system or the network raised, as an error of the documented class."""
    if isinstance(error, OSError) and str(error).startswith("RemoteError: "):
        return error
    if isinstance(error, FileNotFoundError):
        return remote_error(url, "not found", FileNotFoundError, errno.ENOENT)
    if isinstance(error, PermissionError):
        return remote_error(url, f"access is not allowed ({_sentence(error)})", PermissionError, errno.EACCES)
    if isinstance(error, TimeoutError):
        return remote_error(url, "the server did not answer in time", TimeoutError, errno.ETIMEDOUT)
    number = error.errno if isinstance(error, OSError) and error.errno else errno.EIO
    return remote_error(url, _sentence(error), number=number)


def _sentence(error: BaseException) -> str:
    """The text of an error in one line."""
    return " ".join(str(error).split()) or type(error).__name__
