"""`StreamingEncoder` and `StreamingFileEncoder` (contract §10)."""

import gc
import inspect
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import tensogram
from tensogram import StreamingEncoder, TensogramFile

DATA = np.arange(6, dtype=np.float32)
PLAIN = {"type": "ntensor", "shape": [6], "dtype": "float32"}
FINISHES = ["finish", "finish_backfilled", "finish_and_reset", "finish_and_reset_backfilled"]


def streamed(metadata, objects, finish="finish", **options):
    encoder = StreamingEncoder(metadata, **options)
    for descriptor, data in objects:
        encoder.write_object(descriptor, data)
    return getattr(encoder, finish)()


def lengths(message):
    """The total lengths in preamble and postamble."""
    return int.from_bytes(message[16:24], "big"), int.from_bytes(message[-16:-8], "big")


def frame_types(message):
    types, position = [], 24
    while message[position : position + 2] == b"FR":
        types.append(int.from_bytes(message[position + 2 : position + 4], "big"))
        position += -(-int.from_bytes(message[position + 8 : position + 16], "big") // 8) * 8
    return types


class TestMessage:
    @pytest.mark.parametrize("finish", FINISHES)
    def test_holds_what_was_written(self, finish):
        message = streamed({"base": [{"a": 1}, {"a": 2}], "source": "x"}, [(PLAIN, DATA), (PLAIN, DATA + 1)], finish)
        assert type(message) is bytes
        metadata, objects = tensogram.decode(message, verify_hash=True)
        assert [entry["a"] for entry in metadata.base] == [1, 2]
        assert metadata["source"] == "x"
        assert set(metadata.reserved) == {"encoder", "time", "uuid"}
        assert metadata.base[1]["_reserved_"]["tensor"]["shape"] == [6]
        for (_, array), wanted in zip(objects, (DATA, DATA + 1), strict=True):
            np.testing.assert_array_equal(array, wanted)

    @pytest.mark.parametrize("finish", FINISHES)
    def test_tells_its_length_where_it_is_backfilled(self, finish):
        message = streamed({}, [(PLAIN, DATA)], finish)
        assert lengths(message) == ((len(message), len(message)) if "backfilled" in finish else (0, 0))
        assert tensogram.scan(b"junk" + message + message) == [(4, len(message)), (4 + len(message), len(message))]

    def test_whose_payload_has_the_end_magic_is_found_whole(self):
        message = streamed({}, [({**PLAIN, "dtype": "uint8", "shape": [64]}, b"39277777" * 8)])
        assert tensogram.scan(message) == [(0, len(message))]
        assert [len(found.objects) for found in tensogram.iter_messages(message * 2)] == [1, 1]

    @pytest.mark.parametrize("finish", FINISHES)
    @pytest.mark.parametrize("base", [[], [{"a": 1}]])
    def test_without_objects(self, finish, base):
        metadata, objects = tensogram.decode(streamed({"base": base, "b": 2}, [], finish))
        assert (objects, metadata.base, metadata.extra) == ([], [], {"b": 2})

    def test_base_may_be_longer_than_the_objects(self):
        metadata, objects = tensogram.decode(streamed({"base": [{"a": 1}, {"a": 2}]}, [(PLAIN, DATA)]))
        assert len(objects) == len(metadata.base) == 1
        assert metadata["a"] == 1

    @pytest.mark.parametrize(
        ("options", "frames"),
        [
            ({}, [1, 9, 7, 5, 6]),
            ({"aggregate_hash": "auto"}, [1, 9, 7, 5, 6]),
            ({"aggregate_hash": "footer"}, [1, 9, 7, 5, 6]),
            ({"aggregate_hash": "none"}, [1, 9, 7, 6]),
            ({"hash": None}, [1, 9, 7, 6]),
        ],
        ids=str,
    )
    def test_place_of_the_list_of_hashes(self, options, frames):
        found = frame_types(streamed({}, [(PLAIN, DATA)], **options))
        assert (found[:2], sorted(found)) == (frames[:2], sorted(frames))

    def test_flags_are_those_of_the_frames_that_are_there(self):
        # Bits from the lowest: metadata in header and footer, index likewise, hashes likewise, preceders, hashed.
        for objects, options, flags in (
            ([(PLAIN, DATA)], {}, 0b1010_1011),
            ([(PLAIN, DATA)], {"hash": None}, 0b0000_1011),
            ([], {}, 0b1000_0011),
        ):
            assert int.from_bytes(streamed({}, objects, **options)[10:12], "big") == flags

    def test_the_published_package_reads_it(self, oracle):
        objects = [(PLAIN, DATA), ({**PLAIN, "compression": "zstd"}, DATA)]
        for finish in FINISHES:
            found = oracle.decode(streamed({"base": [{"a": 1}]}, objects, finish), verify_hash=True)
            assert found["base"][0]["a"] == 1
            for _, array in found["objects"]:
                np.testing.assert_array_equal(array, DATA)


class TestConstruction:
    @pytest.mark.parametrize(
        ("metadata", "error"),
        [
            ({"_reserved_": {}}, ValueError),
            ({"base": [{"_reserved_": {}}]}, ValueError),
            ({"a": b"bytes"}, ValueError),
            ("text", TypeError),
        ],
    )
    def test_metadata_is_checked_at_once(self, metadata, error):
        with pytest.raises(error):
            StreamingEncoder(metadata)

    @pytest.mark.parametrize("policy", ["header", "both"])
    def test_hashes_cannot_stand_in_the_header(self, policy):
        with pytest.raises(ValueError, match=r"EncodingError: .*footer"):
            StreamingEncoder({}, aggregate_hash=policy)

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({"hash": "md5"}, "unknown hash"),
            ({"aggregate_hash": "x"}, "unknown aggregate_hash"),
            ({"nan_mask_method": "gzip"}, "unknown mask method"),
        ],
    )
    def test_options_are_checked(self, options, error):
        with pytest.raises(ValueError, match=error):
            StreamingEncoder({}, **options)

    def test_all_options_by_position(self):
        StreamingEncoder({}, "xxh3", 1, True, True, "rle", "lz4", "zstd", 64, "footer")

    @pytest.mark.parametrize(
        ("call", "text"),
        [
            (lambda: StreamingEncoder(), "missing required argument: 'global_meta_dict'"),
            (lambda: StreamingEncoder({}, global_meta_dict={}), "multiple values"),
            (lambda: StreamingEncoder({}, nonsense=1), "unexpected keyword argument 'nonsense'"),
            (lambda: StreamingEncoder(*range(11)), "at most 10 positional"),
            (lambda: StreamingEncoder({}, allow_nan=1), "allow_nan"),
            (lambda: StreamingEncoder({}).finish(1), "at most 0 positional"),
        ],
    )
    def test_calls_that_do_not_fit_the_signature(self, call, text):
        with pytest.raises(TypeError, match=text):
            call()

    def test_signature_is_there_for_help(self):
        names = list(inspect.signature(StreamingEncoder).parameters)
        assert names[:3] == ["global_meta_dict", "hash", "threads"]

    def test_is_closed_otherwise(self):
        encoder = StreamingEncoder({})
        with pytest.raises(TypeError):
            type("Derived", (StreamingEncoder,), {})
        with pytest.raises(AttributeError):
            encoder.new = 1
        for name in ("__len__", "__enter__"):
            assert not hasattr(encoder, name)


