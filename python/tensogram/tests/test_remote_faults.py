"""Servers that fail, lie or change what they serve: an error of the documented class with the URL, never wrong data."""

import signal
import threading

import numpy as np
import pytest

import tensogram

FIELD = np.arange(120_000.0).reshape(400, 300)


def encoded(*arrays):
    return tensogram.encode(
        {}, [({"type": "ntensor", "shape": list(a.shape), "dtype": a.dtype.name}, a) for a in arrays]
    )


@pytest.fixture(scope="module")
def content():
    return encoded(FIELD, FIELD + 1)


def one_sentence(raised, url):
    """Whether the text is one line that begins with the category and tells the URL."""
    text = str(raised.value)
    return text.startswith("RemoteError: ") and url in text and "\n" not in text


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (404, FileNotFoundError),
        (410, FileNotFoundError),
        (401, PermissionError),
        (403, PermissionError),
        (500, OSError),
    ],
)
def test_refusals_at_open(server, content, status, kind):
    url = server.put("a.tgm", content)
    server.failures = [status] * 3
    with pytest.raises(kind, match=str(status)) as raised:
        tensogram.TensogramFile.open(url)
    assert one_sentence(raised, url)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_refusals_of_a_read(server, content, status):
    url = server.put("a.tgm", content)
    file = tensogram.TensogramFile.open(url)
    server.failures = [status] * 20
    with pytest.raises(OSError, match=str(status)) as raised:
        file.file_decode_object(0, 1)
    assert one_sentence(raised, url)
    server.failures = []
    assert np.array_equal(file.file_decode_object(0, 1)["data"], FIELD + 1)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failure_that_may_pass_is_tried_again(server, content, status):
    url = server.put("a.tgm", content)
    server.failures = [status, status]
    file = tensogram.TensogramFile.open(url)
    assert np.array_equal(file.file_decode_object(0, 0)["data"], FIELD)


def test_a_server_that_ignores_ranges(server, content):
    url = server.put("a.tgm", content)
    server.ignores_ranges = True
    with pytest.raises(OSError, match="ignores byte ranges") as raised:
        tensogram.TensogramFile.open(url)
    assert one_sentence(raised, url)


def test_one_that_does_for_small_files_is_fine(server):
    small = np.arange(100.0)
    server.ignores_ranges = True
    file = tensogram.TensogramFile.open(server.put("a.tgm", encoded(small)))
    assert np.array_equal(file[0].objects[0][1], small)


@pytest.mark.parametrize("announces_less", [True, False])
def test_short_bodies(server, content, announces_less):
    url = server.put("a.tgm", content)
    file = tensogram.TensogramFile.open(url)
    server.missing_bytes, server.announces_less = 100, announces_less
    with pytest.raises(OSError, match="bytes") as raised:
        file.file_decode_object(0, 1)
    assert one_sentence(raised, url)


@pytest.mark.parametrize("heeds_if_match", [True, False])
def test_an_object_that_is_replaced(server, content, heeds_if_match):
    url = server.put("a.tgm", content)
    file = tensogram.TensogramFile.open(url)
    file.file_decode_descriptors(0)
    server.heeds_if_match = heeds_if_match
    server.put("a.tgm", encoded(FIELD + 5, FIELD + 6), etag='"2"')
    for read in (lambda: file.file_decode_object(0, 1), lambda: file[0], lambda: file.read_selection(0, 1, (0, 0))):
        with pytest.raises(OSError, match="changed or replaced") as raised:
            read()
        assert one_sentence(raised, url)
    file.close()
    assert np.array_equal(file.file_decode_object(0, 1)["data"], FIELD + 6)


def test_an_object_that_gets_longer_without_an_etag(server, content):
    url = server.put("a.tgm", content, etag=None)
    file = tensogram.TensogramFile.open(url)
    server.put("a.tgm", content + content, etag=None)
    with pytest.raises(OSError, match="changed or replaced"):
        file.file_decode_object(0, 1)


def test_an_object_that_is_cut_short(server, content):
    url = server.put("a.tgm", content, etag=None)
    file = tensogram.TensogramFile.open(url)
    server.put("a.tgm", content[:1000], etag=None)
    with pytest.raises(OSError, match="changed or replaced"):
        file.file_decode_object(0, 1)


@pytest.mark.parametrize("junk", [b"", b"TENSOGRM", b"junk" * 100, b"\0" * 200_000], ids=len)
def test_what_is_no_message_does_not_open(server, junk):
    url = server.put("junk.tgm", junk)
    with pytest.raises(OSError, match="RemoteError") as raised:
        tensogram.TensogramFile.open(url)
    assert one_sentence(raised, url)


