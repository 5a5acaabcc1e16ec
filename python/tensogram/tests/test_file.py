"""`TensogramFile` (contract §16)."""

import errno
import os
import pathlib
import pickle

import numpy as np
import pytest

import tensogram

OBJECT = ({"type": "ntensor", "shape": [2], "dtype": "uint8"}, b"\1\2")


class TestOpen:
    def test_missing(self, tmp_path):
        path = str(tmp_path / "nope.tgm")
        with pytest.raises(FileNotFoundError, match="No such file") as caught:
            tensogram.TensogramFile.open(path)
        assert caught.value.errno == errno.ENOENT
        assert caught.value.filename == path
        assert path in str(caught.value)

    def test_a_folder(self, tmp_path):
        with pytest.raises(IsADirectoryError) as caught:
            tensogram.TensogramFile.open(tmp_path)
        assert caught.value.errno == errno.EISDIR
        assert caught.value.filename == str(tmp_path)

    def test_below_a_file(self, two_messages):
        with pytest.raises(NotADirectoryError):
            tensogram.TensogramFile.open(two_messages + "/x.tgm")

    @pytest.mark.parametrize("scheme", ["file://", "ftp://"])
    def test_other_schemes_are_paths(self, scheme, two_messages):
        with pytest.raises(FileNotFoundError):
            tensogram.TensogramFile.open(scheme + two_messages)

    def test_bidirectional_is_of_no_meaning_for_a_path(self, two_messages):
        for value in (True, False):
            assert len(tensogram.TensogramFile.open(two_messages, bidirectional=value)) == 2

    def test_attributes(self, two_messages):
        file = tensogram.TensogramFile.open(two_messages)
        assert file.source() == two_messages
        assert file.is_remote() is False
        assert repr(file) == f"TensogramFile(source='{two_messages}')"

    def test_unicode_paths(self, tmp_path):
        path = str(tmp_path / "météo-天気 🌍.tgm")
        tensogram.TensogramFile.create(path).append({}, [OBJECT])
        assert len(tensogram.TensogramFile.open(path)) == 1


class TestCreate:
    def test_makes_parent_folders(self, tmp_path):
        path = tmp_path / "a" / "b" / "c.tgm"
        tensogram.TensogramFile.create(path)
        assert path.read_bytes() == b""

    def test_truncates_at_once(self, two_messages):
        file = tensogram.TensogramFile.create(two_messages)
        assert os.path.getsize(two_messages) == 0  # noqa: PTH202
        assert len(file) == 0
        assert not file

    def test_where_nothing_can_be_created(self, two_messages, tmp_path):
        with pytest.raises(OSError, match=r"test\.tgm"):
            tensogram.TensogramFile.create(two_messages + "/x.tgm")
        with pytest.raises(OSError, match=str(tmp_path)):
            tensogram.TensogramFile.create(tmp_path)

    def test_reads_and_writes(self, path):
        file = tensogram.TensogramFile.create(path)
        file.append({}, [OBJECT])
        assert file[0].objects[0][1].tolist() == [1, 2]


class TestContext:
    def test_is_the_file_itself_and_leaves_it_usable(self, two_messages):
        opened = tensogram.TensogramFile.open(two_messages)
        with opened as file:
            assert file is opened
        assert len(file) == 2

    def test_exceptions_pass(self, two_messages):
        with pytest.raises(ZeroDivisionError), tensogram.TensogramFile.open(two_messages):
            raise ZeroDivisionError

    def test_exit_returns_false(self, two_messages):
        assert tensogram.TensogramFile.open(two_messages).__exit__(None, None, None) is False


@pytest.fixture
def five(path):
    """A file with five messages; object 0 of message i is [i, i]."""
    file = tensogram.TensogramFile.create(path)
    for index in range(5):
        file.append({"base": [{"index": index}]}, [(OBJECT[0], bytes([index, index]))])
    return file


def index_of(message):
    return message.metadata["index"]


