"""Files behind URLs, from a server of our own."""

import pickle
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import tgm
import xarray as xr
from tgm import coordinate, named

import tensogram
from tensogram_xarray import open_datasets

pytestmark = pytest.mark.skipif(
    not hasattr(tensogram.TensogramFile, "open_remote"), reason="this core reads no remote files"
)

VALUES = tgm.field(6, 10)


class Files(BaseHTTPRequestHandler):
    """Serves byte ranges of what is in `content`."""

    content: dict[str, bytes] = {}
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(send=False)

    def do_GET(self) -> None:
        self._answer(send=True)

    def _answer(self, *, send: bool) -> None:
        content = self.content.get(self.path.partition("?")[0])
        if content is None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        part, start = content, 0
        asked = re.match(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if asked:
            first, last = asked.groups()
            start = int(first) if first else max(len(content) - int(last), 0)
            part = content[start : int(last) + 1 if first and last else None]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        if send:
            self.wfile.write(part)

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def server():
    steps = [tgm.message(coordinate("lat", 6), named("v", VALUES + i, {"step": i})) for i in range(3)]
    Files.content = {"/a.tgm": b"".join(steps)}
    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def opened(url, **options):
    return xr.open_dataset(url, engine="tensogram", **options)


@pytest.mark.parametrize("chunks", [None, {}], ids=str)
@pytest.mark.parametrize("index", [0, 2])
def test_opening(server, chunks, index):
    dataset = opened(f"{server}/a.tgm", chunks=chunks, message_index=index)
    assert "latitude" in dataset.indexes
    assert dataset.encoding["source"] == f"{server}/a.tgm"
    assert np.array_equal(dataset["v"].isel(latitude=2), VALUES[2] + index)
    assert np.array_equal(dataset["v"], VALUES + index)


def test_merging(server):
    url = f"{server}/a.tgm"
    for dataset in (open_datasets(url)[0], opened(url, merge_objects=True)):
        assert np.array_equal(dataset["v"].sel(step=1), VALUES + 1)
        dataset.close()
        assert np.array_equal(dataset["v"].sel(step=2), VALUES + 2)


def test_travelling(server):
    dataset = opened(f"{server}/a.tgm", storage_options={"allow_http": True})
    restored = pickle.loads(pickle.dumps(dataset))
    assert np.array_equal(restored["v"], VALUES)


def test_a_message_that_is_not_there(server):
    with pytest.raises(ValueError, match=r"message_index 3 out of range \(count=3\)"):
        opened(f"{server}/a.tgm", message_index=3)


@pytest.mark.parametrize("merge", [False, True])
def test_a_file_that_is_not_there(server, merge):
    with pytest.raises(OSError, match=r"gone\.tgm"):
        opened(f"{server}/gone.tgm", merge_objects=merge)