def test_junk_ends_the_messages(server, content):
    url = server.put("a.tgm", content + b"junk" * 50_000 + content)
    assert len(tensogram.TensogramFile.open(url)) == 1
    assert len(tensogram.TensogramFile.open(url, bidirectional=False)) == 1


def test_a_refused_connection():
    with pytest.raises(OSError, match=r"RemoteError.*http://127\.0\.0\.1:1/a\.tgm"):
        tensogram.TensogramFile.open("http://127.0.0.1:1/a.tgm")


def test_an_address_that_is_none():
    with pytest.raises(OSError, match="invalid"):
        tensogram.TensogramFile.open("http://[invalid]/x")


@pytest.mark.parametrize("source", ["a.tgm", "/folder/a.tgm", "nonsense://h/a.tgm"])
def test_no_url(source):
    with pytest.raises(OSError, match=f"RemoteError.*{source}"):
        tensogram.TensogramFile.open_remote(source)


def test_an_interrupt_gives_up_waiting(server, content):
    file = tensogram.TensogramFile.open(server.put("a.tgm", content))
    file.file_decode_metadata(0)
    gate = server.gate = threading.Barrier(2)  # the answer waits for another request, which does not come
    server.arrived.clear()
    main = threading.get_ident()

    def interrupt():
        server.arrived.wait(10)
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        file.file_decode_object(0, 1)
    thread.join()
    gate.abort()
    server.gate = None
    assert np.array_equal(file.file_decode_object(0, 1)["data"], FIELD + 1)


# MARK: options


def test_a_query_and_headers_are_sent(server, content):
    url = server.put("a.tgm", content) + "?sig=a%2Fb%3D&x=1"
    options = {"headers": {"X-Test": "yes"}, "allow_http": True, "nonsense": 1, "timeout": "30s"}
    file = tensogram.TensogramFile.open_remote(url, options)
    file.file_decode_object(0, 1)
    assert {request.path for request in server.requests} == {"/a.tgm?sig=a%2Fb%3D&x=1"}
    assert {request.headers["X-Test"] for request in server.requests} == {"yes"}


class NoText:
    def __str__(self):
        raise RuntimeError("none")


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"key": NoText()}, ValueError, "convertible to string"),
        ({1: "a"}, TypeError, "keys of storage_options must be str"),
        ("a=b", TypeError, "must be a dict"),
    ],
)
def test_wrong_options_are_found_before_anything_is_asked(server, content, options, kind, text):
    url = server.put("a.tgm", content)
    with pytest.raises(kind, match=text):
        tensogram.TensogramFile.open_remote(url, options)
    assert server.requests == []


@pytest.mark.parametrize("flag", [1, None, "yes"])
def test_bidirectional_is_a_bool_and_a_keyword(flag):
    with pytest.raises(TypeError):
        tensogram.TensogramFile.open("http://h/a.tgm", bidirectional=flag)
    with pytest.raises(TypeError):
        tensogram.TensogramFile.open_remote("http://h/a.tgm", {}, True)


@pytest.mark.parametrize("method", ["file_decode_object_batch", "file_decode_range_batch"])
def test_batches_are_for_remote_files(two_messages, method):
    arguments = ([], 0, []) if "range" in method else ([], 0)
    with pytest.raises(OSError, match="remote backend"):
        getattr(tensogram.TensogramFile.open(two_messages), method)(*arguments)


def test_storage_options_of_the_published_package():
    from tensogram._remote.options import file_system_options

    given = {
        "aws_access_key_id": "a",
        "aws_secret_access_key": "b",
        "aws_region": "eu-west-1",
        "AWS_ENDPOINT": "http://e",
    }
    assert file_system_options("s3", given | {"allow_http": "true", "skip_signature": "false"}) == {
        "key": "a",
        "secret": "b",
        "endpoint_url": "http://e",
        "anon": False,
        "client_kwargs": {"region_name": "eu-west-1"},
    }
    assert file_system_options("s3", {"key": "mine", "aws_access_key_id": "other"}) == {"key": "mine"}
    assert file_system_options("gs", {"google_service_account": "f.json"}) == {"token": "f.json"}
    assert file_system_options("az", {"azure_storage_account_name": "n", "account_key": "k"}) == {
        "account_name": "n",
        "account_key": "k",
    }
    assert file_system_options("http", {"timeout": "1500ms", "aws_region": "x"}) == {"timeout": 1.5}