class TestSequence:
    def test_length(self, five):
        assert len(five) == five.message_count() == 5
        assert five

    @pytest.mark.parametrize("index", [0, 4, -1, -5, np.int64(3), True, np.uint8(2)])
    def test_index(self, five, index):
        assert index_of(five[index]) == int(index) % 5
        assert five[index].objects[0][1].tolist() == [int(index) % 5] * 2

    @pytest.mark.parametrize("index", [5, -6, 99, -99, 2**70, -(2**70)])
    def test_out_of_range(self, five, index):
        with pytest.raises(IndexError, match=r"message index .* 5 messages"):
            five[index]

    @pytest.mark.parametrize("index", ["bad", 1.0, None, (0,), [0]])
    def test_bad_index(self, five, index):
        with pytest.raises(TypeError):
            five[index]

    @pytest.mark.parametrize(
        "part",
        [slice(None), slice(1, 3), slice(None, None, 2), slice(None, None, -1), slice(-2, None), slice(4, 1),
         slice(9, 20), slice(3, -9, -2), slice(None, None, 2**70)],
        ids=str,
    )  # fmt: skip
    def test_slices_are_lists(self, five, part):
        result = five[part]
        assert isinstance(result, list)
        assert [index_of(message) for message in result] == list(range(5))[part]

    def test_step_zero(self, five):
        with pytest.raises(ValueError):
            five[::0]

    def test_containment_iterates(self, five):
        assert "x" not in five


class TestIterator:
    def test_decodes_all(self, five):
        assert [index_of(message) for message in five] == [0, 1, 2, 3, 4]

    def test_has_its_own_position(self, five):
        first, second = iter(five), iter(five)
        next(first)
        assert (len(first), len(second)) == (4, 5)
        assert repr(first) == "TensogramFileIter(position=1, remaining=4)"
        assert index_of(next(second)) == 0
        assert iter(first) is first

    def test_ends_where_the_file_did_when_it_was_made(self, five):
        iterator = iter(five)
        five.append({}, [OBJECT])
        assert len(list(iterator)) == 5
        assert len(five) == 6

    @pytest.mark.usefixtures("five")
    def test_a_damaged_message_is_passed_over(self, path):
        data = bytearray(pathlib.Path(path).read_bytes())
        (_, length), (start, _), *_ = tensogram.scan(data)
        assert start == length
        data[start + 24 : start + 26] = b"XX"
        pathlib.Path(path).write_bytes(data)
        iterator = iter(tensogram.TensogramFile.open(path))
        assert index_of(next(iterator)) == 0
        with pytest.raises(ValueError, match=r"message 1, file .*test.tgm"):
            next(iterator)
        assert [index_of(message) for message in iterator] == [2, 3, 4]


