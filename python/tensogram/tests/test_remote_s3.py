"""Remote files in S3, from a real server of its protocol."""

import pickle

import numpy as np
import pytest

import tensogram

FIELD = np.arange(120_000.0).reshape(400, 300)


def encoded(number):
    describe = {"type": "ntensor", "shape": [400, 300], "dtype": "float64"}
    return tensogram.encode(
        {"number": number}, [(describe, FIELD + number), (describe | {"compression": "zstd"}, FIELD)]
    )


class Counter:
    """Passes requests on and notes the ranges asked for."""

    def __init__(self, application):
        self.application = application
        self.ranges = []

    def __call__(self, environment, start_response):
        if environment["REQUEST_METHOD"] in ("GET", "HEAD"):
            self.ranges.append(environment.get("HTTP_RANGE"))
        return self.application(environment, start_response)


@pytest.fixture(scope="module")
def store():
    """Address and counter of a server with a bucket `fields` that takes any credentials."""
    import threading

    import boto3
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    counter = Counter(DomainDispatcherApplication(create_backend_app))
    listener = make_server("127.0.0.1", 0, counter, threaded=True)
    thread = threading.Thread(target=listener.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{listener.server_port}"
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("s3", endpoint_url=address, region_name="us-east-1", **credentials)
    client.create_bucket(Bucket="fields")
    yield address, counter, client
    listener.shutdown()
    thread.join()


@pytest.fixture
def options(store):
    address, counter, client = store
    client.put_object(Bucket="fields", Key="a b/a.tgm", Body=b"".join(encoded(number) for number in range(3)))
    counter.ranges.clear()
    return {"aws_endpoint": address, "aws_access_key_id": "test", "aws_secret_access_key": "test", "allow_http": "true"}


URL = "s3://fields/a b/a.tgm"


@pytest.mark.parametrize("url", [URL, URL.replace("s3", "S3"), URL.replace("s3", "s3a")])
def test_reading(options, url):
    file = tensogram.TensogramFile.open_remote(url, options)
    assert file.source() == url
    assert len(file) == 3
    assert np.array_equal(file.file_decode_object(2, 0, verify_hash=True)["data"], FIELD + 2)
    assert np.array_equal(file.file_decode_object(1, 1)["data"], FIELD)
    assert np.array_equal(file.read_selection(1, 0, (5, slice(3, 9))), FIELD[5, 3:9] + 1)


def test_fsspec_names_of_options_work_as_well(store, options):
    own = {"endpoint_url": store[0], "key": "test", "secret": "test"}
    assert tensogram.TensogramFile.open_remote(URL, own).file_decode_metadata(0)["number"] == 0


def test_requests(store, options):
    ranges = store[1].ranges
    file = tensogram.TensogramFile.open_remote(URL, options)
    assert len(ranges) == 1
    file.file_decode_metadata(0)
    assert len(ranges) <= 3
    for index in (1, 0, 0):
        ranges.clear()
        file.file_decode_object(0, index)
        assert len(ranges) == 1


def test_batches(store, options):
    file = tensogram.TensogramFile.open_remote(URL, options)
    batch = file.file_decode_object_batch([2, 0, 1], 0)
    assert [answer["data"][0, 0] for answer in batch] == [2, 0, 1]


def test_pickling_keeps_the_options(options):
    file = pickle.loads(pickle.dumps(tensogram.TensogramFile.open_remote(URL, options)))
    assert file.file_decode_metadata(2)["number"] == 2


def test_an_object_that_is_replaced(store, options):
    file = tensogram.TensogramFile.open_remote(URL, options)
    store[2].put_object(Bucket="fields", Key="a b/a.tgm", Body=b"".join(encoded(number) for number in (7, 8, 9)))
    with pytest.raises(OSError, match=r"RemoteError.*changed or replaced.*s3://fields/a b/a\.tgm"):
        file.file_decode_object(0, 1)
    file.close()
    assert file.file_decode_metadata(0)["number"] == 7


@pytest.mark.parametrize("url", ["s3://fields/none.tgm", "s3://nowhere/none.tgm"])
def test_what_is_not_there(options, url):
    with pytest.raises(FileNotFoundError, match=f"RemoteError.*{url}"):
        tensogram.TensogramFile.open_remote(url, options)


def test_an_empty_object(store, options):
    store[2].put_object(Bucket="fields", Key="empty.tgm", Body=b"")
    with pytest.raises(OSError, match=r"RemoteError.*s3://fields/empty\.tgm"):
        tensogram.TensogramFile.open_remote("s3://fields/empty.tgm", options)
