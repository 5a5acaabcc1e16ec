"""What is written comes back identical, whatever xarray can hold."""

import io
import os
import stat

import cftime
import ml_dtypes
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import tensogram
from tensogram_xarray import open_datasets, to_tensogram

TIMES = pd.date_range("2020-01-01", periods=3, freq="6h", unit="ns").values


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "a.tgm")


def written(data, path, **options) -> xr.Dataset:
    """The data after a round trip, which must not warn."""
    to_tensogram(data, path, **options)
    return xr.open_dataset(path, engine="tensogram")


VALUES = {
    "float64": np.array([1.5, -2, 0]),
    "non-finite": np.array([np.nan, np.inf, -np.inf]),
    "float32": np.array([1.5, np.nan, 0], np.float32),
    "float16": np.array([1.5, np.nan, 0], np.float16),
    "big endian": np.array([1.5, 2, 0], ">f4"),
    "complex": np.array([1j, 2, np.nan]),
    "complex infinities": np.array([complex(np.inf, 1), complex(2, -np.inf), complex(np.inf, np.nan)]),
    "int8": np.array([-1, 2, 0], np.int8),
    "uint64": np.array([2**64 - 1, 2, 0], np.uint64),
    "bool": np.array([True, False, True]),
    "text": np.array(["a", "", "grün ✓"]),
    "bytes": np.array([b"a", b"", b"\xff\xfe"]),
    "text objects": np.array(["a", "", "grün ✓"], object),
    "string dtype": np.array(["a", "", "grün ✓"], np.dtypes.StringDType()),
    "times": TIMES,
    "times in seconds": TIMES.astype("M8[s]"),
    "times with gaps": np.array(["2020-01-01T00:00:00.123456789", "NaT", "1677-10-01"], "M8[ns]"),
    "no times": np.array(["NaT"] * 3, "M8[ns]"),
    "durations": np.array([1, "NaT", -(10**15) - 1], "m8[ns]"),
    "durations in seconds": np.array([1, 2, 86400], "m8[s]"),
    "dates of other calendars": np.array([cftime.Datetime360Day(2000, 2, 30 - n) for n in range(3)]),
    "dates of the standard calendar": np.array([cftime.DatetimeGregorian(1200, 2, 1 + n, 3) for n in range(3)]),
}


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("role", ["data", "dimension coordinate", "other coordinate", "scalar coordinate", "empty"])
def test_values_of_any_type_in_any_role(path, kind, role):
    values = VALUES[kind]
    variable = xr.Variable("x", values, {"units": "1"} if values.dtype.kind in "fi" else {})
    if role == "data":
        dataset = xr.Dataset({"v": variable})
    elif role == "dimension coordinate":
        if kind in {"complex", "complex infinities", "float16", "non-finite", "bytes", "no times", "times with gaps"}:
            pytest.skip("pandas has no useful index of these")
        dataset = xr.Dataset(coords={"x": variable})
    elif role == "other coordinate":
        dataset = xr.Dataset({"d": ("x", np.arange(3))}, {"v": variable})
    elif role == "scalar coordinate":
        dataset = xr.Dataset(coords={"v": variable[0]})
    else:
        dataset = xr.Dataset({"v": variable[:0]})
    back = written(dataset, path)
    xr.testing.assert_identical(back, dataset)
    for name in dataset.variables:
        if dataset[name].dtype.kind not in "UST" and dataset[name].size:
            assert back[name].dtype == dataset[name].dtype.newbyteorder("=")


def test_bfloat16(path):
    """xarray finds no two of these arrays equal."""
    values = np.array([1.5, 2, 0], ml_dtypes.bfloat16)
    back = written(xr.Dataset({"v": ("x", values)}), path)["v"]
    assert back.dtype == values.dtype
    assert np.array_equal(back.values, values)


