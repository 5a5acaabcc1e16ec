"""Descriptors that are given (contract §4), the warning of misplaced metadata (§4.1), descriptors as results (§6.2)."""

import sys
import types
import warnings
from collections import OrderedDict

import numpy as np
import pytest

import tensogram

DATA = np.arange(6, dtype=np.float32)
PLAIN = {"type": "ntensor", "shape": [6], "dtype": "float32"}


def encode(descriptor, data=DATA):
    return tensogram.encode({}, [(descriptor, data)])


def described(descriptor, data=DATA):
    return tensogram.decode_descriptors(encode(descriptor, data))[1][0]


@pytest.mark.parametrize("key", ["type", "shape", "dtype"])
def test_required_keys(key):
    with pytest.raises(ValueError, match=f"missing '{key}'"):
        encode({name: value for name, value in PLAIN.items() if name != key})


def test_the_first_missing_key_is_named():
    with pytest.raises(ValueError, match="'type'"):
        encode({})
    with pytest.raises(ValueError, match="'shape'"):
        encode({"type": "ntensor"})


@pytest.mark.parametrize("descriptor", [None, [], "x", types.MappingProxyType(PLAIN), described(PLAIN)], ids=str)
def test_must_be_a_dict(descriptor):
    with pytest.raises(ValueError, match="descriptor must be a dict"):
        encode(descriptor)


def test_dict_subclasses_are_dicts():
    assert encode(OrderedDict(PLAIN))


def test_keys_must_be_text():
    with pytest.raises(TypeError, match="keys must be str"):
        encode({**PLAIN, 1: 2})


def test_is_not_modified():
    descriptor = {**PLAIN, "compression": "zstd", "custom": [1, {"a": 2}]}
    before = repr(descriptor)
    encode(descriptor)
    assert repr(descriptor) == before


@pytest.mark.parametrize("name", ["ntensor", "ndarray", "någonting", " "])
def test_any_type_is_kept(name):
    assert described({**PLAIN, "type": name}).obj_type == name


def test_the_type_is_not_empty():
    with pytest.raises(ValueError, match="type"):
        encode({**PLAIN, "type": ""})


@pytest.mark.parametrize(
    "shape",
    [[2, 3], (2, 3), range(2, 4), np.array([2, 3]), [np.int64(2), np.uint8(3)], np.array([2, 3], "u2")],
    ids=repr,
)
def test_shapes(shape):
    assert described({**PLAIN, "shape": shape}).shape == [2, 3]


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ([-1], OverflowError),
        ([2**64], OverflowError),
        ([6.0], TypeError),
        (["6"], TypeError),
        ("6", TypeError),
        (6, TypeError),
        (None, TypeError),
        ({6}, TypeError),
        ([None], TypeError),
        ([[6]], TypeError),
        (np.array([6.0]), TypeError),
    ],
    ids=repr,
)
def test_what_is_no_shape(shape, error):
    with pytest.raises(error):
        encode({**PLAIN, "shape": shape})


@pytest.mark.parametrize("shape", [[2**63, 2], [2**32, 2**32], [2**63], [2**62, 2], [2**63, 0]])
def test_shapes_that_cannot_be_counted(shape):
    with pytest.raises(ValueError, match=r"overflow|strides"):
        encode({**PLAIN, "shape": shape})


@pytest.mark.parametrize("name", ["Float32", "f4", "bool", "", "float128", "str"])
def test_unknown_dtypes(name):
    with pytest.raises(ValueError, match="unknown dtype"):
        encode({**PLAIN, "dtype": name})


@pytest.mark.parametrize("dtype", [np.float32, np.dtype("f4"), None, 4, b"float32"], ids=str)
def test_dtypes_are_strings(dtype):
    with pytest.raises(TypeError, match="dtype"):
        encode({**PLAIN, "dtype": dtype})


@pytest.mark.parametrize("order", ["native", "Little", "<", ""])
def test_unknown_byte_orders(order):
    with pytest.raises(ValueError, match="unknown byte_order"):
        encode({**PLAIN, "byte_order": order})


@pytest.mark.parametrize(
    ("shape", "strides"), [([2, 3], [3, 1]), ([6], [1]), ([], []), ([3, 0, 5], [0, 5, 1]), ([1, 2, 3], [6, 3, 1])]
)
def test_strides_default_to_row_major(shape, strides):
    count = int(np.prod(shape))
    assert described({**PLAIN, "shape": shape}, np.zeros(count, "f4")).strides == strides


@pytest.mark.parametrize("strides", [[24, 4], [0, 0], [1, 2], (7, 9)])
def test_strides_are_kept_uninterpreted(strides):
    assert described({**PLAIN, "shape": [2, 3], "strides": strides}).strides == list(strides)


def test_strides_are_as_many_as_the_axes():
    with pytest.raises(ValueError, match=r"strides\.len\(\)"):
        encode({**PLAIN, "strides": [1, 1]})


@pytest.mark.parametrize("stage", ["encoding", "filter", "compression"])
class TestStages:
    def test_unknown_ones_are_named(self, stage):
        with pytest.raises(ValueError, match=rf"EncodingError.*{stage}.*'brotli'"):
            encode({**PLAIN, stage: "brotli"})

    @pytest.mark.parametrize("value", [None, 1, b"none"])
    def test_are_strings(self, stage, value):
        with pytest.raises(TypeError, match=stage):
            encode({**PLAIN, stage: value})