class TestReading:
    def test_raw_messages(self, five, path):
        raw = five.messages()
        assert all(type(message) is bytes for message in raw)
        assert b"".join(raw) == pathlib.Path(path).read_bytes()
        assert five.read_message(3) == raw[3]

    def test_decode_message(self, five):
        message = five.decode_message(2, threads=1, native_byte_order=True, restore_non_finite=True, verify_hash=True)
        assert index_of(message) == 2

    def test_metadata(self, five):
        assert five.file_decode_metadata(3)["index"] == 3

    def test_descriptors(self, five):
        result = five.file_decode_descriptors(1)
        assert set(result) == {"metadata", "descriptors"}
        assert result["metadata"]["index"] == 1
        assert [descriptor.shape for descriptor in result["descriptors"]] == [[2]]

    def test_hashes(self, five, path):
        """They are those that the message lists in its header."""
        (digest,) = five.object_hashes(3)
        assert len(digest) == 16
        assert digest.encode() in five.read_message(3)
        assert [five.object_hashes(n) == [digest] for n in range(5)].count(True) == 1
        five.append({}, [], hash=None)
        assert five.object_hashes(5) == []
        with pytest.raises(ValueError, match="message index 6 out of range"):
            five.object_hashes(6)

    def test_object(self, five):
        result = five.file_decode_object(4, 0, verify_hash=True)
        assert set(result) == {"metadata", "descriptor", "data"}
        assert result["metadata"]["index"] == 4
        assert result["descriptor"].dtype == "uint8"
        assert result["data"].tolist() == [4, 4]

    @pytest.mark.parametrize(
        "method",
        [
            lambda file, index: file.read_message(index),
            lambda file, index: file.decode_message(index),
            lambda file, index: file.file_decode_metadata(index),
            lambda file, index: file.file_decode_descriptors(index),
            lambda file, index: file.file_decode_object(index, 0),
            lambda file, index: file.file_decode_range(index, 0, []),
            lambda file, index: file.read_selection(index, 0, (0,)),
        ],
    )
    def test_messages_that_are_not_there(self, five, method):
        with pytest.raises(ValueError, match=r"FramingError: message index 99 out of range \(count=5\).*test.tgm"):
            method(five, 99)
        with pytest.raises(OverflowError):
            method(five, -1)

    @pytest.mark.parametrize(
        "method",
        [
            lambda file: file.file_decode_object(2, 7),
            lambda file: file.file_decode_range(2, 7, [(0, 1)]),
            lambda file: file.read_selection(2, 7, (0,)),
        ],
    )
    def test_objects_that_are_not_there(self, five, method):
        text = r"ObjectError: object index 7 out of range \(num_objects=1\) .*message 2.*test.tgm"
        with pytest.raises(ValueError, match=text):
            method(five)

    def test_errors_name_object_message_and_file(self, path, field, describe):
        file = tensogram.TensogramFile.create(path)
        file.append({}, [OBJECT])
        file.append({}, [OBJECT, (describe(field, compression="zstd"), field)])
        data = bytearray(pathlib.Path(path).read_bytes())
        start = data.index(b"\x28\xb5\x2f\xfd")
        data[start + 6 : start + 12] = b"\xff" * 6
        pathlib.Path(path).write_bytes(data)
        with pytest.raises(ValueError, match=rf"object 1, message 1, file '{path}'"):
            tensogram.TensogramFile.open(path).decode_message(1)
        with pytest.raises(tensogram.HashMismatchError, match=rf"message 1, file '{path}'") as caught:
            tensogram.TensogramFile.open(path).file_decode_object(1, 1, verify_hash=True)
        assert caught.value.object_index == 1


class TestContent:
    def test_empty(self, path):
        pathlib.Path(path).write_bytes(b"")
        file = tensogram.TensogramFile.open(path)
        assert (len(file), list(file), file.messages()) == (0, [], [])

    def test_junk(self, path, message):
        pathlib.Path(path).write_bytes(b"junk" * 1000 + message + b"more" * 999 + message[:-5])
        file = tensogram.TensogramFile.open(path)
        assert len(file) == 1
        assert file.messages() == [message]

    def test_much_junk_is_searched_fast(self, path, message):
        pathlib.Path(path).write_bytes(b"TENSOGRX" * (4 << 20) + message)
        assert len(tensogram.TensogramFile.open(path)) == 1

    def test_files_put_together(self, two_messages, tmp_path):
        together = tmp_path / "all.tgm"
        together.write_bytes(pathlib.Path(two_messages).read_bytes() * 3)
        assert [message.metadata["start"] for message in tensogram.TensogramFile.open(together)] == [0, 10] * 3

    def test_what_is_read(self, path):
        """Counting, metadata and descriptors do not read payloads, ranges only what they need."""
        data = np.zeros(1 << 20, dtype=np.float64)
        file = tensogram.TensogramFile.create(path)
        for _ in range(4):
            file.append({}, [({"type": "x", "shape": [data.size], "dtype": "float64"}, data)])
        before = bytes_read()
        file = tensogram.TensogramFile.open(path)
        assert len(file) == 4
        file.file_decode_metadata(3)
        file.file_decode_descriptors(2)
        file.file_decode_range(1, 0, [(500_000, 10)])
        assert bytes_read() - before < 300_000


def bytes_read():
    """Bytes this process has read by system calls."""
    return int(pathlib.Path("/proc/self/io").read_text().split()[1])


