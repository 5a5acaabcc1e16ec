"""`scan`, `iter_messages` (contract §14) and `compute_hash` (§15)."""

import sys

import numpy as np
import pytest

import tensogram


class TestScan:
    def test_all_messages_in_order(self, message, three_objects):
        a, b = len(message), len(three_objects)
        assert tensogram.scan(message + three_objects + message) == [(0, a), (a, b), (a + b, a)]

    @pytest.mark.parametrize("junk", [b"x", b"junk" * 99, b"TENSOGRM", b"TENSOGRM\0\3" + bytes(100), bytes(2000)])
    def test_junk_is_skipped(self, message, junk):
        n, j = len(message), len(junk)
        assert tensogram.scan(junk + message + junk + message + junk) == [(j, n), (2 * j + n, n)]

    @pytest.mark.parametrize("data", [b"", b"x", bytes(10_000), b"TENSOGRM" * 1000, b"39277777" * 1000])
    def test_no_messages(self, data):
        assert tensogram.scan(data) == []

    def test_truncated_and_wrong_version_are_not_listed(self, message):
        wrong = bytearray(message)
        wrong[9] = 2
        n = len(message)
        assert tensogram.scan(message[:-1]) == []
        assert tensogram.scan(bytes(wrong) + message + message[:100]) == [(n, n)]

    def test_a_broken_frame_inside_is_listed(self, message):
        broken = bytearray(message)
        broken[24:26] = b"XX"
        assert tensogram.scan(broken) == [(0, len(broken))]

    def test_a_streamed_message_with_the_end_magic_in_its_payload(self, wire, message):
        payload = b"39277777" * 3
        streamed = wire.message(wire.metadata(), wire.data_object({"shape": [24], "dtype": "uint8"}, payload), length=0)
        n = len(streamed)
        assert tensogram.scan(streamed + message) == [(0, n), (n, len(message))]
        assert len(list(tensogram.iter_messages(streamed + message))) == 2

    def test_a_message_in_a_payload(self, message):
        outer = tensogram.encode({}, [({"type": "x", "shape": [len(message)], "dtype": "uint8"}, message)])
        assert tensogram.scan(outer) == [(0, len(outer))]
        assert [length for _, length in tensogram.scan(outer[:-1])] == [len(message)]


class TestIterMessages:
    def test_decodes_one_by_one(self, message, three_objects):
        iterator = tensogram.iter_messages(message + b"junk" + three_objects)
        assert iter(iterator) is iterator
        assert len(iterator) == 2
        assert repr(iterator) == "MessageIter(position=0, remaining=2)"
        assert len(next(iterator).objects) == 1
        assert repr(iterator) == "MessageIter(position=1, remaining=1)"
        assert len(next(iterator).objects) == 3
        assert len(iterator) == 0
        for _ in range(3):
            with pytest.raises(StopIteration):
                next(iterator)

    def test_a_broken_message_is_passed_over(self, message, three_objects):
        broken = bytearray(message)
        broken[24:26] = b"XX"
        iterator = tensogram.iter_messages(message + bytes(broken) + three_objects)
        assert next(iterator)
        with pytest.raises(ValueError, match=r"message 1"):
            next(iterator)
        assert len(next(iterator).objects) == 3
        assert list(iterator) == []

    def test_the_buffer_is_scanned_at_the_call(self):
        with pytest.raises(TypeError):
            tensogram.iter_messages("text")

    def test_holds_the_buffer_without_a_copy(self, message):
        buffer = bytearray(message)
        iterator = tensogram.iter_messages(buffer)
        with pytest.raises(BufferError):
            buffer.append(1)
        del iterator
        buffer.append(1)

    def test_keeps_the_buffer_alive(self, message, field):
        iterator = tensogram.iter_messages(bytes(bytearray(message)))
        np.testing.assert_array_equal(next(iterator).objects[0][1], field)

    def test_leaks_nothing(self, message):
        before = sys.getrefcount(message)
        for _ in range(100):
            list(tensogram.iter_messages(message))
        assert sys.getrefcount(message) == before


class TestComputeHash:
    @pytest.mark.parametrize(("data", "digest"), [(b"", "2d06800538d394c2"), (b"hello world", "d447b1ea40e6988b")])
    def test_known_values(self, data, digest):
        assert tensogram.compute_hash(data) == digest
        assert tensogram.compute_hash(bytearray(data), "xxh3") == digest

    @pytest.mark.parametrize("data", [memoryview(b"x"), np.zeros(1, "u1"), "x", 5, None])
    def test_of_bytes_only(self, data):
        with pytest.raises(TypeError):
            tensogram.compute_hash(data)

    @pytest.mark.parametrize("algorithm", ["md5", "XXH3", ""])
    def test_unknown_algorithm(self, algorithm):
        with pytest.raises(ValueError, match="unknown hash type"):
            tensogram.compute_hash(b"", algo=algorithm)

    def test_is_16_lower_case_digits(self):
        digests = {tensogram.compute_hash(bytes([n, m])) for n in range(64) for m in range(64)}
        assert len(digests) == 4096
        assert all(len(digest) == 16 and digest == digest.lower() and int(digest, 16) >= 0 for digest in digests)