DATASETS = {
    "nothing": xr.Dataset(),
    "attributes only": xr.Dataset(attrs={"title": "nothing"}),
    "scalars": xr.Dataset({"a": 1.5, "b": ((), np.int8(2)), "c": ((), "text"), "d": ((), True)}),
    "no elements": xr.Dataset({"a": (("x", "y"), np.zeros((0, 3)))}, {"y": [1, 2, 3]}),
    "equal sizes": xr.Dataset(
        {"a": (("longitude", "latitude"), np.arange(9.0).reshape(3, 3)), "b": (("member", "latitude"), np.eye(3))},
        {"latitude": [1.0, 2, 3], "longitude": [4.0, 5, 6]},
    ),
    "names of coordinates for other things": xr.Dataset(
        {"pressure": (("time", "x"), np.ones((2, 3))), "Level": ((), 3), "depth": ("x", [1, 2, 3])},
        {"lat": ("station", [1.0, 2]), "time": ("time", [0, 1]), "step": 6, "X": ("X", [1, 2])},
    ),
    "curvilinear": xr.Dataset(
        {"t": (("y", "x"), np.ones((2, 3)))},
        {"lat": (("y", "x"), np.ones((2, 3))), "lon": (("y", "x"), np.zeros((2, 3)), {"units": "degrees_east"})},
    ),
    "odd names": xr.Dataset({"a b/c.d": ("x y", [1, 2]), "name": ((), 1), "ü": ((), 2), "object_0": ((), 3)}),
    "order": xr.Dataset({name: ((), n) for n, name in enumerate("zxay")}),
    "seven dimensions": xr.Dataset({"v": (tuple("abcdefg"), np.arange(2.0**7).reshape((2,) * 7))}),
}


@pytest.mark.parametrize("case", DATASETS)
def test_datasets_of_any_shape(path, case):
    dataset = DATASETS[case]
    back = written(dataset, path)
    xr.testing.assert_identical(back, dataset)
    assert list(back.data_vars) == list(dataset.data_vars)
    assert back.sizes == dataset.sizes


ATTRIBUTES = {
    "text": "grün",
    "number": 3,
    "large": 2**64 - 1,
    "float": 1.5,
    "nan": float("nan"),
    "flag": True,
    "null": None,
    "empty": "",
    "list": [1, 2.5, "a", None, [True]],
    "map": {"a": {"b": [1, 2]}, "c": np.float32(0.1), "empty": {}},
    "numpy scalar": np.float32(0.1),
    "numpy bool": np.bool_(True),
    "numpy integers": np.array([1, 2], np.int16),
    "numpy matrix": np.array([[1.5, 2], [3, np.nan]], np.float32),
    "numpy empty": np.zeros((0, 2), np.float32),
    "numpy text": np.array(["a", "b"]),
    "complex": np.complex64(1 + 2j),
    "complexes": np.array([1j, 2]),
    "time": np.datetime64("2020-01-01T12", "ns"),
    "times": TIMES,
    "duration": np.timedelta64(3, "h"),
    "bytes": b"\x00\xff",
    "objects": np.array(["a", 1, None], object),
    # Names that mean something in a message.
    "name": "not this one",
    "shortName": "nor this",
    "dim_names": ["p", "q"],
    "mars": {"param": "2t"},
    "xarray": {"dims": []},
    "_reserved_": 1,
    "units": "days since 2000-01-01",
    "dtype": "float32",
    "coordinates": "a b",
    "zstd_level": 3,
    "version": 2,
    "base": [],
    "tensogram_wire_version": 7,
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attributes(path, name):
    attrs = {name: ATTRIBUTES[name]}
    dataset = xr.Dataset({"v": ("x", [1.5, 2.5], attrs)}, attrs=attrs)
    back = written(dataset, path)
    xr.testing.assert_identical(back, dataset)
    for found in (back.attrs[name], back["v"].attrs[name]):
        assert type(found) is type(attrs[name])
        if isinstance(found, np.ndarray | np.generic):
            assert found.dtype == attrs[name].dtype


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (object(), "is of type object"),
        ({1: 2}, "attribute names must be str, got 1"),
        (2**64, "takes more than 64 bits"),
        (np.array([b"a"]), r"an array of \|S1"),
        ({"inner": {"x": 1 + 2j}}, "attribute 'a': attribute 'inner': attribute 'x' is of type complex"),
    ],
)
def test_attributes_that_cannot_be_written(path, value, reason):
    with pytest.raises(TypeError, match=f"variable 'v': .*{reason}"):
        to_tensogram(xr.Dataset({"v": ((), 1, {"a": value})}), path)
    with pytest.raises(TypeError, match=f"dataset: .*{reason}"):
        to_tensogram(xr.Dataset(attrs={"a": value}), path)


UNWRITABLE = {
    "variable names must be non-empty str to be written, got 1": xr.Dataset({1: ((), 1)}),
    r"dimension names must be non-empty str to be written, got \('a', 'b'\)": xr.Dataset(
        {"v": xr.Variable([("a", "b")], [1])}
    ),
    "variable 'v' has values of type object": xr.Dataset({"v": ("x", np.array([{}, None], object))}),
    "variable 'v' cannot be written: there are strings in it, but also nan": xr.Dataset(
        {"v": ("x", np.array(["a", np.nan], object))}
    ),
    "ends in a zero character": xr.Dataset({"v": ("x", np.array(["a\0"], object))}),
    "variable 'v' has values of type float128": xr.Dataset({"v": ("x", np.zeros(2, np.longdouble))}),
    "coordinate '[abx]' is a MultiIndex": xr.Dataset(
        {"v": (("a", "b"), np.ones((2, 2)))}, {"a": [1, 2], "b": [3, 4]}
    ).stack(x=["a", "b"]),
}


