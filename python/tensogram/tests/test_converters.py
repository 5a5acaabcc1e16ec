"""What all converters share: arguments, options, absent libraries (contract §20)."""

import sys
from pathlib import Path

import numpy as np
import pytest

import tensogram

GRIB = {
    "convert_grib": lambda **options: tensogram.convert_grib("nowhere.grib", **options),
    "convert_grib_buffer": lambda **options: tensogram.convert_grib_buffer(b"", **options),
}
NETCDF = {"convert_netcdf": lambda **options: tensogram.convert_netcdf("nowhere.nc", **options)}
CONVERTERS = GRIB | NETCDF


@pytest.fixture(params=CONVERTERS)
def convert(request):
    return CONVERTERS[request.param]


@pytest.mark.parametrize(("name", "module"), [("__has_grib__", "eccodes"), ("__has_netcdf__", "netCDF4")])
def test_flags_tell_whether_the_libraries_load(monkeypatch, name, module):
    assert getattr(tensogram, name) is True
    monkeypatch.setitem(sys.modules, module, None)
    assert getattr(tensogram, name) is False


def test_other_attributes_are_none():
    with pytest.raises(AttributeError, match="'tensogram' has no attribute 'nope'"):
        _ = tensogram.nope


ABSENT = [
    (lambda: tensogram.convert_grib("x"), "GRIB", "grib"),
    (lambda: tensogram.convert_grib_buffer(b"x", grouping="nope"), "GRIB", "grib"),
    (lambda: tensogram.to_grib([b"x"]), "GRIB", "grib"),
    (lambda: tensogram.convert_netcdf("x", hash="nope"), "NetCDF", "netcdf"),
    (lambda: tensogram.to_netcdf([], "x"), "NetCDF", "netcdf"),
]


@pytest.mark.parametrize(("call", "form", "extra"), ABSENT)
def test_without_its_library_a_converter_names_the_command_that_installs_it(monkeypatch, call, form, extra):
    for module in ("eccodes", "netCDF4"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(RuntimeError, match=f'built without {form} support.*pip install "tensogram\\[{extra}\\]"'):
        call()


def test_a_library_that_is_there_but_fails_to_load_counts_as_absent(monkeypatch, tmp_path):
    (tmp_path / "eccodes.py").write_text("raise RuntimeError('no libeccodes found')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "eccodes", raising=False)
    with pytest.raises(RuntimeError, match="built without GRIB support.*no libeccodes found"):
        tensogram.convert_grib("x")


WRONG_TYPES = [
    {"encoding": None}, {"encoding": 1}, {"filter": b"none"}, {"compression": None}, {"bits": "16"}, {"bits": 16.0},
    {"compression_level": "3"}, {"compression_level": 1.0}, {"threads": None}, {"threads": 1.5}, {"hash": 1},
    {"unknown": 1}, {"allow_nan": True}, {"allow_inf": True},
]  # fmt: skip


@pytest.mark.parametrize("options", WRONG_TYPES, ids=repr)
def test_types_are_checked_first(monkeypatch, convert, options):
    for module in ("eccodes", "netCDF4"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(TypeError, match=next(iter(options))):
        convert(**options)


@pytest.mark.parametrize("path", [None, 1, b"x", ["x"]])
@pytest.mark.parametrize(
    "call", [tensogram.convert_grib, tensogram.convert_netcdf, lambda path: tensogram.to_netcdf([b""], path)]
)
def test_paths_are_text_or_path_like(call, path):
    with pytest.raises(TypeError, match="'path' must be a"):
        call(path)


@pytest.mark.parametrize("call", [tensogram.to_grib, lambda messages: tensogram.to_netcdf(messages, "x")])
@pytest.mark.parametrize("messages", [None, 1, b"one message", "text", np.zeros(3, np.uint8), bytearray(3)])
def test_messages_come_in_a_list(call, messages):
    with pytest.raises(TypeError, match="list of messages"):
        call(messages)


@pytest.mark.parametrize(
    ("call", "flag"), [(GRIB["convert_grib"], "preserve_all_keys"), (NETCDF["convert_netcdf"], "cf")]
)
@pytest.mark.parametrize("value", [1, None, "yes"])
def test_flags_are_bools(call, flag, value):
    with pytest.raises(TypeError, match=flag):
        call(**{flag: value})


@pytest.mark.parametrize("value", [1, None])
def test_choices_are_text(value):
    for call, name in ((GRIB["convert_grib"], "grouping"), (NETCDF["convert_netcdf"], "split_by")):
        with pytest.raises(TypeError, match=name):
            call(**{name: value})


WRONG_VALUES = [
    ({"encoding": "nope"}, "unknown encoding 'nope'"),
    ({"filter": "nope"}, "unknown filter 'nope'"),
    ({"compression": "nope"}, "unknown compression 'nope'"),
    ({"compression": "zfp"}, "unknown compression 'zfp'"),
    ({"hash": "sha256"}, "unknown hash 'sha256'"),
    ({"bits": 65}, "bits_per_value 65 exceeds maximum of 64"),
]


@pytest.mark.parametrize(("options", "text"), WRONG_VALUES, ids=[str(case[0]) for case in WRONG_VALUES])
def test_values_are_checked_before_the_file_is_looked_at(convert, options, text):
    with pytest.raises(ValueError, match=text):
        convert(**options)


def test_grouping_and_split_by_are_checked_before_the_file_is_looked_at():
    for call in GRIB.values():
        with pytest.raises(ValueError, match="grouping"):
            call(grouping="nope")
    with pytest.raises(ValueError, match="split_by"):
        NETCDF["convert_netcdf"](split_by="nope")


def test_negative_bits(convert):
    with pytest.raises(OverflowError, match="bits"):
        convert(bits=-1)


@pytest.mark.parametrize("call", [tensogram.convert_grib, tensogram.convert_netcdf])
def test_a_missing_file(call, tmp_path):
    with pytest.raises(FileNotFoundError, match="missing"):
        call(str(tmp_path / "missing"))
    with pytest.raises(FileNotFoundError, match="missing"):
        call(Path(tmp_path) / "missing")
