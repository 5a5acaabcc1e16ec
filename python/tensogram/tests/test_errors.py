"""The table of what callers match (contract §2.3), row by row: the type and a part of the text."""

import re
import sys

import numpy as np
import pytest

import tensogram

FIELD = np.arange(12, dtype=np.float32).reshape(3, 4)
PLAIN = {"type": "ntensor", "shape": [3, 4], "dtype": "float32"}
FLOAT64 = {**PLAIN, "dtype": "float64"}
PACKED = {**FLOAT64, "encoding": "simple_packing"}
PAYLOAD = FIELD.tobytes()
METHODS = '"none".*"rle".*"roaring".*"lz4".*"zstd".*"blosc2"'


def encode(descriptor=PLAIN, data=FIELD, metadata=None, **options):
    return tensogram.encode(metadata or {}, [(descriptor, data)], **options)


def pre_encoded(descriptor=PLAIN, data=PAYLOAD, **fields):
    return tensogram.encode_pre_encoded({}, [({**descriptor, **fields}, data)])


def without(key):
    return {name: value for name, value in PLAIN.items() if name != key}


def non_finite(value, descriptor=FLOAT64):
    return encode(descriptor, np.where(FIELD == 5, value, FIELD.astype(float)))


def params(value):
    return tensogram.compute_packing_params(np.array([1.0, value]), 16, 0)


def finished():
    encoder = tensogram.StreamingEncoder({})
    encoder.finish()
    return encoder


MESSAGE = encode()
OFFSETS = {
    "type": "ntensor",
    "dtype": "float64",
    "shape": [4],
    "compression": "szip",
    "szip_rsi": 128,
    "szip_block_size": 16,
}

