"""Makes the streams in this folder: payloads of the published package `tensogram` 0.24.0 (PyPI) with zfp, and what it
decodes them to (`.values`, little-endian float64).

    python make.py          # in an environment with tensogram==0.24.0 and numpy

The elements are what `walk` gives, divided by 8; the tests compute them again.
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


def payload(message):
    offset = 24
    while True:
        kind, length = struct.unpack_from(">2xH4xQ", message, offset)
        if kind == 9:
            descriptor = struct.unpack_from(">Q", message, offset + length - 20)[0]
            return message[offset + 16 : offset + descriptor]
        offset += (length + 7) // 8 * 8


def write(name, parameters):
    elements = walk(203) / 8
    descriptor = {"type": "ntensor", "shape": [203], "dtype": "float64", "compression": "zfp", **parameters}
    message = tensogram.encode({}, [(descriptor, elements)])
    (FOLDER / f"{name}.stream").write_bytes(payload(message))
    (FOLDER / f"{name}.values").write_bytes(tensogram.decode(message).objects[0][1].astype("<f8").tobytes())


write("rate-16", {"zfp_mode": "fixed_rate", "zfp_rate": 16})
write("rate-5.3", {"zfp_mode": "fixed_rate", "zfp_rate": 5.3})
write("rate-0.5", {"zfp_mode": "fixed_rate", "zfp_rate": 0.5})
write("precision-20", {"zfp_mode": "fixed_precision", "zfp_precision": 20})
write("precision-64", {"zfp_mode": "fixed_precision", "zfp_precision": 64})
write("accuracy-0.01", {"zfp_mode": "fixed_accuracy", "zfp_tolerance": 0.01})
write("accuracy-1e6", {"zfp_mode": "fixed_accuracy", "zfp_tolerance": 1e6})
