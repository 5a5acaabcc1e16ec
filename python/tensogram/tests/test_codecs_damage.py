"""Payloads that are no payloads: an error or values of the right size, in bounded memory and time; never a crash.

Run as a program, which is what the test does, this reads them in a process with little address space.
"""

import mmap
import resource
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tensogram

COUNT = 2000
FIELD = 280 + 20 * np.sin(np.arange(COUNT) / 50) + np.random.default_rng(0).normal(size=COUNT)
FLIPS = 250
# Elements that a codec may have in its last word: how many of them are meant, the payload does not tell.
BLOCKS = {"szip": 16, "zfp": 4 * 64}
# What reading may take beyond what an idle process has.
MEMORY = 256 << 20

PACKED = {"encoding": "simple_packing", "sp_bits_per_value": 16}
SZIP = {"compression": "szip", "szip_rsi": 8, "szip_block_size": 16, "szip_flags": 8}
PIPELINES = {
    "none": ("float64", {}),
    "packed in 13 bits": ("float64", {**PACKED, "sp_bits_per_value": 13}),
    "shuffled": ("float64", {"filter": "shuffle", "shuffle_element_size": 8}),
    "szip": ("int16", SZIP),
    "szip, packed in 8 bits": ("float64", {**PACKED, **SZIP, "sp_bits_per_value": 8}),
    "szip, packed": ("float64", {**PACKED, **SZIP}),
    "szip, shuffled": ("float64", {**SZIP, "filter": "shuffle", "shuffle_element_size": 8}),
    "zstd": ("float32", {"compression": "zstd"}),
    "zstd, packed and shuffled": (
        "float64", {**PACKED, "filter": "shuffle", "shuffle_element_size": 2, "compression": "zstd"}
    ),
    "lz4": ("float64", {"filter": "shuffle", "shuffle_element_size": 8, "compression": "lz4"}),
    **{
        f"blosc2, {codec}": ("float64", {**PACKED, "compression": "blosc2", "blosc2_codec": codec})
        for codec in ("blosclz", "lz4", "zlib", "zstd")
    },
    "zfp, rate": ("float64", {"compression": "zfp", "zfp_mode": "fixed_rate", "zfp_rate": 13.25}),
    "zfp, precision": ("float32", {"compression": "zfp", "zfp_mode": "fixed_precision", "zfp_precision": 20}),
    "zfp, accuracy": ("float64", {"compression": "zfp", "zfp_mode": "fixed_accuracy", "zfp_tolerance": 0.01}),
    "sz3": ("float64", {"compression": "sz3", "sz3_error_bound_mode": "abs", "sz3_error_bound": 0.01}),
    "sz3, float32": ("float32", {"compression": "sz3", "sz3_error_bound_mode": "rel", "sz3_error_bound": 1e-5}),
    "rle": ("bitmask", {"compression": "rle"}),
    "roaring": ("bitmask", {"compression": "roaring"}),
}  # fmt: skip


def case(name):
    """The descriptor of a pipeline with all parameters, and its payload."""
    dtype, fields = PIPELINES[name]
    array = np.sin(np.arange(COUNT) ** 1.5) > 0.3 if dtype == "bitmask" else FIELD.astype(dtype)
    descriptor = {"type": "x", "shape": [COUNT], "dtype": dtype, **fields}
    message = tensogram.encode({}, [(descriptor, array)])
    descriptor |= tensogram.decode_descriptors(message)[1][0].params
    start = message.index(b"FR\0\x09")
    (length,) = struct.unpack_from(">Q", message, start + 8)
    (end,) = struct.unpack_from(">Q", message, start + length - 20)
    return descriptor, message[start + 16 : start + end]


