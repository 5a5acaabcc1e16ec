"""Makes vectors.txt: what the published package `tensogram` 0.24.0 (PyPI) makes of float64 fields with simple_packing.

    python make.py          # in an environment with tensogram==0.24.0 and numpy

One line a field: bits, decimal scale, `given` or `computed`, reference (bits of the float64, hexadecimal), binary
scale, then the values, the payload and the decoded values as hexadecimal bytes (big-endian float64), or `-` for none.
"""

import pathlib
import random
import struct

import numpy as np

import tensogram


def payload(message):
    offset = 24
    while True:
        kind, length = struct.unpack_from(">2xH4xQ", message, offset)
        if kind == 9:
            descriptor = struct.unpack_from(">Q", message, offset + length - 20)[0]
            return message[offset + 16 : offset + descriptor]
        offset += (length + 7) // 8 * 8


def line(values, bits, decimal=0, given=None):
    descriptor = {
        "type": "ntensor",
        "shape": [len(values)],
        "dtype": "float64",
        "byte_order": "big",
        "encoding": "simple_packing",
        "sp_bits_per_value": bits,
        "sp_decimal_scale_factor": decimal,
    }
    if given:
        descriptor["sp_reference_value"], descriptor["sp_binary_scale_factor"] = given
    raw = struct.pack(f">{len(values)}d", *values)
    message = tensogram.encode({}, [(descriptor, raw)])
    parameters = tensogram.decode_descriptors(message)[1][0].params
    decoded = tensogram.decode(message).objects[0][1]
    return " ".join(
        [
            str(bits),
            str(decimal),
            "given" if given else "computed",
            struct.pack(">d", parameters["sp_reference_value"]).hex(),
            str(parameters["sp_binary_scale_factor"]),
            raw.hex() or "-",
            payload(message).hex() or "-",
            np.asarray(decoded, ">f8").tobytes().hex() or "-",
        ]
    )


def lines():
    generator = random.Random(20240)
    for bits in range(65):
        magnitude = 10.0 ** generator.randint(-6, 6)
        field = [generator.gauss(generator.choice([0, 280]), 1) * magnitude for _ in range(9)]
        yield line(field, bits, generator.choice([0, 0, 1, -3]))
        yield line(field, bits, 0, (generator.choice(field), generator.randint(-12, 4)))
    # Halves, values outside the limits, and what rounds up only if 0.5 is added carelessly.
    edges = [0.5, 1.5, 2.5, 0.49999999999999994, 254.5, 255.5, 300.0, -0.5, -3.0, 4503599627370497.5, 1e300, -1e300]
    for bits in (8, 16, 24, 32, 51, 52, 53):
        yield line(edges, bits, 0, (0.0, 0))
    for bits in (51, 52, 53, 54, 60, 63, 64):
        top = 2.0**bits
        yield line([0.0, top - 1, top, top * 2, top - 2048, top - 4096, 2.0**51 + 0.5], bits, 0, (0.0, 0))
    for zeros in ([0.0, -0.0, 1.0], [-0.0, 0.0, 1.0], [1.0, -0.0, 0.0], [-0.0], [-0.0, -1.0, 0.0]):
        yield line(zeros, 16)
    for decimal in (-40, -25, -23, 22, 23, 30, 38):
        yield line([1.0, 2.5, 7.25], 16, decimal)
        yield line([1.0, 2.5, 7.25], 16, decimal, (0.0, 3))
    yield line([], 12, 3)
    yield line([], 0)
    yield line([4.0, 4.0, 4.0], 24)
    yield line([7.5, 1.0], 0)
    yield line([7.5, 1.0], 0, 0, (-0.0, 2))
    # Ratios next to powers of two, where the logarithm is rounded.
    for exponent in (-20, 0, 9, 40):
        for ulps in (-1, 0, 1, 2):
            largest = 255.0 * 2.0**exponent
            for _ in range(abs(ulps)):
                largest = np.nextafter(largest, np.inf if ulps > 0 else 0)
            yield line([0.0, float(largest)], 8)


if __name__ == "__main__":
    pathlib.Path(__file__).with_name("vectors.txt").write_text("\n".join(lines()) + "\n")