@pytest.mark.parametrize("reason", UNWRITABLE)
def test_datasets_that_cannot_be_written(path, reason, tmp_path):
    with pytest.raises((TypeError, ValueError), match=reason):
        to_tensogram(UNWRITABLE[reason], path)
    assert list(tmp_path.iterdir()) == []


class TestConventions:
    """Encodings are those of xarray's own conventions, and only what was encoded is decoded."""

    def test_units_and_calendar(self, path):
        dataset = xr.Dataset(coords={"time": ("time", TIMES)})
        dataset["time"].encoding = {"units": "hours since 1900-01-01", "calendar": "standard", "dtype": "int32"}
        back = written(dataset, path)
        xr.testing.assert_identical(back, dataset)
        assert back["time"].encoding["units"] == "hours since 1900-01-01"
        assert back["time"].encoding["calendar"] == "standard"
        assert back["time"].encoding["dtype"] == np.int32

    def test_packing(self, path):
        dataset = xr.Dataset({"v": ("x", [10.5, np.nan, 12.0])})
        dataset["v"].encoding = {"dtype": "int16", "scale_factor": 0.5, "add_offset": 10.0, "_FillValue": -9}
        back = written(dataset, path)
        xr.testing.assert_identical(back, dataset)
        stored = xr.open_dataset(path, engine="tensogram", decode_cf=False)["v"]
        assert stored.dtype == np.int16
        assert stored.values.tolist() == [1, -9, 4]
        for key in ("dtype", "scale_factor", "add_offset", "_FillValue"):
            assert back["v"].encoding[key] == dataset["v"].encoding[key]

    @pytest.mark.parametrize("key", ["_FillValue", "missing_value"])
    def test_missing_values(self, path, key):
        dataset = xr.Dataset({"v": ("x", np.array([1, np.nan], np.float32))})
        back = written(dataset, path, encoding={"v": {key: np.float32(-1)}})
        xr.testing.assert_identical(back, dataset)
        assert back["v"].encoding[key] == -1
        raw = xr.open_dataset(path, engine="tensogram", mask_and_scale=False)
        assert raw["v"].values.tolist() == [1, -1]

    def test_what_looks_encoded_but_is_not(self, path):
        """As after `open_dataset(..., decode_cf=False)`."""
        attrs = {"units": "hours since 2000-01-01", "calendar": "noleap"}
        packed = {"scale_factor": 0.5, "add_offset": 1.0, "_FillValue": np.int16(3)}
        dataset = xr.Dataset({"a": ("x", [1, 2], attrs), "b": ("x", np.array([1, 3], np.int16), packed)})
        dataset["c"] = ("x", [1.5, 2.5], {"units": "days"})
        xr.testing.assert_identical(written(dataset, path), dataset)

    def test_wishes_of_the_reader(self, path):
        dataset = xr.Dataset({"p": ("x", [1.0, np.nan])}, {"time": ("time", TIMES), "d": ("time", TIMES - TIMES[0])})
        to_tensogram(dataset, path, encoding={"p": {"dtype": "int8", "_FillValue": 0}})

        def kinds(**options):
            opened = xr.open_dataset(path, engine="tensogram", **options)
            return "".join(opened[name].dtype.kind for name in ("p", "time", "d"))

        assert kinds() == "fMm"
        assert kinds(decode_cf=False) == "iii"
        assert kinds(mask_and_scale=False) == "iMm"
        assert kinds(mask_and_scale={"p": False}) == "iMm"
        assert kinds(decode_times=False) == "fim"
        assert kinds(decode_timedelta=False) == "fMi"
        assert kinds(decode_times=xr.coders.CFDatetimeCoder(use_cftime=True)) == "fOm"
        assert xr.open_dataset(path, engine="tensogram", decode_times=xr.coders.CFDatetimeCoder(time_unit="s"))[
            "time"
        ].dtype == np.dtype("M8[s]")

    def test_relations_between_variables(self, path):
        dataset = xr.Dataset({"t": ("x", [1.5]), "crs": ((), 0)}, {"a": ("x", [1])})
        dataset["t"].encoding = {"grid_mapping": "crs", "coordinates": "a"}
        back = written(dataset, path)
        xr.testing.assert_identical(back, dataset)
        assert back["t"].encoding["grid_mapping"] == "crs"
        assert back["t"].encoding["coordinates"] == "a"

    def test_encodings_of_other_formats_do_no_harm(self, path):
        dataset = xr.Dataset({"t": ("x", [1.5, 2.5])})
        dataset["t"].encoding = {
            "zlib": True, "complevel": 4, "shuffle": True, "chunksizes": (1,), "compression": "gzip",
            "filters": None, "chunks": (1,), "source": "a.nc", "original_shape": (2,), "szip_rsi": 3,
        }  # fmt: skip
        xr.testing.assert_identical(written(dataset, path), dataset)

    @pytest.mark.parametrize("twice", range(2))
    def test_a_copy_of_a_copy(self, path, tmp_path, twice):
        dataset = xr.Dataset(
            {"m": ("x", [True, False]), "s": ("x", ["a", "bc"]), "t": ("x", np.array([1, 2], np.float32))},
            {"time": ("time", TIMES), "d": ("time", TIMES - TIMES[0])},
        )
        encoding = {"t": {"compression": "zstd", "zstd_level": 7, "filter": "shuffle"}} if twice else {}
        first = written(dataset, path, encoding=encoding)
        second = written(first, str(tmp_path / "b.tgm"))
        xr.testing.assert_identical(second, dataset)
        assert second["t"].encoding["codec"] == first["t"].encoding["codec"]
        assert second["t"].encoding.get("zstd_level") == first["t"].encoding.get("zstd_level")


