"""`is_remote_url`."""

import pytest

import tensogram


@pytest.mark.parametrize("scheme", ["http", "https", "s3", "s3a", "gs", "az", "azure", "HTTPS", "S3"])
def test_schemes_of_servers_and_object_stores(scheme: str) -> None:
    assert tensogram.is_remote_url(f"{scheme}://host/a.tgm")


@pytest.mark.parametrize(
    "source",
    ["gcs://b/a.tgm", "abfs://b/a.tgm", "file:///a.tgm", "ftp://h/a.tgm", "memory://a", "hdfs://a", "/a.tgm", "a", ""],
)
def test_everything_else_is_local(source: str) -> None:
    assert not tensogram.is_remote_url(source)


def test_leading_blanks_make_a_local_path() -> None:
    assert not tensogram.is_remote_url(" https://host/a.tgm")


@pytest.mark.parametrize("source", [b"http://a", None, 1])
def test_only_text(source: object) -> None:
    with pytest.raises(TypeError):
        tensogram.is_remote_url(source)  # type: ignore[arg-type]