def read(descriptor, payload):
    """Reads in every way what frames and hashes are in order of; True for values, False for an error."""
    try:
        message = tensogram.encode_pre_encoded({}, [(descriptor, payload)])
    except ValueError:
        return False
    outcomes = set()
    for threads in (0, 2):
        try:
            array = tensogram.decode(message, threads=threads, verify_hash=True).objects[0][1]
        except (ValueError, MemoryError):
            outcomes.add(False)
        else:
            bits = descriptor["dtype"] == "bitmask"
            assert array.shape == tuple([-(-descriptor["shape"][0] // 8)] if bits else descriptor["shape"])
            outcomes.add(True)
    assert len(outcomes) == 1, "threads decide whether there is damage"
    try:
        (part,) = tensogram.decode_range(message, 0, [(COUNT // 2, 300)])
    except (ValueError, MemoryError):
        pass
    else:
        assert part.shape == (300,)
    return outcomes.pop()


def read_cut(descriptor, payload, dice):
    lengths = {0, 1, 3, 4, 7, 8, 31, 32, len(payload) // 2, *range(len(payload) - 20, len(payload))}
    for length in {*lengths, *dice.integers(0, len(payload), 30).tolist()}:
        if 0 <= length < len(payload):
            assert not read(descriptor, payload[:length]), f"cut to {length} of {len(payload)} bytes"


def read_extended(descriptor, payload, dice):
    if descriptor.get("compression") == "sz3":
        return  # the published package writes nothing behind a stream, and ignores it
    for extra in (b"\0" * 8, payload[:16], dice.bytes(1), payload):
        assert not read(descriptor, payload + extra), f"{len(extra)} bytes too many"


def read_damaged(descriptor, payload, dice):
    """Bits and bytes at random, more of them at the ends, where codecs keep their numbers."""
    for turn in range(FLIPS):
        damaged = bytearray(payload)
        for _ in range(1 + turn % 3):
            reach = min(len(payload), (40, len(payload))[turn % 2])
            place = int(dice.integers(reach)) * (-1 if turn % 5 == 0 else 1)
            damaged[place] = damaged[place] ^ 1 << int(dice.integers(8)) if turn % 4 else int(dice.integers(256))
        read(descriptor, bytes(damaged))
    for width in (4, 8):
        for place in range(0, min(len(payload) - width, 100), 2):
            for number in (0, 1, 2**31 - 1, 2 ** (8 * width) - 1, 1 << 8 * width - 8, 2 ** (8 * width - 1)):
                for order in ("little", "big"):
                    damaged = payload[:place] + number.to_bytes(width, order) + payload[place + width :]
                    read(descriptor, damaged)


def read_random(descriptor, payload, dice):
    for size in (0, 1, 8, 100, len(payload)):
        read(descriptor, dice.bytes(size))
        read(descriptor, bytes(size))
        read(descriptor, b"\xff" * size)


def read_wrong_sizes(descriptor, payload):
    """Shapes that are not the payload's: one element off, and so many that they would take up to terabytes."""
    width = BLOCKS.get(descriptor.get("compression"), 1)
    if descriptor["dtype"] == "bitmask" or "sp_bits_per_value" in descriptor:
        width = max(width, 8)
    for count in (0, 1, COUNT - width, COUNT + width, 2 * COUNT, 2**31, 2**32 + 1, 2**40, 2**58):
        assert not read({**descriptor, "shape": [count]}, payload), f"{count} instead of {COUNT} elements"


def read_wrong_parameters(descriptor, payload):
    for key, value in descriptor.items():
        if isinstance(value, int):
            for other in (0, 1, value - 1, value + 1, 2 * value, 64, 2**31, 2**63):
                read({**descriptor, key: other}, payload)
        if isinstance(value, list) and key != "shape":
            for place in range(len(value)):
                for other in (0, value[place] - 1, value[place] + 1, len(payload) * 8, 2**62):
                    read({**descriptor, key: [*value[:place], other, *value[place + 1 :]]}, payload)
            read({**descriptor, key: value[:-1]}, payload)
            read({**descriptor, key: [*value, len(payload) * 8]}, payload)


def claims():
    """Short payloads that agree with their descriptors about many more elements than they hold, or memory does."""
    large, bits = 2**40, 2**32 - 8
    descriptor = {"type": "x", "shape": [large], "dtype": "uint8"}
    frame = b"\x28\xb5\x2f\xfd\xe0" + large.to_bytes(8, "little") + b"\1\0\0"
    yield {**descriptor, "compression": "zstd"}, frame
    yield {**descriptor, "shape": [bits], "compression": "lz4"}, bits.to_bytes(4, "little") + bytes(100)
    for compression, blob in (("rle", b"\0\xf8\xff\xff\xff\x0f"), ("roaring", b"\x3a\x30\0\0\0\0\0\0")):
        mask = {"type": "x", "shape": [bits], "dtype": "bitmask", "compression": compression}
        yield mask, bits.to_bytes(4, "big") + blob
    for name in ("blosc2, lz4", "sz3", "sz3, float32"):
        descriptor, payload = case(name)
        if name.startswith("sz3"):
            changed = payload.replace(COUNT.to_bytes(8, "little"), large.to_bytes(8, "little"))
        else:
            changed = payload.replace((2 * COUNT).to_bytes(8, "big"), (2 * large).to_bytes(8, "big"))
        assert changed != payload, name
        yield {**descriptor, "shape": [large]}, changed


def read_claims():
    for descriptor, payload in claims():
        assert not read(descriptor, payload), descriptor
        if descriptor["dtype"] != "bitmask":
            # Told by the payload's size, before there is an attempt to find the memory.
            with pytest.raises(ValueError, match="EncodingError"):
                tensogram.decode(tensogram.encode_pre_encoded({}, [(descriptor, payload)]))


def read_all(name):
    descriptor, payload = case(name)
    assert read(descriptor, payload)
    dice = np.random.default_rng(1)
    read_cut(descriptor, payload, dice)
    read_extended(descriptor, payload, dice)
    read_random(descriptor, payload, dice)
    read_wrong_sizes(descriptor, payload)
    read_wrong_parameters(descriptor, payload)
    read_damaged(descriptor, payload, dice)


def main(name):
    """Reads what is wrong with one pipeline, or claims too much."""
    limit = int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if name == "claims":
        read_claims()
    else:
        read_all(name)
    growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert growth < MEMORY >> 10, f"{growth} kB more"
    print("done")


@pytest.mark.parametrize("name", [*PIPELINES, "claims"])
def test_damaged_payloads(name):
    done = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


if __name__ == "__main__":
    main(*sys.argv[1:])