class TestAppend:
    def test_is_visible_to_everyone(self, path):
        file = tensogram.TensogramFile.create(path)
        assert file.append({}, [OBJECT]) is None
        other = tensogram.TensogramFile.open(path)
        assert len(file) == len(other) == 1

    def test_grown_by_others_is_seen_after_an_append_of_ones_own(self, path):
        file = tensogram.TensogramFile.create(path)
        other = tensogram.TensogramFile.open(path)
        assert len(file) == 0
        other.append({}, [OBJECT])
        file.append({}, [OBJECT])
        assert len(file) == 2
        assert len(file.messages()) == 2

    def test_two_handles_in_turn(self, path):
        handles = [tensogram.TensogramFile.create(path), tensogram.TensogramFile.open(path)]
        for index in range(6):
            handles[index % 2].append({"index": index}, [OBJECT])
        assert [message.metadata["index"] for message in tensogram.TensogramFile.open(path)] == list(range(6))

    def test_of_an_opened_file(self, two_messages):
        tensogram.TensogramFile.open(two_messages).append({}, [OBJECT])
        assert len(tensogram.TensogramFile.open(two_messages)) == 3

    @pytest.mark.parametrize(
        "arguments",
        [
            ({"_reserved_": 1}, [OBJECT]),
            ({}, [OBJECT, ({**OBJECT[0], "dtype": "x"}, b"")]),
            ({}, [(OBJECT[0], b"\1")]),
            ({}, [({**OBJECT[0], "dtype": "float16"}, np.array([1, np.nan], "f2"))]),
        ],
    )
    def test_that_fails_leaves_the_file_as_it_was(self, two_messages, arguments):
        before = pathlib.Path(two_messages).read_bytes()
        with pytest.raises(ValueError):
            tensogram.TensogramFile.open(two_messages).append(*arguments)
        assert pathlib.Path(two_messages).read_bytes() == before

    def test_junk_at_the_end_stays(self, two_messages):
        path = pathlib.Path(two_messages)
        before = path.read_bytes() + b"junk"
        path.write_bytes(before)
        file = tensogram.TensogramFile.open(two_messages)
        file.append({}, [OBJECT])
        assert path.read_bytes().startswith(before)
        assert len(file) == 3

    def test_a_missing_file_is_created_anew(self, two_messages):
        file = tensogram.TensogramFile.open(two_messages)
        os.unlink(two_messages)  # noqa: PTH108
        file.append({}, [OBJECT])
        assert len(file) == 1

    def test_options_are_those_of_encode(self, path):
        file = tensogram.TensogramFile.create(path)
        file.append({}, [OBJECT], "none", 2, aggregate_hash="none")
        with pytest.raises(tensogram.MissingHashError):
            file.decode_message(0, verify_hash=True)

    def test_to_a_folder_that_is_read_only(self, path):
        file = tensogram.TensogramFile.create(path)
        pathlib.Path(path).unlink()
        pathlib.Path(path).mkdir()
        with pytest.raises(IsADirectoryError):
            file.append({}, [OBJECT])


class TestFileThatChanges:
    def test_cut_short(self, two_messages):
        file = tensogram.TensogramFile.open(two_messages)
        assert len(file) == 2
        os.truncate(two_messages, 100)
        for method in (file.read_message, file.decode_message, file.file_decode_metadata):
            with pytest.raises((OSError, ValueError), match=r"test\.tgm"):
                method(1)

    def test_replaced(self, two_messages, tmp_path, message):
        file = tensogram.TensogramFile.open(two_messages)
        assert len(file) == 2
        other = tmp_path / "other"
        other.write_bytes(message * 5)
        other.replace(two_messages)
        with pytest.raises(OSError, match=r"test\.tgm"):
            file.decode_message(1)

    def test_gone(self, two_messages):
        file = tensogram.TensogramFile.open(two_messages)
        assert len(file) == 2
        os.unlink(two_messages)  # noqa: PTH108
        with pytest.raises(FileNotFoundError, match=r"test\.tgm"):
            file.decode_message(1)


