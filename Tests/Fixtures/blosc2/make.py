"""Makes the frames in this folder: payloads of the published package `tensogram` 0.24.0 (PyPI) with blosc2.

    python make.py          # in an environment with tensogram==0.24.0 and numpy

The elements are what `walk` or `plateaus` below give, little-endian; the tests compute them again. `blocks.frame` was
written by two threads, which put the blocks of its one chunk in any order.
"""

import pathlib
import struct

import numpy as np

import tensogram

FOLDER = pathlib.Path(__file__).parent


def walk(count):
    state, position, steps = 1, 0, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        position += (state >> 24) - 127
        steps.append(position)
    return np.array(steps)


def plateaus(count):
    return (np.arange(count) // 256 * 37 % 256).astype("uint8")


def payload(message):
    offset = 24
    while True:
        kind, length = struct.unpack_from(">2xH4xQ", message, offset)
        if kind == 9:
            descriptor = struct.unpack_from(">Q", message, offset + length - 20)[0]
            return message[offset + 16 : offset + descriptor]
        offset += (length + 7) // 8 * 8


def frame(elements, codec, level, threads=0):
    descriptor = {
        "type": "ntensor",
        "shape": [elements.size],
        "dtype": elements.dtype.name,
        "byte_order": "little",
        "compression": "blosc2",
        "blosc2_codec": codec,
        "blosc2_clevel": level,
    }
    return payload(tensogram.encode({}, [(descriptor, elements)], threads=threads))


def block_starts(frame):
    count, size = struct.unpack_from("<ii", frame, 97 + 4)
    return struct.unpack_from(f"<{(count + size - 1) // size}i", frame, 97 + 32)


def unordered_frame():
    while True:
        candidate = frame(plateaus(300_000), "lz4", 1, threads=2)
        starts = block_starts(candidate)
        if list(starts) != sorted(starts):
            return candidate


for codec, level in [("lz4", 5), ("blosclz", 1), ("lz4hc", 9), ("zlib", 6), ("zstd", 3)]:
    (FOLDER / f"{codec}.frame").write_bytes(frame(walk(300) / 8, codec, level))
(FOLDER / "stored.frame").write_bytes(frame(walk(1000).astype("int16"), "lz4", 0))
(FOLDER / "zeros.frame").write_bytes(frame(np.zeros(3000, "float32"), "lz4", 5))
(FOLDER / "blocks.frame").write_bytes(unordered_frame())
