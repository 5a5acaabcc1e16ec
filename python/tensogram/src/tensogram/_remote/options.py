"""Storage options: fsspec's own, and the names that the published package takes, for the file systems of fsspec."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# The published package's names in lower case, without the prefix of the store, and what they are to fsspec.
_S3 = {
    "access_key_id": "key",
    "secret_access_key": "secret",
    "session_token": "token",
    "endpoint": "endpoint_url",
    "skip_signature": "anon",
    "request_payer": "requester_pays",
}
_S3_REGION = ("region", "default_region")
_GS = {
    "service_account": "token",
    "service_account_path": "token",
    "application_credentials": "token",
    "skip_signature": "anonymous",
}
_AZ = {
    "storage_account_name": "account_name",
    "storage_account_key": "account_key",
    "access_key": "account_key",
    "master_key": "account_key",
    "storage_sas_token": "sas_token",
    "storage_sas_key": "sas_token",
    "storage_client_id": "client_id",
    "storage_client_secret": "client_secret",
    "storage_tenant_id": "tenant_id",
    "authority_id": "tenant_id",
    "skip_signature": "anon",
    "endpoint": "account_host",
}
_FLAGS = ("anon", "requester_pays", "anonymous", "use_ssl", "version_aware")
_HTTP = ("headers", "auth", "cookies", "proxy", "proxy_auth", "ssl", "timeout", "client_kwargs", "get_client")
_S3_OWN = (
    "anon", "key", "secret", "token", "endpoint_url", "use_ssl", "client_kwargs", "config_kwargs", "requester_pays",
    "version_aware", "s3_additional_kwargs", "profile", "cache_regions", "username", "password",
)  # fmt: skip
_DURATION = re.compile(r"\s*([0-9.]+)\s*(ms|s|m|h|seconds?|secs?|minutes?|min|hours?)?\s*")
_SECONDS = {"m": 60.0, "min": 60.0, "minute": 60.0, "minutes": 60.0, "h": 3600.0, "hour": 3600.0, "hours": 3600.0}


def file_system_options(protocol: str, options: Mapping[str, object]) -> dict[str, Any]:
    """Arguments of the file system for `protocol`. What a server's or store's does not know is left out."""
    if protocol in ("http", "https"):
        return _http(options)
    if protocol in ("s3", "s3a"):
        return _s3(options)
    if protocol in ("gs", "gcs"):
        arguments = _renamed(options, "google_", _GS)
        return arguments | ({"token": "anon"} if arguments.pop("anonymous", False) else {})
    if protocol in ("az", "abfs", "abfss"):
        return _renamed(options, "azure_", _AZ)
    return dict(options)


def _http(options: Mapping[str, object]) -> dict[str, Any]:
    arguments = {name: value for name, value in options.items() if name in _HTTP}
    if "timeout" in arguments:
        arguments["timeout"] = _duration(arguments["timeout"])
    if user_agent := options.get("user_agent"):
        arguments["headers"] = {"User-Agent": str(user_agent), **_mapping(arguments.get("headers"))}
    if proxy := options.get("proxy_url"):
        arguments.setdefault("proxy", proxy)
    if _flag(options.get("allow_invalid_certificates", False)):
        arguments.setdefault("ssl", False)
    return arguments


def _s3(options: Mapping[str, object]) -> dict[str, Any]:
    arguments = _renamed(options, "aws_", _S3)
    for name in _S3_REGION:
        if region := arguments.pop(name, None):
            arguments["client_kwargs"] = {"region_name": region, **_mapping(arguments.get("client_kwargs"))}
    return {name: value for name, value in arguments.items() if name in _S3_OWN}


def _renamed(options: Mapping[str, object], prefix: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The options under fsspec's names, which win where both are given."""
    renamed: dict[str, Any] = {}
    for name, value in options.items():
        short = name.lower().removeprefix(prefix)
        wanted = names.get(short, name if short == name else short)
        if wanted in _FLAGS:
            value = _flag(value)
        if wanted == name or wanted not in options:
            renamed[wanted] = value
    return renamed


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _flag(value: object) -> bool:
    return value.strip().lower() in ("true", "1", "yes", "on") if isinstance(value, str) else bool(value)


def _duration(value: object) -> object:
    """Seconds of a number or of a text such as `30s`; anything else, such as aiohttp's own, as it is."""
    if not isinstance(value, str):
        return value
    if match := _DURATION.fullmatch(value):
        unit = match[2] or "s"
        return float(match[1]) * (0.001 if unit == "ms" else _SECONDS.get(unit, 1.0))
    raise ValueError(f"the storage option 'timeout' must be a number of seconds, not {value!r}")