BUFFER_ROWS = [
    ("decode garbage", lambda: tensogram.decode(b"garbage" * 9), ValueError, "FramingError"),
    ("decode nothing", lambda: tensogram.decode(b""), ValueError, "FramingError"),
    ("decode 20 bytes", lambda: tensogram.decode(MESSAGE[:20]), ValueError, "FramingError"),
    ("decode half", lambda: tensogram.decode(MESSAGE[: len(MESSAGE) // 2]), ValueError, "FramingError"),
    ("object 99", lambda: tensogram.decode_object(MESSAGE, 99), ValueError, "ObjectError.*out of range"),
    ("no type", lambda: encode(without("type")), ValueError, "type"),
    ("no shape", lambda: encode(without("shape")), ValueError, "shape"),
    ("no dtype", lambda: encode(without("dtype")), ValueError, "dtype"),
    ("unknown dtype", lambda: encode({**PLAIN, "dtype": "f4"}), ValueError, "unknown dtype"),
    ("byte order", lambda: encode({**PLAIN, "byte_order": "middle"}), ValueError, "unknown byte_order"),
    ("unknown hash", lambda: encode(hash="sha256"), ValueError, "unknown hash"),
    ("hash algorithm", lambda: tensogram.compute_hash(b"", algo="md5"), ValueError, "unknown hash type"),
    ("size of an array", lambda: encode(data=FIELD[1:]), ValueError, "does not match"),
    ("size of a payload", lambda: pre_encoded(data=PAYLOAD[1:]), ValueError, "does not match expected"),
    ("huge shape", lambda: encode({**PLAIN, "shape": [2**63, 2]}), ValueError, "overflow|strides"),
    ("_reserved_", lambda: encode(metadata={"_reserved_": {}}), ValueError, "_reserved_"),
    ("_reserved_ in base", lambda: encode(metadata={"base": [{"_reserved_": {}}]}), ValueError, "_reserved_"),
    ("extra", lambda: encode(metadata={"extra": 5}), ValueError, "'extra' must be a dict"),
    ("base is None", lambda: encode(metadata={"base": None}), (ValueError, TypeError), ""),
    ("base of texts", lambda: encode(metadata={"base": ["x"]}), (ValueError, TypeError), ""),
    ("no pair", lambda: tensogram.encode({}, [PLAIN]), (ValueError, TypeError), ""),
    ("no descriptor", lambda: encode("x"), (ValueError, TypeError), ""),
    ("three items", lambda: tensogram.encode({}, [(PLAIN, FIELD, 1)]), (ValueError, TypeError), ""),
    ("absent key", lambda: tensogram.decode_metadata(MESSAGE)["nope"], KeyError, "nope"),
    ("hidden key", lambda: tensogram.decode_metadata(MESSAGE)["_reserved_"], KeyError, "_reserved_"),
    ("NaN", lambda: non_finite(np.nan), ValueError, "NaN"),
    ("+Inf", lambda: non_finite(np.inf), ValueError, r"\+Inf"),
    ("mask method", lambda: encode(nan_mask_method="gzip"), ValueError, "unknown mask method"),
    ("mask methods", lambda: encode(nan_mask_method="gzip"), ValueError, METHODS),
    ("NaN to pack", lambda: params(np.nan), ValueError, "NaN"),
    ("infinity to pack", lambda: params(-np.inf), ValueError, "infinite value"),
    ("packing without bits", lambda: encode(PACKED, FIELD.astype(float)), ValueError, "sp_bits_per_value"),
    (
        "packing of float32",
        lambda: encode({**PLAIN, "encoding": "simple_packing", "sp_bits_per_value": 8}),
        ValueError,
        "simple_packing only supports float64",
    ),
    (
        "reference alone",
        lambda: encode({**PACKED, "sp_bits_per_value": 8, "sp_reference_value": 1.0}, FIELD.astype(float)),
        ValueError,
        "sp_reference_value.*sp_binary_scale_factor",
    ),
    (
        "scale alone",
        lambda: encode({**PACKED, "sp_bits_per_value": 8, "sp_binary_scale_factor": 1}, FIELD.astype(float)),
        ValueError,
        "sp_binary_scale_factor.*sp_reference_value",
    ),
    ("encoding of a payload", lambda: pre_encoded(encoding="nope"), ValueError, "encoding"),
    ("payload of int", lambda: pre_encoded(data=5), (ValueError, TypeError), "int|got"),
    ("payload of floats", lambda: pre_encoded(data=FIELD), (ValueError, TypeError), "ndarray|got"),
    (
        "offsets that do not rise",
        lambda: pre_encoded(OFFSETS, bytes(32), szip_block_offsets=[0, 8, 8]),
        ValueError,
        "szip_block_offsets must be strictly increasing",
    ),
    (
        "offsets without szip",
        lambda: pre_encoded(szip_block_offsets=[0]),
        ValueError,
        "szip_block_offsets provided but compression",
    ),
    ("finished encoder", lambda: finished().write_object(PLAIN, FIELD), RuntimeError, "already finished"),
    ("finished twice", lambda: finished().finish(), RuntimeError, "already finished"),
    ("validation level", lambda: tensogram.validate(MESSAGE, "nope"), ValueError, "unknown validation level"),
    ("file of no level", lambda: tensogram.validate_file("x", "nope"), ValueError, "unknown validation level"),
]

FILE_ROWS = [
    ("opening a missing file", lambda f: f.open(f.source() + ".no"), OSError, r"(No such|not found).*test\.tgm\.no"),
    ("index 99", lambda f: f[99], IndexError, ""),
    ("index -99", lambda f: f[-99], IndexError, ""),
    ("index of text", lambda f: f["bad"], TypeError, ""),
    ("message 99", lambda f: f.decode_message(99), (ValueError, IndexError), "index|out of range|ObjectError"),
    ("objects of a local file", lambda f: f.file_decode_object_batch([0], 0), OSError, "remote backend"),
    ("ranges of a local file", lambda f: f.file_decode_range_batch([0], 0, [(0, 1)]), OSError, "remote backend"),
    (
        "validating a missing file",
        lambda _: tensogram.validate_file("nonexistent.tgm"),
        OSError,
        "No such file|nonexistent",
    ),
]


@pytest.mark.parametrize(
    ("call", "error", "text"), [row[1:] for row in BUFFER_ROWS], ids=[row[0] for row in BUFFER_ROWS]
)
def test_of_messages(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert re.search(text, str(caught.value)), caught.value
    assert isinstance(caught.value, Exception)


@pytest.mark.parametrize(("call", "error", "text"), [row[1:] for row in FILE_ROWS], ids=[row[0] for row in FILE_ROWS])
def test_of_files(two_messages, call, error, text):
    with pytest.raises(error) as caught:
        call(tensogram.TensogramFile.open(two_messages))
    assert re.search(text, str(caught.value)), caught.value


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: tensogram.convert_grib("x"), "built without GRIB support"),
        (lambda: tensogram.convert_netcdf("x"), "built without NetCDF support"),
    ],
)
def test_of_converters_that_are_absent(monkeypatch, call, text):
    for module in ("eccodes", "netCDF4"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(RuntimeError, match=text):
        call()


PREFIXES = [
    ("FramingError: ", lambda: tensogram.decode(b"")),
    ("MetadataError: ", lambda: encode(metadata={"base": [{}, {}]})),
    ("EncodingError: ", lambda: encode({**PLAIN, "compression": "nope"})),
    ("ObjectError: ", lambda: tensogram.decode_object(MESSAGE, 1)),
]


@pytest.mark.parametrize(("prefix", "call"), PREFIXES, ids=[row[0] for row in PREFIXES])
def test_errors_start_with_their_category(prefix, call):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value).startswith(prefix)


def test_integrity_errors_start_with_theirs():
    damaged = bytearray(MESSAGE)
    damaged[MESSAGE.index(PAYLOAD) + 3] ^= 1
    with pytest.raises(
        tensogram.HashMismatchError, match=r"^HashMismatch: object_index=0, expected=[0-9a-f]{16}, actual="
    ):
        tensogram.decode(damaged, verify_hash=True)
    with pytest.raises(tensogram.MissingHashError, match="^MissingHash: object_index=0"):
        tensogram.decode(encode(hash=None), verify_hash=True)
