"""Makes masks.tgm: one message of the published package `tensogram` 0.24.0 (PyPI) for each float type and mask method.

    python make_masks.py            # in an environment with tensogram==0.24.0, numpy and ml_dtypes

Element i of 100 is NaN where i % 7 is 3, else +Inf where i % 11 is 5, else −Inf where i % 13 is 6, else i; of complex
numbers the imaginary part of even elements and the real part of odd ones, the other part being i + 0.5. Types take
turns in byte order, starting with little.
"""

import pathlib

import ml_dtypes
import numpy as np

import tensogram

DTYPES = {
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
    "float32": np.float32,
    "float64": np.float64,
    "complex64": np.float32,
    "complex128": np.float64,
}
METHODS = ["none", "rle", "roaring", "lz4", "zstd", "blosc2"]


def element(i):
    return np.nan if i % 7 == 3 else np.inf if i % 11 == 5 else -np.inf if i % 13 == 6 else i


def values(name):
    if not name.startswith("complex"):
        return [element(i) for i in range(100)]
    pairs = [(i + 0.5, element(i)) if i % 2 == 0 else (element(i), i + 0.5) for i in range(100)]
    return [part for pair in pairs for part in pair]


def message(name, method, order):
    scalars = np.array(values(name)).astype(DTYPES[name])
    raw = scalars.view(f"u{scalars.itemsize}").astype(f"{'<' if order == 'little' else '>'}u{scalars.itemsize}")
    descriptor = {
        "type": "ntensor",
        "shape": [100],
        "dtype": name,
        "byte_order": order,
        "method": method,
    }
    return tensogram.encode(
        {},
        [(descriptor, raw.tobytes())],
        allow_nan=True,
        allow_inf=True,
        small_mask_threshold_bytes=0,
        nan_mask_method=method,
        pos_inf_mask_method=method,
        neg_inf_mask_method=method,
        hash=None,
    )


def messages():
    for index, name in enumerate(DTYPES):
        for number, method in enumerate(METHODS):
            yield message(name, method, ["little", "big"][(index + number) % 2])


pathlib.Path(__file__).with_name("masks.tgm").write_bytes(b"".join(messages()))