class TestWriting:
    def test_options_count_for_every_object(self):
        encoder = StreamingEncoder({}, allow_nan=True, threads=2)
        encoder.write_object(PLAIN, DATA * np.nan)
        encoder.write_object({**PLAIN, "dtype": "float64"}, DATA.astype(np.float64) * np.nan)
        with pytest.raises(ValueError, match=r"EncodingError: \+Inf.*object 2"):
            encoder.write_object(PLAIN, DATA + np.inf)
        for _, array in tensogram.decode(encoder.finish()).objects:
            assert np.isnan(array).all()

    def test_pre_encoded_objects_may_stand_between_others(self):
        encoder = StreamingEncoder({})
        encoder.write_object(PLAIN, DATA)
        encoder.write_object_pre_encoded(PLAIN, (DATA + 1).tobytes())
        encoder.write_object(PLAIN, DATA + 2)
        arrays = [array for _, array in tensogram.decode(encoder.finish(), verify_hash=True).objects]
        np.testing.assert_array_equal(arrays, [DATA, DATA + 1, DATA + 2])

    FAILURES = [
        ("write_object", {**PLAIN, "shape": [7]}, DATA, "does not match"),
        ("write_object", {**PLAIN, "dtype": "what"}, DATA, "unknown dtype"),
        ("write_object", PLAIN, DATA * np.nan, "NaN"),
        ("write_object", PLAIN, 5, "int"),
        ("write_object", {**PLAIN, "compression": "what"}, DATA, "what"),
        ("write_object_pre_encoded", PLAIN, DATA, "got ndarray"),
        ("write_object_pre_encoded", PLAIN, b"short", "does not match expected"),
    ]

    @pytest.mark.parametrize(("method", "descriptor", "data", "text"), FAILURES)
    def test_a_failed_write_leaves_the_message_as_it_was(self, method, descriptor, data, text):
        encoder, undisturbed = StreamingEncoder({}), StreamingEncoder({})
        for each in (encoder, undisturbed):
            each.write_object(PLAIN, DATA)
        with pytest.raises(ValueError, match=text):
            getattr(encoder, method)(descriptor, data)
        for each in (encoder, undisturbed):
            each.write_object(PLAIN, DATA + 1)
        first, second = encoder.finish(), undisturbed.finish()
        assert objects_of(first) == objects_of(second)
        assert len(tensogram.decode(first).objects) == 2

    def test_warns_of_misplaced_keys_where_they_are(self):
        line = inspect.currentframe().f_lineno + 2
        with pytest.warns(UserWarning, match="'units'") as caught:
            StreamingEncoder({}).write_object({**PLAIN, "units": "K"}, DATA)
        assert (caught[0].filename, caught[0].lineno) == (__file__, line)