class TestClosing:
    def test_gives_the_file_back_and_the_next_use_opens_it_again(self, two_messages):
        def is_open():
            return any(link.resolve() == pathlib.Path(two_messages) for link in pathlib.Path("/proc/self/fd").iterdir())

        file = tensogram.TensogramFile.open(two_messages)
        assert len(file) == 2
        assert is_open()
        assert file.close() is None
        assert not is_open()
        file.close()
        assert index_of_first(file) == 0

    def test_what_was_replaced_meanwhile_is_read_anew(self, two_messages, tmp_path, message):
        file = tensogram.TensogramFile.open(two_messages)
        assert len(file) == 2
        other = tmp_path / "other"
        other.write_bytes(message * 5)
        other.replace(two_messages)
        file.close()
        assert len(file) == 5

    def test_views_stay(self, two_messages):
        file = tensogram.TensogramFile.open(two_messages)
        view = file.file_decode_object(1, 0, copy=False)["data"]
        file.close()
        np.testing.assert_array_equal(view, np.arange(10, 20))

    def test_a_missing_file(self, two_messages):
        file = tensogram.TensogramFile.open(two_messages)
        pathlib.Path(two_messages).unlink()
        file.close()
        with pytest.raises(FileNotFoundError, match=r"test\.tgm"):
            len(file)


def index_of_first(file):
    return file[0].objects[0][1][0]


class TestBatches:
    """They are for remote files only."""

    @pytest.mark.parametrize("indices", [[], [0], [0, 99]])
    def test_of_a_local_file(self, two_messages, indices):
        file = tensogram.TensogramFile.open(two_messages)
        with pytest.raises(OSError, match="remote backend"):
            file.file_decode_object_batch(indices, 0, True, 0, True)
        for join in (False, True):
            with pytest.raises(OSError, match="remote backend"):
                file.file_decode_range_batch(indices, 0, [(0, 1)], join=join, threads=2)

    @pytest.mark.parametrize(
        ("call", "error"),
        [
            (lambda file: file.file_decode_object_batch(5, 0), TypeError),
            (lambda file: file.file_decode_object_batch([1.5], 0), TypeError),
            (lambda file: file.file_decode_object_batch([-1], 0), OverflowError),
            (lambda file: file.file_decode_object_batch([0], 0, native_byte_order=1), TypeError),
            (lambda file: file.file_decode_range_batch([0], 0, 5), TypeError),
            (lambda file: file.file_decode_range_batch([0], 0, [], verify_hash=True), TypeError),
            (lambda file: file.file_decode_range_batch([0], 0, [], join=1), TypeError),
        ],
    )
    def test_arguments_are_checked_first(self, two_messages, call, error):
        with pytest.raises(error):
            call(tensogram.TensogramFile.open(two_messages))


class TestPickle:
    def test_by_path(self, five):
        copy = pickle.loads(pickle.dumps(five))
        assert type(copy) is tensogram.TensogramFile
        assert index_of(copy[3]) == 3

    def test_a_relative_path_opens_elsewhere(self, five, path, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)
        pickled = pickle.dumps(tensogram.TensogramFile.open(pathlib.Path(path).name))
        monkeypatch.chdir("/")
        assert len(pickle.loads(pickled)) == len(five)

    def test_results(self, message):
        metadata, [(descriptor, array)] = pickle.loads(pickle.dumps(tensogram.decode(message)))
        original, [(other, field)] = tensogram.decode(message)
        assert metadata.base == original.base
        assert (metadata.extra, metadata.reserved) == (original.extra, original.reserved)
        assert repr(descriptor) == repr(other)
        assert descriptor.params == other.params
        np.testing.assert_array_equal(array, field)

    @pytest.mark.parametrize("data", [b"", b"\xff", b"\x80", b"\xa1\x61a"])
    def test_of_garbage(self, data):
        for function in (tensogram._native._metadata_from_cbor, tensogram._native._descriptor_from_cbor):
            with pytest.raises(ValueError, match="MetadataError"):
                function(data)
