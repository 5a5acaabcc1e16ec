"""What the tests share: descriptors, a way to build messages byte by byte, and the published package."""

import os
import pickle
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

import tensogram

sys.path.insert(0, str(Path(__file__).parent))  # where the helpers of these tests are

settings.register_profile("fast", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("fast")


def describe(array, **fields):
    """The descriptor of an array."""
    return {"type": "ntensor", "shape": list(array.shape), "dtype": array.dtype.name, **fields}


@pytest.fixture(scope="session", name="describe")
def describe_fixture():
    return describe


@pytest.fixture(scope="session")
def field():
    """A float32 field of 3 × 4."""
    return np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.fixture(scope="session")
def message(field):
    """A message with that field."""
    return tensogram.encode({"base": [{"name": "2t"}], "source": "test"}, [(describe(field), field)])


@pytest.fixture(scope="session")
def three_objects():
    """A message with objects of 3, 4 and 5 int32 elements."""
    arrays = [np.arange(count, dtype=np.int32) for count in (3, 4, 5)]
    return tensogram.encode({}, [(describe(array), array) for array in arrays])


@pytest.fixture
def path(tmp_path):
    """A path for a new file."""
    return str(tmp_path / "test.tgm")


@pytest.fixture
def two_messages(path):
    """The path of a file with two messages of a float64 array each: 0…9 and 10…19."""
    file = tensogram.TensogramFile.create(path)
    for start in (0, 10):
        array = np.arange(start, start + 10, dtype=np.float64)
        file.append({"base": [{"start": start}]}, [(describe(array), array)])
    return path


@pytest.fixture
def server():
    """A web server that counts what it is asked for, see `object_server.py`."""
    from object_server import serving

    with serving() as served:
        yield served


@pytest.fixture(scope="session")
def shared_data():
    """A folder of real data beside the checkout, where there is one."""
    folder = Path(__file__).parents[4] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("there is no folder ../shared/data with real files beside the checkout")
    return folder


class Wire:
    """Builds messages byte by byte, as the wire format has it, to make ones that no encoder would."""

    @staticmethod
    def cbor(value):
        """Canonical enough CBOR of plain Python values; bytes are taken as CBOR that is already encoded."""
        if isinstance(value, bytes):
            return value
        if isinstance(value, bool):
            return b"\xf5" if value else b"\xf4"
        if value is None:
            return b"\xf6"
        if isinstance(value, int):
            return Wire._head(0, value) if value >= 0 else Wire._head(1, -1 - value)
        if isinstance(value, float):
            return b"\xfb" + struct.pack(">d", value)
        if isinstance(value, str):
            return Wire._head(3, len(value.encode())) + value.encode()
        if isinstance(value, list):
            return Wire._head(4, len(value)) + b"".join(map(Wire.cbor, value))
        return Wire._head(5, len(value)) + b"".join(Wire.cbor(key) + Wire.cbor(item) for key, item in value.items())

    @staticmethod
    def _head(major, number):
        for size, code, information in ((24, "", 0), (1 << 8, "B", 24), (1 << 16, "H", 25), (1 << 32, "I", 26)):
            if number < size:
                argument = struct.pack(">" + code, number) if code else b""
                return bytes([major << 5 | (information or number)]) + argument
        return bytes([major << 5 | 27]) + struct.pack(">Q", number)

    @staticmethod
    def frame(number, body, *, flags=0, end=b"ENDF", version=1):
        content = body + bytes(8) + end
        return b"FR" + struct.pack(">HHHQ", number, version, flags, 16 + len(content)) + content

    @staticmethod
    def data_object(descriptor, payload, *, offset=None, masks=b""):
        """A data object frame; fields of the descriptor that are `...` are left out."""
        shape = descriptor.get("shape", [])
        rank = len(shape) if isinstance(shape, list) else 1
        fields = {"ndim": rank, "encoding": "none", "filter": "none", "compression": "none"}
        fields |= {"type": "ntensor", "byte_order": "little", "strides": [1] * rank}
        fields |= descriptor
        encoded = Wire.cbor({key: value for key, value in fields.items() if value is not ...})
        where = 16 + len(payload) + len(masks) if offset is None else offset
        return Wire.frame(9, payload + masks + encoded + struct.pack(">Q", where), flags=1)

    @staticmethod
    def metadata(value=None, number=1):
        return Wire.frame(number, Wire.cbor({} if value is None else value))

    @staticmethod
    def message(*frames, version=3, length=None, padding=True, magic=b"TENSOGRM", end=b"39277777"):
        body = b""
        for frame in frames:
            body += frame + (bytes(-len(frame) % 8) if padding else b"")
        total = 48 + len(body) if length is None else length
        preamble = magic + struct.pack(">HHIQ", version, 0, 0, total)
        return preamble + body + struct.pack(">QQ", 24 + len(body), total) + end


@pytest.fixture(scope="session")
def wire():
    return Wire


class OracleError(Exception):
    """What the published package raised: the name of the class and the text."""


class OracleDiedError(Exception):
    """The published package took its process down with it."""


class Oracle:
    """The published package in its own interpreter, called as `oracle.encode(…)`, see `oracle_worker.py`."""

    def __init__(self, interpreter):
        self._interpreter = interpreter
        self._start()

    def _start(self):
        worker = Path(__file__).with_name("oracle_worker.py")
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [self._interpreter, str(worker)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )

    def __getattr__(self, name):
        def call(*arguments, **options):
            try:
                pickle.dump((name, arguments, options), self._process.stdin)
                self._process.stdin.flush()
                kind, *answer = pickle.load(self._process.stdout)
            except (BrokenPipeError, EOFError) as error:
                self._start()
                raise OracleDiedError(name) from error
            if kind == "error":
                raise OracleError(*answer)
            return answer[0]

        return call

    def close(self):
        self._process.stdin.close()
        self._process.wait()


@pytest.fixture(scope="session")
def oracle():
    interpreter = os.environ.get("TENSOGRAM_ORACLE")
    if not interpreter:
        pytest.fail(
            "TENSOGRAM_ORACLE is not set: it names a Python that has the published package tensogram 0.24.0 and numpy. "
            "`make oracle` makes one, `make test` sets it."
        )
    oracle = Oracle(interpreter)
    yield oracle
    oracle.close()