def objects_of(message):
    """The data object frames."""
    start = message.index(b"FR\0\x09")
    return message[start : message.index(b"FR\0\x07", start)]


class TestEnd:
    CALLS = [
        lambda encoder: encoder.write_object(PLAIN, DATA),
        lambda encoder: encoder.write_object_pre_encoded(PLAIN, DATA.tobytes()),
        *[lambda encoder, name=name: getattr(encoder, name)() for name in FINISHES],
    ]

    @pytest.mark.parametrize("finish", FINISHES[:2])
    @pytest.mark.parametrize("call", CALLS)
    def test_nothing_can_be_done_behind_it(self, finish, call):
        encoder = StreamingEncoder({})
        getattr(encoder, finish)()
        with pytest.raises(RuntimeError, match="already finished"):
            call(encoder)

    @pytest.mark.parametrize("finish", FINISHES[2:])
    def test_another_message_begins_with_the_same_metadata_and_options(self, finish):
        encoder = StreamingEncoder({"base": [{"a": 1}], "b": 2}, hash=None)
        messages = []
        for count in (2, 0, 1):
            for number in range(count):
                encoder.write_object(PLAIN, DATA + number)
            messages.append(getattr(encoder, finish)())
        assert [len(tensogram.decode(message).objects) for message in messages] == [2, 0, 1]
        for message in (messages[0], messages[2]):
            assert (tensogram.decode(message).metadata["a"], tensogram.decode(message).metadata["b"]) == (1, 2)
            with pytest.raises(tensogram.MissingHashError):
                tensogram.decode(message, verify_hash=True)
        assert len(tensogram.scan(b"".join(messages))) == 3

    def test_dropping_an_unfinished_one_is_silent(self):
        StreamingEncoder({}).write_object(PLAIN, DATA)


class TestThreads:
    def test_one_encoder(self):
        encoder = StreamingEncoder({})
        sizes = (10, 100_000)

        def work(number):
            for turn in range(20):
                data = np.full(sizes[turn % 2], number, np.float32)
                encoder.write_object({**PLAIN, "shape": [data.size]}, data)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        arrays = [array for _, array in tensogram.decode(encoder.finish(), verify_hash=True).objects]
        assert len(arrays) == 160
        assert sorted(array[0] for array in arrays) == sorted(float(number) for number in range(8) for _ in range(20))
        assert all((array == array[0]).all() for array in arrays)


