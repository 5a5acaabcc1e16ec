#!/usr/bin/env python3
"""Makes the sz3 test vectors: payloads of other writers, and digests of what those decode them to.

    make_vectors.py float64 > float64.txt     needs numpy and the PyPI package tensogram 0.24.0
    make_vectors.py float32 > float32.txt     needs numpy and the PyPI package pysz 1.0.3

Both packages carry SZ3 with data version 3.3.2; tensogram does not write float32 streams.

A line is: data, element count, error bound mode, error bound, payload in hexadecimal, and the digest, FNV-1a (64 bits)
of the decoded elements as little-endian bytes.
"""

import struct
import sys

import numpy as np


def data(name, n):
    rng = np.random.default_rng(2024)
    t = np.arange(n, dtype=float)
    return {
        "smooth": lambda: np.sin(t / 50) + 0.3 * np.cos(t / 7.3),
        "flat": lambda: 280 + 15 * np.sin(t / max(n, 2) * 6),
        "noisy": lambda: np.sin(t / 50) + rng.normal(size=n) * 0.05,
        "random": lambda: rng.normal(size=n),
        "walk": lambda: np.cumsum(rng.normal(size=n)),
        "zeros": lambda: np.zeros(n),
        "constant": lambda: np.full(n, 3.7),
        "offset": lambda: 1e15 + np.cumsum(rng.normal(size=n)),
        "subnormal": lambda: rng.integers(-999, 999, size=n) * 5e-324,
        "outliers": lambda: np.sin(t / 50) + np.where(rng.random(n) < 0.02, 1e12 * rng.normal(size=n), 0),
        "steps": lambda: np.repeat(rng.normal(size=n // 20 + 1) * 4000, 20)[:n],
        "signs": lambda: np.where(rng.random(n) < 0.5, -0.0, 0.0) + np.where(rng.random(n) < 0.1, 1e9, -0.0),
        "integers": lambda: rng.integers(-5, 5, size=n).astype(float),
        "growth": lambda: np.exp(t / max(n, 2) * 40),
        "rain": lambda: np.maximum(0, rng.normal(size=n) - 1.2) ** 2 * 1e-3,
        "parabola": lambda: ((t / n) ** 2 * 37) % 0.5,
    }[name]()


FLOAT64 = [
    # one element to a few, and what is left as it is
    ("random", 1, "abs", 0.1),
    ("random", 2, "abs", 0.1),
    ("walk", 5, "abs", 0.5),
    ("constant", 40, "rel", 0.01),
    ("random", 100, "abs", 1e-6),
    # interpolation without anchors: trees of one leaf, of 8-bit and of 16-bit numbers
    ("zeros", 17, "abs", 0.5),
    ("smooth", 33, "abs", 0.5),
    ("noisy", 64, "abs", 0.01),
    ("smooth", 100, "rel", 1e-2),
    ("constant", 200, "abs", 0.1),
    ("integers", 200, "psnr", 120.0),
    ("subnormal", 257, "rel", 0.01),
    ("random", 257, "abs", 0.1),
    ("smooth", 257, "psnr", 120.0),
    ("rain", 1000, "rel", 0.01),
    ("integers", 1025, "abs", 0.5),
    ("outliers", 1025, "psnr", 40.0),
    ("growth", 4096, "psnr", 120.0),
    ("walk", 4096, "abs", 0.5),
    # with anchors
    ("flat", 4097, "psnr", 40.0),
    ("noisy", 4097, "psnr", 40.0),
    ("rain", 4097, "psnr", 40.0),
    ("flat", 4200, "psnr", 120.0),
    ("signs", 4097, "abs", 0.5),
    ("growth", 5000, "psnr", 80.0),
    ("growth", 5000, "psnr", 120.0),
    ("flat", 8193, "abs", 1e-6),
    ("flat", 140000, "rel", 1e-4),
    ("flat", 200001, "abs", 1e-3),
    # block-wise
    ("growth", 257, "psnr", 40.0),
    ("growth", 200, "rel", 1e-7),
    ("growth", 181, "abs", 0.5),
    ("offset", 1000, "psnr", 40.0),
    ("steps", 1000, "rel", 1e-4),
    ("steps", 2000, "abs", 0.01),
    ("walk", 5000, "abs", 0.5),
    ("outliers", 4096, "rel", 0.0001),
    ("parabola", 5000, "abs", 1e-4),
]

FLOAT32 = [
    ("smooth", 4096, "abs", 0.05, "INTERP"),
    ("flat", 140000, "rel", 1e-3, "INTERP"),
    ("smooth", 4096, "abs", 0.05, "INTERP_LORENZO"),
    ("rain", 4097, "rel", 0.01, "INTERP_LORENZO"),
    ("outliers", 3000, "abs", 0.1, "INTERP_LORENZO"),
    # block-wise with regression
    ("walk", 2049, "abs", 0.5, "LORENZO_REG"),
    ("flat", 5000, "rel", 1e-3, "LORENZO_REG"),
    ("smooth", 4096, "abs", 0.05, "LORENZO_REG"),
    ("steps", 3000, "abs", 0.5, "NOPRED"),
    ("signs", 2500, "abs", 0.5, "LOSSLESS"),
]


def digest(values):
    state = 0xCBF29CE484222325
    for byte in values.astype(values.dtype.newbyteorder("<")).tobytes():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return f"{state:016x}"


def float64_vector(name, n, mode, bound):
    import tensogram

    descriptor = {
        "type": "ntensor",
        "shape": [n],
        "dtype": "float64",
        "compression": "sz3",
        "sz3_error_bound_mode": mode,
        "sz3_error_bound": bound,
    }
    message = tensogram.encode({}, [(descriptor, data(name, n))], hash=None)
    frame = message.find(b"FR\x00\x09")
    length = struct.unpack_from(">Q", message, frame + 8)[0]
    end = struct.unpack_from(">Q", message, frame + length - 20)[0]
    return message[frame + 16 : frame + end], tensogram.decode(message).objects[0][1]


def float32_vector(name, n, mode, bound, algorithm):
    from pysz import sz, szAlgorithm, szConfig, szErrorBoundMode

    config = szConfig(n)
    config.cmprAlgo = getattr(szAlgorithm, algorithm)
    config.errorBoundMode = getattr(szErrorBoundMode, mode.upper())
    setattr(config, f"{mode}ErrorBound", bound)
    payload, _ = sz.compress(data(name, n).astype(np.float32), config)
    values, _ = sz.decompress(payload, np.float32, (n,))
    return bytes(payload), values


cases, make = {"float64": (FLOAT64, float64_vector), "float32": (FLOAT32, float32_vector)}[sys.argv[1]]
for case in cases:
    payload, values = make(*case)
    print(*case[:4], payload.hex(), digest(values))