@pytest.mark.parametrize("ndim", [1, 99, None, "text", -1])
def test_ndim_is_ignored(ndim):
    assert described({**PLAIN, "ndim": ndim}).ndim == 1


@pytest.mark.parametrize("value", ["abc", None, 5])
def test_hash_is_dropped(value):
    descriptor = described({**PLAIN, "hash": value})
    assert descriptor.hash is None
    assert "hash" not in descriptor.params


@pytest.mark.parametrize("value", [{}, None, {"nan": {"method": "none", "offset": 0, "length": 0}}])
def test_masks_cannot_be_given(value):
    with pytest.raises(ValueError, match="masks"):
        encode({**PLAIN, "masks": value})


def test_other_keys_come_back_in_params():
    extra = {"zz": 1, "a": [1, {"b": None}], "bbb": 2.5, "é": "ö"}
    params = described({**PLAIN, **extra}).params
    assert params == extra
    assert list(params) == ["a", "bbb", "zz", "é"], "in plain text order"


def test_params_of_stages_that_are_not_used_are_kept():
    assert described({**PLAIN, "zstd_level": "high", "sp_bits_per_value": 16}).params["sp_bits_per_value"] == 16


def test_block_offsets_are_a_parameter_as_any_without_szip():
    assert described({**PLAIN, "szip_block_offsets": [7]}).params == {"szip_block_offsets": [7]}


class TestResult:
    descriptor = described({**PLAIN, "shape": [2, 3], "byte_order": "big", "compression": "zstd", "zstd_level": 1})

    def test_attributes(self):
        d = self.descriptor
        assert (d.obj_type, d.ndim, d.shape, d.strides) == ("ntensor", 2, [2, 3], [3, 1])
        assert (d.dtype, d.byte_order) == ("float32", "big")
        assert (d.encoding, d.filter, d.compression) == ("none", "none", "zstd")
        assert d.params == {"zstd_level": 1}
        assert d.hash is None

    def test_lists_and_dicts_are_new_each_time(self):
        self.descriptor.shape.append(1)
        self.descriptor.params["x"] = 1
        assert self.descriptor.shape == [2, 3]
        assert "x" not in self.descriptor.params

    def test_repr(self):
        assert repr(self.descriptor) == (
            "DataObjectDescriptor(type='ntensor', shape=[2, 3], dtype='float32', encoding='none', filter='none', "
            "compression='zstd')"
        )

    def test_a_wire_descriptor_without_byte_order_is_the_machines(self, wire):
        message = wire.message(
            wire.metadata(), wire.data_object({"shape": [1], "dtype": "uint8", "byte_order": ...}, b"\1")
        )
        assert tensogram.decode_descriptors(message)[1][0].byte_order == sys.byteorder


MISPLACED = [
    "name", "param", "shortName", "long_name", "description", "units", "dim_names", "mars", "cf", "product",
    "instrument",
]  # fmt: skip


class TestMisplacedMetadata:
    @pytest.mark.parametrize("key", MISPLACED)
    def test_each_key_warns_and_is_kept(self, key):
        with pytest.warns(UserWarning, match=f"'{key}'"):
            assert described({**PLAIN, key: "x"}).params == {key: "x"}

    @pytest.mark.parametrize("key", ["title", "standard_name", "shortname", "Name", "levelist", "grib", "date"])
    def test_other_keys_do_not(self, key):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            encode({**PLAIN, key: "x"})

    def test_one_warning_lists_all_keys_in_the_dicts_order(self):
        with pytest.warns(UserWarning) as caught:
            encode({"units": "K", **PLAIN, "name": "2t", "custom": 1})
        assert len(caught) == 1
        text = str(caught[0].message)
        assert "'units', 'name'" in text
        assert "meta['base'][i]" in text

    def test_it_is_about_the_line_that_called(self):
        with pytest.warns(UserWarning) as caught:
            tensogram.encode({}, [({**PLAIN, "name": "x"}, DATA)])
        assert caught[0].filename == __file__
        line = sys._getframe().f_lineno - 2
        assert caught[0].lineno == line

    CALLS = (
        lambda pair, _: tensogram.encode({}, [pair]),
        lambda pair, _: tensogram.encode_pre_encoded({}, [(pair[0], DATA.tobytes())]),
        lambda pair, path: tensogram.TensogramFile.create(path).append({}, [pair]),
        lambda pair, _: tensogram.StreamingEncoder({}).write_object(*pair),
        lambda pair, _: tensogram.StreamingEncoder({}).write_object_pre_encoded(pair[0], DATA.tobytes()),
    )

    @pytest.mark.parametrize("call", CALLS)
    def test_of_every_function_it_names_the_caller(self, call, path):
        with pytest.warns(UserWarning, match="'name'") as caught:
            call(({**PLAIN, "name": "x"}, DATA), path)
        assert [warning.filename for warning in caught] == [__file__]
        assert caught[0].lineno == call.__code__.co_firstlineno

    def test_one_per_descriptor(self):
        with pytest.warns(UserWarning) as caught:
            tensogram.encode({}, [({**PLAIN, "name": "x"}, DATA), (PLAIN, DATA), ({**PLAIN, "units": "K"}, DATA)])
        assert len(caught) == 2

    def test_as_an_error_it_stops_the_append(self, path):
        file = tensogram.TensogramFile.create(path)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(UserWarning, match="name"):
                file.append({}, [({**PLAIN, "name": "x"}, DATA)])
        assert len(file) == 0