class TestFile:
    def test_has_the_message_when_it_is_finished(self, two_messages):
        with StreamingEncoder.to_file(two_messages, {"base": [{"a": 1}]}) as encoder:
            for number in range(3):
                assert encoder.write_object(PLAIN, DATA + number) is None
                assert len(TensogramFile.open(two_messages)) == 2
        file = TensogramFile.open(two_messages)
        assert len(file) == 3
        metadata, objects = file.decode_message(2, verify_hash=True)
        np.testing.assert_array_equal([array for _, array in objects], [DATA, DATA + 1, DATA + 2])
        assert metadata["a"] == 1
        raw = file.read_message(2)
        assert lengths(raw) == (len(raw), len(raw))

    @pytest.mark.parametrize("finish", FINISHES)
    def test_finishing_returns_nothing(self, path, finish):
        encoder = StreamingEncoder.to_file(Path(path), {})
        encoder.write_object(PLAIN, DATA)
        assert getattr(encoder, finish)() is None
        raw = Path(path).read_bytes()
        assert lengths(raw) == ((len(raw), len(raw)) if "backfilled" in finish else (0, 0))

    def test_several_messages(self, path):
        with StreamingEncoder.to_file(path, {}) as encoder:
            for number in range(3):
                encoder.write_object(PLAIN, DATA + number)
                encoder.finish_and_reset()
            encoder.write_object(PLAIN, DATA)
        assert [message.objects[0][1][0] for message in TensogramFile.open(path)] == [0, 1, 2, 0]

    def test_an_encoder_that_is_reset_and_dropped_leaves_no_message_behind(self, path):
        encoder = StreamingEncoder.to_file(path, {})
        encoder.finish_and_reset()
        size = Path(path).stat().st_size
        encoder.write_object(PLAIN, DATA)
        del encoder
        gc.collect()
        assert Path(path).stat().st_size == size

    def test_an_exception_cuts_the_file_back(self, two_messages):
        before = Path(two_messages).read_bytes()
        with pytest.raises(KeyError), StreamingEncoder.to_file(two_messages, {}) as encoder:
            encoder.write_object(PLAIN, DATA)
            raise KeyError
        assert Path(two_messages).read_bytes() == before
        with pytest.raises(RuntimeError, match="already finished"):
            encoder.write_object(PLAIN, DATA)

    def test_a_finished_one_may_be_left_by_an_exception(self, path):
        with pytest.raises(KeyError), StreamingEncoder.to_file(path, {}) as encoder:
            encoder.finish()
            raise KeyError
        assert len(TensogramFile.open(path)) == 1

    def test_refused_metadata_leaves_the_file_as_it_was(self, two_messages):
        before = Path(two_messages).read_bytes()
        for metadata, options in (({"_reserved_": {}}, {}), ({}, {"aggregate_hash": "header"})):
            with pytest.raises(ValueError):
                StreamingEncoder.to_file(two_messages, metadata, **options)
        assert Path(two_messages).read_bytes() == before

    def test_what_others_append_meanwhile_stays(self, two_messages):
        encoder = StreamingEncoder.to_file(two_messages, {})
        TensogramFile.open(two_messages).append({}, [(PLAIN, DATA)])
        with pytest.raises(OSError, match="somebody else") as caught:
            encoder.write_object(PLAIN, DATA)
        assert caught.value.filename == two_messages
        with pytest.raises(OSError, match="somebody else"):
            encoder.finish()
        del encoder
        gc.collect()
        assert len(TensogramFile.open(two_messages)) == 3

    @pytest.mark.parametrize(("make", "error"), [(lambda folder: folder, IsADirectoryError)])
    def test_paths_that_cannot_be_written(self, tmp_path, make, error):
        with pytest.raises(error):
            StreamingEncoder.to_file(make(tmp_path), {})
        with pytest.raises(FileNotFoundError):
            StreamingEncoder.to_file(tmp_path / "missing" / "a.tgm", {})

    def test_cannot_be_made_otherwise(self):
        with pytest.raises(TypeError):
            tensogram.StreamingFileEncoder()

    def test_a_full_disk_leaves_the_message_as_it_was(self, path):
        program = """
import resource, signal, sys
import numpy as np
import tensogram
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
with tensogram.StreamingEncoder.to_file(sys.argv[1], {}) as encoder:
    for count in (1000, 100_000, 2000):
        try:
            encoder.write_object({"type": "x", "shape": [count], "dtype": "uint8"}, bytes(count))
        except OSError as error:
            print(count, error.filename == sys.argv[1])
"""
        run = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True)
        assert (run.returncode, run.stdout.strip()) == (0, "100000 True"), run.stderr
        objects = TensogramFile.open(path).decode_message(0, verify_hash=True).objects
        assert [array.size for _, array in objects] == [1000, 2000]
        assert tensogram.scan(Path(path).read_bytes()) == [(0, Path(path).stat().st_size)]

    def test_memory_does_not_grow_with_the_message(self, path):
        program = """
import resource, sys
import numpy as np
import tensogram
data = np.zeros(1 << 20, np.float64)
with tensogram.StreamingEncoder.to_file(sys.argv[1], {}) as encoder:
    for number in range(24):
        encoder.write_object({"type": "x", "shape": [data.size], "dtype": "float64"}, data)
        if number == 3:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
        run = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
        assert int(run.stdout) < 16
