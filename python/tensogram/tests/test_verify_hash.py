"""`verify_hash` of all that decodes (contract §12.1): what is checked, what is raised, in which order."""

from pathlib import Path

import numpy as np
import pytest

import tensogram

DATA = np.arange(100, dtype=np.float64)
PLAIN = {"type": "ntensor", "shape": [100], "dtype": "float64"}


def first_message(path):
    return tensogram.TensogramFile.open(path)


READERS = {
    "decode": lambda message, _, **options: tensogram.decode(message, **options),
    "decode_object": lambda message, _, **options: tensogram.decode_object(message, 0, **options),
    "iter_messages": lambda message, _, **options: next(tensogram.iter_messages(message, **options)),
    "decode_message": lambda _, path, **options: first_message(path).decode_message(0, **options),
    "file_decode_object": lambda _, path, **options: first_message(path).file_decode_object(0, 0, **options),
}


@pytest.fixture(params=READERS)
def read(request, path):
    """Reads a message, from memory or from a file."""

    def call(message, **options):
        Path(path).write_bytes(message)
        return READERS[request.param](message, path, **options)

    return call


def encoded(**options):
    return tensogram.encode({"base": [{"name": "xyzzy"}]}, [(PLAIN, DATA), (PLAIN, DATA + 1)], **options)


def streamed():
    encoder = tensogram.StreamingEncoder({"base": [{"name": "xyzzy"}]})
    encoder.write_object(PLAIN, DATA)
    return encoder.finish()


def damaged(message, position):
    return message[:position] + bytes([message[position] ^ 1]) + message[position + 1 :]


def test_intact_messages(read):
    for message in (encoded(), streamed(), encoded(aggregate_hash="both"), encoded(aggregate_hash="footer")):
        assert read(message, verify_hash=True)


def test_a_damaged_object(read):
    message = encoded(aggregate_hash="none")
    position = message.index(DATA.tobytes()) + 40
    read(damaged(message, position))
    with pytest.raises(
        tensogram.HashMismatchError, match=r"^HashMismatch: object_index=0, expected=.*, actual="
    ) as caught:
        read(damaged(message, position), verify_hash=True)
    assert caught.value.object_index == 0
    assert caught.value.expected != caught.value.actual
    assert all(
        len(digest) == 16 and digest == digest.lower() for digest in (caught.value.expected, caught.value.actual)
    )


def test_an_object_without_hash(read):
    message = encoded(hash=None)
    read(message)
    with pytest.raises(tensogram.MissingHashError, match="^MissingHash: object_index=0") as caught:
        read(message, verify_hash=True)
    assert caught.value.object_index == 0


@pytest.mark.parametrize(("make", "frame"), [(encoded, 1), (encoded, 2), (encoded, 3), (streamed, 1), (streamed, 7)])
def test_damage_outside_of_objects(read, make, frame):
    """Header and footer metadata, index, list of hashes: each is what its own hash was made of, or an error."""
    message = make()
    start = message.index(b"FR\0" + bytes([frame]))
    length = int.from_bytes(message[start + 8 : start + 16], "big")
    # The last byte of the body: of the metadata it is one of the provenance or of a text, so that it still decodes.
    changed = damaged(message, start + length - 13)
    read(changed)
    with pytest.raises(tensogram.HashMismatchError, match=r"^HashMismatch: the .* frame at byte") as caught:
        read(changed, verify_hash=True)
    assert caught.value.object_index is None
    assert isinstance(caught.value, tensogram.IntegrityError)
    assert caught.value.expected != caught.value.actual


def test_the_hash_comes_before_the_codec(read):
    message = tensogram.encode({}, [({**PLAIN, "compression": "zstd"}, DATA)])
    start = message.index(b"\x28\xb5\x2f\xfd")
    with pytest.raises(ValueError, match="EncodingError"):
        read(damaged(message, start))
    with pytest.raises(tensogram.HashMismatchError):
        read(damaged(message, start), verify_hash=True)


def test_other_objects_do_not_matter_to_one():
    message = encoded(aggregate_hash="none")
    changed = damaged(message, message.index((DATA + 1).tobytes()) + 40)
    np.testing.assert_array_equal(tensogram.decode_object(changed, 0, verify_hash=True)[2], DATA)
    with pytest.raises(tensogram.HashMismatchError) as caught:
        tensogram.decode(changed, verify_hash=True)
    assert caught.value.object_index == 1


def test_no_objects():
    for options in ({}, {"hash": None}):
        assert tensogram.decode(tensogram.encode({}, [], **options), verify_hash=True).objects == []


def test_what_the_published_package_writes(oracle):
    descriptor = {**PLAIN, "byte_order": "little", "encoding": "none", "filter": "none", "compression": "none"}
    for write in (oracle.encode, oracle.stream):
        message = write({"base": [{"a": 1}]}, [(descriptor, DATA)])
        np.testing.assert_array_equal(tensogram.decode(message, verify_hash=True).objects[0][1], DATA)