class TestArrays:
    @pytest.mark.parametrize("name", ["t", None, "x", "y"])
    def test_an_array(self, path, name):
        array = xr.DataArray(np.eye(3), {"x": [1, 2, 3]}, ("x", "y"), name, {"units": "K"})
        array.tensogram.to_file(path, encoding={})
        with xr.open_dataarray(path, engine="tensogram") as back:
            xr.testing.assert_identical(back, array)


class TestTrees:
    def test_a_tree(self, path):
        root = xr.Dataset({"r": 1}, {"x": [1, 2]}, {"title": "tree"})
        child = xr.Dataset({"t": ("x", [1.5, 2.5], {"units": "K"})}, attrs={"level": 1})
        tree = xr.DataTree.from_dict({"/": root, "/a": child, "/a/b": child * 2, "/c": None})
        tree.tensogram.to_file(path, encoding={"/a": {"t": {"compression": "zstd"}}})
        with xr.open_datatree(path, engine="tensogram") as back:
            xr.testing.assert_identical(back, tree)
            assert back["a/t"].encoding["codec"] == "zstd"
        assert list(xr.open_groups(path, engine="tensogram")) == ["/", "/a", "/c", "/a/b"]
        xr.testing.assert_identical(
            xr.open_dataset(path, engine="tensogram", group="a/b"), tree["a/b"].to_dataset(inherit=False)
        )
        with pytest.raises(ValueError, match="encoding names '/q', but the tree has /, /a"):
            tree.tensogram.to_file(path, encoding={"/q": {}})

    def test_groups_one_by_one(self, path):
        for number, group in enumerate(["/a", "b/c"]):
            to_tensogram(xr.Dataset({"t": number}), path, mode="a", group=group)
        tree = xr.open_datatree(path, engine="tensogram")
        assert [tree["a/t"], tree["b/c/t"]] == [0, 1]


