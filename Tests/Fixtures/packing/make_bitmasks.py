"""Makes bitmasks.txt: what the published package `tensogram` 0.24.0 (PyPI) makes of bitmasks with rle and roaring.

    python make_bitmasks.py         # in an environment with tensogram==0.24.0 and numpy

One line an object: compression, bytes, pattern, length of the payload, its XXH3-64. A pattern is a list, joined by `,`,
of `first:end:step`: the positions set.
"""

import pathlib

import numpy as np
from make import payload

import tensogram

PATTERNS = [
    (0, []),
    (1, []),
    (1, ["0:8:1"]),
    (1, ["0:1:1"]),
    (1, ["7:8:1"]),
    (3, ["4:12:1", "23:24:1"]),
    (20, []),
    (20, ["0:160:1"]),
    (20, ["0:160:2"]),
    (20, ["1:160:2"]),
    (20, ["3:4:1", "5:7:1", "9:12:1"]),
    (16384, ["0:131072:1"]),
    (16384, ["0:131072:3"]),
    (16384, ["0:131072:1000"]),
    (16384, ["65535:65537:1"]),
    (9000, ["0:4096:1"]),
    (9000, ["0:8192:2"]),
    (9000, ["0:8194:2"]),
    (9000, ["65536:72000:16"]),
    (40000, ["0:65536:2", "70000:150000:1", "200000:320000:777"]),
    (65536, ["100:101:1", "65536:131072:1", "140000:190000:5", "300000:300002:1", "400000:524288:3"]),
]


def positions(pattern):
    for part in pattern:
        first, end, step = map(int, part.split(":"))
        yield from range(first, end, step)


def lines():
    for size, pattern in PATTERNS:
        bits = np.zeros(size * 8, bool)
        bits[list(positions(pattern))] = True
        packed = np.packbits(bits)
        for compression in ("rle", "roaring"):
            descriptor = {"type": "ntensor", "shape": [size * 8], "dtype": "bitmask", "compression": compression}
            made = payload(tensogram.encode({}, [(descriptor, packed)]))
            digest = tensogram.compute_hash(bytes(made))
            yield f"{compression} {size} {','.join(pattern) or '-'} {len(made)} {digest}"


pathlib.Path(__file__).with_name("bitmasks.txt").write_text("\n".join(lines()) + "\n")