class TestFiles:
    DATASET = xr.Dataset({"t": ("x", [1.5, 2.5])})

    def test_further_datasets(self, path):
        other = xr.Dataset({"u": ("y", [1, 2, 3])}, attrs={"number": 2})
        self.DATASET.tensogram.to_file(path)
        other.tensogram.to_file(path, mode="a")
        xr.testing.assert_identical(xr.open_dataset(path, engine="tensogram"), self.DATASET)
        xr.testing.assert_identical(xr.open_dataset(path, engine="tensogram", message_index=1), other)
        assert [list(ds) for ds in open_datasets(path)] == [["t"], ["u"]]

    def test_beside_objects_of_other_writers(self, path):
        descriptor = {"type": "ntensor", "shape": [2], "dtype": "float64"}
        with tensogram.TensogramFile.create(path) as file:
            file.append({"base": [{"name": "q"}]}, [(descriptor, np.ones(2))])
        self.DATASET.tensogram.to_file(path, mode="a")
        assert [list(ds) for ds in open_datasets(path)] == [["t"], ["q"]]

    def test_over_the_file_that_is_read(self, path):
        (self.DATASET + 1).tensogram.to_file(path)
        opened = xr.open_dataset(path, engine="tensogram")
        (opened * 2).tensogram.to_file(path)
        assert xr.open_dataset(path, engine="tensogram")["t"].values.tolist() == [5, 7]

    def test_links_and_permissions_stay(self, path, tmp_path):
        self.DATASET.tensogram.to_file(path)
        os.chmod(path, 0o600)  # noqa: PTH101
        link = tmp_path / "link.tgm"
        link.symlink_to(path)
        (self.DATASET + 1).tensogram.to_file(link)
        assert link.is_symlink()
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600  # noqa: PTH116
        assert xr.open_dataset(path, engine="tensogram")["t"][0] == 2.5

    @pytest.mark.parametrize("mode", ["w", "a"])
    @pytest.mark.parametrize("append_dim", [None, "x"])
    @pytest.mark.parametrize("chunked", [False, True])
    def test_a_failed_write_leaves_the_file_as_it_was(self, path, tmp_path, mode, append_dim, chunked):
        self.DATASET.tensogram.to_file(path, append_dim="x")
        before = (tmp_path / "a.tgm").read_bytes()
        failing = xr.Dataset({"t": ("x", np.array(["a", 1.5], object))})

        def fail(values):
            raise RuntimeError("cannot compute")

        if chunked:
            failing = self.DATASET.chunk(x=1).map(lambda v: v.copy(data=v.data.map_blocks(fail, dtype=float)))
        with pytest.raises((RuntimeError, ValueError), match=r"cannot compute|also 1\.5"):
            failing.tensogram.to_file(path, mode=mode, append_dim=append_dim)
        assert (tmp_path / "a.tgm").read_bytes() == before
        assert [p.name for p in tmp_path.iterdir()] == ["a.tgm"]

    def test_a_disk_that_fills_up(self, path, tmp_path, monkeypatch):
        from tensogram_xarray import staging

        self.DATASET.tensogram.to_file(path)
        before = (tmp_path / "a.tgm").read_bytes()
        copy = staging._copy

        def half(source, target, spans):
            copy(source, target, [staging.Span(0, 100)])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(staging, "_copy", half)
        with pytest.raises(OSError, match="No space left"):
            self.DATASET.tensogram.to_file(path, mode="a")
        assert (tmp_path / "a.tgm").read_bytes() == before
        assert [p.name for p in tmp_path.iterdir()] == ["a.tgm"]

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            ({"mode": "r"}, "mode must be 'w' or 'a', got 'r'"),
            ({"encoding": {"q": {}}}, "encoding names 'q', which the dataset does not have"),
            ({"append_dim": "y"}, "append_dim 'y' is none of the dimensions x"),
            ({"hash": "md5"}, "unknown hash"),
        ],
    )
    def test_wrong_arguments(self, path, tmp_path, options, reason):
        with pytest.raises(ValueError, match=reason):
            self.DATASET.tensogram.to_file(path, **options)
        assert list(tmp_path.iterdir()) == []

    def test_what_is_no_dataset_and_no_place(self, tmp_path):
        with pytest.raises(TypeError, match="a DataTree can be written, got ndarray"):
            to_tensogram(np.ones(3), tmp_path / "a.tgm")
        with pytest.raises(FileNotFoundError, match="nowhere"):
            to_tensogram(self.DATASET, tmp_path / "nowhere" / "a.tgm")
        with pytest.raises(IsADirectoryError):
            to_tensogram(self.DATASET, tmp_path)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("url", ["https://host/a.tgm", "s3://bucket/a.tgm", "memory://a.tgm"])
    def test_places_that_are_not_local(self, url):
        with pytest.raises(ValueError, match=f"only local files can be written, not {url}"):
            self.DATASET.tensogram.to_file(url)
        with pytest.raises(TypeError, match="path must be a str or os.PathLike, got BytesIO"):
            self.DATASET.tensogram.to_file(io.BytesIO())

    def test_a_file_url(self, path):
        self.DATASET.tensogram.to_file(f"file://{path}")
        xr.testing.assert_identical(xr.open_dataset(path, engine="tensogram"), self.DATASET)

    def test_hashes(self, path):
        self.DATASET.tensogram.to_file(path, hash=None)
        with pytest.raises(tensogram.MissingHashError):
            xr.open_dataset(path, engine="tensogram", verify_hash=True).load()
        self.DATASET.tensogram.to_file(path)
        xr.open_dataset(path, engine="tensogram", verify_hash=True).load()

    def test_the_file_is_valid(self, path):
        self.DATASET.chunk(x=1).tensogram.to_file(path)
        report = tensogram.validate_file(path, level="full", check_canonical=True)
        assert not report["file_issues"]
        assert not [issue for message in report["messages"] for issue in message["issues"]]
